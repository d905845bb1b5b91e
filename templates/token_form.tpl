{{%AUTOESCAPE context="HTML"}}
<div class="form-grid">
  <label class="field">{{T_NAME}}<input name="name" value="{{NAME}}" maxlength="100" autocomplete="off" placeholder="{{T_OPTIONAL}}">{{#NAME_WRONG}}<span class="field-error">{{TEXT}}</span>{{/NAME_WRONG}}</label>
  <label class="field">{{T_EXPIRES}}<input type="date" name="expires" value="{{EXPIRES}}">{{#EXPIRES_WRONG}}<span class="field-error">{{TEXT}}</span>{{/EXPIRES_WRONG}}</label>
  <label class="field">{{T_REQUESTS_PER_MINUTE}}<input name="requests_per_minute" value="{{RPM}}" inputmode="numeric" placeholder="{{T_NO_LIMIT}}">{{#RPM_WRONG}}<span class="field-error">{{TEXT}}</span>{{/RPM_WRONG}}</label>
  <label class="field">{{T_REQUESTS_PER_DAY}}<input name="requests_per_day" value="{{RPD}}" inputmode="numeric" placeholder="{{T_NO_LIMIT}}">{{#RPD_WRONG}}<span class="field-error">{{TEXT}}</span>{{/RPD_WRONG}}</label>
  <label class="field">{{T_TOKENS_PER_DAY}}<input name="tokens_per_day" value="{{TPD}}" inputmode="numeric" placeholder="{{T_NO_LIMIT}}">{{#TPD_WRONG}}<span class="field-error">{{TEXT}}</span>{{/TPD_WRONG}}</label>
  <label class="field">{{T_ONLY_MODELS}}<textarea name="models" rows="2" spellcheck="false" placeholder="{{T_ONLY_MODELS_HINT}}">{{MODELS:p}}</textarea>{{#MODELS_WRONG}}<span class="field-error">{{TEXT}}</span>{{/MODELS_WRONG}}</label>
</div>
