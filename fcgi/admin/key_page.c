/* The page /keys/{id}: one key, what it may and did, and what can be changed of it. */
#include "admin/page.h"

#include <string.h>

#include "admin/audit.h"
#include "admin/chart.h"
#include "admin/key_fields.h"
#include "admin/key_reason.h"
#include "admin/keys_filter.h"
#include "admin/number_text.h"
#include "base/text.h"
#include "store/store_keys.h"
#include "store/store_log_list.h"

enum { ATTEMPTS_SHOWN = 20, MODELS_MAX = 20 };
enum { WHOLE_RESTS = 1, MODEL_RESTS = 2 };

struct key_detail {
    struct page *page;
    struct store_key key;
    size_t models;
    unsigned rests; /* WHOLE_RESTS, MODEL_RESTS */
};

static int find_key(struct http_call *call, bool open, struct store_key *key_r)
{
    int64_t id;
    int found =
        text_to_int(http_request_capture(call->req, "id"), &id) < 0
            ? 0
            : store_key_get(call->admin->store, id, open, call->req->arena, key_r, &call->err);
    return found == 0 ? err_set(&call->err, ERR_NOT_FOUND, "there is no such key") : found;
}

/* --- identity and state ------------------------------------------------------------------------ */

static void add_fact(const struct page *page, enum string_id label, const char *value)
{
    if (text_empty(value))
        return;
    struct view_dict *fact = view_section(page->content, "FACT");
    page_set_text(page, fact, "LABEL", label);
    view_set(fact, "VALUE", value);
}

static void add_moment(const struct page *page, enum string_id label, int64_t when_ms)
{
    if (when_ms <= 0)
        return;
    struct view_dict *fact = view_section(page->content, "FACT");
    page_set_text(page, fact, "LABEL", label);
    page_set_past(page, view_section(fact, "WHEN"), when_ms);
}

static void set_facts(const struct page *page, const struct store_key *key)
{
    static const enum string_id kinds[] = {STRING_KIND_GEMINI, STRING_KIND_VERTEX,
                                           STRING_KIND_PAID};
    add_fact(page, STRING_REASON, key_reason_text(page->preferences.language, key->reason));
    add_fact(page, STRING_KIND, page_text(page, kinds[key->kind]));
    add_fact(page, STRING_KEY_NUMBER, arena_printf(page->arena, "%lld", (long long)key->id));
    add_fact(page, STRING_FAILURES, arena_printf(page->arena, "%lld", (long long)key->failures));
    add_moment(page, STRING_ADDED, key->created_ms);
    add_moment(page, STRING_LAST_USED, key->last_used_ms);
    add_fact(page, STRING_LABEL, key->label);
    add_fact(page, STRING_PROJECT, key->project);
    add_moment(page, STRING_LAST_ERROR_AT, key->last_error_ms);
    if (!text_empty(key->last_error))
        view_set(view_section(page->content, "FAULT_TEXT"), "TEXT", key->last_error);
    view_show(page->content, key->state == STORE_KEY_ACTIVE ? "CAN_PAUSE" : "CAN_RESUME");
}

static int add_rest(void *ctx, const struct store_rest *rest)
{
    struct key_detail *detail = ctx;
    if (rest->key_id != detail->key.id)
        return 0;
    struct view_dict *dict = view_section(detail->page->content, "REST");
    detail->rests |= text_empty(rest->model) ? WHOLE_RESTS : MODEL_RESTS;
    view_set(dict, "TEXT", key_reason_text(detail->page->preferences.language, rest->reason));
    if (text_empty(rest->model))
        page_set_text(detail->page, dict, "MODEL", STRING_ALL_MODELS);
    else
        view_set(dict, "MODEL", rest->model);
    page_set_future(detail->page, view_section(dict, "UNTIL"), rest->until_ms);
    return 0;
}

