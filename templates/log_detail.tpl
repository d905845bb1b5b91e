{{%AUTOESCAPE context="HTML"}}
<div class="head">
  <h1 class="with-chip">{{T_REQUEST}} <span class="chip {{TONE}}">{{STATUS}}</span></h1>
  <p class="muted">{{#WHEN}}<time datetime="{{ISO}}" title="{{WORDS}}">{{LOCAL}}</time>{{/WHEN}} · <code>{{ID}}</code></p>
</div>
<section class="card"><dl class="fact-list">{{#FACT}}<div><dt>{{LABEL}}</dt><dd>{{VALUE}}</dd></div>{{/FACT}}{{#FAULT_TEXT}}<div class="wide"><dt>{{T_ERROR}}</dt><dd>{{TEXT}}</dd></div>{{/FAULT_TEXT}}</dl></section>
<section class="card table-card" aria-labelledby="attempts-title">
  <h2 class="card-head" id="attempts-title">{{T_ATTEMPTS}}</h2>
  {{#NO_ATTEMPTS}}<p class="muted card-body">{{T_NO_ATTEMPTS}}</p>{{/NO_ATTEMPTS}}
  {{#HAS_ATTEMPTS}}
  <table class="data">
    <thead><tr><th>#</th><th>{{T_KEY}}</th><th>{{T_STATUS}}</th><th>{{T_RULE}}</th><th>{{T_EFFECT}}</th><th class="num">{{T_FIRST_BYTE}}</th><th class="num">{{T_LATENCY}}</th><th class="c-timeline">{{T_TIMELINE}}</th></tr></thead>
    <tbody>{{#ATTEMPT}}<tr>
      <td data-label="#">{{NUMBER}}</td>
      <td>{{#LINKED}}<a href="{{HREF}}">{{/LINKED}}<code class="hint">{{KEY}}</code>{{#LINKED}}</a>{{/LINKED}}<span class="sub">{{MODEL}}{{#BY_PROXY}} · {{T_PROXY}} {{PROXY}}{{/BY_PROXY}}</span></td>
      <td><span class="chip {{TONE}}">{{STATUS}}</span> {{#CUT_SHORT}}<span class="small muted">{{OUTCOME}}</span>{{/CUT_SHORT}}</td>
      <td class="wide-text"><code>{{RULE}}</code>{{#FAULT}}<span class="sub last-error full">{{TEXT}}</span>{{/FAULT}}</td>
      <td data-label="{{T_EFFECT}}">{{EFFECT}}</td>
      <td class="num" data-label="{{T_FIRST_BYTE}}">{{FIRST}}</td>
      <td class="num" data-label="{{T_LATENCY}}">{{DURATION}}</td>
      <td class="c-timeline"><svg class="timeline" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="1000" height="10"/><rect class="fill-{{TONE}}" x="{{X}}" width="{{WIDTH}}" height="10"/></svg></td>
    </tr>{{/ATTEMPT}}</tbody>
  </table>
  {{/HAS_ATTEMPTS}}
</section>
{{#BODY}}
<section class="card"><h2>{{T_RECORDED_BODY}}</h2><pre class="body" tabindex="0">{{TEXT:p}}</pre></section>
{{/BODY}}
<form method="post" action="{{BASE}}/requests/delete" class="row" data-some="{{T_DELETE_LOG_SOME}}" data-detail="{{T_DELETE_LOG_EXPLAINED}}" data-ok="{{T_DELETE}}" data-count="1">
  <input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="id" value="{{ID}}">
  <a class="button" href="{{BASE}}/requests">{{T_REQUESTS}}</a>
  <button class="button danger" type="submit" name="what" value="selected" data-confirm="some">{{T_DELETE}}</button>
</form>
