{{%AUTOESCAPE context="HTML"}}
<div class="head">
  <h1 class="with-chip">{{T_KEY}} <code>{{HINT}}</code> <span class="chip {{STATE}}">{{STATE_NAME}}</span></h1>
  <nav class="segment words" aria-label="{{T_SPAN}}">{{#SPAN}}<a href="{{HREF}}"{{#CURRENT}} aria-current="true"{{/CURRENT}}>{{LABEL}}</a>{{/SPAN}}</nav>
</div>
{{#SHOWN}}
<section class="card shown-secret" role="status">
  <p class="row"><code class="secret-text">{{SECRET}}</code><button type="button" class="button" data-copy="{{SECRET}}" data-done="{{T_COPIED}}" hidden>{{T_COPY}}</button></p>
</section>
{{/SHOWN}}
<form method="post" action="{{BASE}}/keys/action" class="row" data-one="{{T_DELETE_ONE}}" data-detail="{{T_DELETE_EXPLAINED}}" data-ok="{{T_DELETE}}">
  <input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="back" value="key">
  <button class="button" type="submit" formaction="{{BASE}}/keys/{{ID}}/reveal">{{T_REVEAL}}</button>
  <button class="button" type="submit" name="only" value="verify:{{ID}}">{{T_VERIFY}}</button>
  {{#CAN_PAUSE}}<button class="button" type="submit" name="only" value="pause:{{ID}}">{{T_PAUSE}}</button>{{/CAN_PAUSE}}
  {{#CAN_RESUME}}<button class="button" type="submit" name="only" value="resume:{{ID}}">{{T_RESUME}}</button>{{/CAN_RESUME}}
  <button class="button" type="submit" name="only" value="reset:{{ID}}">{{T_RESET}}</button>
  <button class="button danger" type="submit" name="only" value="delete:{{ID}}" data-confirm="one">{{T_DELETE}}</button>
  <span class="spacer"></span><a class="button" href="{{BASE}}/requests?key={{ID}}">{{T_REQUESTS}}</a>
</form>
<section class="card"><dl class="fact-list">{{#FACT}}<div><dt>{{LABEL}}</dt><dd>{{VALUE}}{{#WHEN}}<time datetime="{{ISO}}" title="{{LOCAL}}">{{WORDS}}</time>{{/WHEN}}</dd></div>{{/FACT}}{{#FAULT_TEXT}}<div class="wide"><dt>{{T_LAST_ERROR}}</dt><dd>{{TEXT}}</dd></div>{{/FAULT_TEXT}}</dl>
{{#REST}}<p class="rest-line"><span class="chip resting">{{T_STATE_RESTING}}</span> <b>{{MODEL}}</b> {{TEXT}}{{#UNTIL}} · <time datetime="{{ISO}}" title="{{LOCAL}}">{{WORDS}}</time>{{/UNTIL}}</p>{{/REST}}
</section>
<div class="two">{{>REQUEST_CHART}}{{>TOKEN_CHART}}</div>
<section class="card table-card"><h2 class="card-head">{{T_MODELS_TODAY}}</h2>
  {{#NO_MODELS}}<p class="muted card-body">{{T_NOTHING_TODAY}}</p>{{/NO_MODELS}}
  {{#HAS_MODELS}}<table class="data"><thead><tr><th>{{T_MODEL}}</th><th class="num">{{T_REQUESTS_OF_LIMIT}}</th><th class="num">{{T_TOKENS_OF_LIMIT}}</th><th class="num">{{T_RPM_LIMIT}}</th><th class="num">{{T_SUCCESS_RATE}}</th></tr></thead>
    <tbody>{{#MODEL_ROW}}<tr><td class="wide-text">{{MODEL}}</td><td class="num" data-label="{{T_REQUESTS_OF_LIMIT}}">{{REQUESTS}}</td><td class="num" data-label="{{T_TOKENS_OF_LIMIT}}">{{TOKENS}}</td><td class="num" data-label="{{T_RPM_LIMIT}}">{{RPM}}</td><td class="num" data-label="{{T_SUCCESS_RATE}}">{{RATE}}</td></tr>{{/MODEL_ROW}}</tbody></table>{{/HAS_MODELS}}
</section>
<form method="post" action="{{BASE}}/keys/{{ID}}" class="card stack">
  <h2>{{T_EDIT}}</h2>
  <input type="hidden" name="csrf" value="{{CSRF}}">
  {{>OPTIONS}}
  <p class="row"><button class="button primary" type="submit">{{T_SAVE}}</button><span class="small muted">{{T_KEY_EDIT_HELP}}</span></p>
</form>
<section class="card table-card"><h2 class="card-head">{{T_LAST_ATTEMPTS}}</h2>
  <table class="data"><thead><tr><th>{{T_TIME}}</th><th>{{T_STATUS}}</th><th>{{T_MODEL}}</th><th>{{T_RULE}}</th><th>{{T_EFFECT}}</th><th class="num">{{T_LATENCY}}</th></tr></thead>
    <tbody>{{#ATTEMPT}}<tr><td class="nowrap">{{#WHEN}}<a href="{{HREF}}"><time datetime="{{ISO}}" title="{{WORDS}}">{{LOCAL}}</time></a>{{/WHEN}}</td><td><span class="chip {{TONE}}">{{STATUS}}</span></td><td class="wide-text model-name">{{MODEL}}</td><td class="wide-text"><code>{{RULE}}</code>{{#FAULT}}<span class="sub last-error">{{TEXT}}</span>{{/FAULT}}</td><td data-label="{{T_EFFECT}}">{{EFFECT}}</td><td class="num" data-label="{{T_LATENCY}}">{{DURATION}}</td></tr>{{/ATTEMPT}}</tbody></table>
</section>
