/* The pages /requests and /errors: the log, filtered, newest first. */
#include "admin/page.h"

#include <string.h>

#include "admin/log_filter.h"
#include "admin/number_text.h"
#include "admin/token_names.h"
#include "base/clock.h"
#include "base/text.h"

struct listing {
    struct page *page;
    const struct log_view *view;
    struct token_names tokens;
};

/* --- one request ------------------------------------------------------------------------------ */

static const char *tone_of(int status)
{
    if (status >= 200 && status < 400)
        return "ready";
    return status == 429 || status == 499 ? "resting" : "dead";
}

static void set_model(struct view_dict *dict, const struct log_request *row)
{
    view_set(dict, "MODEL", *row->model ? row->model : row->served_model);
    if (*row->model && *row->served_model && !text_eq(row->model, row->served_model))
        view_set(view_section(dict, "SERVED"), "NAME", row->served_model);
}

static int add_request(void *ctx, const struct log_request *row)
{
    struct listing *listing = ctx;
    const struct page *page = listing->page;
    struct view_dict *dict = view_section(page->content, "ROW");
    struct arena *arena = page->arena;
    view_set_int(dict, "ID", row->id);
    view_set(dict, "HREF",
             page_url(page->call, arena_printf(arena, "/requests/%lld", (long long)row->id)));
    page_set_past(page, view_section(dict, "WHEN"), row->time_ms);
    set_model(dict, row);
    view_set(dict, "ROUTE", row->route);
    view_set(dict, "TOKEN", token_names_of(&listing->tokens, row->token_id));
    view_set_int(dict, "STATUS", row->status);
    view_set(dict, "TONE", tone_of(row->status));
    if (row->streamed)
        view_show(dict, "STREAMED");
    view_set_int(dict, "ATTEMPTS", row->attempts);
    view_set(dict, "FIRST", number_ms(arena, row->first_token_ms));
    view_set(dict, "DURATION", number_ms(arena, row->duration_ms));
    view_set(dict, "IN", number_short(arena, row->prompt_tokens));
    view_set(dict, "OUT", number_short(arena, row->output_tokens + row->thought_tokens));
    if (*row->error)
        view_set(view_section(dict, "FAULT"), "TEXT", row->error);
    return 0;
}

/* --- the filter ------------------------------------------------------------------------------- */

static void set_ranges(const struct listing *listing)
{
    static const enum string_id labels[LOG_RANGES] = {STRING_SPAN_1H, STRING_SPAN_24H,
                                                      STRING_SPAN_7D, STRING_SPAN_30D};
    for (size_t i = 0; i < LOG_RANGES; i++) {
        struct view_dict *option = view_section(listing->page->content, "RANGE");
        view_set(option, "VALUE", log_ranges[i]);
        page_set_text(listing->page, option, "LABEL", labels[i]);
        if (text_eq(listing->view->range, log_ranges[i]))
            view_show(option, "CURRENT");
    }
    for (size_t i = 0; i < LOG_SIZES; i++) {
        struct view_dict *option = view_section(listing->page->content, "SIZE");
        view_set_int(option, "VALUE", log_sizes[i]);
        if (listing->view->size == log_sizes[i])
            view_show(option, "CURRENT");
    }
}

static void add_token(const struct listing *listing, int64_t id)
{
    struct view_dict *option = view_section(listing->page->content, "TOKEN_OPTION");
    view_set_int(option, "VALUE", id);
    view_set(option, "LABEL", token_names_of(&listing->tokens, id));
    if (listing->view->token_id == id)
        view_show(option, "CURRENT");
}

static int add_model_name(void *ctx, const char *name)
{
    struct listing *listing = ctx;
    view_set(view_section(listing->page->content, "MODEL_OPTION"), "VALUE", name);
    return 0;
}

static int add_route_name(void *ctx, const char *name)
{
    struct listing *listing = ctx;
    struct view_dict *option = view_section(listing->page->content, "ROUTE_OPTION");
    view_set(option, "VALUE", name);
    if (text_eq(listing->view->route, name))
        view_show(option, "CURRENT");
    return 0;
}

static int set_filter(struct listing *listing, struct err *err)
{
    const struct log_view *view = listing->view;
    struct view_dict *dict = listing->page->content;
    struct store *store = listing->page->call->admin->store;
    set_ranges(listing);
    view_set(dict, "FROM", view->from);
    view_set(dict, "TO", view->to);
    view_set(dict, "FILTER_MODEL", view->model);
    view_set(dict, "FILTER_ERROR", view->error);
    if (view->status)
        view_set_int(dict, "FILTER_STATUS", view->status);
    if (view->key_id)
        view_set_int(dict, "FILTER_KEY", view->key_id);
    if (view->key_id || *view->from || *view->to || *view->route || view->status)
        view_show(dict, "MORE_OPEN");
    add_token(listing, 0);
    for (size_t i = 0; i < listing->tokens.len; i++)
        add_token(listing, listing->tokens.items[i].id);
    return store_log_names(store, "model", add_model_name, listing, err) < 0 ||
                   store_log_names(store, "route", add_route_name, listing, err) < 0
               ? -1
               : 0;
}

