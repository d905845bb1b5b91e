{{%AUTOESCAPE context="HTML"}}
<div class="head"><h1>{{T_AUDIT}}</h1><p><a class="button" href="{{BASE}}/config">{{T_BACK_TO_SETTINGS}}</a></p></div>
<section class="card table-card">
  <table class="data">
    <thead><tr><th>{{T_WHEN}}</th><th>{{T_WHO}}</th><th>{{T_ADDRESS}}</th><th>{{T_ACTION}}</th><th>{{T_SUBJECT}}</th><th>{{T_DETAIL}}</th></tr></thead>
    <tbody>{{#ENTRY}}<tr>
      <td class="nowrap">{{#WHEN}}<time datetime="{{ISO}}" title="{{WORDS}}">{{LOCAL}}</time>{{/WHEN}}</td>
      <td>{{WHO}}</td><td data-label="{{T_ADDRESS}}">{{ADDRESS}}</td><td>{{ACTION_NAME}} <code>{{ACTION}}</code></td><td data-label="{{T_SUBJECT}}">{{SUBJECT}}</td><td class="wide-text">{{DETAIL}}</td>
    </tr>{{/ENTRY}}</tbody>
  </table>
</section>
{{#OLDER}}<nav class="pages" aria-label="{{T_PAGES}}"><a class="button" rel="next" href="{{HREF}}">{{T_OLDER}}</a></nav>{{/OLDER}}
