/* The pages /tokens and /tokens/{id}: who may call, how much, until when. */
#include "admin/tokens.h"

#include <stdlib.h>
#include <string.h>

#include "admin/chart.h"
#include "admin/number_text.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/vec.h"

/* --- today's use ------------------------------------------------------------------------------ */

struct token_use {
    int64_t id, requests, tokens;
};
VEC(token_uses, struct token_use);

static int add_use(void *ctx, const struct usage_row *row)
{
    struct token_uses *uses = ctx;
    const struct token_use use = {row->id, row->counters.requests,
                                  row->counters.prompt_tokens + row->counters.output_tokens +
                                      row->counters.thought_tokens};
    VEC_PUSH(uses, use);
    return 0;
}

static int read_uses(struct token_uses *uses, const struct page *page, struct err *err)
{
    int64_t day = store_usage_bucket(USAGE_TOKEN, USAGE_DAY, page->now_ms);
    const struct usage_query query = {.subject = USAGE_TOKEN,
                                      .span = USAGE_DAY,
                                      .from = day,
                                      .to = day + 1,
                                      .id = -1,
                                      .group = USAGE_BY_ID};
    return store_usage_each(page->call->admin->store, &query, add_use, uses, err);
}

static struct token_use use_of(const struct token_uses *uses, int64_t id)
{
    for (size_t i = 0; i < uses->len; i++) {
        if (uses->items[i].id == id)
            return uses->items[i];
    }
    return (struct token_use){.id = id};
}

/* --- one row ---------------------------------------------------------------------------------- */

struct listing {
    struct page *page;
    struct token_uses uses;
    size_t count;
};

static void set_state(const struct page *page, struct view_dict *dict,
                      const struct store_token *token)
{
    bool expired = token->expires_ms > 0 && token->expires_ms <= page->now_ms;
    view_set(dict, "STATE", expired ? "dead" : token->paused ? "paused" : "ready");
    page_set_text(page, dict, "STATE_NAME",
                  expired         ? STRING_TOKEN_EXPIRED
                  : token->paused ? STRING_STATE_PAUSED
                                  : STRING_TOKEN_ACTIVE);
    view_show(dict, token->paused ? "CAN_RESUME" : "CAN_PAUSE");
}

static void add_limit(const struct page *page, struct view_dict *dict, enum string_id text,
                      int64_t limit)
{
    if (limit > 0)
        view_set(view_section(dict, "LIMIT"), "TEXT",
                 string_with_text(page->arena, page->preferences.language, text,
                                  number_short(page->arena, limit)));
}

static void set_limits(const struct page *page, struct view_dict *dict,
                       const struct store_token *token)
{
    add_limit(page, dict, STRING_LIMIT_RPM, token->requests_per_minute);
    add_limit(page, dict, STRING_LIMIT_RPD, token->requests_per_day);
    add_limit(page, dict, STRING_LIMIT_TPD, token->tokens_per_day);
    if (!text_empty(token->models))
        view_set(view_section(dict, "LIMIT"), "TEXT",
                 token_model_lines(token->models, page->arena));
    if (text_empty(token->models) && !token->requests_per_minute && !token->requests_per_day &&
        !token->tokens_per_day)
        view_show(dict, "UNLIMITED");
}

static int add_token(void *ctx, const struct store_token *token)
{
    struct listing *listing = ctx;
    const struct page *page = listing->page;
    struct token_use use = use_of(&listing->uses, token->id);
    struct view_dict *dict = view_section(page->content, "ROW");
    listing->count++;
    view_set_int(dict, "ID", token->id);
    view_set(dict, "HINT", token->hint);
    view_set(dict, "NAME", text_empty(token->name) ? token->hint : token->name);
    if (!text_empty(token->name))
        view_show(dict, "NAMED");
    if (token->seeded)
        view_show(dict, "SEEDED");
    set_state(page, dict, token);
    set_limits(page, dict, token);
    view_set(dict, "REQUESTS", number_short(page->arena, use.requests));
    view_set(dict, "TOKENS", number_short(page->arena, use.tokens));
    if (token->last_used_ms > 0)
        page_set_past(page, view_section(dict, "USED"), token->last_used_ms);
    else
        view_show(dict, "NEVER");
    if (token->expires_ms > 0)
        page_set_future(page, view_section(dict, "EXPIRY"), token->expires_ms - SECOND_MS);
    return 0;
}

