{{%AUTOESCAPE context="HTML"}}
<div class="head"><h1>{{T_PROXIES}}</h1><p class="row"><a class="button" href="{{BASE}}/config#s-PROXIES">{{T_SETTINGS}}</a></p></div>
<p class="muted lead">{{T_PROXIES_HELP}} <code>{{TARGET}}</code></p>
<form method="post" action="{{BASE}}/config/proxies" data-busy="{{T_TESTING}}">
  <input type="hidden" name="csrf" value="{{CSRF}}">
  <section class="card table-card"><table class="data proxies"><thead><tr><th>{{T_OWN_PROXY_SHORT}}</th><th>{{T_RESULT}}</th><th class="num">{{T_LATENCY}}</th><th><span class="hidden">{{T_ACTIONS}}</span></th></tr></thead>
    <tbody>{{#ROW}}<tr><td class="wide-text"><code>{{PROXY}}</code>{{#OWN}} <span class="tag">{{T_PROXY_OF_KEY}}</span>{{/OWN}}</td>
      <td class="wide-text">{{#RESULT}}<span class="chip {{TONE}}">{{WORD}}</span>{{#FAULT}}<span class="sub last-error">{{TEXT}}</span>{{/FAULT}}{{/RESULT}}</td>
      <td class="num" data-label="{{T_LATENCY}}">{{#RESULT}}{{LATENCY}}{{/RESULT}}</td>
      <td class="row-action"><button class="button small-button" type="submit" name="only" value="{{NUMBER}}" aria-label="{{T_TEST}} {{PROXY}}">{{T_TEST}}</button></td></tr>{{/ROW}}</tbody></table></section>
  <p class="row after-table"><button class="button primary" type="submit">{{T_TEST_ALL}}</button></p>
</form>
