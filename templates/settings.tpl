{{%AUTOESCAPE context="HTML"}}
<div class="head">
  <h1>{{T_SETTINGS}}</h1>
  <p class="row"><a class="button" href="{{BASE}}/config/models">{{T_MODELS}}</a><a class="button" href="{{BASE}}/config/proxies">{{T_PROXIES}}</a><a class="button" href="{{BASE}}/audit">{{T_AUDIT}}</a><a class="button" href="{{BASE}}/config/history">{{T_HISTORY}}</a></p>
</div>
<form method="post" action="{{BASE}}/config" class="settings" data-settings>
  <input type="hidden" name="csrf" value="{{CSRF}}">
  <button class="default-button" type="submit" tabindex="-1" aria-hidden="true"></button>
  <nav class="groups" aria-label="{{T_SETTINGS_GROUPS}}">
    <label class="search" data-find hidden><span class="hidden">{{T_SETTINGS_FIND}}</span><svg class="icon" aria-hidden="true"><use href="#i-search"/></svg>
      <input type="search" placeholder="{{T_SETTINGS_FIND}}" autocomplete="off"></label>
    <ul>{{#GROUP_LINK}}<li><a href="#group-{{NUMBER}}">{{TITLE}}</a></li>{{/GROUP_LINK}}</ul>
  </nav>
  <div class="group-list">
    <p class="card empty" data-none hidden>{{T_SETTINGS_NONE_FOUND}}</p>
    {{#GROUP}}
    <section class="card group" id="group-{{NUMBER}}" aria-labelledby="group-title-{{NUMBER}}">
      <h2 id="group-title-{{NUMBER}}">{{TITLE}}</h2>
      {{#SETTING}}
      <div class="setting{{#TOUCHED}} touched{{/TOUCHED}}{{#ERROR}} wrong{{/ERROR}}" id="s-{{NAME}}">
        <div class="setting-text">
          <label class="setting-name" for="f-{{NAME}}">{{NAME}}</label>
          <span class="source {{SOURCE}}">{{SOURCE_NAME}}</span>
          <p class="small muted" id="h-{{NAME}}">{{HELP}}</p>
        </div>
        <div class="setting-value">
          {{#MARKED}}<input type="hidden" name="was.{{NAME}}" value="{{MARK}}">{{/MARKED}}
          {{#BOX}}<label class="switch"><input type="checkbox" role="switch" id="f-{{NAME}}" name="{{NAME}}" value="true" aria-describedby="h-{{NAME}}"{{#CURRENT}} checked{{/CURRENT}}><span>{{T_YES}}</span></label>{{/BOX}}
          {{#NUMBER}}<input id="f-{{NAME}}" name="{{NAME}}" value="{{INPUT}}" inputmode="decimal" autocomplete="off" spellcheck="false" class="number" aria-describedby="h-{{NAME}} n-{{NAME}}"{{#INVALID}} aria-invalid="true"{{/INVALID}}>{{/NUMBER}}
          {{#TEXT}}<input id="f-{{NAME}}" name="{{NAME}}" value="{{INPUT}}"{{#OF_MODELS}} list="model-list"{{/OF_MODELS}} autocomplete="off" spellcheck="false" aria-describedby="h-{{NAME}} n-{{NAME}}"{{#INVALID}} aria-invalid="true"{{/INVALID}}>{{/TEXT}}
          {{#CHOICE}}<select id="f-{{NAME}}" name="{{NAME}}" aria-describedby="h-{{NAME}}"{{#INVALID}} aria-invalid="true"{{/INVALID}}>{{#OPTION}}<option{{#CURRENT}} selected{{/CURRENT}}>{{VALUE}}</option>{{/OPTION}}</select>{{/CHOICE}}
          {{#AREA}}<textarea id="f-{{NAME}}" name="{{NAME}}" rows="{{ROWS}}" autocomplete="off" spellcheck="false" aria-describedby="h-{{NAME}} n-{{NAME}}"{{#INVALID}} aria-invalid="true"{{/INVALID}}>{{INPUT:p}}</textarea>{{/AREA}}
          {{#SECRET}}<input class="secret" id="f-{{NAME}}" name="{{NAME}}" autocomplete="off" spellcheck="false" placeholder="{{#IS_SET}}{{T_SECRET_SET}}{{/IS_SET}}{{#IS_UNSET}}{{T_SECRET_UNSET}}{{/IS_UNSET}}" aria-describedby="h-{{NAME}} n-{{NAME}}"{{#INVALID}} aria-invalid="true"{{/INVALID}}>{{/SECRET}}
          {{#FIXED}}<div class="fixed">{{#VALUE_SHOWN}}<code>{{TEXT:p}}</code>{{/VALUE_SHOWN}}<p class="small muted">{{WHY}}</p></div>{{/FIXED}}
          {{#ERROR}}<p class="field-error" role="alert"><span class="range-again">{{T_WRONG_VALUE}} {{T_TAKES}} {{RANGE}} </span>{{#DETAIL}}<span>{{TEXT}}</span>{{/DETAIL}}</p>{{/ERROR}}
          <p class="notes small muted" id="n-{{NAME}}">{{#OF_MODELS}}{{#PICKS}}<label class="pick" hidden><span class="hidden">{{T_MODELS_ADD}} {{NAME}}</span><select data-adds="f-{{NAME}}"><option value="">{{T_MODELS_ADD}}</option></select></label>{{/PICKS}}<a href="{{BASE}}/config/models">{{T_MODELS_CHOOSE}}</a>{{/OF_MODELS}}{{#IS_PROXIES}}<a href="{{BASE}}/config/proxies">{{T_TEST}}</a>{{/IS_PROXIES}}{{#RANGE}}<span>{{TEXT}}</span>{{/RANGE}}{{#FALLBACK}}<span>{{T_FALLBACK}} <code>{{TEXT}}</code></span>{{/FALLBACK}}{{#AT_START}}<span class="at-start">{{T_AT_START}}</span>{{/AT_START}}{{#CAN_RESET}}<button type="submit" class="link-button" name="reset" value="{{NAME}}">{{T_RESET_SETTING}}</button>{{/CAN_RESET}}</p>
        </div>
      </div>
      {{/SETTING}}
    </section>
    {{/GROUP}}
    <datalist id="model-list">{{#KNOWN_MODEL}}<option value="{{ID}}"></option>{{/KNOWN_MODEL}}</datalist>
    <div class="save-bar" data-save>
      <button class="button primary" type="submit">{{T_SAVE}}</button>
      <span class="muted" data-unsaved="{{T_CHANGES_UNSAVED}}"></span>
    </div>
  </div>
</form>
