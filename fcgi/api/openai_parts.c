#include "api/openai_parts.h"

#include <string.h>

#include "base/codec.h"
#include "base/redact.h"
#include "base/text.h"
#include "translate/error_body.h"
#include "translate/prompt_size.h"

#define JSON_TYPE "application/json; charset=utf-8"

void openai_write_error(void *ctx, int status, const struct err *why, const char *google_body,
                        size_t google_len, struct strbuf *out)
{
    (void)ctx;
    openai_error_body(out, status, why, google_body, google_len);
}

struct reply_filter *openai_plain_filter(void *ctx)
{
    (void)ctx;
    return gemini_reply_filter_create();
}

const char *openai_model_bare(const char *name)
{
    static const char prefix[] = "models/";
    return text_starts(name, prefix) ? name + strlen(prefix) : name;
}

const char *openai_model_of(struct api_call *call, const char *name)
{
    return openai_model_bare(api_call_model(call, openai_model_bare(name)));
}

static bool is_odd(const char *model)
{
    if (text_empty(model) || strstr(model, ".."))
        return true;
    for (const unsigned char *at = (const unsigned char *)model; *at; at++)
        if (*at <= ' ' || *at == 127 || strchr("/\\?#:", *at))
            return true;
    return false;
}

int openai_model_check(struct api_call *call, const char *model)
{
    struct err *err = &call->http->err;
    if (is_odd(model))
        return err_set_param(err, ERR_INVALID, "model", "model is no name of a model"), 400;
    if (api_call_model_refused(call, model))
        return err_set_param(err, ERR_NOT_FOUND, "model", "the model %s is not offered here",
                             model),
               404;
    return 0;
}

void openai_part_aim(struct api_call *call, struct fan_out_part *part, const char *model,
                     const char *verb, const struct strbuf *body)
{
    STRBUF_AUTO struct strbuf path = STRBUF_INIT(LIMIT_HEADERS);
    strbuf_puts(&path, "/models/");
    url_encode(&path, model, strlen(model), "");
    strbuf_printf(&path, ":%s", verb);
    part->request = call->request;
    part->request.url = api_call_url(call, strbuf_str(&path), "");
    part->request.model = model;
    part->request.body = strbuf_str(body);
    part->request.body_len = body->len;
    struct prompt_size size = {0};
    prompt_size_add_body(&size, strbuf_str(body), body->len);
    part->request.prompt_tokens = prompt_size_tokens(&size);
    part->request.prompt_kind = prompt_size_kind(&size);
    part->request.make_filter = openai_plain_filter;
    part->request.write_error = openai_write_error;
    part->request.ctx = part;
    text_copy(call->log->served_model, sizeof(call->log->served_model), model);
}

int openai_parts_run(struct api_call *call, struct fan_out_part *parts, int count)
{
    int fd = http_request_client_fd(call->http->req);
    for (int i = 1; i < count; i++) /* on different keys */
        parts[i].request.preferred_key = 0;
    int failed = fan_out_run(&call->env, parts, count, fd, call->log);
    for (int i = 0; i < count; i++)
        if (parts[i].outcome.upstream_us > call->http->res->upstream_us)
            call->http->res->upstream_us = parts[i].outcome.upstream_us;
    return failed;
}

int openai_part_refuse(struct api_call *call, const struct fan_out_part *part)
{
    struct http_response *res = call->http->res;
    struct arena *arena = call->http->req->arena;
    if (part->retry_after_s > 0)
        http_response_header(res, "Retry-After",
                             arena_printf(arena, "%lld", (long long)part->retry_after_s));
    if (part->hopeless)
        http_response_header(res, "x-should-retry", "false");
    http_response_send(res, part->status, JSON_TYPE, strbuf_str(&part->body), part->body.len);
    return part->status;
}

int openai_parts_log(struct api_call *call, int status)
{
    call->log->status = status;
    if (status >= 400 && !call->log->error[0])
        text_copy(call->log->error, sizeof(call->log->error), call->http->err.text);
    if (status < 400)
        call->log->error[0] = '\0';
    redact_text(call->log->error);
    api_call_post(call);
    return status;
}
