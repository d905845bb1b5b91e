/* The dashboard's view of the pool: states, quotas, the busiest, and those in trouble. */
#include "admin/dashboard.h"

#include "admin/key_reason.h"
#include "admin/log_filter.h"
#include "admin/number_text.h"
#include "admin/toplist.h"
#include "base/text.h"
#include "store/store_keys.h"
#include "store/store_tokens.h"

enum { BUSIEST = 6, TROUBLED = 8, QUOTA_MODELS = 6, BAR_LENGTH = 100 };

/* --- states ----------------------------------------------------------------------------------- */

static struct key_pool_counts count_all(struct keyring *ring)
{
    static const enum key_kind kinds[] = {KEY_GEMINI, KEY_VERTEX, KEY_PAID};
    struct key_pool_counts sum = {0};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct key_pool_counts one = keyring_counts(ring, kinds[i]);
        sum.total += one.total;
        sum.ready += one.ready;
        sum.paused += one.paused;
        sum.dead += one.dead;
        for (int k = 0; k < REST_REASON_COUNT; k++)
            sum.resting[k] += one.resting[k];
    }
    return sum;
}

struct state_share {
    const char *state;
    enum string_id label;
    int count;
};

static void add_state(struct page *page, const struct state_share *share)
{
    struct view_dict *dict = view_section(page->content, "KEY_STATE");
    view_set(dict, "STATE", share->state);
    page_set_text(page, dict, "LABEL", share->label);
    view_set_int(dict, "COUNT", share->count);
    view_set(dict, "HREF",
             page_url(page->call, arena_printf(page->arena, "/keys?state=%s", share->state)));
}

static void add_bar_parts(struct page *page, const struct state_share *shares, size_t count,
                          int total)
{
    double x = 0;
    for (size_t i = 0; i < count && total > 0; i++) {
        double width = 1000.0 * shares[i].count / total;
        if (width <= 0)
            continue;
        struct view_dict *part = view_section(page->content, "BAR_PART");
        view_set(part, "STATE", shares[i].state);
        view_setf(part, "X", "%.2f", x);
        view_setf(part, "WIDTH", "%.2f", width);
        x += width;
    }
}

/* A reason, how many it holds for, and the list of them. */
static void add_reason(struct page *page, const char *word, const char *text, int64_t count)
{
    struct view_dict *dict = view_section(page->content, "REST_REASON");
    view_set(dict, "TEXT", text);
    view_set_int(dict, "COUNT", count);
    view_set(dict, "HREF", page_url(page->call, arena_printf(page->arena, "/keys?why=%s", word)));
}

static void add_reasons(struct page *page, const struct key_pool_counts *counts)
{
    for (int i = REST_NONE + 1; i < REST_REASON_COUNT; i++) {
        const char *word = rest_reason_word((enum rest_reason)i);
        if (counts->resting[i])
            add_reason(page, word, key_reason_text(page->preferences.language, word),
                       counts->resting[i]);
    }
}

struct model_rests {
    const struct page *page;
    int64_t keys[REST_REASON_COUNT];
};

static int add_model_rest(void *ctx, const char *model, const char *reason, int64_t keys)
{
    struct model_rests *rests = ctx;
    for (int i = REST_NONE + 1; !text_empty(model) && i < REST_REASON_COUNT; i++) {
        if (text_eq(reason, rest_reason_word((enum rest_reason)i)))
            rests->keys[i] += keys;
    }
    return 0;
}

/* Most rests hold for one model only, and the key goes on with the others. */
static void add_model_reasons(struct page *page)
{
    struct model_rests rests = {.page = page};
    enum language language = page->preferences.language;
    store_rests_count(page->call->admin->store, page->now_ms, add_model_rest, &rests, NULL);
    for (int i = REST_NONE + 1; i < REST_REASON_COUNT; i++) {
        const char *word = rest_reason_word((enum rest_reason)i);
        const char *text = string_with_text(page->arena, language, STRING_FOR_SINGLE_MODELS,
                                            key_reason_text(language, word));
        if (rests.keys[i])
            add_reason(page, word, text, rests.keys[i]);
    }
}