/* Worded and coloured as in the list of keys. */
static void set_state(const struct key_detail *detail)
{
    static const struct {
        const char *word;
        enum string_id label;
    } inactive[] = {[STORE_KEY_PAUSED] = {"paused", STRING_STATE_PAUSED},
                    [STORE_KEY_DEAD] = {"dead", STRING_STATE_DEAD}},
      active[] = {{"ready", STRING_STATE_READY},
                  [WHOLE_RESTS] = {"resting", STRING_STATE_RESTING},
                  [MODEL_RESTS] = {"partly", STRING_STATE_PARTLY},
                  [WHOLE_RESTS | MODEL_RESTS] = {"resting", STRING_STATE_RESTING}};
    bool is_active = detail->key.state == STORE_KEY_ACTIVE;
    const char *word = is_active ? active[detail->rests].word : inactive[detail->key.state].word;
    view_set(detail->page->content, "STATE", word);
    page_set_text(detail->page, detail->page->content, "STATE_NAME",
                  is_active ? active[detail->rests].label : inactive[detail->key.state].label);
}

/* --- today's use against the limits ------------------------------------------------------------- */

struct limit_search {
    int64_t id;
    int64_t limits[LIMIT_KIND_COUNT];
};

static void find_limits(void *ctx, const struct key_view *view)
{
    struct limit_search *search = ctx;
    if (view->id == search->id)
        memcpy(search->limits, view->limits, sizeof(search->limits));
}

static const char *of_limit(const struct page *page, int64_t used, int64_t limit)
{
    return limit > 0 ? arena_printf(page->arena, "%s / %s", number_short(page->arena, used),
                                    number_short(page->arena, limit))
                     : number_short(page->arena, used);
}

static int add_model(void *ctx, const struct usage_row *row)
{
    static const enum key_kind kinds[] = {KEY_GEMINI, KEY_VERTEX, KEY_PAID};
    struct key_detail *detail = ctx;
    const struct page *page = detail->page;
    const struct usage_counters *use = &row->counters;
    struct limit_search search = {.id = detail->key.id};
    struct view_dict *dict = view_section(page->content, "MODEL_ROW");
    keyring_each(page->call->admin->keyring, kinds[detail->key.kind], row->model, find_limits,
                 &search);
    view_set(dict, "MODEL", *row->model ? row->model : "–");
    view_set(dict, "REQUESTS",
             of_limit(page, use->requests - use->failed_429, search.limits[LIMIT_REQUESTS_DAY]));
    view_set(dict, "TOKENS", of_limit(page, use->prompt_tokens, search.limits[LIMIT_TOKENS_DAY]));
    view_set(dict, "RATE", number_percent(page->arena, use->successes, use->requests));
    view_set(dict, "RPM",
             search.limits[LIMIT_REQUESTS_MINUTE] > 0
                 ? number_short(page->arena, search.limits[LIMIT_REQUESTS_MINUTE])
                 : "–");
    return ++detail->models >= MODELS_MAX;
}

static int set_models(struct key_detail *detail, struct err *err)
{
    int64_t day = store_usage_bucket(USAGE_KEY, USAGE_DAY, detail->page->now_ms);
    const struct usage_query query = {.subject = USAGE_KEY,
                                      .span = USAGE_DAY,
                                      .from = day,
                                      .to = day + 1,
                                      .id = detail->key.id,
                                      .group = USAGE_BY_MODEL};
    if (store_usage_each(detail->page->call->admin->store, &query, add_model, detail, err) < 0)
        return -1;
    view_show(detail->page->content, detail->models ? "HAS_MODELS" : "NO_MODELS");
    return 0;
}

/* --- what it did -------------------------------------------------------------------------------- */

static int set_charts(struct key_detail *detail, struct err *err)
{
    struct page *page = detail->page;
    struct chart *chart = ARENA_NEW(page->arena, struct chart);
    struct chart_data *data = ARENA_NEW(page->arena, struct chart_data);
    const struct chart_span *span = chart_span_of(http_request_query(page->call->req, "span"));
    if (chart_data_read(data, page->call->admin->store, USAGE_KEY, detail->key.id, span,
                        page->now_ms, err) < 0)
        return -1;
    chart_set_spans(page, page->content,
                    arena_printf(page->arena, "/keys/%lld", (long long)detail->key.id), span);
    chart_of_requests(chart, data);
    chart_draw(page, "REQUEST_CHART", chart, data);
    chart_of_tokens(chart, data);
    chart_draw(page, "TOKEN_CHART", chart, data);
    return 0;
}

