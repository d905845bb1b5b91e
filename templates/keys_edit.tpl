{{%AUTOESCAPE context="HTML"}}
<form method="post" action="{{BASE}}/keys/action" class="card stack">
  <h1>{{TITLE}}</h1>
  <p class="muted">{{T_EDIT_MANY_HELP}}</p>
  {{#PROBLEM}}<p class="field-error" role="alert">{{TEXT}}</p>{{/PROBLEM}}
  <input type="hidden" name="csrf" value="{{CSRF}}">
  <input type="hidden" name="apply" value="1">
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
  {{#ID}}<input type="hidden" name="id" value="{{VALUE}}">{{/ID}}
  <ul class="hint-list">
    {{#KEY}}<li><code>{{HINT}}</code> <span class="muted">{{LABEL}}</span></li>{{/KEY}}
    {{#MORE}}<li class="muted">{{TEXT}}</li>{{/MORE}}
  </ul>
  {{>OPTIONS}}
  <p class="row"><button class="button primary" type="submit" name="action" value="edit">{{T_SAVE}}</button><a class="button" href="{{BACK_URL}}">{{T_CANCEL}}</a></p>
</form>