/* What needs a person before anything works. */
static void add_alerts(struct page *page, const struct key_pool_counts *counts)
{
    const struct {
        bool holds;
        enum string_id text;
        const char *path;
    } alerts[] = {
        {counts->total > 0 && counts->ready == 0, STRING_ALERT_NONE_READY, "/keys"},
        {counts->dead > 0, STRING_ALERT_DEAD, "/keys?state=dead"},
        {counts->resting[REST_EGRESS] > 0, STRING_ALERT_EGRESS, "/config#s-PROXIES"},
    };
    for (size_t i = 0; i < ARRAY_LEN(alerts); i++) {
        if (!alerts[i].holds)
            continue;
        struct view_dict *dict = view_section(page->content, "ALERT");
        view_set(dict, "TEXT",
                 string_with_number(page->arena, page->preferences.language, alerts[i].text,
                                    counts->dead));
        view_set(dict, "HREF", page_url(page->call, alerts[i].path));
    }
}

int64_t dashboard_set_keys(struct page *page)
{
    struct key_pool_counts counts = count_all(page->call->admin->keyring);
    int resting = 0;
    for (int i = 0; i < REST_REASON_COUNT; i++)
        resting += counts.resting[i];
    const struct state_share shares[] = {
        {"ready", STRING_STATE_READY, counts.ready},
        {"resting", STRING_STATE_RESTING, resting},
        {"paused", STRING_STATE_PAUSED, counts.paused},
        {"dead", STRING_STATE_DEAD, counts.dead},
    };
    for (size_t i = 0; i < ARRAY_LEN(shares); i++)
        add_state(page, &shares[i]);
    add_bar_parts(page, shares, ARRAY_LEN(shares), counts.total);
    add_reasons(page, &counts);
    add_model_reasons(page);
    add_alerts(page, &counts);
    page_set_text(page, page->content, "EGRESS",
                  counts.resting[REST_EGRESS] ? STRING_EGRESS_LIMITED : STRING_EGRESS_FREE);
    return counts.total;
}

/* --- in trouble ------------------------------------------------------------------------------- */

static const struct trouble {
    const char *code;
    enum string_id label;
    toplist_rank *rank;
} troubles[] = {
    {"429", STRING_TROUBLE_429, toplist_by_429},       {"403", STRING_TROUBLE_403, toplist_by_403},
    {"400", STRING_TROUBLE_400, toplist_by_400},       {"5xx", STRING_TROUBLE_5XX, toplist_by_5xx},
    {"other", STRING_TROUBLE_OTHER, toplist_by_other},
};

static const struct trouble *chosen_trouble(struct page *page)
{
    const char *code = http_request_query(page->call->req, "code");
    for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
        if (text_eq(code, troubles[i].code))
            return &troubles[i];
    }
    return &troubles[0];
}

static void add_trouble_links(struct page *page, const struct trouble *chosen)
{
    for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
        struct view_dict *link = view_section(page->content, "TROUBLE");
        const char *path =
            arena_printf(page->arena, "/dashboard?code=%s#attention", troubles[i].code);
        view_set(link, "HREF", page_url(page->call, path));
        page_set_text(page, link, "LABEL", troubles[i].label);
        if (chosen == &troubles[i])
            view_show(link, "CURRENT");
    }
}

