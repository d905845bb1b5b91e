/* The page /dashboard: how things stand, at a glance, and what wants attention. */
#include "admin/page.h"

#include <string.h>

#include "admin/chart.h"
#include "admin/dashboard.h"
#include "admin/number_text.h"
#include "base/clock.h"
#include "base/text.h"

/* --- totals ----------------------------------------------------------------------------------- */

static const struct period {
    enum string_id label;
    int64_t span_ms;
} periods[] = {
    {STRING_PERIOD_NOW, MINUTE_MS},
    {STRING_PERIOD_HOUR, HOUR_MS},
    {STRING_PERIOD_DAY, DAY_MS},
    {STRING_PERIOD_MONTH, 30 * DAY_MS},
};

static int64_t average(int64_t sum, int64_t count)
{
    return count > 0 ? sum / count : -1;
}

static int set_period(struct page *page, const struct period *period, struct err *err)
{
    struct usage_counters sum;
    if (store_usage_since(page->call->admin->store, page->now_ms - period->span_ms, page->now_ms,
                          &sum, err) < 0)
        return -1;
    struct view_dict *dict = view_section(page->content, "PERIOD");
    struct arena *arena = page->arena;
    page_set_text(page, dict, "LABEL", period->label);
    view_set(dict, "REQUESTS", number_short(arena, sum.requests));
    view_set(dict, "RATE", number_percent(arena, sum.successes, sum.requests));
    view_set(dict, "IN", number_short(arena, sum.prompt_tokens));
    view_set(dict, "OUT", number_short(arena, sum.output_tokens + sum.thought_tokens));
    view_set(dict, "FIRST", number_ms(arena, average(sum.first_ms_sum, sum.first_count)));
    view_set(dict, "LATENCY", number_ms(arena, average(sum.duration_ms_sum, sum.successes)));
    return 0;
}

static int set_totals(struct page *page, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(periods); i++) {
        if (set_period(page, &periods[i], err) < 0)
            return -1;
    }
    return 0;
}

static int set_charts(struct page *page, struct err *err)
{
    struct chart *chart = ARENA_NEW(page->arena, struct chart);
    struct chart_data *data = ARENA_NEW(page->arena, struct chart_data);
    const struct chart_span *span = chart_span_of(http_request_query(page->call->req, "span"));
    if (chart_data_read(data, page->call->admin->store, USAGE_TOTAL, -1, span, page->now_ms, err) <
        0)
        return -1;
    chart_set_spans(page, page->content, "/dashboard", span);
    chart_of_requests(chart, data);
    chart_draw(page, "REQUEST_CHART", chart, data);
    chart_of_tokens(chart, data);
    chart_draw(page, "TOKEN_CHART", chart, data);
    return 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int fill(struct page *page, struct err *err)
{
    int64_t keys = dashboard_set_keys(page);
    view_show(page->content, keys ? "HAS_KEYS" : "NO_KEYS");
    if (set_totals(page, err) < 0 || set_charts(page, err) < 0)
        return -1;
    struct toplist busiest_keys;
    return dashboard_set_attention(page, &busiest_keys, err) < 0 ||
                   dashboard_set_quota(page, err) < 0 ||
                   dashboard_set_busiest(page, &busiest_keys, err) < 0
               ? -1
               : 0;
}

int admin_dashboard(struct http_call *call)
{
    struct page page;
    page_begin(&page, call, "dashboard.tpl", STRING_DASHBOARD, PAGE_WIDE);
    if (fill(&page, &call->err) < 0) {
        page_abandon(&page);
        return admin_status_of(&call->err);
    }
    return page_send(&page, 200);
}
