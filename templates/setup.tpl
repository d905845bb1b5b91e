{{%AUTOESCAPE context="HTML"}}
<section class="card sign-in">
  <svg class="mark big" viewBox="0 0 32 32" aria-hidden="true"><path d="M16 4.5v22M9.5 27.5h13M5.5 9.5L16 7.5l10.5 2M5.5 9.5l-4 8.5M5.5 9.5l4 8.5M26.5 9.5l-4 8.5M26.5 9.5l4 8.5"/><path class="pan" d="M.5 18h10a5 5 0 0 1-10 0zM21.5 18h10a5 5 0 0 1-10 0z"/></svg>
  <h1>{{T_SETUP_TITLE}}</h1>
  {{#NOTE}}<p class="note bad" role="alert">{{TEXT}}</p>{{/NOTE}}
  <p>{{T_SETUP_HELP}}</p>
  <p><code>{{FOLDER}}/setup-code.txt</code></p>
  <form method="post" action="{{BASE}}/setup" class="stack">
    <label for="code">{{T_SETUP_CODE}}</label>
    <input id="code" name="code" autocomplete="off" required autofocus spellcheck="false">
    <input name="username" value="admin" autocomplete="username" hidden>
    <label for="auth_token">{{T_SETUP_TOKEN}}</label>
    <input id="auth_token" name="auth_token" type="password" autocomplete="new-password" minlength="12" maxlength="256" required spellcheck="false">
    <button class="button primary wide" type="submit">{{T_SETUP_GO}}</button>
  </form>
  <p class="muted small">{{T_SETUP_ELSE}}</p>
</section>