/* Name and link of a key; false when it is gone. */
static bool set_key(struct page *page, struct view_dict *dict, int64_t id)
{
    struct store_key key;
    if (store_key_get(page->call->admin->store, id, false, page->arena, &key, NULL) != 1) {
        view_setf(dict, "HINT", "#%lld", (long long)id);
        return false;
    }
    view_set(dict, "HINT", key.hint);
    if (!text_empty(key.label))
        view_set(view_section(dict, "LABELLED"), "LABEL", key.label);
    view_set(view_section(dict, "LINKED"), "HREF",
             page_url(page->call, arena_printf(page->arena, "/keys/%lld", (long long)id)));
    view_show(dict, key.state == STORE_KEY_ACTIVE ? "CAN_PAUSE" : "CAN_RESUME");
    return true;
}

int dashboard_set_attention(struct page *page, struct toplist *busiest_r, struct err *err)
{
    const struct trouble *trouble = chosen_trouble(page);
    const struct toplist_query queries[2] = {
        {USAGE_KEY, USAGE_BY_ID, trouble->rank, TROUBLED},
        {USAGE_KEY, USAGE_BY_ID, toplist_by_requests, BUSIEST},
    };
    struct toplist lists[2];
    add_trouble_links(page, trouble);
    if (toplist_read_many(lists, queries, ARRAY_LEN(queries), page, err) < 0)
        return -1;
    const struct toplist list = lists[0];
    *busiest_r = lists[1];
    for (size_t i = 0; i < list.count; i++) {
        const struct toplist_row *row = &list.rows[i];
        struct view_dict *dict = view_section(page->content, "TROUBLED");
        view_set_int(dict, "ID", row->id);
        view_set_int(dict, "COUNT", row->rank);
        view_set_int(dict, "REQUESTS", row->counters.requests);
        view_set(dict, "RATE",
                 number_percent(page->arena, row->counters.successes, row->counters.requests));
        if (set_key(page, dict, row->id))
            view_show(dict, "CAN_ACT");
    }
    view_show(page->content, list.count ? "HAS_TROUBLED" : "NO_TROUBLED");
    return 0;
}

/* --- quotas ----------------------------------------------------------------------------------- */

struct quota_sum {
    int64_t limit, left;
    int known, keys;
};

static void add_quota(void *ctx, const struct key_view *view)
{
    struct quota_sum *sum = ctx;
    if (view->state != KEY_READY)
        return;
    sum->keys++;
    int64_t limit = view->limits[LIMIT_REQUESTS_DAY];
    if (limit <= 0)
        return;
    sum->known++;
    sum->limit += limit;
    if (view->reason != REST_DAY_QUOTA && view->day_requests < limit)
        sum->left += limit - view->day_requests;
}

static void set_quota(struct page *page, const struct toplist_row *row)
{
    struct quota_sum sum = {0};
    struct view_dict *dict = view_section(page->content, "QUOTA");
    keyring_each(page->call->admin->keyring, KEY_GEMINI, row->model, add_quota, &sum);
    view_set(dict, "MODEL", row->model);
    view_set(dict, "USED",
             number_short(page->arena, row->counters.requests - row->counters.failed_429));
    if (sum.known == 0) {
        view_show(dict, "UNKNOWN");
        return;
    }
    struct view_dict *known = view_section(dict, "KNOWN");
    view_set(known, "LEFT", number_short(page->arena, sum.left));
    view_set(known, "LIMIT", number_short(page->arena, sum.limit));
    if (sum.known < sum.keys)
        view_set(view_section(known, "SOME"), "TEXT",
                 string_with_text(page->arena, page->preferences.language, STRING_QUOTA_KNOWN_OF,
                                  arena_printf(page->arena, "%d / %d", sum.known, sum.keys)));
    view_setf(known, "SHARE", "%.1f", BAR_LENGTH * (double)sum.left / (double)sum.limit);
}

int dashboard_set_quota(struct page *page, struct err *err)
{
    const struct toplist_query query = {USAGE_KEY, USAGE_BY_MODEL, toplist_by_requests,
                                        QUOTA_MODELS};
    struct toplist list;
    if (toplist_read(&list, page->call->admin->store, &query, page->arena, page->now_ms, err) < 0)
        return -1;
    for (size_t i = 0; i < list.count; i++)
        set_quota(page, &list.rows[i]);
    view_show(page->content, list.count ? "HAS_QUOTAS" : "NO_QUOTAS");
    return 0;
}

