/* Bars over time, drawn as SVG: stacked series, with a title, axes, and the same numbers as a
 * table. Widths are shares of the page's, heights are fixed, so that the text keeps its size on a
 * phone. */
#ifndef ADMIN_CHART_H
#define ADMIN_CHART_H

#include "admin/page.h"
#include "store/store_usage.h"

#define CHART_SERIES_MAX 4
#define CHART_BARS_MAX 64

/* How far back a chart reaches, and how wide a bar is. */
struct chart_span {
    const char *word; /* "24h": in links */
    enum string_id label;
    int64_t span_ms, step_ms;
    enum usage_span source; /* the buckets that are read */
    bool by_day;            /* labels are dates */
};
/* By its word; the default when there is none. */
const struct chart_span *chart_span_of(const char *word);
/* Links to all of them: sections SPAN with HREF, LABEL and CURRENT. `query` goes before. */
void chart_set_spans(const struct page *page, struct view_dict *dict, const char *path,
                     const struct chart_span *current);

struct chart_series {
    enum string_id name;
    const char *fill; /* CSS class of its bars */
    int64_t values[CHART_BARS_MAX];
};

struct chart {
    enum string_id title;
    const char *id; /* unique in the page */
    struct chart_series series[CHART_SERIES_MAX];
    size_t series_count;
};

/* The counters of each bar of a span that ends now. */
struct chart_data {
    const struct chart_span *span;
    int64_t start_ms; /* of the first bar */
    size_t count;
    struct usage_counters bars[CHART_BARS_MAX];
};
/* Reads them: of all requests, or of one key or token. 0 or -1. */
int chart_data_read(struct chart_data *data, struct store *store, enum usage_subject subject,
                    int64_t id, const struct chart_span *span, int64_t now_ms, struct err *err);
/* Requests by result, and tokens. */
void chart_of_requests(struct chart *chart, const struct chart_data *data);
void chart_of_tokens(struct chart *chart, const struct chart_data *data);

/* Fills the include `name` of the page with the chart. */
void chart_draw(const struct page *page, const char *name, const struct chart *chart,
                const struct chart_data *data);

#endif
