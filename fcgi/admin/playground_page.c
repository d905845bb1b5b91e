/* The page /playground: one chat through the clients' own route, as the admin or as one of the tokens. */
#include <string.h>

#include "admin/chat_answer.h"
#include "admin/models_page.h"
#include "admin/number_text.h"
#include "admin/page.h"
#include "admin/tokens.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/own_call.h"
#include "store/store_keys.h"
#include "store/store_log_read.h"

#define CHAT_PATH "/v1/chat/completions"
#define FIRST_MODEL "gemini-3.8-flash"
#define BODY_MAX (6 * MIB)

enum { LOG_WAIT_MS = 5000 };

/* What was asked for. */
struct question {
    const char *model, *text;
    int64_t token_id; /* 0: the admin's own */
    bool streamed;
};

/* --- the form --------------------------------------------------------------------------------- */

static int add_token(void *ctx, const struct store_token *token)
{
    const struct page *page = ctx;
    if (token->paused || (token->expires_ms > 0 && token->expires_ms <= page->now_ms))
        return 0;
    struct view_dict *option = view_section(page->content, "TOKEN_OPTION");
    view_set_int(option, "VALUE", token->id);
    view_set(option, "LABEL", text_empty(token->name) ? token->hint : token->name);
    if (text_eq(http_form_get(admin_form(page->call), "token"),
                arena_printf(page->arena, "%lld", (long long)token->id)))
        view_show(option, "CURRENT");
    return 0;
}

/* The models that are known; the page never waits for upstream. */
static void add_models(const struct page *page)
{
    const struct admin *admin = page->call->admin;
    int status;
    JSON_AUTO json_object *models =
        admin->models ? admin->models(page->call, MODELS_KNOWN, &status) : NULL;
    size_t count = models ? json_object_array_length(models) : 0;
    for (size_t i = 0; i < count; i++)
        view_set(view_section(page->content, "MODEL_OPTION"), "VALUE",
                 model_object_id(json_object_array_get_idx(models, i)));
}

/* Why a call failed, by the status that it ended with; the last row stands for all others. */
static const struct why {
    int status;
    enum string_id text;
} whys[] = {
    {400, STRING_TRY_400}, {401, STRING_TRY_401}, {404, STRING_TRY_404},  {429, STRING_TRY_429},
    {503, STRING_TRY_503}, {504, STRING_TRY_504}, {0, STRING_TRY_FAILED},
};

static const struct why *why_of(int status)
{
    size_t i = 0;
    while (whys[i].status && whys[i].status != status)
        i++;
    return &whys[i];
}

static int begin(struct page *page, struct http_call *call, const struct question *question)
{
    page_begin(page, call, "playground.tpl", STRING_TRY, PAGE_WIDE);
    view_set(page->content, "MODEL", question->model);
    view_set(page->content, "TEXT",
             question->text ? question->text : page_text(page, STRING_TRY_MESSAGE));
    if (question->streamed)
        view_show(page->content, "STREAM");
    for (size_t i = 0; i < ARRAY_LEN(whys); i++) {
        struct view_dict *row = view_section(page->content, "WHY");
        view_set_int(row, "STATUS", whys[i].status);
        page_set_text(page, row, "TEXT", whys[i].text);
    }
    add_models(page);
    return store_tokens_each(call->admin->store, false, add_token, page, &call->err);
}

static int send_page(struct page *page, int filled)
{
    if (filled == 0)
        return page_send(page, 200);
    page_abandon(page);
    return admin_status_of(&page->call->err);
}

static void show_nothing(const struct page *page)
{
    static const char *const parts[] = {"NOT_ASKED", "NO_THOUGHTS", "NO_ANSWER"};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        view_show(page->content, parts[i]);
}

int admin_playground_page(struct http_call *call)
{
    const char *model = http_request_query(call->req, "model");
    const struct question question = {.model = text_empty(model) ? FIRST_MODEL : model,
                                      .streamed = true};
    struct page page;
    int filled = begin(&page, call, &question);
    show_nothing(&page);
    return send_page(&page, filled);
}

/* --- the facts of an answer ------------------------------------------------------------------- */

static void show_problem(const struct page *page, enum string_id why, const char *words)
{
    struct view_dict *dict = view_section(page->content, "PROBLEM");
    page_set_text(page, dict, "WHY_TEXT", why);
    if (!text_empty(words))
        view_set(view_section(dict, "WORDS"), "TEXT", words);
}

static int add_attempt(void *ctx, const struct log_attempt *row)
{
    const struct page *page = ctx;
    struct store_key key;
    struct view_dict *dict = view_section(page->content, "TRIED");
    const char *hint = arena_printf(page->arena, "#%lld", (long long)row->key_id);
    if (store_key_get(page->call->admin->store, row->key_id, false, page->arena, &key, NULL) == 1)
        hint = key.hint;
    view_set(dict, "KEY", hint);
    view_set(dict, "HREF",
             page_url(page->call, arena_printf(page->arena, "/keys/%lld", (long long)row->key_id)));
    view_set(dict, "TOOK", number_ms(page->arena, row->duration_ms));
    if (row->status != 200)
        view_set_int(view_section(dict, "BAD"), "STATUS", row->status);
    return 0;
}

