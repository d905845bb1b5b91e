#include "api/api_call.h"

#include <string.h>

#include "api/image_put.h"
#include "api/model_cache.h"
#include "api/signatures.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/rand.h"
#include "base/text.h"
#include "translate/model_name.h"

/* --- the client as an exchange sees it --------------------------------------------------------
 * A whole answer arrives as one write: it goes out at once with its length. A stream goes through
 * the sink. */

static int client_begin(void *ctx, int status, const char *content_type)
{
    struct api_call *call = ctx;
    call->status = status;
    call->content_type = call->reply_type && status < 300 ? call->reply_type : content_type;
    call->http->res->upstream_us = call->outcome.upstream_us;
    if (!call->request.streamed || status >= 400)
        return 0;
    call->began = true;
    return http_response_begin(call->http->res, status, call->content_type) ? 0 : -1;
}

static void client_header(void *ctx, const char *name, const char *value)
{
    struct api_call *call = ctx;
    http_response_header(call->http->res, name, value);
}

static int client_write(void *ctx, const void *data, size_t len)
{
    struct api_call *call = ctx;
    if (call->observe && call->status < 300)
        call->observe(call->observe_ctx, data, len);
    if (call->began)
        return sink_write(call->http->res->sink, data, len);
    if (call->sent)
        return -1;
    call->sent = true;
    return http_response_send(call->http->res, call->status, call->content_type, data, len);
}

static int client_flush(void *ctx)
{
    struct api_call *call = ctx;
    return call->began ? sink_flush(call->http->res->sink) : 0;
}

/* --- what a translation is told --------------------------------------------------------------- */

static void make_id(void *ctx, char *buf, size_t size)
{
    (void)ctx;
    rand_token(buf, size);
}

static int model_exists(void *ctx, const char *model)
{
    const struct api_call *call = ctx;
    return model_cache_lists(call->http->api->models, call->settings->base_url, model);
}

static int signature_get(void *ctx, const char *call_id, struct strbuf *out)
{
    const struct api_call *call = ctx;
    return signatures_get(call->http->api->signatures, call_id, clock_wall_ms(), out);
}

static void signature_put(void *ctx, const char *call_id, const char *signature)
{
    const struct api_call *call = ctx;
    signatures_put(call->http->api->signatures, call_id, signature, clock_wall_ms());
}

static bool is_listed(const struct setting_list *list, const char *model)
{
    for (size_t i = 0; i < list->len; i++)
        if (text_match(list->items[i], model))
            return true;
    return false;
}

static bool is_image_model(void *ctx, const char *model)
{
    const struct api_call *call = ctx;
    return is_listed(&call->settings->image_models, model);
}

static bool may_read_urls(void *ctx, const char *model)
{
    const struct api_call *call = ctx;
    return is_listed(&call->settings->url_context_models, model);
}

json_object *api_text_array(const struct setting_list *list)
{
    json_object *array = json_object_new_array();
    for (size_t i = 0; i < list->len; i++)
        json_object_array_add(array, json_object_new_string(list->items[i]));
    return array;
}

static void fill_translate_env(struct api_call *call)
{
    const struct settings *set = call->settings;
    call->translate =
        (struct translate_env){.now_ms = clock_wall_ms(),
                               .make_id = make_id,
                               .ctx = call,
                               .signature_get = signature_get,
                               .signature_put = signature_put,
                               .model_exists = model_exists,
                               .image_put = image_put_is_offered(set) ? image_put : NULL,
                               .show_thoughts = set->show_thinking_process,
                               .code_execution = set->tools_code_execution_enabled,
                               .url_context = set->url_context_enabled,
                               .show_search_links = set->show_search_link,
                               .thinking_format = set->thinking_format,
                               .image_format = set->image_output_format,
                               .safety_settings = set->safety_text,
                               .thinking_budgets = set->thinking_budget_map,
                               .is_image_model = is_image_model,
                               .may_read_urls = may_read_urls,
                               .create_image_model = set->create_image_model};
}

/* --- the log row ------------------------------------------------------------------------------ */

static const char *const dialect_words[] = {[DIALECT_OPENAI] = "openai",
                                            [DIALECT_GEMINI] = "gemini",
                                            [DIALECT_PAGE] = "page",
                                            [DIALECT_JSON] = "json"};

