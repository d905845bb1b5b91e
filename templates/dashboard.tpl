{{%AUTOESCAPE context="HTML"}}
<div class="head">
  <h1>{{T_DASHBOARD}}</h1>
  <nav class="segment words" aria-label="{{T_SPAN}}">{{#SPAN}}<a href="{{HREF}}"{{#CURRENT}} aria-current="true"{{/CURRENT}}>{{LABEL}}</a>{{/SPAN}}</nav>
</div>
{{#NO_KEYS}}
<section class="card first">
  <h2>{{T_FIRST_TITLE}}</h2>
  <ol>
    <li>{{T_FIRST_1}} <a href="https://aistudio.google.com/apikey" rel="noreferrer noopener" target="_blank">aistudio.google.com/apikey</a></li>
    <li>{{T_FIRST_PASTE}} <a href="{{BASE}}/keys">{{T_KEYS}}</a></li>
    <li>{{T_FIRST_CONNECT}} <a href="{{BASE}}/help">{{T_HELP}}</a></li>
  </ol>
</section>
{{/NO_KEYS}}
<div class="live" data-live="15">
{{#ALERT}}<p class="note bad alert">{{TEXT}} <a href="{{HREF}}">{{T_LOOK}}</a></p>{{/ALERT}}
<ul class="periods">
  {{#PERIOD}}
  <li class="card period">
    <h2>{{LABEL}}</h2>
    <p class="period-main"><b>{{REQUESTS}}</b> <span>{{T_REQUESTS_WORD}}</span></p>
    <dl>
      <div><dt>{{T_SUCCESS_RATE}}</dt><dd>{{RATE}}</dd></div>
      <div><dt>{{T_TOKENS_IN}}</dt><dd>{{IN}}</dd></div>
      <div><dt>{{T_TOKENS_OUT}}</dt><dd>{{OUT}}</dd></div>
      <div><dt>{{T_FIRST_TOKEN}}</dt><dd>{{FIRST}}</dd></div>
      <div><dt>{{T_LATENCY}}</dt><dd>{{LATENCY}}</dd></div>
    </dl>
  </li>
  {{/PERIOD}}
</ul>
<div class="two">
  {{>REQUEST_CHART}}
  {{>TOKEN_CHART}}
</div>
{{#HAS_KEYS}}
<div class="two">
  <section class="card" aria-labelledby="pool-title">
    <h2 id="pool-title">{{T_KEYS}}</h2>
    <svg class="bar round" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">{{#BAR_PART}}<rect class="fill-{{STATE}}" x="{{X}}" y="0" width="{{WIDTH}}" height="10"/>{{/BAR_PART}}</svg>
    <ul class="counts">{{#KEY_STATE}}<li><a href="{{HREF}}"><span class="dot {{STATE}}"></span>{{LABEL}}</a> <b>{{COUNT}}</b></li>{{/KEY_STATE}}</ul>
    <ul class="counts sub-counts">{{#REST_REASON}}<li><a href="{{HREF}}">{{TEXT}}</a> <b>{{COUNT}}</b></li>{{/REST_REASON}}</ul>
    <p class="small muted">{{EGRESS}}</p>
  </section>
  <section class="card" aria-labelledby="quota-title">
    <h2 id="quota-title">{{T_QUOTA_LEFT}}</h2>
    {{#NO_QUOTAS}}<p class="muted">{{T_NOTHING_TODAY}}</p>{{/NO_QUOTAS}}
    {{#HAS_QUOTAS}}<ul class="quotas">
      {{#QUOTA}}<li><span class="quota-name">{{MODEL}}</span>
        {{#KNOWN}}<span class="quota-number">{{#SOME}}<span class="muted small">{{TEXT}} · </span>{{/SOME}}{{LEFT}} / {{LIMIT}}</span><svg class="quota-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="6" class="track"/><rect width="{{SHARE}}" height="6" class="fill-ready"/></svg>{{/KNOWN}}
        {{#UNKNOWN}}<span class="quota-number muted">{{T_USED}} {{USED}} · {{T_LIMIT_UNKNOWN}}</span>{{/UNKNOWN}}</li>{{/QUOTA}}
    </ul>{{/HAS_QUOTAS}}
  </section>
</div>
<section class="card table-card" id="attention" aria-labelledby="attention-title">
  <div class="card-head"><h2 id="attention-title">{{T_ATTENTION}}</h2>
    <nav class="segment words" aria-label="{{T_ATTENTION}}">{{#TROUBLE}}<a href="{{HREF}}"{{#CURRENT}} aria-current="true"{{/CURRENT}}>{{LABEL}}</a>{{/TROUBLE}}</nav></div>
  {{#NO_TROUBLED}}<p class="muted card-body">{{T_NO_TROUBLE}}</p>{{/NO_TROUBLED}}
  {{#HAS_TROUBLED}}
  <form method="post" action="{{BASE}}/keys/action" data-one="{{T_DELETE_ONE}}" data-detail="{{T_DELETE_EXPLAINED}}" data-ok="{{T_DELETE}}">
    <input type="hidden" name="csrf" value="{{CSRF}}">
    <input type="hidden" name="back" value="dashboard">
    <table class="data acting">
      <thead><tr><th>{{T_KEY}}</th><th class="num">{{T_TIMES_TODAY}}</th><th class="num">{{T_REQUESTS_WORD}}</th><th class="num">{{T_SUCCESS_RATE}}</th><th><span class="hidden">{{T_ACTIONS}}</span></th></tr></thead>
      <tbody>
      {{#TROUBLED}}<tr>
        <td>{{#LINKED}}<a href="{{HREF}}">{{/LINKED}}<code class="hint">{{HINT}}</code>{{#LINKED}}</a>{{/LINKED}}{{#LABELLED}} <span class="muted">{{LABEL}}</span>{{/LABELLED}}</td>
        <td class="num" data-label="{{T_TIMES_TODAY}}"><b>{{COUNT}}</b></td><td class="num" data-label="{{T_REQUESTS_WORD}}">{{REQUESTS}}</td><td class="num" data-label="{{T_SUCCESS_RATE}}">{{RATE}}</td>
        <td class="c-actions">{{#CAN_ACT}}
          {{#CAN_PAUSE}}<button class="icon-button" type="submit" name="only" value="pause:{{ID}}" title="{{T_PAUSE}}" aria-label="{{T_PAUSE}} {{HINT}}"><svg class="icon" aria-hidden="true"><use href="#i-pause"/></svg></button>{{/CAN_PAUSE}}
          {{#CAN_RESUME}}<button class="icon-button" type="submit" name="only" value="resume:{{ID}}" title="{{T_RESUME}}" aria-label="{{T_RESUME}} {{HINT}}"><svg class="icon" aria-hidden="true"><use href="#i-resume"/></svg></button>{{/CAN_RESUME}}
          <button class="icon-button danger" type="submit" name="only" value="delete:{{ID}}" title="{{T_DELETE}}" aria-label="{{T_DELETE}} {{HINT}}" data-confirm="one"><svg class="icon" aria-hidden="true"><use href="#i-delete"/></svg></button>{{/CAN_ACT}}</td>
      </tr>{{/TROUBLED}}
      </tbody>
    </table>
  </form>
  {{/HAS_TROUBLED}}
</section>
<div class="three">
  {{#BUSY}}
  <section class="card table-card">
    <h2 class="card-head">{{TITLE}}</h2>
    {{#NONE}}<p class="muted card-body">{{T_NOTHING_TODAY}}</p>{{/NONE}}
    {{#SOME}}<table class="data keep">
      <thead><tr><th>{{COLUMN}}</th><th class="num">{{T_REQUESTS_WORD}}</th><th class="num">{{T_TOKENS_WORD}}</th></tr></thead>
      <tbody>{{#BUSY_ROW}}<tr><td class="cut">{{#LINKED}}<a href="{{HREF}}">{{/LINKED}}{{HINT}}{{#LINKED}}</a>{{/LINKED}}</td><td class="num">{{REQUESTS}}</td><td class="num">{{TOKENS}}</td></tr>{{/BUSY_ROW}}</tbody>
    </table>{{/SOME}}
  </section>
  {{/BUSY}}
</div>
{{/HAS_KEYS}}
</div>