static int add_attempt(void *ctx, const struct log_attempt *row)
{
    struct key_detail *detail = ctx;
    const struct page *page = detail->page;
    struct view_dict *dict = view_section(page->content, "ATTEMPT");
    bool good = row->status >= 200 && row->status < 300 && !*row->error;
    view_set(dict, "HREF",
             page_url(page->call,
                      arena_printf(page->arena, "/requests/%lld", (long long)row->request_id)));
    page_set_past(page, view_section(dict, "WHEN"), row->time_ms);
    view_set(dict, "MODEL", row->model);
    view_setf(dict, "STATUS", "%d", row->status);
    view_set(dict, "TONE", good ? "ready" : row->status == 429 ? "resting" : "dead");
    view_set(dict, "RULE", row->rule);
    view_set(dict, "EFFECT", key_effect_text(page->preferences.language, row->effect));
    view_set(dict, "DURATION", number_ms(page->arena, row->duration_ms));
    if (*row->error)
        view_set(view_section(dict, "FAULT"), "TEXT", row->error);
    return 0;
}

/* --- the page ----------------------------------------------------------------------------------- */

static int fill(struct key_detail *detail, struct err *err)
{
    struct page *page = detail->page;
    const struct store_key *key = &detail->key;
    struct store *store = page->call->admin->store;
    view_set_int(page->content, "ID", key->id);
    view_set(page->content, "HINT", key->hint);
    key_fields_fill(page, KEY_FIELDS_ONE, key);
    set_facts(page, key);
    if (store_rests_each(store, page->now_ms, add_rest, detail, err) < 0 ||
        set_models(detail, err) < 0 || set_charts(detail, err) < 0)
        return -1;
    set_state(detail);
    return store_log_attempts_of_key(store, key->id, ATTEMPTS_SHOWN, add_attempt, detail, err);
}

static int send_key(struct http_call *call, const struct store_key *key, const char *secret)
{
    struct page page;
    struct key_detail detail = {.page = &page, .key = *key};
    page_begin(&page, call, "key.tpl", STRING_KEY, PAGE_WIDE);
    if (secret)
        view_set(view_section(page.content, "SHOWN"), "SECRET", secret);
    if (fill(&detail, &call->err) == 0)
        return page_send(&page, 200);
    page_abandon(&page);
    return admin_status_of(&call->err);
}

int admin_key_page(struct http_call *call)
{
    struct store_key key;
    if (find_key(call, false, &key) < 0)
        return admin_status_of(&call->err);
    return send_key(call, &key, NULL);
}

/* Shows the key in the answer to this very request; that somebody looked is written down. */
int admin_key_reveal(struct http_call *call)
{
    struct store_key key;
    if (find_key(call, true, &key) < 0)
        return admin_status_of(&call->err);
    if (!key.secret)
        return err_set(&call->err, ERR_INTERNAL, "the key cannot be decrypted"), 500;
    admin_audit(call, "key.reveal", arena_printf(call->req->arena, "%lld", (long long)key.id), "");
    return send_key(call, &key, key.secret);
}

/* --- editing ------------------------------------------------------------------------------------ */

int admin_key_save(struct http_call *call)
{
    struct store_key key;
    if (find_key(call, false, &key) < 0)
        return admin_status_of(&call->err);
    struct key_options options;
    const struct key_option_source source = key_options_of_form(admin_form(call), true);
    if (key_options_read(&options, &source, call->req->arena, &call->err) < 0 ||
        key_options_apply(&options, call->admin->store, key.id, &call->err) < 0)
        return admin_status_of(&call->err);
    struct err ignored = ERR_INIT; /* another process's change is noticed a moment later, too */
    keyring_reload(call->admin->keyring, &ignored);
    const char *id = arena_printf(call->req->arena, "%lld", (long long)key.id);
    admin_audit(call, "key.edit", id, "");
    return admin_redirect_flash(call, arena_printf(call->req->arena, "/keys/%s", id),
                                &(struct flash){.code = FLASH_KEY_SAVED});
}