/* --- what is kept ----------------------------------------------------------------------------- */

static void set_retention(const struct page *page)
{
    const struct settings *set = page->call->settings;
    enum language language = page->preferences.language;
    struct view_dict *dict = page->content;
    if (set->auto_delete_request_logs_enabled)
        view_set(view_section(dict, "KEPT"), "TEXT",
                 string_with_number(page->arena, language, STRING_KEPT_REQUESTS,
                                    set->auto_delete_request_logs_days));
    if (set->auto_delete_error_logs_enabled)
        view_set(view_section(dict, "KEPT"), "TEXT",
                 string_with_number(page->arena, language, STRING_KEPT_ERRORS,
                                    set->auto_delete_error_logs_days));
    if (set->log_max_rows > 0)
        view_set(view_section(dict, "KEPT"), "TEXT",
                 string_with_number(page->arena, language, STRING_KEPT_ROWS, set->log_max_rows));
    view_set(view_section(dict, "KEPT"), "TEXT",
             string_with_number(page->arena, language, STRING_KEPT_MB, set->log_max_mb));
    view_show(dict, set->log_requests ? "IS_KEPT" : "NOT_KEPT");
}

static int set_extent(const struct page *page, struct err *err)
{
    struct log_extent extent;
    if (store_log_extent(page->call->admin->store, &extent, err) < 0)
        return -1;
    view_set(page->content, "BYTES", number_bytes(page->arena, extent.bytes));
    if (extent.oldest_ms > 0)
        page_set_past(page, view_section(page->content, "OLDEST"), extent.oldest_ms);
    set_retention(page);
    return 0;
}

/* --- the page --------------------------------------------------------------------------------- */

static void set_steps(const struct listing *listing, const struct log_page *shown, const char *base)
{
    const struct page *page = listing->page;
    struct log_view other = *listing->view;
    if (other.before.time_ms > 0) {
        other.before = (struct log_cursor){0};
        view_set(view_section(page->content, "NEWEST"), "HREF",
                 page_url(page->call, log_view_path(page->arena, &other, base)));
    }
    if (shown->next.time_ms > 0) {
        other.before = shown->next;
        struct view_dict *step = view_section(page->content, "OLDER");
        view_set(step, "HREF", page_url(page->call, log_view_path(page->arena, &other, base)));
        view_show(step, shown->cut ? "GO_ON" : "NEXT_PAGE");
    }
    if (shown->cut)
        view_set(view_section(page->content, "CUT"), "TEXT",
                 string_with_number(page->arena, page->preferences.language, STRING_LOG_CUT,
                                    shown->looked));
}

/* What an empty list says: that the filter leaves nothing, or that there is nothing yet. */
static void set_nothing(const struct page *page, const struct log_view *view, const char *base)
{
    if (!text_eq(log_view_path(page->arena, view, base), base)) {
        view_show(page->content, "FILTERED");
        return;
    }
    page_set_text(page, view_section(page->content, "NOTHING"), "TEXT",
                  view->errors ? STRING_NO_ERRORS : STRING_NO_REQUESTS);
    if (!view->errors)
        view_show(page->content, "BEGIN");
}

static int fill(struct listing *listing, struct err *err)
{
    struct page *page = listing->page;
    const char *base = listing->view->errors ? "/errors" : "/requests";
    struct log_filter filter = log_view_filter(listing->view, page->arena, page->now_ms);
    struct log_view first = *listing->view;
    struct log_page shown;
    if (token_names_read(&listing->tokens, page, err) < 0 || set_filter(listing, err) < 0 ||
        set_extent(page, err) < 0 ||
        store_log_list(page->call->admin->store, &filter, add_request, listing, &shown, err) < 0)
        return -1;
    first.before = (struct log_cursor){0};
    view_set(page->content, "SELF", page_url(page->call, base));
    view_set(page->content, "BACK_PATH", log_view_path(page->arena, listing->view, base));
    view_set(page->content, "EXPORT_URL",
             page_url(page->call,
                      log_view_path(page->arena, &first,
                                    listing->view->errors ? "/errors.csv" : "/requests.csv")));
    view_show(page->content, shown.count ? "ROWS" : "NO_ROWS");
    set_nothing(page, &first, base);
    if (listing->view->errors)
        view_show(page->content, "ERRORS");
    set_steps(listing, &shown, base);
    return 0;
}

static int show(struct http_call *call, bool errors)
{
    struct page page;
    struct http_form query;
    if (http_form_parse(&query, call->req->arena, call->req->query, strlen(call->req->query),
                        &call->err) < 0)
        return admin_status_of(&call->err);
    const struct log_view view = log_view_read(&query, errors);
    struct listing listing = {.page = &page, .view = &view};
    page_begin(&page, call, "log.tpl", errors ? STRING_ERRORS : STRING_REQUESTS, PAGE_WIDE);
    int result = fill(&listing, &call->err);
    token_names_free(&listing.tokens);
    if (result == 0)
        return page_send(&page, 200);
    page_abandon(&page);
    return admin_status_of(&call->err);
}

int admin_requests_page(struct http_call *call)
{
    return show(call, false);
}

int admin_errors_page(struct http_call *call)
{
    return show(call, true);
}