struct log_request *api_log_row(const struct http_call *http)
{
    const struct http_request *req = http->req;
    const struct principal *principal = http->principal;
    const char *agent = http_request_header(req, "User-Agent");
    struct log_request *row = ARENA_NEW(req->arena, struct log_request);
    row->time_ms = clock_wall_ms();
    row->id = store_log_id(row->time_ms);
    row->token_id = principal ? principal->token_id : 0;
    text_copy(row->route, sizeof(row->route), http->route->pattern);
    text_copy(row->dialect, sizeof(row->dialect), dialect_words[http->route->dialect]);
    text_copy(row->client, sizeof(row->client), req->remote_addr);
    text_copy(row->agent, sizeof(row->agent), agent ? agent : "");
    row->first_token_ms = -1;
    return row;
}

void api_call_post(struct api_call *call)
{
    journal_request(call->http->api->journal, call->log);
    call->http->log_row = NULL;
}

static void tell_log_row(struct api_call *call)
{
    const char *id = arena_int(call->http->req->arena, call->log->id);
    http_response_header(call->http->res, "X-Log-Id", id);
}

static void proxy_result(void *ctx, const char *proxy, bool worked, int64_t now_ms)
{
    keyring_proxy_result(ctx, proxy, worked, now_ms);
}

/* One request has one row, whoever makes its attempts. */
static void take_over(struct api_call *call)
{
    const struct api_continued *before = call->http->continued;
    if (!before)
        return;
    call->log->id = before->log_id;
    call->log->attempts = before->attempts;
    call->request.attempts_before = before->attempts;
    call->request.preferred_key = before->key_id;
}

void api_call_begin(struct api_call *call, struct http_call *http)
{
    memset(call, 0, sizeof(*call));
    call->http = http;
    call->settings = http->settings;
    call->base_url = call->settings->base_url;
    call->env = (struct exchange_env){.settings = call->settings,
                                      .keys = keyring_source(http->api->keyring),
                                      .upstream = http->api->upstream,
                                      .journal = http->api->journal,
                                      .proxy_result = proxy_result,
                                      .proxy_ctx = http->api->keyring};
    call->request = (struct exchange_request){.method = "POST",
                                              .model = "",
                                              .kind = KEY_GEMINI,
                                              .credential = CREDENTIAL_GOOG_HEADER,
                                              .content_type = "application/json",
                                              .framing = FRAMING_RAW,
                                              .idempotent = true,
                                              .headers = call->forwarded,
                                              .ctx = call};
    fill_translate_env(call);
    call->log = api_log_row(http);
    http->log_row = call->log;
    take_over(call);
    tell_log_row(call);
}

/* --- the request ------------------------------------------------------------------------------ */

static int status_of_err(const struct err *err)
{
    switch (err->code) {
    case ERR_TOO_LARGE:
        return 413;
    case ERR_INVALID:
    case ERR_GONE:
    case ERR_IO:
        return 400;
    default:
        return 500;
    }
}

size_t api_body_room(const struct settings *set, unsigned times)
{
    uint64_t room = (uint64_t)set->max_request_body * times;
    return room < SIZE_MAX / 2 ? (size_t)room : SIZE_MAX / 2;
}

int api_call_read_body(struct api_call *call)
{
    struct http_call *http = call->http;
    if (http_request_read_body(http->req, api_body_room(call->settings, 1), &http->err) < 0)
        return status_of_err(&http->err);
    return 0;
}

/* curl and browsers say "form" and "text" where nobody has told them; the bytes decide then. */
int api_call_check_type(struct http_call *http)
{
    static const char *const fine[] = {"application/json",   "text/json",
                                       "text/plain",         "application/x-www-form-urlencoded",
                                       "application/*+json", "application/x-ndjson"};
    const char *type = http->req->content_type;
    char *bare = arena_strndup(http->req->arena, type, strcspn(type, ";"));
    bare = text_trim(bare);
    if (!*bare)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(fine); i++)
        if (text_ieq(fine[i], bare) || text_match(fine[i], bare))
            return 0;
    err_set_param(&http->err, ERR_INVALID, "Content-Type",
                  "Content-Type must be application/json, not %.80s", bare);
    return 415;
}

