/* Who may call the public routes, and how they are told that something is wrong. */
#include "api/api.h"
#include "api/api_call.h"
#include "api/native_path.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/redact.h"
#include "base/scope.h"
#include "base/text.h"
#include "translate/error_body.h"

/* Somebody who asks on and on beyond a limit would push everything else out of the log. */
static bool is_told_already(struct http_call *call)
{
    int64_t now_s = clock_wall_ms() / SECOND_MS;
    return __atomic_exchange_n(&call->api->limit_told_s, now_s, __ATOMIC_RELAXED) == now_s;
}

/* Looking something up is free: lists and states are no requests of a model. */
static int count(struct http_call *call, struct principal *principal)
{
    if (call->req->method & (HTTP_GET | HTTP_HEAD))
        return 0;
    if (token_limits_admit(call->api->limits, principal, clock_wall_ms(), &call->retry_after_s,
                           &call->err) == 0)
        return 0;
    if (!is_told_already(call))
        call->log_row = api_log_row(call);
    return 429;
}

int api_check_access(struct http_call *call)
{
    const struct settings *set = call->settings;
    const char *token = client_token_of_request(call->req);
    if (!token)
        return err_set(&call->err, ERR_INVALID,
                       "no client token: send it as Authorization: Bearer, x-goog-api-key, "
                       "x-api-key or ?key="),
               401;
    struct principal *principal = ARENA_NEW(call->req->arena, struct principal);
    int found =
        token_cache_check(call->api->tokens, token, set->auth_token, clock_wall_ms(), principal);
    if (found < 0)
        return err_set(&call->err, ERR_BUSY, "the token store cannot be read"), 503;
    if (found == 0)
        return err_set(&call->err, ERR_INVALID, "the client token is not valid"), 401;
    call->principal = principal;
    return count(call, principal);
}

/* What of the body is in memory still, up to what is no text. */
static void log_body(const struct http_call *call, int64_t id)
{
    const struct settings *set = call->settings;
    const struct http_request *req = call->req;
    if (!set->error_log_record_request_body || !req->body || req->body_len == 0)
        return;
    size_t len = req->body_len < LIMIT_ERROR_BODY ? req->body_len : LIMIT_ERROR_BODY;
    char *body = xstrndup(req->body, utf8_valid_len(req->body, len));
    redact_text(body);
    journal_error_body(call->api->journal, id, body);
}

static void log_refused(struct http_call *call, int status)
{
    struct log_request *row = call->log_row;
    row->status = status;
    row->uncounted = true;
    row->duration_ms = clock_wall_ms() - row->time_ms;
    text_copy(row->error, sizeof(row->error), call->err.text);
    redact_text(row->error);
    journal_request(call->api->journal, row);
    log_body(call, row->id);
}

void api_leave(struct http_call *call, int status)
{
    bool ours = call->route && call->route->access <= ACCESS_CLIENT;
    if (!ours || !call->principal)
        return;
    token_limits_release(call->api->limits, call->principal);
    if (call->log_row && status >= 400)
        log_refused(call, status);
}

/* A path without a route: its errors speak Google's dialect below /v1beta, OpenAI's elsewhere. */
static enum route_dialect dialect_of_path(const char *path)
{
    static const char *const google_prefixes[] = {"/v1beta", "/gemini/", "/vertex-express/",
                                                  "/upload/"};
    for (size_t i = 0; i < ARRAY_LEN(google_prefixes); i++)
        if (text_starts(path, google_prefixes[i]))
            return DIALECT_GEMINI;
    return DIALECT_OPENAI;
}

static bool is_google_client(const struct http_request *req)
{
    return http_request_header(req, "X-Goog-Api-Client") ||
           (http_request_header(req, "X-Goog-Api-Key") &&
            !http_request_header(req, "Authorization"));
}

enum route_dialect api_dialect(const struct http_call *call)
{
    if (!call->route)
        return dialect_of_path(call->req->path);
    bool shared =
        text_starts(call->route->pattern, "/v1/models") || call->route->handler == api_native_v1;
    return shared && is_google_client(call->req) ? DIALECT_GEMINI : call->route->dialect;
}

int api_write_error(struct http_call *call, int status)
{
    enum route_dialect dialect = api_dialect(call);
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(LIMIT_ERROR_BODY);
    if (native_path_is_interactions(call->req->path))
        interactions_error_body(&body, status, &call->err);
    else if (dialect == DIALECT_GEMINI)
        gemini_error_body(&body, status, &call->err);
    else
        openai_error_body(&body, status, &call->err, NULL, 0);
    http_response_send(call->res, status, "application/json; charset=utf-8", body.data, body.len);
    return status;
}
