{{%AUTOESCAPE context="HTML"}}<div class="form-grid">
{{#WITH_LABEL}}<label class="field">{{T_LABEL}}<input name="label" value="{{LABEL_VALUE}}" maxlength="100" autocomplete="off"{{#KEEPS}} placeholder="{{T_UNCHANGED}}"{{/KEEPS}}></label>{{/WITH_LABEL}}
<label class="field">{{T_PROJECT}}<input name="project" value="{{PROJECT_VALUE}}" maxlength="100" autocomplete="off" placeholder="{{#KEEPS}}{{T_UNCHANGED}}{{/KEEPS}}{{#PLAIN}}{{T_PROJECT_HINT}}{{/PLAIN}}"></label>
<label class="field">{{T_WEIGHT}}<input name="weight" value="{{WEIGHT}}" inputmode="decimal" autocomplete="off"{{#KEEPS}} placeholder="{{T_UNCHANGED}}"{{/KEEPS}}></label>
<div class="field"><label for="key-proxy">{{T_OWN_PROXY}}</label><input class="secret" id="key-proxy" name="proxy" autocomplete="off" spellcheck="false" placeholder="{{#HAS_PROXY}}{{PROXY}}{{/HAS_PROXY}}{{#KEEPS}}{{T_UNCHANGED}}{{/KEEPS}}">
{{#CAN_DROP_PROXY}}<label class="small check"><input type="checkbox" name="no_proxy" value="1"> {{T_REMOVE_PROXY}}</label>{{/CAN_DROP_PROXY}}</div>
</div>
<fieldset class="caps"><legend>{{T_CAPS}}</legend>
<p class="small muted">{{T_CAPS_HELP}}{{#KEEPS}} {{T_CAPS_KEEP_HELP}}{{/KEEPS}}</p>
<div class="form-grid caps-grid">{{#CAP}}<label class="field">{{LABEL}}<input name="{{NAME}}" value="{{VALUE}}" inputmode="numeric" autocomplete="off" placeholder="{{HINT}}"></label>{{/CAP}}</div>
</fieldset>
