{{%AUTOESCAPE context="HTML"}}
<div class="head">
  <h1>{{T_TOKEN}} <code>{{HINT}}</code></h1>
  <nav class="segment words" aria-label="{{T_SPAN}}">{{#SPAN}}<a href="{{HREF}}"{{#CURRENT}} aria-current="true"{{/CURRENT}}>{{LABEL}}</a>{{/SPAN}}</nav>
</div>
<div class="two">{{>REQUEST_CHART}}{{>TOKEN_CHART}}</div>
<form method="post" action="{{BASE}}/tokens/{{ID}}" class="card stack">
  <input type="hidden" name="csrf" value="{{CSRF}}">
  {{>FORM}}
  <p class="row"><button class="button primary" type="submit">{{T_SAVE}}</button><a class="button" href="{{BASE}}/tokens">{{T_CANCEL}}</a><span class="spacer"></span><a class="button" href="{{BASE}}/requests?token={{ID}}">{{T_REQUESTS}}</a></p>
</form>