/* What the log knows of the call, once its row is written: the keys, and its own clock. */
static int show_logged(const struct page *page, int64_t id, int64_t *duration_ms)
{
    struct http_call *call = page->call;
    struct log_request row;
    journal_flush(call->admin->journal, LOG_WAIT_MS);
    int found = store_log_request(call->admin->store, id, &row, &call->err);
    if (found != 1)
        return found;
    *duration_ms = row.duration_ms;
    view_set(page->content, "FIRST", number_ms(page->arena, row.first_token_ms));
    view_set_int(page->content, "ATTEMPTS", row.attempts);
    view_set(view_section(page->content, "LOGGED"), "HREF",
             page_url(call, arena_printf(page->arena, "/requests/%lld", (long long)id)));
    return store_log_attempts(call->admin->store, id, add_attempt, (void *)(uintptr_t)page,
                              &call->err);
}

static void show_text(const struct page *page, const struct chat_answer *answer, bool went_well)
{
    view_set(page->content, "THOUGHTS", strbuf_str(&answer->thoughts));
    view_set(page->content, "ANSWER", strbuf_str(&answer->text));
    if (answer->thoughts.len == 0)
        view_show(page->content, "NO_THOUGHTS");
    if (answer->text.len == 0)
        view_show(page->content, "NO_ANSWER");
    if (answer->text.len == 0 && went_well)
        view_show(page->content, "NO_TEXT");
    if (answer->prompt_tokens >= 0)
        view_setf(page->content, "TOKENS", "%lld / %lld", (long long)answer->prompt_tokens,
                  (long long)answer->output_tokens);
}

static int show_answer(struct page *page, const struct own_answer *answer, int64_t took_ms)
{
    const char *log_id = own_answer_header(answer, "X-Log-Id");
    struct chat_answer said;
    int64_t id = 0;
    chat_answer_read(&said, strbuf_str(&answer->body), answer->body.len);
    view_set_int(page->content, "STATUS", answer->status);
    if (answer->is_late)
        show_problem(page, STRING_TRY_504, "");
    else if (!strbuf_ok(&answer->body))
        show_problem(page, STRING_TRY_TOO_LONG, "");
    else if (answer->status >= 400 || said.error.len)
        show_problem(page, why_of(answer->status)->text, strbuf_str(&said.error));
    show_text(page, &said, answer->status < 400);
    chat_answer_free(&said);
    int shown = log_id && text_to_int(log_id, &id) == 0 ? show_logged(page, id, &took_ms) : 0;
    view_set(page->content, "WHOLE", number_ms(page->arena, took_ms));
    const struct settings *set = page->call->settings;
    if (log_id && !set->log_requests)
        view_show(page->content, "NOT_LOGGED");
    return shown < 0 ? -1 : 0;
}

/* --- asking ----------------------------------------------------------------------------------- */

static void write_body(const struct question *question, struct strbuf *out)
{
    JSON_AUTO json_object *body = json_object_new_object();
    json_object *messages = json_object_new_array();
    json_object *message = json_object_new_object();
    json_add_str(message, "role", "user");
    json_add_str(message, "content", question->text);
    json_object_array_add(messages, message);
    json_add_str(body, "model", question->model);
    json_add(body, "messages", messages);
    json_add_bool(body, "stream", question->streamed);
    if (question->streamed) {
        json_object *options = json_object_new_object();
        json_add_bool(options, "include_usage", true);
        json_add(body, "stream_options", options);
    }
    json_write(out, body);
}

static struct question read_question(struct http_call *call)
{
    const struct http_form *form = admin_form(call);
    const char *model = http_form_get(form, "model");
    const char *text = http_form_get(form, "text");
    struct question question = {.model =
                                    model ? text_trim(arena_strdup(call->req->arena, model)) : "",
                                .text = text ? text : "",
                                .streamed = http_form_get(form, "stream") != NULL};
    if (text_to_int(http_form_get(form, "token"), &question.token_id) < 0)
        question.token_id = 0;
    return question;
}

/* Whoever reads the answer itself gets it as the route gives it. */
static bool wants_route(const struct http_request *req)
{
    const char *accept = http_request_header(req, "Accept");
    return accept &&
           (text_starts(accept, "text/event-stream") || text_starts(accept, "application/json"));
}

static const char *token_of(struct http_call *call, const struct question *question)
{
    if (question->token_id == 0)
        return admin_token_in_force(call->settings);
    const char *secret = tokens_secret(call, question->token_id);
    return secret ? secret : "";
}

static int fetch(struct http_call *call, const struct question *question,
                 const struct own_call *order)
{
    const struct settings *set = call->settings;
    struct page page;
    int64_t began_us = clock_mono_us();
    struct own_answer answer = {.body = STRBUF_INIT(BODY_MAX),
                                .deadline_us = began_us + (int64_t)(set->time_out * 1e6)};
    own_call_fetch(call->admin->router, call, order, &answer);
    int filled = begin(&page, call, question);
    if (filled == 0)
        filled = show_answer(&page, &answer, (clock_mono_us() - began_us) / 1000);
    strbuf_free(&answer.body);
    return send_page(&page, filled);
}

static int ask_again(struct http_call *call, const struct question *question)
{
    struct page page;
    int filled = begin(&page, call, question);
    show_nothing(&page);
    show_problem(&page, STRING_TRY_MISSING, "");
    return send_page(&page, filled);
}

int admin_playground_send(struct http_call *call)
{
    const struct question question = read_question(call);
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(LIMIT_FORM * 6);
    if (text_empty(question.model) || text_empty(question.text))
        return ask_again(call, &question);
    const char *token = token_of(call, &question);
    if (call->err.code != ERR_NONE)
        return admin_status_of(&call->err);
    write_body(&question, &body);
    const struct own_call order = {
        .path = CHAT_PATH, .token = token, .body = strbuf_str(&body), .body_len = body.len};
    if (!wants_route(call->req))
        return fetch(call, &question, &order);
    http_response_header(call->res, "Cache-Control", "no-store");
    return own_call_pass(call->admin->router, call, &order);
}
