/* The log as a file: /requests.csv and /errors.csv, with the filter of the page. */
#include <string.h>

#include "admin/csv.h"
#include "admin/log_filter.h"
#include "admin/page.h"
#include "admin/token_names.h"
#include "base/clock.h"
#include "base/limits.h"

/* A spreadsheet takes not many more; a page of rows is in memory at a time. */
enum { EXPORT_ROWS = 100000, PAGE_ROWS = 500 };

struct export
{
    struct strbuf lines;
    struct token_names tokens;
};

static void add_head(struct strbuf *out)
{
    static const char *const names[] = {
        "time",          "id",
        "status",        "token",
        "model",         "served_model",
        "route",         "client",
        "agent",         "streamed",
        "attempts",      "first_token_ms",
        "duration_ms",   "prompt_tokens",
        "output_tokens", "thought_tokens",
        "cached_tokens", "error",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        csv_text(out, names[i]);
    csv_end(out);
}

static int add_line(void *ctx, const struct log_request *row)
{
    struct export *export = ctx;
    struct strbuf *out = &export->lines;
    char time[40];
    csv_text(out, clock_iso(row->time_ms, time, sizeof(time)));
    csv_number(out, row->id);
    csv_number(out, row->status);
    csv_text(out, token_names_of(&export->tokens, row->token_id));
    csv_text(out, row->model);
    csv_text(out, row->served_model);
    csv_text(out, row->route);
    csv_text(out, row->client);
    csv_text(out, row->agent);
    csv_number(out, row->streamed);
    csv_number(out, row->attempts);
    csv_number(out, row->first_token_ms);
    csv_number(out, row->duration_ms);
    csv_number(out, row->prompt_tokens);
    csv_number(out, row->output_tokens);
    csv_number(out, row->thought_tokens);
    csv_number(out, row->cached_tokens);
    csv_text(out, row->error);
    csv_end(out);
    return 0;
}

/* Page after page; headers are out, so a failure can only end the file early. */
static void send_pages(struct http_call *call, struct export *export, struct log_filter *filter,
                       struct sink *sink)
{
    struct log_page page;
    size_t rows = 0;
    do {
        if (store_log_list(call->admin->store, filter, add_line, export, &page, NULL) < 0)
            return;
        if (sink_write(sink, strbuf_str(&export->lines), export->lines.len) < 0)
            return;
        strbuf_clear(&export->lines);
        filter->before = page.next;
        rows += page.count;
    } while (page.next.time_ms > 0 && rows < EXPORT_ROWS);
}

static void send_file(struct http_call *call, struct export *export, struct log_filter *filter,
                      const char *name)
{
    struct http_response *res = call->res;
    http_response_header(res, "Content-Disposition",
                         arena_printf(call->req->arena, "attachment; filename=\"%s\"", name));
    http_response_header(res, "Cache-Control", "no-store");
    http_response_header(res, "X-Content-Type-Options", "nosniff");
    struct sink *sink = http_response_begin(res, 200, "text/csv; charset=utf-8");
    add_head(&export->lines);
    send_pages(call, export, filter, sink);
}

static int export_log(struct http_call *call, bool errors)
{
    struct http_form query;
    struct export export = {.lines = STRBUF_INIT(4 * MIB)};
    struct page names = {.call = call, .arena = call->req->arena};
    if (http_form_parse(&query, call->req->arena, call->req->query, strlen(call->req->query),
                        &call->err) < 0)
        return admin_status_of(&call->err);
    struct log_view view = log_view_read(&query, errors);
    struct log_filter filter = log_view_filter(&view, call->req->arena, clock_wall_ms());
    filter.limit = PAGE_ROWS;
    int result = token_names_read(&export.tokens, &names, &call->err);
    if (result == 0)
        send_file(call, &export, &filter, errors ? "errors.csv" : "requests.csv");
    token_names_free(&export.tokens);
    strbuf_free(&export.lines);
    return result == 0 ? 200 : admin_status_of(&call->err);
}

int admin_requests_csv(struct http_call *call)
{
    return export_log(call, false);
}

int admin_errors_csv(struct http_call *call)
{
    return export_log(call, true);
}
