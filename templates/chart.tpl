{{%AUTOESCAPE context="HTML"}}
<figure class="card chart" aria-labelledby="chart-{{CHART_ID}}">
  <figcaption><strong id="chart-{{CHART_ID}}">{{CHART_TITLE}}</strong>
    <span class="legend">{{#SERIES}}<span><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="{{FILL}}" width="10" height="10" rx="2"/></svg>{{NAME}}</span>{{/SERIES}}</span>
  </figcaption>
  <div class="plot">
    <svg class="y-axis" width="44" height="190" aria-hidden="true">{{#Y_LABEL}}<text x="38" y="{{Y}}" text-anchor="end">{{TEXT}}</text>{{/Y_LABEL}}</svg>
    <svg class="bars" width="100%" height="190" role="img" aria-labelledby="chart-{{CHART_ID}}">
      {{#GRID}}<line x1="0" x2="100%" y1="{{Y}}" y2="{{Y}}"/>{{/GRID}}
      {{#BAR}}<g><title>{{WORDS:p}}</title><rect class="hit" x="{{X}}" y="10" width="{{WIDTH}}" height="150"/>{{#PART}}<rect class="{{FILL}}" x="{{PART_X}}" y="{{Y}}" width="{{PART_WIDTH}}" height="{{HEIGHT}}"/>{{/PART}}</g>{{/BAR}}
      {{#X_LABEL}}<text x="{{X}}" y="{{LABEL_Y}}" text-anchor="middle">{{TEXT}}</text>{{/X_LABEL}}
      {{#NOTHING_YET}}<text class="nothing" x="50%" y="88" text-anchor="middle">{{T_NOTHING_YET}}</text>{{/NOTHING_YET}}
    </svg>
  </div>
  <details class="numbers"><summary>{{T_AS_TABLE}}</summary>
    <div class="scroll" tabindex="0" role="group" aria-label="{{CHART_TITLE}}"><table class="plain">
      <thead><tr><th scope="col">{{T_WHEN}}</th>{{#SERIES}}<th scope="col" class="num">{{NAME}}</th>{{/SERIES}}</tr></thead>
      <tbody>{{#TABLE_ROW}}<tr><th scope="row">{{WHEN}}</th>{{#CELL}}<td class="num">{{VALUE}}</td>{{/CELL}}</tr>{{/TABLE_ROW}}</tbody>
    </table></div>
  </details>
</figure>
