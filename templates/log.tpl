{{%AUTOESCAPE context="HTML"}}
<div class="head">
  <h1>{{TITLE}}</h1>
  <p class="small muted facts"><span>{{BYTES}}</span>{{#OLDEST}}<span>{{T_OLDEST}} <time datetime="{{ISO}}" title="{{LOCAL}}">{{WORDS}}</time></span>{{/OLDEST}}{{#KEPT}}<span>{{TEXT}}</span>{{/KEPT}}<a href="{{BASE}}/config#s-LOG_REQUESTS">{{T_SETTINGS}}</a></p>
</div>
{{#NOT_KEPT}}<form method="post" action="{{BASE}}/requests/keep" class="note plain row"><input type="hidden" name="csrf" value="{{CSRF}}"><span class="grow">{{T_NOT_KEPT}}</span><button class="button small-button" type="submit" name="keep" value="true">{{T_KEEP}}</button></form>{{/NOT_KEPT}}
<form class="log-filter card" method="get" action="{{SELF}}" role="search">
  <label class="field">{{T_TIME}}<select name="range"><option value="">{{T_ALL_TIME}}</option>{{#RANGE}}<option value="{{VALUE}}"{{#CURRENT}} selected{{/CURRENT}}>{{LABEL}}</option>{{/RANGE}}</select></label>
  <label class="field">{{T_MODEL}}<input name="model" value="{{FILTER_MODEL}}" list="log-models" autocomplete="off" maxlength="200" placeholder="{{T_ANY}}"></label>
  <datalist id="log-models">{{#MODEL_OPTION}}<option value="{{VALUE}}"></option>{{/MODEL_OPTION}}</datalist>
  <label class="field">{{T_TOKEN}}<select name="token"><option value="-1">{{T_ANY}}</option>{{#TOKEN_OPTION}}<option value="{{VALUE}}"{{#CURRENT}} selected{{/CURRENT}}>{{LABEL}}</option>{{/TOKEN_OPTION}}</select></label>
  <label class="field">{{T_ERROR_TEXT}}<input type="search" name="q" value="{{FILTER_ERROR}}" maxlength="200" placeholder="{{T_ANY}}"></label>
  <button class="button primary" type="submit">{{T_FILTER}}</button>
  <details class="more-filter"{{#MORE_OPEN}} open{{/MORE_OPEN}}><summary>{{T_MORE_FILTERS}}</summary>
    <div class="log-filter">
      <label class="field">{{T_ROUTE}}<select name="route"><option value="">{{T_ANY}}</option>{{#ROUTE_OPTION}}<option{{#CURRENT}} selected{{/CURRENT}}>{{VALUE}}</option>{{/ROUTE_OPTION}}</select></label>
      <label class="field short">{{T_STATUS}}<input name="status" value="{{FILTER_STATUS}}" inputmode="numeric" maxlength="3" placeholder="{{T_ANY}}"></label>
      <label class="field short">{{T_KEY_NUMBER}}<input name="key" value="{{FILTER_KEY}}" inputmode="numeric" maxlength="12" placeholder="{{T_ANY}}"></label>
      <label class="field">{{T_FROM}}<input type="datetime-local" name="from" value="{{FROM}}"></label>
      <label class="field">{{T_UNTIL}}<input type="datetime-local" name="to" value="{{TO}}"></label>
      <label class="field short">{{T_PER_PAGE}}<select name="size">{{#SIZE}}<option{{#CURRENT}} selected{{/CURRENT}}>{{VALUE}}</option>{{/SIZE}}</select></label>
    </div>
  </details>
</form>
{{#NO_ROWS}}<section class="card empty">{{#NOTHING}}<p>{{TEXT}}</p>{{/NOTHING}}{{#BEGIN}}<p class="row"><a class="button" href="{{BASE}}/help">{{T_HELP}}</a><a class="button" href="{{BASE}}/playground">{{T_TRY}}</a></p>{{/BEGIN}}{{#FILTERED}}<p>{{T_NO_ROWS}}</p><p><a class="button" href="{{SELF}}">{{T_SHOW_ALL_ROWS}}</a></p>{{/FILTERED}}</section>{{/NO_ROWS}}
<form method="post" action="{{BASE}}/requests/delete" class="list" data-list data-all-question="{{T_DELETE_LOG_ALL}}" data-some="{{T_DELETE_LOG_SOME}}" data-age="{{T_DELETE_LOG_AGE}}" data-detail="{{T_DELETE_LOG_EXPLAINED}}" data-ok="{{T_DELETE}}">
  <input type="hidden" name="csrf" value="{{CSRF}}">
  <input type="hidden" name="back" value="{{BACK_PATH}}">
  {{#ERRORS}}<input type="hidden" name="errors" value="1">{{/ERRORS}}
  {{#ROWS}}
  <div class="card table-card">
  <table class="data log{{#ERRORS}} failures{{/ERRORS}}">
    <thead><tr><th class="c-select"><input type="checkbox" data-all aria-label="{{T_SELECT_ALL}}" hidden></th><th>{{T_TIME}}</th><th>{{T_STATUS}}</th><th>{{T_MODEL}}</th><th>{{T_TOKEN}}</th><th class="num">{{T_ATTEMPTS}}</th><th class="num of-success">{{T_FIRST_TOKEN}}</th><th class="num">{{T_LATENCY}}</th><th class="num of-success">{{T_IN_OUT}}</th></tr></thead>
    <tbody>
      {{#ROW}}<tr>
        <td class="c-select"><input type="checkbox" name="id" value="{{ID}}" aria-label="{{T_SELECT}}"></td>
        <td class="nowrap">{{#WHEN}}<a href="{{HREF}}"><time datetime="{{ISO}}" title="{{WORDS}}">{{LOCAL}}</time></a>{{/WHEN}}</td>
        <td><span class="chip {{TONE}}">{{STATUS}}</span></td>
        <td class="model">{{MODEL}}{{#SERVED}} <span class="muted nowrap">→ {{NAME}}</span>{{/SERVED}}<span class="sub">{{ROUTE}}{{#STREAMED}} · {{T_STREAMED}}{{/STREAMED}}</span>{{#FAULT}}<span class="sub last-error" title="{{TEXT}}">{{TEXT}}</span>{{/FAULT}}</td>
        <td class="cut-token" data-label="{{T_TOKEN}}">{{TOKEN}}</td>
        <td class="num" data-label="{{T_ATTEMPTS}}">{{ATTEMPTS}}</td>
        <td class="num of-success" data-label="{{T_FIRST_TOKEN}}">{{FIRST}}</td>
        <td class="num" data-label="{{T_LATENCY}}">{{DURATION}}</td>
        <td class="num of-success" data-label="{{T_IN_OUT}}">{{IN}} / {{OUT}}</td>
      </tr>{{/ROW}}
    </tbody>
  </table>
  </div>
  {{/ROWS}}
  {{#CUT}}<p class="note plain">{{TEXT}}</p>{{/CUT}}
  <nav class="pages" aria-label="{{T_PAGES}}">
    {{#NEWEST}}<a class="button" href="{{HREF}}">{{T_NEWEST}}</a>{{/NEWEST}}
    {{#OLDER}}<a class="button" rel="next" href="{{HREF}}">{{#NEXT_PAGE}}{{T_OLDER}}{{/NEXT_PAGE}}{{#GO_ON}}{{T_SEARCH_ON}}{{/GO_ON}}</a>{{/OLDER}}
  </nav>
  <div class="bulk" data-bulk>
    {{#ROWS}}<span class="bulk-count" data-selected="{{T_SELECTED}}">{{T_WITH_SELECTED}}</span>
    <button class="button danger" type="submit" name="what" value="selected" data-confirm="some" data-selection>{{T_DELETE}}</button>{{/ROWS}}
    <span class="spacer"></span>
    <a class="button" href="{{EXPORT_URL}}">{{T_EXPORT_CSV}}</a>
  </div>
  <details class="card housekeeping"><summary>{{T_HOUSEKEEPING}}</summary>
    <div class="row"><label class="row" for="log-days">{{T_OLDER_THAN}} <input id="log-days" name="days" value="7" inputmode="numeric" class="tiny"> {{T_DAYS_WORD}}</label>
      <button class="button danger" type="submit" name="what" value="age" data-confirm="age">{{T_DELETE}}</button>
      <span class="spacer"></span>
      <button class="button danger" type="submit" name="what" value="all" data-confirm="allQuestion">{{T_DELETE_ALL}}</button></div>
    {{#IS_KEPT}}<div class="row rule"><span class="muted grow">{{T_KEEP_EXPLAINED}}</span><button class="button" type="submit" formaction="{{BASE}}/requests/keep" name="keep" value="false">{{T_KEEP_NOT}}</button></div>{{/IS_KEPT}}
  </details>
</form>
