{{%AUTOESCAPE context="HTML"}}
<div class="head"><h1>{{T_MODELS}}</h1>
  <form method="post" action="{{BASE}}/config/models" class="row" data-busy="{{T_ASKING}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button" type="submit" name="action" value="refresh">{{T_MODELS_REFRESH}}</button><a class="button" href="{{BASE}}/config">{{T_SETTINGS}}</a></form></div>
<p class="muted lead">{{T_MODELS_HELP}}</p>
{{#NO_MODELS}}<section class="card empty"><p>{{T_MODELS_NONE}}</p>{{#PROBLEM}}<p class="small muted">{{TEXT}}</p>{{/PROBLEM}}</section>{{/NO_MODELS}}
{{#HAS_MODELS}}
<form method="post" action="{{BASE}}/config/models">
  <input type="hidden" name="csrf" value="{{CSRF}}">
  <section class="card table-card"><table class="data models"><thead><tr><th class="c-select"><span class="hidden">{{T_SELECT}}</span></th><th>{{T_MODEL}}</th><th>{{T_MODELS_ABILITIES}}</th><th class="num">{{T_MODELS_INPUT}}</th><th class="num">{{T_MODELS_OUTPUT}}</th><th class="num">{{T_MODELS_KEYS}}</th></tr></thead>
    <tbody>{{#MODEL}}<tr><td class="c-select"><input type="checkbox" name="model" value="{{ID}}" aria-label="{{ID}}"></td>
      <td class="wide-text"><b>{{ID}}</b> {{#TRY}}<a class="small nowrap" href="{{HREF}}" aria-label="{{T_TRY}}: {{ID}}">{{T_TRY}}</a>{{/TRY}}<span class="sub">{{TITLE}}</span>{{#NAMED_BY}}<a class="tag" href="{{BASE}}/config#s-{{NAME}}">{{NAME}}</a> {{/NAMED_BY}}</td>
      <td class="wide-text abilities">{{#ABILITY}}<span class="tag">{{LABEL}}</span> {{/ABILITY}}</td>
      <td class="num" data-label="{{T_MODELS_INPUT}}">{{INPUT}}</td><td class="num" data-label="{{T_MODELS_OUTPUT}}">{{OUTPUT}}</td>
      <td class="num" data-label="{{T_MODELS_KEYS}}">{{USABLE}}{{#RESTING}}<span class="sub">{{TEXT}}</span>{{/RESTING}}{{#EXCLUDED}}<span class="sub"><a href="{{HREF}}">{{T_MODELS_WHICH_NOT}}</a></span>{{/EXCLUDED}}</td></tr>{{/MODEL}}</tbody></table></section>
  <div class="card use-models row"><label class="field inline">{{T_MODELS_USE}} <select name="setting">{{#SETTING_CHOICE}}<option>{{NAME}}</option>{{/SETTING_CHOICE}}</select></label><button class="button" type="submit">{{T_SAVE}}</button></div>
</form>
{{/HAS_MODELS}}