json_object *api_call_read_json(struct api_call *call, int *status_r)
{
    struct http_call *http = call->http;
    *status_r = api_call_check_type(http);
    if (*status_r == 0)
        *status_r = api_call_read_body(call);
    if (*status_r)
        return NULL;
    json_object *body = json_parse_text(http->req->body, http->req->body_len, &http->err);
    if (!call->keeps_body && !call->settings->error_log_record_request_body)
        http_request_drop_body(http->req);
    if (body && !json_object_is_type(body, json_type_object)) {
        json_object_put(body);
        body = NULL;
        err_set(&http->err, ERR_INVALID, "the request body must be a JSON object");
    }
    if (!body) {
        err_prefix(&http->err, "invalid JSON body");
        *status_r = 400;
    }
    return body;
}

const char *api_call_model(struct api_call *call, const char *name)
{
    static const char *const suffixes[] = {"-search", "-image", "-non-thinking"};
    json_object *aliases = call->settings->model_aliases;
    struct arena *arena = call->http->req->arena;
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        if (!text_ends(name, suffixes[i]))
            continue;
        size_t len = strlen(name) - strlen(suffixes[i]);
        const char *base = arena_strndup(arena, name, len);
        const char *target = model_name_alias(aliases, base);
        if (target != base)
            return arena_join(arena, target, suffixes[i]);
    }
    return arena_strdup(arena, model_name_alias(aliases, name));
}

bool api_call_model_refused(const struct api_call *call, const char *model)
{
    return api_call_model_refused_as(call, model, call->log->model);
}

bool api_call_model_refused_as(const struct api_call *call, const char *model, const char *asked)
{
    const struct principal *principal = call->http->principal;
    int64_t token = principal ? principal->token_id : 0;
    struct token_cache *tokens = call->http->api->tokens;
    if (setting_list_has(&call->settings->filtered_models, model))
        return true;
    return !token_cache_allows(tokens, token, model) &&
           !(*asked && token_cache_allows(tokens, token, asked));
}

static bool is_credential_parameter(const char *name, size_t len)
{
    static const char *const names[] = {"key", "access_token"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strlen(names[i]) == len && strncmp(name, names[i], len) == 0)
            return true;
    return false;
}

static void append_query(struct strbuf *url, const char *query)
{
    char separator = '?';
    while (*query) {
        size_t len = strcspn(query, "&");
        if (len > 0 && !is_credential_parameter(query, strcspn(query, "=&"))) {
            strbuf_putc(url, separator);
            strbuf_append(url, query, len);
            separator = '&';
        }
        query += len + (query[len] == '&');
    }
}

const char *api_call_url(struct api_call *call, const char *path, const char *query)
{
    STRBUF_AUTO struct strbuf url = STRBUF_INIT(LIMIT_HEADERS);
    const char *base = call->base_url;
    strbuf_append(&url, base, text_len_without(base, '/'));
    strbuf_puts(&url, path);
    append_query(&url, query);
    return arena_strdup(call->http->req->arena, strbuf_str(&url));
}

void api_call_forward_headers(struct api_call *call)
{
    const struct http_request *req = call->http->req;
    size_t count = 0;
    for (size_t i = 0; i < req->header_count && count < API_FORWARDED_MAX; i++) {
        const struct http_field *field = &req->headers[i];
        bool google =
            text_istarts(field->name, "x-goog-") && !text_ieq(field->name, "x-goog-api-key");
        if (!google && !text_ieq(field->name, "x-server-timeout"))
            continue;
        call->forwarded[count++] = (struct upstream_header){field->name, field->value};
    }
    call->request.header_count = count;
}

/* --- the run ---------------------------------------------------------------------------------- */

int api_call_run(struct api_call *call)
{
    struct exchange_client client = {
        .ctx = call,
        .fd = call->body_on_its_way ? -1 : http_request_client_fd(call->http->req),
        .begin = client_begin,
        .header = client_header,
        .write = client_write,
        .flush = client_flush};
    text_copy(call->log->served_model, sizeof(call->log->served_model), call->request.model);
    exchange_run(&call->env, &call->request, &client, call->log, &call->outcome);
    if (!call->outcome.unsuited)
        call->http->log_row = NULL; /* posted */
    if (call->began && call->cut_on_failure && call->outcome.error[0])
        sink_abort(call->http->res->sink);
    if (!call->began && !call->sent && call->status)
        http_response_send(call->http->res, call->status, call->content_type, "", 0);
    return call->outcome.status;
}
