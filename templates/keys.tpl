{{%AUTOESCAPE context="HTML"}}
<div class="head">
  <h1>{{T_KEYS}}</h1>
  <p class="endpoints">
    <span class="endpoint"><span class="muted">OpenAI</span> <code>{{OPENAI_URL}}</code><button type="button" class="icon-button" data-copy="{{OPENAI_URL}}" data-done="{{T_COPIED}}" title="{{T_COPY}}" aria-label="{{T_COPY_OPENAI}}" hidden><svg class="icon" aria-hidden="true"><use href="#i-copy"/></svg></button></span>
    <span class="endpoint"><span class="muted">Gemini</span> <code>{{GEMINI_URL}}</code><button type="button" class="icon-button" data-copy="{{GEMINI_URL}}" data-done="{{T_COPIED}}" title="{{T_COPY}}" aria-label="{{T_COPY_GEMINI}}" hidden><svg class="icon" aria-hidden="true"><use href="#i-copy"/></svg></button></span>
  </p>
</div>

{{#HAS_KEYS}}
<section class="card pool" aria-label="{{T_POOL}}">
  <svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="{{BAR_TEXT}}">
    {{#BAR_PART}}<rect class="fill-{{STATE}}" x="{{X}}" y="0" width="{{WIDTH}}" height="10"/>{{/BAR_PART}}
  </svg>
  <ul class="tiles">
    {{#TILE}}
    <li><a class="tile" href="{{HREF}}"{{#CURRENT}} aria-current="true"{{/CURRENT}}>
      <span class="tile-name"><span class="dot {{STATE}}"></span>{{LABEL}}</span>
      <span class="tile-count">{{COUNT}}</span>
    </a></li>
    {{/TILE}}
  </ul>
</section>
{{/HAS_KEYS}}

{{#NO_KEYS}}
<section class="card first">
  <h2>{{T_FIRST_TITLE}}</h2>
  <ol>
    <li>{{T_FIRST_1}} <a href="https://aistudio.google.com/apikey" rel="noreferrer noopener" target="_blank">aistudio.google.com/apikey</a></li>
    <li>{{T_FIRST_2}}</li>
    <li>{{T_FIRST_3}}</li>
  </ol>
</section>
{{/NO_KEYS}}

<details class="card add"{{#ADD_OPEN}} open{{/ADD_OPEN}}>
  <summary><svg class="icon" aria-hidden="true"><use href="#i-plus"/></svg>{{T_ADD_KEYS}}</summary>
  <form method="post" action="{{BASE}}/keys/add" class="stack">
    <input type="hidden" name="csrf" value="{{CSRF}}">
    <label for="keys">{{T_ADD_LABEL}}</label>
    <textarea id="keys" name="keys" rows="6" required spellcheck="false" autocomplete="off" placeholder="AIzaSy…&#10;AQ.…" aria-describedby="keys-help"></textarea>
    <p id="keys-help" class="muted small">{{T_ADD_HELP}} <span data-key-count="{{T_ADD_FOUND}}"></span></p>
    <div class="row fields">
      <label class="field">{{T_KIND}}
        <select name="kind">
          {{#KIND}}<option value="{{VALUE}}">{{LABEL}}</option>{{/KIND}}
        </select>
      </label>
      <label class="field grow">{{T_LABEL}}
        <input name="label" maxlength="100" autocomplete="off" placeholder="{{T_OPTIONAL}}">
      </label>
      <label class="verify-box"><input type="checkbox" name="verify" value="1" checked> {{T_VERIFY_NEW}}</label>
      <button class="button primary" type="submit">{{T_ADD}}</button>
    </div>
    <details class="more-options"><summary>{{T_MORE_OPTIONS}}</summary>{{>OPTIONS}}</details>
  </form>
</details>

{{#HAS_KEYS}}
<form class="filter row" method="get" action="{{BASE}}/keys" role="search">
  <label class="search"><span class="hidden">{{T_SEARCH}}</span><svg class="icon" aria-hidden="true"><use href="#i-search"/></svg>
    <input type="search" name="q" value="{{FILTER_TEXT}}" placeholder="{{T_SEARCH_HINT}}" maxlength="100"></label>
  <label class="field inline">{{T_STATE}}
    <select name="state" data-submit>
      {{#STATE_CHOICE}}<option value="{{VALUE}}"{{#CURRENT}} selected{{/CURRENT}}>{{LABEL}}</option>{{/STATE_CHOICE}}
    </select></label>
  <label class="field inline">{{T_SORT}}
    <select name="sort" data-submit>
      {{#SORT_CHOICE}}<option value="{{VALUE}}"{{#CURRENT}} selected{{/CURRENT}}>{{LABEL}}</option>{{/SORT_CHOICE}}
    </select></label>
  <label class="field inline">{{T_PER_PAGE}}
    <select name="size" data-submit>
      {{#SIZE_CHOICE}}<option value="{{VALUE}}"{{#CURRENT}} selected{{/CURRENT}}>{{VALUE}}</option>{{/SIZE_CHOICE}}
    </select></label>
  <button class="button" type="submit">{{T_FILTER}}</button>
  <span class="muted matches">{{MATCHES}}</span>
  <details class="more-filter"{{#MORE_OPEN}} open{{/MORE_OPEN}}><summary>{{T_MORE_FILTERS}}</summary>
    <div class="row"><label class="field inline">{{T_KIND}}
      <select name="of"><option value="">{{T_ANY}}</option>{{#KIND_CHOICE}}<option value="{{VALUE}}"{{#CURRENT}} selected{{/CURRENT}}>{{LABEL}}</option>{{/KIND_CHOICE}}</select></label>
      {{#REASONS}}<label class="field inline">{{T_REASON}}
      <select name="why"><option value="">{{T_ANY}}</option>{{#CHOICE}}<option value="{{VALUE}}"{{#CURRENT}} selected{{/CURRENT}}>{{LABEL}}</option>{{/CHOICE}}</select></label>{{/REASONS}}
      {{#LABELS}}<label class="field inline">{{T_LABEL}}
      <select name="tag"><option value="">{{T_ANY}}</option>{{#CHOICE}}<option value="{{VALUE}}"{{#CURRENT}} selected{{/CURRENT}}>{{LABEL}}</option>{{/CHOICE}}</select></label>{{/LABELS}}
      {{#PROJECTS}}<label class="field inline">{{T_PROJECT}}
      <select name="in"><option value="">{{T_ANY}}</option>{{#CHOICE}}<option value="{{VALUE}}"{{#CURRENT}} selected{{/CURRENT}}>{{LABEL}}</option>{{/CHOICE}}</select></label>{{/PROJECTS}}
      <label class="field inline">{{T_FAILURES_FROM}} <input name="failures" value="{{FILTER_FAILURES}}" inputmode="numeric" class="tiny"></label></div>
  </details>
</form>

{{#NO_MATCH}}
<section class="card empty"><p>{{T_NO_MATCH}}</p><p><a class="button" href="{{BASE}}/keys">{{T_SHOW_ALL}}</a></p></section>
{{/NO_MATCH}}

{{#LIST}}
<form method="post" action="{{BASE}}/keys/action" class="list" data-list data-one="{{T_DELETE_ONE}}" data-many="{{T_DELETE_MANY}}" data-detail="{{T_DELETE_EXPLAINED}}" data-ok="{{T_DELETE}}" data-verifying="{{T_VERIFYING}}" data-verified="{{T_VERIFIED}}" data-close="{{T_CLOSE}}">
  <button type="submit" disabled hidden></button>
  <input type="hidden" name="csrf" value="{{CSRF}}">
  <input type="hidden" name="state" value="{{FILTER_STATE}}">
  <input type="hidden" name="sort" value="{{FILTER_SORT}}">
  <input type="hidden" name="of" value="{{FILTER_KIND}}">
  <input type="hidden" name="why" value="{{FILTER_REASON}}">
  <input type="hidden" name="tag" value="{{FILTER_LABEL}}">
  <input type="hidden" name="in" value="{{FILTER_PROJECT}}">
  <input type="hidden" name="failures" value="{{FILTER_FAILURES}}">
  <input type="hidden" name="q" value="{{FILTER_TEXT}}">
  <input type="hidden" name="size" value="{{FILTER_SIZE}}">
  <input type="hidden" name="page" value="{{FILTER_PAGE}}">
  <div class="card table-card">
  <table class="keys">
    <thead>
      <tr>
        <th class="c-select"><input type="checkbox" data-all aria-label="{{T_SELECT_ALL}}" hidden></th>
        <th class="c-key">{{T_KEY}}</th>
        <th class="c-state">{{T_STATE}}</th>
        <th class="c-number">{{T_TODAY}}</th>
        <th class="c-number">{{T_FAILURES}}</th>
        <th class="c-time">{{T_LAST_USED}}</th>
        <th class="c-actions"><span class="hidden">{{T_ACTIONS}}</span></th>
      </tr>
    </thead>
    <tbody>
      {{#ROW}}
      <tr class="is-{{STATE}}">
        <td class="c-select"><input type="checkbox" name="id" value="{{ID}}" aria-label="{{HINT}}"></td>
        <td class="c-key"><a class="quiet" href="{{BASE}}/keys/{{ID}}"><code class="hint">{{HINT}}</code></a>{{#KIND_TAG}} <span class="tag">{{KIND_NAME}}</span>{{/KIND_TAG}}
          {{#LABELLED}}<span class="sub">{{LABEL}}</span>{{/LABELLED}}</td>
        <td class="c-state"><span class="chip {{STATE}}">{{STATE_NAME}}</span>
          {{#WHY}}<span class="sub">{{#MODEL}}<b>{{NAME}}</b> {{/MODEL}}{{TEXT}}{{#DOT}} · {{/DOT}}{{#UNTIL}} · <time datetime="{{ISO}}" title="{{LOCAL}}">{{WORDS}}</time>{{/UNTIL}}{{#SINCE}}<time datetime="{{ISO}}" title="{{LOCAL}}">{{WORDS}}</time>{{/SINCE}}</span>{{/WHY}}
          {{#LAST_ERROR}}<span class="sub last-error" title="{{TEXT}}">{{TEXT}}</span>{{/LAST_ERROR}}</td>
        <td class="c-number c-today" data-label="{{T_TODAY}}">{{#TODAY}}{{REQUESTS}}<span class="sub">{{RATE}}</span>{{/TODAY}}{{#UNUSED_TODAY}}<span class="none">0</span>{{/UNUSED_TODAY}}</td>
        <td class="c-number" data-label="{{T_FAILURES}}">{{#FAILED}}{{FAILURES}}{{/FAILED}}{{#UNFAILED}}<span class="none">0</span>{{/UNFAILED}}</td>
        <td class="c-time" data-label="{{T_LAST_USED}}">{{#USED}}<time datetime="{{ISO}}" title="{{LOCAL}}">{{WORDS}}</time>{{/USED}}{{#NEVER}}<span class="muted">{{T_NEVER}}</span>{{/NEVER}}</td>
        <td class="c-actions">
          <button class="icon-button" type="submit" formaction="{{BASE}}/keys/{{ID}}/reveal" data-copy-secret data-done="{{T_COPIED}}" title="{{T_REVEAL_COPY}}" aria-label="{{T_REVEAL_COPY}} {{HINT}}"><svg class="icon" aria-hidden="true"><use href="#i-copy"/></svg></button>
          <button class="icon-button" type="submit" name="only" value="verify:{{ID}}" title="{{T_VERIFY}}" aria-label="{{T_VERIFY}} {{HINT}}"><svg class="icon" aria-hidden="true"><use href="#i-check"/></svg></button>
          {{#CAN_PAUSE}}<button class="icon-button" type="submit" name="only" value="pause:{{ID}}" title="{{T_PAUSE}}" aria-label="{{T_PAUSE}} {{HINT}}"><svg class="icon" aria-hidden="true"><use href="#i-pause"/></svg></button>{{/CAN_PAUSE}}
          {{#CAN_RESUME}}<button class="icon-button" type="submit" name="only" value="resume:{{ID}}" title="{{T_RESUME}}" aria-label="{{T_RESUME}} {{HINT}}"><svg class="icon" aria-hidden="true"><use href="#i-resume"/></svg></button>{{/CAN_RESUME}}
          {{#CAN_RESET}}<button class="icon-button" type="submit" name="only" value="reset:{{ID}}" title="{{T_RESET}}" aria-label="{{T_RESET}} {{HINT}}"><svg class="icon" aria-hidden="true"><use href="#i-reset"/></svg></button>{{/CAN_RESET}}
          <button class="icon-button danger" type="submit" name="only" value="delete:{{ID}}" title="{{T_DELETE}}" aria-label="{{T_DELETE}} {{HINT}}" data-confirm="one"><svg class="icon" aria-hidden="true"><use href="#i-delete"/></svg></button>
        </td>
      </tr>
      {{/ROW}}
    </tbody>
  </table>
  </div>
  <div class="bulk" data-bulk>
    <span class="bulk-count" data-selected="{{T_SELECTED}}">{{T_WITH_SELECTED}}</span>
    {{#MORE_MATCH}}<label class="all-matching"><input type="checkbox" name="all" value="1" data-everything="{{MATCHING}}"> {{ALL_MATCHING}}</label>{{/MORE_MATCH}}
    <span class="row">
      <button class="button" type="submit" name="action" value="verify" data-progress>{{T_VERIFY}}</button>
      <button class="button" type="submit" name="action" value="edit">{{T_EDIT}}</button>
      <button class="button" type="submit" name="action" value="export" data-plain>{{T_EXPORT}}</button>
      <button class="button" type="submit" name="action" value="csv" data-plain>CSV</button>
      <button class="button" type="submit" name="action" value="pause">{{T_PAUSE}}</button>
      <button class="button" type="submit" name="action" value="resume">{{T_RESUME}}</button>
      <button class="button" type="submit" name="action" value="reset">{{T_RESET}}</button>
      <button class="button danger" type="submit" name="action" value="delete" data-confirm="many">{{T_DELETE}}</button>
    </span>
  </div>
</form>
{{#PAGES}}
<nav class="pages" aria-label="{{T_PAGES}}">
  {{#PREVIOUS}}<a class="button" rel="prev" href="{{HREF}}">{{T_PREVIOUS}}</a>{{/PREVIOUS}}
  {{#PAGE_LINK}}{{#GAP}}<span class="muted">…</span>{{/GAP}}<a class="page-link" href="{{HREF}}"{{#CURRENT}} aria-current="page"{{/CURRENT}}>{{NUMBER}}</a>{{/PAGE_LINK}}
  {{#NEXT}}<a class="button" rel="next" href="{{HREF}}">{{T_NEXT}}</a>{{/NEXT}}
</nav>
{{/PAGES}}
{{/LIST}}
{{/HAS_KEYS}}
