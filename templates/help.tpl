{{%AUTOESCAPE context="HTML"}}
<div class="head"><h1>{{T_HELP}}</h1><p class="muted small">{{T_HELP_LEAD}} <a href="{{BASE}}/tokens">{{T_TOKENS}}</a></p></div>
<section class="card">
  <dl class="addresses">
    <div><dt>OpenAI</dt><dd><code>{{OPENAI_URL}}</code><button type="button" class="icon-button" data-copy="{{OPENAI_URL}}" data-done="{{T_COPIED}}" title="{{T_COPY}}" aria-label="{{T_COPY_OPENAI}}" hidden><svg class="icon" aria-hidden="true"><use href="#i-copy"/></svg></button></dd></div>
    <div><dt>Gemini</dt><dd><code>{{GEMINI_URL}}</code><button type="button" class="icon-button" data-copy="{{GEMINI_URL}}" data-done="{{T_COPIED}}" title="{{T_COPY}}" aria-label="{{T_COPY_GEMINI}}" hidden><svg class="icon" aria-hidden="true"><use href="#i-copy"/></svg></button></dd></div>
  </dl>
</section>
<section class="card table-card" aria-labelledby="clients-title">
  <h2 class="card-head" id="clients-title">{{T_CLIENTS}}</h2>
  <table class="data"><thead><tr><th>{{T_CLIENT_NAME}}</th><th>{{T_WHERE}}</th><th>{{T_ADDRESS}}</th></tr></thead>
  <tbody>{{#CLIENT}}<tr><td class="nowrap wide-text"><b>{{NAME}}</b></td><td class="wide-text">{{WHERE}}</td><td class="wide-text"><code>{{ADDRESS}}</code><button type="button" class="icon-button" data-copy="{{ADDRESS}}" data-done="{{T_COPIED}}" title="{{T_COPY}}" aria-label="{{T_COPY}} {{NAME}}" hidden><svg class="icon" aria-hidden="true"><use href="#i-copy"/></svg></button></td></tr>{{/CLIENT}}</tbody></table>
</section>
<div class="two">
  {{#SAMPLE}}<section class="card sample"><div class="row"><h2>{{NAME}}</h2><span class="spacer"></span><button type="button" class="icon-button" data-copy="{{TEXT:p}}" data-done="{{T_COPIED}}" title="{{T_COPY}}" aria-label="{{T_COPY}} {{NAME}}" hidden><svg class="icon" aria-hidden="true"><use href="#i-copy"/></svg></button></div><pre class="body" tabindex="0">{{TEXT:p}}</pre></section>{{/SAMPLE}}
</div>
