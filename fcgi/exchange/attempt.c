/* One attempt: a key, a call, a verdict, a settling, a row in the log. */
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/redact.h"
#include "base/text.h"
#include "exchange/attempt_priv.h"

bool attempt_is_refused(const struct attempt *a, int status)
{
    const int *answers = a->x->request->also_answers;
    for (; answers && *answers; answers++)
        if (*answers == status)
            return false;
    return status >= 300;
}

bool attempt_is_framed(const struct attempt *a)
{
    return a->x->request->streamed && a->x->request->framing != FRAMING_RAW;
}

bool attempt_is_whole(const struct attempt *a)
{
    return !a->x->request->streamed || a->x->request->fake_stream;
}

/* --- the call -------------------------------------------------------------------------------- */

/* Often enough for the heartbeat, the first-token deadline and a change of mind. */
static int64_t tick_of(const struct exchange *x, int64_t first_token_ms)
{
    int64_t shortest = x->heartbeat_ms;
    if (first_token_ms > 0 && (shortest == 0 || first_token_ms < shortest))
        shortest = first_token_ms;
    if (x->gate.client->unwanted)
        return UNWANTED_LOOK_MS;
    if (shortest == 0)
        return 0;
    int64_t tick = shortest / 8;
    return tick < 10 ? 10 : tick > 5 * SECOND_MS ? 5 * SECOND_MS : tick;
}

/* A body of which a part is gone for good leaves nothing for a second attempt. */
static bool is_spent(const struct exchange_request *request)
{
    const struct exchange_body *source = request->source;
    return source && source->spent && source->spent(source->ctx);
}

static void set_body(struct upstream_request *call, const struct exchange *x)
{
    const struct exchange_body *source = x->request->source;
    const struct strbuf *rest = x->resume.filter ? &x->resume.body : NULL;
    call->body = rest ? rest->data : x->request->body;
    call->body_len = rest ? rest->len : x->request->body_len;
    if (!source)
        return;
    call->body = NULL;
    call->body_len = source->len >= 0 ? (size_t)source->len : SIZE_MAX;
    call->read_body = source->read;
    call->body_ctx = source->ctx;
}

static void call_upstream(struct attempt *a)
{
    struct exchange *x = a->x;
    const struct exchange_request *request = x->request;
    struct outgoing out;
    struct upstream_events events = {
        .ctx = a, .head = attempt_on_head, .data = attempt_on_data, .tick = attempt_on_tick};
    outgoing_headers(&out, x, a->grant);
    struct upstream_request call = {.method = request->method,
                                    .url = request->url,
                                    .headers = out.headers,
                                    .header_count = out.count,
                                    .proxy = a->grant->proxy,
                                    .accept_gzip = attempt_is_whole(a),
                                    .in_events = attempt_is_framed(a),
                                    .client_fd = x->gate.client->fd};
    set_body(&call, x);
    outgoing_deadlines(&call, x);
    a->first_token_ms = attempt_is_framed(a) ? call.first_byte_ms : 0;
    call.tick_ms = tick_of(x, a->first_token_ms);
    exchange_wait_begin(x);
    upstream_call(x->env->upstream, &call, &events, &a->transport);
    redirect_follow(a, &call, &events);
    exchange_wait_end(x);
    outgoing_wipe(&out);
}

static int rewind_body(struct attempt *a)
{
    const struct exchange_body *source = a->x->request->source;
    if (!source || source->rewind(source->ctx) == 0)
        return 0;
    a->transport = (struct upstream_result){.outcome = UPSTREAM_OURS,
                                            .connect_ms = -1,
                                            .first_byte_ms = -1,
                                            .text = "the body cannot be read again"};
    return -1;
}

/* --- the verdict ----------------------------------------------------------------------------- */

/* Everything was said, and what broke afterwards does not take it back. An array lacks its end. */
static bool has_ended(const struct attempt *a)
{
    bool broke = a->transport.outcome == UPSTREAM_CUT || a->transport.outcome == UPSTREAM_IDLE;
    return broke && a->x->judged && attempt_is_framed(a) && a->x->request->framing == FRAMING_SSE &&
           a->facts.finished;
}

static void judge(struct attempt *a)
{
    struct exchange *x = a->x;
    int64_t left_ms = exchange_time_left(x);
    struct evidence evidence = {
        .transport = &a->transport,
        .error = a->error,
        .facts = x->judged ? &a->facts : NULL,
        .streamed = x->request->streamed,
        .committed = x->gate.state == GATE_CONTENT && (a->said || !x->resume.filter),
        .idempotent = x->request->idempotent,
        .attempt = x->outcome->attempts,
        .attempts_max = is_spent(x->request) ? 1 : x->attempts_max,
        .spared = x->spared,
        .empty_retries_left = x->empties_left,
        .deadline_left_ms = left_ms > 0 ? left_ms : 0,
        .now_ms = clock_wall_ms(),
        .pinned = x->query.pinned_key > 0,
        .elsewhere = a->elsewhere,
        .accepted = a->transport.status && !attempt_is_refused(a, a->transport.status),
        .egress = a->egress,
        .ended = has_ended(a),
    };
    x->verdict = verdict_of(&evidence);
    if (a->facts.usage.known)
        x->verdict.effect.prompt_tokens = a->facts.usage.prompt + a->facts.usage.tool_use;
    x->upstream_status = a->transport.status;
    if (a->error && a->transport.status < 300)
        x->upstream_status = a->error->code >= 400 ? a->error->code : 500;
    x->outcome->rule = x->verdict.rule;
}

