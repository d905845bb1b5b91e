{{%AUTOESCAPE context="HTML"}}
<section class="card confirm-card">
  <h1>{{TITLE}}</h1>
  <p>{{EXPLANATION}}</p>
  <form method="post" action="{{ACTION}}" class="row">
    <input type="hidden" name="csrf" value="{{CSRF}}">
    <input type="hidden" name="confirm" value="1">
    {{#FIELD}}<input type="hidden" name="{{NAME}}" value="{{VALUE:p}}">{{/FIELD}}
    <button class="button danger solid" type="submit">{{BUTTON}}</button>
    <a class="button" href="{{BACK_URL}}">{{T_CANCEL}}</a>
  </form>
</section>