/* --- the list --------------------------------------------------------------------------------- */

static int fill_list(struct listing *listing, struct err *err)
{
    if (read_uses(&listing->uses, listing->page, err) < 0)
        return -1;
    return store_tokens_each(listing->page->call->admin->store, false, add_token, listing, err);
}

int tokens_send_list(struct http_call *call, const struct token_form *form, const char *secret,
                     int status)
{
    struct page page;
    struct listing listing = {.page = &page};
    page_begin(&page, call, "tokens.tpl", STRING_TOKENS, PAGE_WIDE);
    token_form_fill(&page, "FORM", form);
    if (form->is_wrong)
        view_show(page.content, "FORM_OPEN");
    if (secret)
        view_set(view_section(page.content, "SHOWN"), "SECRET", secret);
    int result = fill_list(&listing, &call->err);
    VEC_FREE(&listing.uses);
    view_show(page.content, listing.count ? "ROWS" : "NO_ROWS");
    if (listing.count == 0 && !form->is_wrong)
        view_show(page.content, "FORM_OPEN");
    if (result == 0)
        return page_send(&page, status);
    page_abandon(&page);
    return admin_status_of(&call->err);
}

int admin_tokens_page(struct http_call *call)
{
    struct token_form form;
    const struct store_token empty = {.name = ""};
    token_form_show(&form, &empty, call->req->arena);
    return tokens_send_list(call, &form, NULL, 200);
}

/* --- one token -------------------------------------------------------------------------------- */

struct search {
    int64_t id;
    struct arena *arena;
    struct token_form *form;
    bool found;
};

static int find_token(void *ctx, const struct store_token *token)
{
    struct search *search = ctx;
    if (token->id != search->id)
        return 0;
    token_form_show(search->form, token, search->arena);
    search->form->token.hint = arena_strdup(search->arena, token->hint);
    search->found = true;
    return 1;
}

int tokens_find(struct http_call *call, struct token_form *form, int64_t *id_r)
{
    struct search search = {.arena = call->req->arena, .form = form};
    if (text_to_int(http_request_capture(call->req, "id"), &search.id) < 0)
        search.id = -1;
    if (store_tokens_each(call->admin->store, false, find_token, &search, &call->err) < 0)
        return -1;
    *id_r = search.id;
    if (!search.found)
        return err_set(&call->err, ERR_NOT_FOUND, "there is no such token");
    return 0;
}

static int set_charts(struct page *page, int64_t id, struct err *err)
{
    struct chart *chart = ARENA_NEW(page->arena, struct chart);
    struct chart_data *data = ARENA_NEW(page->arena, struct chart_data);
    const struct chart_span *span = chart_span_of(http_request_query(page->call->req, "span"));
    if (chart_data_read(data, page->call->admin->store, USAGE_TOKEN, id, span, page->now_ms, err) <
        0)
        return -1;
    chart_set_spans(page, page->content, arena_printf(page->arena, "/tokens/%lld", (long long)id),
                    span);
    chart_of_requests(chart, data);
    chart_draw(page, "REQUEST_CHART", chart, data);
    chart_of_tokens(chart, data);
    chart_draw(page, "TOKEN_CHART", chart, data);
    return 0;
}

int tokens_send_one(struct http_call *call, const struct token_form *form, int64_t id, int status)
{
    struct page page;
    page_begin(&page, call, "token.tpl", STRING_TOKEN, PAGE_WIDE);
    view_set_int(page.content, "ID", id);
    view_set(page.content, "HINT", form->token.hint);
    token_form_fill(&page, "FORM", form);
    if (set_charts(&page, id, &call->err) == 0)
        return page_send(&page, status);
    page_abandon(&page);
    return admin_status_of(&call->err);
}

int admin_token_page(struct http_call *call)
{
    struct token_form form;
    int64_t id;
    if (tokens_find(call, &form, &id) < 0)
        return admin_status_of(&call->err);
    return tokens_send_one(call, &form, id, 200);
}
