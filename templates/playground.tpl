{{%AUTOESCAPE context="HTML"}}
<div class="head"><h1>{{T_TRY}}</h1><p class="muted small">{{T_TRY_LEAD}}</p></div>
<form class="card stack playground" method="post" action="{{BASE}}/playground" data-playground data-admin="{{BASE}}" data-asking="{{T_ASKING}}">
  <input type="hidden" name="csrf" value="{{CSRF}}">
  <div class="form-grid">
    <label class="field">{{T_MODEL}}<input name="model" value="{{MODEL}}" list="try-models" autocomplete="off" spellcheck="false" required></label>
    <label class="field">{{T_TRY_AS}}<select name="token"><option value="0">{{T_ADMIN_TOKEN}}</option>{{#TOKEN_OPTION}}<option value="{{VALUE}}"{{#CURRENT}} selected{{/CURRENT}}>{{LABEL}}</option>{{/TOKEN_OPTION}}</select></label>
    <datalist id="try-models">{{#MODEL_OPTION}}<option value="{{VALUE}}"></option>{{/MODEL_OPTION}}</datalist>
    <label class="field wide">{{T_MESSAGE}}<textarea name="text" rows="3" required>{{TEXT}}</textarea></label>
  </div>
  <p class="row"><button class="button primary" type="submit">{{T_SEND}}</button><button class="button" type="button" data-stop hidden>{{T_STOP}}</button><label class="small"><input type="checkbox" name="stream" value="1"{{#STREAM}} checked{{/STREAM}}> {{T_STREAMED_LABEL}}</label><span class="spacer"></span><a href="{{BASE}}/requests">{{T_REQUESTS}}</a></p>
  <ul hidden>{{#WHY}}<li data-why="{{STATUS}}">{{TEXT}}</li>{{/WHY}}</ul>
  <div data-problem>{{#PROBLEM}}<p class="note bad" role="alert">{{WHY_TEXT}}{{#WORDS}} <span class="words">{{TEXT}}</span>{{/WORDS}}</p>{{/PROBLEM}}</div>
  <dl class="fact-list" data-facts{{#NOT_ASKED}} hidden{{/NOT_ASKED}}><div><dt>{{T_KEY}}</dt><dd data-fact="key">{{#TRIED}}<span class="tried"><a href="{{HREF}}"><code class="hint">{{KEY}}</code></a> <span class="muted">{{#BAD}}{{STATUS}} · {{/BAD}}{{TOOK}}</span></span>{{/TRIED}}{{#NOT_LOGGED}}<span class="muted">{{T_TRY_KEY_UNKNOWN}}</span>{{/NOT_LOGGED}}</dd></div><div><dt>{{T_STATUS}}</dt><dd data-fact="status">{{STATUS}}</dd></div><div><dt>{{T_ATTEMPTS}}</dt><dd data-fact="attempts">{{#LOGGED}}<a href="{{HREF}}">{{ATTEMPTS}}</a>{{/LOGGED}}</dd></div><div><dt>{{T_FIRST_TOKEN}}</dt><dd data-fact="first">{{FIRST}}</dd></div><div><dt>{{T_LATENCY}}</dt><dd data-fact="whole">{{WHOLE}}</dd></div><div><dt>{{T_TOKENS_WORD}}</dt><dd data-fact="tokens">{{TOKENS}}</dd></div></dl>
  <pre class="body answer" data-thoughts aria-label="{{T_TRY_THOUGHTS}}"{{#NO_THOUGHTS}} hidden{{/NO_THOUGHTS}}>{{THOUGHTS}}</pre>
  <pre class="body answer" data-answer aria-live="polite" aria-label="{{T_TRY_ANSWER}}"{{#NO_ANSWER}} hidden{{/NO_ANSWER}}>{{ANSWER}}</pre>
  {{#NO_TEXT}}<p class="muted">{{T_TRY_NOTHING}}</p>{{/NO_TEXT}}
</form>