static const char *words_of(const struct attempt *a)
{
    if (a->error && a->error->message[0])
        return a->error->message;
    if (a->facts.refused)
        return a->facts.block_reason[0] ? a->facts.block_reason : a->facts.finish_reason;
    return a->transport.text;
}

static void tell_proxy(struct attempt *a)
{
    const struct exchange_env *env = a->x->env;
    bool failed = a->x->verdict.origin == ORIGIN_EGRESS;
    bool worked = a->transport.status > 0 && !failed;
    if (env->proxy_result && a->egress[0] && (failed || worked))
        env->proxy_result(env->proxy_ctx, a->egress, worked, clock_wall_ms());
}

static void settle(struct attempt *a)
{
    struct exchange *x = a->x;
    const struct key_source *keys = x->env->keys;
    x->outcome->key_id = a->grant->lease.key_id;
    keys->settle(keys->ctx, a->grant, &x->verdict.effect, clock_wall_ms());
    key_grant_wipe(a->grant);
    x->verdict.effect.egress = NULL; /* it was the attempt's */
    tell_proxy(a);
}

/* --- the log --------------------------------------------------------------------------------- */

static void log_attempt(struct attempt *a)
{
    struct exchange *x = a->x;
    const struct token_usage *usage = &a->facts.usage;
    struct log_attempt row = {.number = x->outcome->attempts,
                              .time_ms = a->started_wall_ms,
                              .key_id = x->outcome->key_id,
                              .status = a->transport.status,
                              .duration_ms = a->transport.total_ms,
                              .first_byte_ms = a->transport.first_byte_ms,
                              .prompt_tokens = usage->prompt + usage->tool_use,
                              .output_tokens = usage->output,
                              .thought_tokens = usage->thoughts,
                              .cached_tokens = usage->cached};
    const char *at = strrchr(a->egress, '@');
    text_copy(row.proxy, sizeof(row.proxy), at ? at + 1 : a->egress);
    text_copy(row.outcome, sizeof(row.outcome), upstream_outcome_word(a->transport.outcome));
    text_copy(row.rule, sizeof(row.rule), x->verdict.rule);
    text_copy(row.effect, sizeof(row.effect), effect_word(x->verdict.effect.kind));
    if (!x->verdict.usable)
        text_copy(row.error, sizeof(row.error), words_of(a));
    redact_text(row.error);
    if (x->request->words)
        text_copy(x->request->words, LOG_TEXT_LONG, row.error);
    exchange_log_attempt(x, &row);
}

/* --- the whole ------------------------------------------------------------------------------- */

static void open_attempt(struct attempt *a, struct exchange *x, struct key_grant *grant)
{
    *a = (struct attempt){.x = x, .grant = grant, .started_wall_ms = clock_wall_ms()};
    event_stream_init(&a->stream, x->request->framing, attempt_on_event, a);
    strbuf_init(&a->body, LIMIT_UNARY_ANSWER);
    strbuf_init(&a->out, 2 * LIMIT_UNARY_ANSWER);
    text_copy(a->egress, sizeof(a->egress), grant->proxy);
    a->filter = x->resume.filter;
    if (!a->filter && x->request->make_filter)
        a->filter = x->request->make_filter(x->request->ctx);
    x->outcome->attempts++;
    x->outcome->key_id = grant->lease.key_id;
    x->front = (struct answer_front){0};
    strbuf_clear(&x->error_body);
    err_clear(&x->why);
}

static void close_attempt(struct attempt *a)
{
    if (a->filter && a->filter != a->x->resume.filter)
        a->filter->ops->destroy(a->filter);
    event_stream_free(&a->stream);
    strbuf_free(&a->body);
    strbuf_free(&a->out);
    secret_wipe(a->egress, sizeof(a->egress));
}

void attempt_run(struct exchange *x, struct key_grant *grant)
{
    struct attempt a;
    open_attempt(&a, x, grant);
    if (rewind_body(&a) == 0)
        call_upstream(&a);
    attempt_end_bytes(&a);
    judge(&a);
    settle(&a);
    if (!x->verdict.usable)
        failure_reason(&x->why,
                       x->verdict.client_status ? x->verdict.client_status : x->upstream_status,
                       &x->verdict, words_of(&a));
    x->outcome->facts = a.facts;
    token_usage_add(&x->outcome->facts.usage, &x->resume.earlier);
    if (!resume_attempt(&a))
        attempt_tell_client(&a);
    log_attempt(&a);
    close_attempt(&a);
}
