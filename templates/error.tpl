{{%AUTOESCAPE context="HTML"}}
<section class="card error-card">
  <p class="error-code">{{STATUS}}</p>
  <h1>{{TITLE}}</h1>
  <p>{{EXPLANATION}}</p>
  {{#DETAIL}}<p class="muted small"><code>{{TEXT}}</code></p>{{/DETAIL}}
  <p><a class="button" href="{{BACK_URL}}">{{T_BACK}}</a></p>
</section>
