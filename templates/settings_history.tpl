{{%AUTOESCAPE context="HTML"}}
<div class="head">
  <h1>{{T_HISTORY}}</h1>
  <p><a class="button" href="{{BASE}}/config">{{T_BACK_TO_SETTINGS}}</a></p>
</div>
{{#NO_EVENTS}}<section class="card empty"><p>{{T_NO_HISTORY}}</p></section>{{/NO_EVENTS}}
{{#HAS_EVENTS}}
<form method="post" action="{{BASE}}/config/undo" class="card table-card">
  <input type="hidden" name="csrf" value="{{CSRF}}">
  <table class="data">
    <thead><tr><th>{{T_WHEN}}</th><th>{{T_WHO}}</th><th>{{T_SETTING}}</th><th>{{T_BEFORE}}</th><th>{{T_AFTER}}</th><th><span class="hidden">{{T_ACTIONS}}</span></th></tr></thead>
    <tbody>
      {{#EVENT}}
      <tr>
        <td data-label="{{T_WHEN}}" class="nowrap">{{#WHEN}}<time datetime="{{ISO}}" title="{{LOCAL}}">{{WORDS}}</time>{{/WHEN}}</td>
        <td data-label="{{T_WHO}}">{{WHO}}</td>
        <td data-label="{{T_SETTING}}"><code>{{NAME}}</code></td>
        {{#HIDDEN_VALUES}}<td data-label="{{T_BEFORE}}" colspan="2" class="muted">{{T_HIDDEN_VALUES}}</td>{{/HIDDEN_VALUES}}
        {{#VALUES}}
        <td data-label="{{T_BEFORE}}" class="is-value">{{#BEFORE}}{{#VALUE_SHOWN}}<code class="value" tabindex="0">{{TEXT:p}}</code>{{/VALUE_SHOWN}}{{#EMPTY}}<span class="muted">{{T_IS_EMPTY}}</span>{{/EMPTY}}{{#IS_DEFAULT}}<span class="muted">{{T_IS_DEFAULT}}</span>{{/IS_DEFAULT}}{{/BEFORE}}</td>
        <td data-label="{{T_AFTER}}" class="is-value">{{#AFTER}}{{#VALUE_SHOWN}}<code class="value" tabindex="0">{{TEXT:p}}</code>{{/VALUE_SHOWN}}{{#EMPTY}}<span class="muted">{{T_IS_EMPTY}}</span>{{/EMPTY}}{{#IS_DEFAULT}}<span class="muted">{{T_IS_DEFAULT}}</span>{{/IS_DEFAULT}}{{/AFTER}}</td>
        {{/VALUES}}
        <td class="c-actions">{{#CAN_UNDO}}<button class="button small-button" type="submit" name="id" value="{{ID}}">{{T_UNDO}}</button>{{/CAN_UNDO}}</td>
      </tr>
      {{/EVENT}}
    </tbody>
  </table>
</form>
{{/HAS_EVENTS}}
