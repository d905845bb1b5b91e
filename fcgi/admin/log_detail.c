/* The page /requests/{id}: one request with its attempts. */
#include "admin/page.h"

#include <string.h>

#include "admin/key_reason.h"
#include "admin/number_text.h"
#include "admin/token_names.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/store_keys.h"
#include "store/store_log_read.h"

enum { TIMELINE = 1000, TIMELINE_LEAST = 4 };

struct detail {
    struct page *page;
    struct log_request request;
    size_t attempts;
};

/* --- facts ------------------------------------------------------------------------------------ */

static void add_fact(const struct detail *detail, enum string_id label, const char *value)
{
    if (text_empty(value))
        return;
    struct view_dict *fact = view_section(detail->page->content, "FACT");
    page_set_text(detail->page, fact, "LABEL", label);
    view_set(fact, "VALUE", value);
}

static const char *tokens_text(const struct detail *detail)
{
    const struct log_request *row = &detail->request;
    return arena_printf(detail->page->arena, "%lld / %lld / %lld / %lld",
                        (long long)row->prompt_tokens, (long long)row->output_tokens,
                        (long long)row->thought_tokens, (long long)row->cached_tokens);
}

static void set_facts(const struct detail *detail, const struct token_names *tokens)
{
    const struct log_request *row = &detail->request;
    struct arena *arena = detail->page->arena;
    add_fact(detail, STRING_MODEL, row->model);
    if (!text_eq(row->model, row->served_model))
        add_fact(detail, STRING_SERVED_MODEL, row->served_model);
    add_fact(detail, STRING_ROUTE, row->route);
    add_fact(detail, STRING_TOKEN, token_names_of(tokens, row->token_id));
    add_fact(detail, STRING_CLIENT, row->client);
    add_fact(detail, STRING_AGENT, row->agent);
    add_fact(detail, STRING_STREAMED_LABEL,
             page_text(detail->page, row->streamed ? STRING_WORD_YES : STRING_WORD_NO));
    add_fact(detail, STRING_FIRST_TOKEN, number_ms(arena, row->first_token_ms));
    add_fact(detail, STRING_LATENCY, number_ms(arena, row->duration_ms));
    add_fact(detail, STRING_OWN_TIME, arena_printf(arena, "%.1f ms", (double)row->own_us / 1000));
    add_fact(detail, STRING_TOKEN_COUNTS, tokens_text(detail));
    if (!text_empty(row->error))
        view_set(view_section(detail->page->content, "FAULT_TEXT"), "TEXT", row->error);
}

/* --- attempts --------------------------------------------------------------------------------- */

static void set_key(const struct detail *detail, struct view_dict *dict, int64_t key_id)
{
    struct store_key key;
    if (store_key_get(detail->page->call->admin->store, key_id, false, detail->page->arena, &key,
                      NULL) == 1) {
        view_set(dict, "KEY", key.hint);
        view_set(view_section(dict, "LINKED"), "HREF",
                 page_url(detail->page->call,
                          arena_printf(detail->page->arena, "/keys/%lld", (long long)key_id)));
    } else if (key_id > 0) {
        view_setf(dict, "KEY", "#%lld", (long long)key_id);
    }
}

/* When the attempt ran, as a part of the request's time. */
static void set_timeline(const struct detail *detail, struct view_dict *dict,
                         const struct log_attempt *row)
{
    double whole = detail->request.duration_ms > 0 ? (double)detail->request.duration_ms : 1;
    double x = (double)(row->time_ms - detail->request.time_ms) * TIMELINE / whole;
    double width = (double)row->duration_ms * TIMELINE / whole;
    if (x < 0)
        x = 0;
    if (x > TIMELINE - TIMELINE_LEAST)
        x = TIMELINE - TIMELINE_LEAST;
    if (width < TIMELINE_LEAST)
        width = TIMELINE_LEAST;
    if (x + width > TIMELINE)
        width = TIMELINE - x;
    view_setf(dict, "X", "%.1f", x);
    view_setf(dict, "WIDTH", "%.1f", width);
}

