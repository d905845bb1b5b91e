{{%AUTOESCAPE context="HTML"}}
<section class="card confirm-card">
  <h1>{{TITLE}}</h1>
  <p>{{T_DELETE_EXPLAINED}}</p>
  <ul class="hint-list">
    {{#KEY}}<li><code>{{HINT}}</code> <span class="muted">{{LABEL}}</span></li>{{/KEY}}
    {{#MORE}}<li class="muted">{{TEXT}}</li>{{/MORE}}
  </ul>
  <form method="post" action="{{BASE}}/keys/action" class="row">
    <input type="hidden" name="csrf" value="{{CSRF}}">
    <input type="hidden" name="confirm" value="1">
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
    <button class="button danger solid" type="submit" name="action" value="delete">{{T_DELETE}}</button>
    <a class="button" href="{{BACK_URL}}">{{T_CANCEL}}</a>
  </form>
</section>
