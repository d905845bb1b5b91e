#include "admin/log_filter.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/text.h"

enum { TEXT_MAX = 200, SIZE_DEFAULT = 50 };

const char *const log_ranges[LOG_RANGES] = {"1h", "24h", "7d", "30d"};
static const int64_t range_spans[LOG_RANGES] = {HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS};
const int log_sizes[LOG_SIZES] = {20, 50, 100, 500};

/* By our name or by the reference's. */
static const char *field_of(const struct http_form *form, const char *name, const char *other)
{
    const char *text = http_form_get(form, name);
    return text ? text : http_form_get(form, other);
}

static const char *text_field(const struct http_form *form, const char *name, const char *other)
{
    const char *text = field_of(form, name, other);
    if (!text || strlen(text) > TEXT_MAX || !utf8_valid(text, strlen(text)))
        return "";
    return text;
}

static int64_t number_of(const char *text, int64_t fallback)
{
    int64_t number;
    return text_to_int(text, &number) < 0 ? fallback : number;
}

static const char *known_range(const char *word)
{
    for (size_t i = 0; i < LOG_RANGES; i++) {
        if (text_eq(word, log_ranges[i]))
            return log_ranges[i];
    }
    return "";
}

static int known_size(int64_t size)
{
    for (size_t i = 0; i < LOG_SIZES; i++) {
        if (size == log_sizes[i])
            return log_sizes[i];
    }
    return SIZE_DEFAULT;
}

/* "1700000000000.17": the time and the number of the last row of the page before. */
static struct log_cursor cursor_of(const char *text)
{
    long long time_ms, id;
    if (sscanf(text, "%19lld.%19lld", &time_ms, &id) != 2 || time_ms <= 0)
        return (struct log_cursor){0};
    return (struct log_cursor){time_ms, id};
}

struct log_view log_view_read(const struct http_form *form, bool errors)
{
    int64_t status = number_of(field_of(form, "status", "error_code_search"), 0);
    return (struct log_view){
        .errors = errors,
        .range = known_range(http_form_get(form, "range")),
        .from = text_field(form, "from", "start_date"),
        .to = text_field(form, "to", "end_date"),
        .model = text_field(form, "model", "model"),
        .route = text_field(form, "route", "route"),
        .error = text_field(form, "q", "error_search"),
        .token_id = number_of(http_form_get(form, "token"), -1),
        .key_id = number_of(http_form_get(form, "key"), 0),
        .status = status > 0 && status < 1000 ? (int)status : 0,
        .size = known_size(number_of(http_form_get(form, "size"), 0)),
        .before = cursor_of(text_field(form, "before", "before")),
    };
}

static void add_text(struct strbuf *query, const char *name, const char *value)
{
    if (text_empty(value))
        return;
    strbuf_printf(query, "&%s=", name);
    url_encode(query, value, strlen(value), "");
}

static void add_number(struct strbuf *query, const char *name, int64_t value, int64_t fallback)
{
    if (value != fallback)
        strbuf_printf(query, "&%s=%lld", name, (long long)value);
}

const char *log_view_path(struct arena *arena, const struct log_view *view, const char *base)
{
    STRBUF_AUTO struct strbuf query = STRBUF_INIT(LIMIT_HEADERS);
    add_text(&query, "range", view->range);
    add_text(&query, "from", view->from);
    add_text(&query, "to", view->to);
    add_text(&query, "model", view->model);
    add_text(&query, "route", view->route);
    add_text(&query, "q", view->error);
    add_number(&query, "token", view->token_id, -1);
    add_number(&query, "key", view->key_id, 0);
    add_number(&query, "status", view->status, 0);
    add_number(&query, "size", view->size, SIZE_DEFAULT);
    if (view->before.time_ms > 0)
        strbuf_printf(&query, "&before=%lld.%lld", (long long)view->before.time_ms,
                      (long long)view->before.id);
    return arena_printf(arena, "%s%s%s", base, query.len ? "?" : "",
                        query.len ? strbuf_str(&query) + 1 : "");
}

/* ".123" behind seconds. */
static const char *read_milliseconds(const char *text, int64_t *ms_r)
{
    int64_t unit = 100;
    if (*text != '.')
        return text;
    for (text++; isdigit((unsigned char)*text); text++, unit /= 10)
        *ms_r += (*text - '0') * unit;
    return text;
}

int64_t log_moment(const char *text)
{
    struct tm parts = {.tm_isdst = -1};
    int64_t ms = 0;
    const char *end = *text ? strptime(text, "%Y-%m-%dT%H:%M", &parts) : NULL;
    if (end && *end == ':')
        end = strptime(end, ":%S", &parts);
    if (end)
        end = read_milliseconds(end, &ms);
    bool is_utc = end && *end == 'Z';
    if (!end || end[is_utc])
        return 0;
    time_t seconds = is_utc ? timegm(&parts) : mktime(&parts);
    return seconds > 0 ? (int64_t)seconds * SECOND_MS + ms : 0;
}

static int64_t range_start(const char *word, int64_t now_ms)
{
    for (size_t i = 0; i < LOG_RANGES; i++) {
        if (text_eq(word, log_ranges[i]))
            return now_ms - range_spans[i];
    }
    return 0;
}

static const char *lower(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);
    for (char *at = copy; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return copy;
}

struct log_filter log_view_filter(const struct log_view *view, struct arena *arena, int64_t now_ms)
{
    int64_t from_ms = log_moment(view->from);
    return (struct log_filter){
        .since_ms = from_ms ? from_ms : range_start(view->range, now_ms),
        .until_ms = log_moment(view->to),
        .before = view->before,
        .token_id = view->token_id,
        .key_id = view->key_id,
        .status = view->status,
        .failed = view->errors,
        .model = view->model,
        .route = view->route,
        .error = lower(arena, view->error),
        .limit = view->size,
    };
}
