{{%AUTOESCAPE context="HTML"}}
<div class="head"><h1>{{T_TOKENS}}</h1><p class="muted small">{{T_TOKENS_HELP}}</p></div>
{{#SHOWN}}
<section class="card shown-secret" role="status">
  <h2>{{T_TOKEN_SHOWN}}</h2>
  <p class="row"><code class="secret-text">{{SECRET}}</code><button type="button" class="button" data-copy="{{SECRET}}" data-done="{{T_COPIED}}" hidden>{{T_COPY}}</button></p>
  <p class="small muted">{{T_TOKEN_SHOWN_HELP}}</p>
</section>
{{/SHOWN}}
<details class="card add"{{#FORM_OPEN}} open{{/FORM_OPEN}}>
  <summary><svg class="icon" aria-hidden="true"><use href="#i-plus"/></svg>{{T_ADD_TOKEN}}</summary>
  <form method="post" action="{{BASE}}/tokens/add" class="stack">
    <input type="hidden" name="csrf" value="{{CSRF}}">
    {{>FORM}}
    <p class="row"><button class="button primary" type="submit">{{T_MAKE}}</button><span class="muted small">{{T_MAKE_HELP}}</span></p>
  </form>
</details>
{{#NO_ROWS}}<section class="card empty"><p>{{T_NO_TOKENS}}</p></section>{{/NO_ROWS}}
{{#ROWS}}
<form method="post" action="{{BASE}}/tokens/action" class="card table-card" data-one="{{T_DELETE_TOKEN}}" data-detail="{{T_DELETE_TOKEN_EXPLAINED}}" data-ok="{{T_DELETE}}">
  <input type="hidden" name="csrf" value="{{CSRF}}">
  <table class="data acting">
    <thead><tr><th>{{T_TOKEN}}</th><th>{{T_STATE}}</th><th>{{T_LIMITS}}</th><th class="num">{{T_REQUESTS_TODAY}}</th><th class="num">{{T_TOKENS_TODAY}}</th><th>{{T_LAST_USED}}</th><th><span class="hidden">{{T_ACTIONS}}</span></th></tr></thead>
    <tbody>{{#ROW}}<tr>
      <td class="wide-text"><a href="{{BASE}}/tokens/{{ID}}">{{NAME}}</a>{{#SEEDED}} <span class="tag">ALLOWED_TOKENS</span>{{/SEEDED}}{{#NAMED}}<span class="sub"><code>{{HINT}}</code></span>{{/NAMED}}</td>
      <td><span class="chip {{STATE}}">{{STATE_NAME}}</span>{{#EXPIRY}}<span class="sub">{{T_EXPIRES_ON}} <time datetime="{{ISO}}">{{LOCAL}}</time></span>{{/EXPIRY}}</td>
      <td data-label="{{T_LIMITS}}">{{#UNLIMITED}}<span class="muted">{{T_NO_LIMIT}}</span>{{/UNLIMITED}}{{#LIMIT}}<span class="limit">{{TEXT:p}}</span> {{/LIMIT}}</td>
      <td class="num" data-label="{{T_REQUESTS_TODAY}}">{{REQUESTS}}</td>
      <td class="num" data-label="{{T_TOKENS_TODAY}}">{{TOKENS}}</td>
      <td class="nowrap" data-label="{{T_LAST_USED}}">{{#USED}}<time datetime="{{ISO}}" title="{{LOCAL}}">{{WORDS}}</time>{{/USED}}{{#NEVER}}<span class="muted">{{T_NEVER}}</span>{{/NEVER}}</td>
      <td class="c-actions">
        <button class="icon-button" type="submit" name="only" value="reveal:{{ID}}" title="{{T_REVEAL}}" aria-label="{{T_REVEAL}} {{NAME}}"><svg class="icon" aria-hidden="true"><use href="#i-eye"/></svg></button>
        {{#CAN_PAUSE}}<button class="icon-button" type="submit" name="only" value="pause:{{ID}}" title="{{T_PAUSE}}" aria-label="{{T_PAUSE}} {{NAME}}"><svg class="icon" aria-hidden="true"><use href="#i-pause"/></svg></button>{{/CAN_PAUSE}}
        {{#CAN_RESUME}}<button class="icon-button" type="submit" name="only" value="resume:{{ID}}" title="{{T_RESUME}}" aria-label="{{T_RESUME}} {{NAME}}"><svg class="icon" aria-hidden="true"><use href="#i-resume"/></svg></button>{{/CAN_RESUME}}
        <button class="icon-button danger" type="submit" name="only" value="delete:{{ID}}" title="{{T_DELETE}}" aria-label="{{T_DELETE}} {{NAME}}" data-confirm="one"><svg class="icon" aria-hidden="true"><use href="#i-delete"/></svg></button>
      </td>
    </tr>{{/ROW}}</tbody>
  </table>
</form>
{{/ROWS}}
