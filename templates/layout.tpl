{{%AUTOESCAPE context="HTML"}}<!DOCTYPE html>
<html lang="{{LANG}}" data-theme="{{THEME}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{{TITLE}} · Gemini Balance</title>
<link rel="icon" href="{{BASE}}/static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="{{BASE}}/static/admin.css">
<script src="{{BASE}}/static/admin.js" defer></script>
</head>
<body>
<a class="skip" href="#main">{{T_SKIP}}</a>
<header class="top">
  <div class="top-in">
    <a class="brand" href="{{BASE}}/">
      <svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M16 4.5v22M9.5 27.5h13M5.5 9.5L16 7.5l10.5 2M5.5 9.5l-4 8.5M5.5 9.5l4 8.5M26.5 9.5l-4 8.5M26.5 9.5l4 8.5"/><path class="pan" d="M.5 18h10a5 5 0 0 1-10 0zM21.5 18h10a5 5 0 0 1-10 0z"/></svg>
      <span>Gemini Balance</span>
    </a>
    {{#SIGNED_IN}}
    <nav class="nav" aria-label="{{T_NAVIGATION}}">
      {{#NAV}}<a href="{{HREF}}"{{#CURRENT}} aria-current="page"{{/CURRENT}}>{{LABEL}}</a>{{/NAV}}
    </nav>
    {{/SIGNED_IN}}
    <div class="tools">
      <a class="tool" href="{{OTHER_LANG_URL}}" hreflang="{{OTHER_LANG}}" lang="{{OTHER_LANG}}">{{OTHER_LANG_NAME}}</a>
      {{#SIGNED_IN}}
      <form method="post" action="{{BASE}}/logout">
        <input type="hidden" name="csrf" value="{{CSRF}}">
        <button class="tool" type="submit">{{T_SIGN_OUT}}</button>
      </form>
      {{/SIGNED_IN}}
    </div>
  </div>
  {{#DEMO}}
  <div class="banner demo"><div class="banner-in"><strong>{{T_DEMO}}</strong> {{T_DEMO_NOTE}}</div></div>
  {{/DEMO}}
  {{#BORROWED}}
  <div class="banner warn"><div class="banner-in"><strong>{{T_BORROWED_HEAD}}</strong> {{T_BORROWED}}</div></div>
  {{/BORROWED}}
</header>
<main id="main" class="{{MAIN_CLASS}}">
  {{#FLASH}}
  <div class="flash {{TONE}}" role="status">
    <p>{{#FLASH_LINE}}<span>{{TEXT}}</span> {{/FLASH_LINE}}{{#FLASH_LINK}}<a href="{{HREF}}">{{LABEL}}</a>{{/FLASH_LINK}}</p>
    {{#FLASH_HINTS}}<p class="hints">{{HINTS_LABEL}} {{#FLASH_HINT}}{{#PLAIN_HINT}}<code>{{HINT}}</code>{{/PLAIN_HINT}}{{#SETTING_HINT}}<a href="{{BASE}}/config#s-{{HINT}}"><code>{{HINT}}</code></a>{{/SETTING_HINT}} {{/FLASH_HINT}}</p>{{/FLASH_HINTS}}
  </div>
  {{/FLASH}}
  {{>CONTENT}}
</main>
<footer class="foot">
  <span>Gemini Balance {{VERSION}}</span>
  <span class="segment" role="group" aria-label="{{T_THEME}}">
    {{#THEME_CHOICE}}<a href="{{HREF}}" title="{{LABEL}}" aria-label="{{LABEL}}"{{#CURRENT}} aria-current="true"{{/CURRENT}}><svg class="icon" aria-hidden="true"><use href="#i-{{ICON}}"/></svg></a>{{/THEME_CHOICE}}
  </span>
</footer>
<dialog id="confirm" class="dialog">
  <h2></h2>
  <p></p>
  <div class="row end">
    <button type="button" class="button" data-close>{{T_CANCEL}}</button>
    <button type="button" class="button danger solid" data-ok></button>
  </div>
</dialog>
<dialog id="progress" class="dialog wide-dialog">
  <h2></h2>
  <progress value="0" max="1"></progress>
  <p></p>
  <ul class="hint-list"></ul>
  <div class="row end"><button type="button" class="button" data-close>{{T_CLOSE}}</button></div>
</dialog>
<svg class="sprite" aria-hidden="true">
  <symbol id="i-auto" viewBox="0 0 20 20"><circle cx="10" cy="10" r="6.5"/><path class="solid" d="M10 3.5a6.5 6.5 0 0 1 0 13z"/></symbol>
  <symbol id="i-light" viewBox="0 0 20 20"><circle cx="10" cy="10" r="3.5"/><path d="M10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1"/></symbol>
  <symbol id="i-dark" viewBox="0 0 20 20"><path d="M16.5 12.2A7 7 0 0 1 7.8 3.5a7 7 0 1 0 8.7 8.7z"/></symbol>
  <symbol id="i-pause" viewBox="0 0 20 20"><path d="M7 4.5v11M13 4.5v11"/></symbol>
  <symbol id="i-resume" viewBox="0 0 20 20"><path d="M6 4.5v11l9-5.5z"/></symbol>
  <symbol id="i-reset" viewBox="0 0 20 20"><path d="M4.2 8.2A6.2 6.2 0 1 1 4 11.5M4 4.5v4h4"/></symbol>
  <symbol id="i-delete" viewBox="0 0 20 20"><path d="M3.5 5.5h13M8 5.5v-2h4v2M5.5 5.5l.8 11h7.4l.8-11M8.5 9v4.5M11.5 9v4.5"/></symbol>
  <symbol id="i-check" viewBox="0 0 20 20"><path d="M4 10.5l4 4 8-9"/></symbol>
  <symbol id="i-copy" viewBox="0 0 20 20"><path d="M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7"/></symbol>
  <symbol id="i-search" viewBox="0 0 20 20"><circle cx="8.8" cy="8.8" r="5.3"/><path d="M13 13l4 4"/></symbol>
  <symbol id="i-eye" viewBox="0 0 20 20"><path d="M2 10c2-3.8 4.7-5.5 8-5.5s6 1.7 8 5.5c-2 3.8-4.7 5.5-8 5.5S4 13.8 2 10z"/><circle cx="10" cy="10" r="2.4"/></symbol>
  <symbol id="i-plus" viewBox="0 0 20 20"><path d="M10 4v12M4 10h12"/></symbol>
</svg>
</body>
</html>