/* --- the busiest ------------------------------------------------------------------------------ */

struct token_name {
    int64_t id;
    struct arena *arena;
    const char *name;
};

static int find_token(void *ctx, const struct store_token *token)
{
    struct token_name *wanted = ctx;
    if (token->id != wanted->id)
        return 0;
    wanted->name = arena_strdup(wanted->arena, text_empty(token->name) ? token->hint : token->name);
    return 1;
}

static void set_busy_token(struct page *page, struct view_dict *dict, int64_t id)
{
    struct token_name wanted = {.id = id, .arena = page->arena};
    if (id == 0) {
        page_set_text(page, dict, "HINT", STRING_ADMIN_TOKEN);
        return;
    }
    store_tokens_each(page->call->admin->store, false, find_token, &wanted, NULL);
    if (!wanted.name) {
        view_setf(dict, "HINT", "#%lld", (long long)id);
        return;
    }
    view_set(dict, "HINT", wanted.name);
    view_set(view_section(dict, "LINKED"), "HREF",
             page_url(page->call, arena_printf(page->arena, "/tokens/%lld", (long long)id)));
}

/* A model's requests. Without a name it is whatever had none. */
static void set_busy_model(struct page *page, struct view_dict *dict, const char *model)
{
    const struct http_form nothing = {0};
    struct log_view view = log_view_read(&nothing, false);
    view.range = "24h";
    view.model = model;
    view_set(dict, "HINT", *model ? model : "–");
    if (*model && *model != '(')
        view_set(view_section(dict, "LINKED"), "HREF",
                 page_url(page->call, log_view_path(page->arena, &view, "/requests")));
}

static void add_busy(struct page *page, struct view_dict *table, const struct toplist_row *row,
                     const struct toplist_query *query)
{
    const struct usage_counters *use = &row->counters;
    struct view_dict *dict = view_section(table, "BUSY_ROW");
    view_set(dict, "REQUESTS", number_short(page->arena, use->requests));
    view_set(
        dict, "TOKENS",
        number_short(page->arena, use->prompt_tokens + use->output_tokens + use->thought_tokens));
    if (query->group == USAGE_BY_MODEL)
        set_busy_model(page, dict, row->model);
    else if (query->subject == USAGE_KEY)
        set_key(page, dict, row->id);
    else
        set_busy_token(page, dict, row->id);
}

int dashboard_set_busiest(struct page *page, const struct toplist *keys, struct err *err)
{
    static const struct {
        enum string_id title, column;
        struct toplist_query query;
    } tables[] = {
        {STRING_BUSY_MODELS,
         STRING_MODEL,
         {USAGE_TOKEN, USAGE_BY_MODEL, toplist_by_requests, BUSIEST}},
        {STRING_BUSY_KEYS, STRING_KEY, {USAGE_KEY, USAGE_BY_ID, toplist_by_requests, BUSIEST}},
        {STRING_BUSY_TOKENS,
         STRING_TOKEN,
         {USAGE_TOKEN, USAGE_BY_ID, toplist_by_requests, BUSIEST}},
    };
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        struct toplist list;
        struct view_dict *table = view_section(page->content, "BUSY");
        page_set_text(page, table, "TITLE", tables[i].title);
        page_set_text(page, table, "COLUMN", tables[i].column);
        if (tables[i].query.subject == USAGE_KEY)
            list = *keys;
        else if (toplist_read(&list, page->call->admin->store, &tables[i].query, page->arena,
                              page->now_ms, err) < 0)
            return -1;
        for (size_t k = 0; k < list.count; k++)
            add_busy(page, table, &list.rows[k], &tables[i].query);
        view_show(table, list.count ? "SOME" : "NONE");
    }
    return 0;
}
