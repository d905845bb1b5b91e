{{%AUTOESCAPE context="HTML"}}
<div class="head"><h1>{{T_TRY}}</h1><p class="muted small">{{T_TRY_LEAD}}</p></div>
<noscript><p class="note bad">{{T_TRY_NEEDS_SCRIPT}}</p></noscript>
<form class="card stack playground" data-playground="{{OPENAI_URL}}" data-admin="{{BASE}}" data-asking="{{T_ASKING}}" data-failed="{{T_FAILED}}">
  <div class="form-grid">
    <label class="field">{{T_TOKEN}}<input class="secret" id="try-token" autocomplete="off" spellcheck="false" required></label>
    <label class="field">{{T_MODEL}}<input id="try-model" value="gemini-3.8-flash" list="try-models" autocomplete="off" spellcheck="false" required></label>
    <datalist id="try-models"></datalist>
    <label class="field wide">{{T_MESSAGE}}<textarea id="try-text" rows="3" required>{{T_TRY_MESSAGE}}</textarea></label>
  </div>
  <p class="row"><button class="button primary" type="submit">{{T_SEND}}</button><button class="button" type="button" data-stop hidden>{{T_STOP}}</button><label class="small"><input type="checkbox" id="try-stream" checked> {{T_STREAMED_LABEL}}</label><span class="spacer"></span><a href="{{BASE}}/requests">{{T_REQUESTS}}</a></p>
  <dl class="fact-list" data-facts hidden><div><dt>{{T_KEY}}</dt><dd data-fact="key"></dd></div><div><dt>{{T_STATUS}}</dt><dd data-fact="status"></dd></div><div><dt>{{T_FIRST_TOKEN}}</dt><dd data-fact="first"></dd></div><div><dt>{{T_LATENCY}}</dt><dd data-fact="whole"></dd></div><div><dt>{{T_TOKENS_WORD}}</dt><dd data-fact="tokens"></dd></div></dl>
  <pre class="body answer" data-thoughts hidden></pre>
  <pre class="body answer" data-answer aria-live="polite" hidden></pre>
</form>