static int add_attempt(void *ctx, const struct log_attempt *row)
{
    struct detail *detail = ctx;
    struct view_dict *dict = view_section(detail->page->content, "ATTEMPT");
    bool good = row->status >= 200 && row->status < 300 && !*row->error;
    detail->attempts++;
    view_set_int(dict, "NUMBER", row->number);
    set_key(detail, dict, row->key_id);
    view_set(dict, "MODEL", row->model);
    if (!text_eq(row->outcome, "ok")) /* an answer came, whatever it says */
        view_set(view_section(dict, "CUT_SHORT"), "OUTCOME", row->outcome);
    view_setf(dict, "STATUS", row->status ? "%d" : "–", row->status);
    view_set(dict, "TONE", good ? "ready" : row->status == 429 ? "resting" : "dead");
    view_set(dict, "RULE", row->rule);
    view_set(dict, "EFFECT", key_effect_text(detail->page->preferences.language, row->effect));
    view_set(dict, "FIRST", number_ms(detail->page->arena, row->first_byte_ms));
    view_set(dict, "DURATION", number_ms(detail->page->arena, row->duration_ms));
    set_timeline(detail, dict, row);
    if (*row->proxy)
        view_set(view_section(dict, "BY_PROXY"), "PROXY", row->proxy);
    if (*row->error)
        view_set(view_section(dict, "FAULT"), "TEXT", row->error);
    return 0;
}

/* --- the recorded body ------------------------------------------------------------------------ */

/* Indented where it is JSON; a body that was cut is shown as it is. */
static const char *body_text(const struct detail *detail, const struct strbuf *body)
{
    JSON_AUTO json_object *value = json_parse_text(strbuf_str(body), body->len, NULL);
    if (!value)
        return strbuf_str(body);
    return arena_strdup(detail->page->arena,
                        json_object_to_json_string_ext(value, JSON_C_TO_STRING_PRETTY |
                                                                  JSON_C_TO_STRING_SPACED |
                                                                  JSON_C_TO_STRING_NOSLASHESCAPE));
}

static int set_body(const struct detail *detail, struct err *err)
{
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(1 * MIB);
    int found = store_log_body(detail->page->call->admin->store, detail->request.id, &body, err);
    if (found == 1)
        view_set(view_section(detail->page->content, "BODY"), "TEXT", body_text(detail, &body));
    return found < 0 ? -1 : 0;
}

/* --- the page --------------------------------------------------------------------------------- */

static int fill(struct detail *detail, struct err *err)
{
    struct page *page = detail->page;
    struct token_names tokens;
    int result = token_names_read(&tokens, page, err);
    if (result == 0)
        set_facts(detail, &tokens);
    token_names_free(&tokens);
    page_set_past(page, view_section(page->content, "WHEN"), detail->request.time_ms);
    view_set_int(page->content, "STATUS", detail->request.status);
    view_set(page->content, "TONE",
             detail->request.status >= 200 && detail->request.status < 400 ? "ready" : "dead");
    view_set_int(page->content, "ID", detail->request.id);
    if (result < 0 || store_log_attempts(page->call->admin->store, detail->request.id, add_attempt,
                                         detail, err) < 0)
        return -1;
    view_show(page->content, detail->attempts ? "HAS_ATTEMPTS" : "NO_ATTEMPTS");
    return set_body(detail, err);
}

int admin_request_page(struct http_call *call)
{
    struct page page;
    struct detail detail = {.page = &page};
    int64_t id;
    if (text_to_int(http_request_capture(call->req, "id"), &id) < 0)
        return err_set(&call->err, ERR_NOT_FOUND, "there is no such request"), 404;
    int found = store_log_request(call->admin->store, id, &detail.request, &call->err);
    if (found < 0)
        return admin_status_of(&call->err);
    if (found == 0)
        return err_set(&call->err, ERR_NOT_FOUND, "there is no such request"), 404;
    page_begin(&page, call, "log_detail.tpl", STRING_REQUEST, PAGE_WIDE);
    if (fill(&detail, &call->err) == 0)
        return page_send(&page, 200);
    page_abandon(&page);
    return admin_status_of(&call->err);
}
