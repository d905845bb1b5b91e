/* One attempt. Upstream's bytes come in through on_head and on_data; what they mean is decided when
 * they have ended, except that the gate opens as soon as something counts. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/redact.h"
#include "base/text.h"
#include "exchange/exchange_priv.h"

/* Why we ended the call ourselves. */
enum attempt_end {
    END_NONE,
    END_CLIENT,     /* it takes no more bytes */
    END_LATE,       /* nothing that counts within the first-token deadline */
    END_UNUSABLE,   /* cannot be translated, or is too large */
    END_ERROR_EVENT /* an error inside the stream */
};

struct attempt {
    struct exchange *x;
    struct key_grant *grant;
    struct reply_filter *filter; /* NULL: bytes pass */
    struct event_stream stream;
    struct strbuf body; /* a whole answer */
    struct strbuf out;  /* of one event */
    struct reply_facts facts;
    struct upstream_result transport;
    struct google_error error;
    bool has_error; /* `error` and x->error_body are filled */
    bool told;      /* the client has upstream's own error event */
    enum attempt_end end;
    struct err err;         /* for END_UNUSABLE */
    int64_t first_token_ms; /* deadline for the gate; 0 none */
    int64_t started_wall_ms;
    char egress[sizeof(((struct key_grant *)0)->proxy)];
};

static int end_attempt(struct attempt *a, enum attempt_end why)
{
    if (a->end == END_NONE)
        a->end = why;
    return -1;
}

static bool is_framed(const struct exchange_request *request)
{
    return request->streamed && request->framing != FRAMING_RAW;
}

/* --- the gate -----------------------------------------------------------------------------------
 */

static int commit(struct attempt *a)
{
    struct exchange *x = a->x;
    if (x->outcome->first_token_ms < 0)
        x->outcome->first_token_ms = (clock_mono_us() - x->started_us) / 1000;
    x->outcome->committed = true;
    if (gate_commit(&x->gate, &x->front) < 0)
        return end_attempt(a, END_CLIENT);
    return 0;
}

/* Something counts, and the answer has not ended in a way that makes it worthless. */
static bool is_worth_committing(const struct attempt *a)
{
    if (!a->x->judged)
        return true;
    if (!a->facts.meaningful || a->x->gate.held.len == 0)
        return false;
    const struct upstream_result fine = {.outcome = UPSTREAM_OK, .status = 200, .sent = true};
    const struct evidence evidence = {.transport = &fine, .facts = &a->facts};
    return !a->facts.finished || verdict_of(&evidence).usable;
}

static int pass(struct attempt *a, const void *data, size_t len)
{
    struct gate *gate = &a->x->gate;
    if (gate->state == GATE_CONTENT)
        return gate_write(gate, data, len, true) < 0 ? end_attempt(a, END_CLIENT) : 0;
    bool room = gate_hold(gate, data, len);
    return !room || is_worth_committing(a) ? commit(a) : 0;
}

/* --- errors -------------------------------------------------------------------------------------
 */

static void keep_error(struct attempt *a, const char *body, size_t len)
{
    struct strbuf *kept = &a->x->error_body;
    size_t room = kept->len < LIMIT_ERROR_BODY ? LIMIT_ERROR_BODY - kept->len : 0;
    strbuf_append(kept, body, len < room ? len : room);
}

static void read_error(struct attempt *a)
{
    const struct strbuf *body = &a->x->error_body;
    google_error_parse(&a->error, strbuf_str(body), body->len);
    a->has_error = true;
}

/* The native dialect passes the event on and goes on reading; translated ones tell it in their own
 * way when all is over. */
static int on_error_event(struct attempt *a, const char *data, size_t len, const char *raw,
                          size_t raw_len)
{
    struct exchange *x = a->x;
    keep_error(a, data, len);
    read_error(a);
    if (x->gate.state != GATE_CONTENT || !x->request->pass_headers)
        return end_attempt(a, END_ERROR_EVENT);
    a->told = true;
    return pass(a, raw, raw_len);
}

/* --- bytes of upstream --------------------------------------------------------------------------
 */

static int on_event(void *ctx, const char *data, size_t len, const char *raw, size_t raw_len)
{
    struct attempt *a = ctx;
    struct reply_facts facts = {0};
    if (!a->filter)
        return pass(a, raw, raw_len);
    strbuf_clear(&a->out);
    int rc = a->filter->ops->event(a->filter, data, len, raw, raw_len, &a->out, &facts, &a->err);
    reply_facts_merge(&a->facts, &facts);
    if (facts.has_error)
        return on_error_event(a, data, len, raw, raw_len);
    if (rc < 0 || !strbuf_ok(&a->out))
        return end_attempt(a, END_UNUSABLE);
    return pass(a, a->out.data, a->out.len);
}

static int take_whole(struct attempt *a, const void *data, size_t len)
{
    strbuf_append(&a->body, data, len);
    if (strbuf_ok(&a->body))
        return 0;
    err_set(&a->err, ERR_TOO_LARGE, "the answer is larger than %zu MiB", LIMIT_UNARY_ANSWER / MIB);
    return end_attempt(a, END_UNUSABLE);
}

static int take_bytes(struct attempt *a, const void *data, size_t len)
{
    const struct exchange_request *request = a->x->request;
    if (a->x->front.status >= 300) {
        keep_error(a, data, len);
        return 0;
    }
    if (!request->streamed)
        return take_whole(a, data, len);
    if (!is_framed(request))
        return pass(a, data, len);
    if (event_stream_push(&a->stream, data, len, &a->err) == 0)
        return 0;
    return end_attempt(a, END_UNUSABLE); /* unless there is another reason already */
}

static int on_data(void *ctx, const void *data, size_t len)
{
    struct attempt *a = ctx;
    exchange_wait_end(a->x);
    int rc = take_bytes(a, data, len);
    exchange_wait_begin(a->x);
    return rc;
}

static int on_head(void *ctx, int status, const struct upstream_header *headers, size_t count)
{
    struct attempt *a = ctx;
    answer_front_fill(&a->x->front, a->x, status, headers, count);
    return 0;
}

static int on_tick(void *ctx, int64_t waited_ms)
{
    struct attempt *a = ctx;
    bool held = a->x->gate.state != GATE_CONTENT;
    if (held && a->first_token_ms > 0 && waited_ms >= a->first_token_ms)
        return end_attempt(a, END_LATE);
    exchange_wait_end(a->x);
    int rc = exchange_keep_alive(a->x) < 0 ? end_attempt(a, END_CLIENT) : 0;
    exchange_wait_begin(a->x);
    return rc;
}

/* --- the call -----------------------------------------------------------------------------------
 */

/* Often enough for the heartbeat and the first-token deadline, and not more often. */
static int64_t tick_of(const struct exchange *x, int64_t first_token_ms)
{
    int64_t shortest = x->heartbeat_ms;
    if (first_token_ms > 0 && (shortest == 0 || first_token_ms < shortest))
        shortest = first_token_ms;
    if (shortest == 0)
        return 0;
    int64_t tick = shortest / 8;
    return tick < 10 ? 10 : tick > 5 * SECOND_MS ? 5 * SECOND_MS : tick;
}

static void call_upstream(struct attempt *a)
{
    struct exchange *x = a->x;
    const struct exchange_request *request = x->request;
    struct outgoing out;
    struct upstream_events events = {.ctx = a, .head = on_head, .data = on_data, .tick = on_tick};
    outgoing_headers(&out, x, a->grant);
    struct upstream_request call = {.method = request->method,
                                    .url = request->url,
                                    .headers = out.headers,
                                    .header_count = out.count,
                                    .body = request->body,
                                    .body_len = request->body_len,
                                    .proxy = a->grant->proxy,
                                    .accept_gzip = !request->streamed,
                                    .client_fd = x->gate.client->fd};
    outgoing_deadlines(&call, x);
    a->first_token_ms = is_framed(request) ? call.first_byte_ms : 0;
    call.tick_ms = tick_of(x, a->first_token_ms);
    exchange_wait_begin(x);
    upstream_call(x->env->upstream, &call, &events, &a->transport);
    exchange_wait_end(x);
    outgoing_wipe(&out);
}

/* What we ended has a better name than "aborted". */
static void name_the_end(struct attempt *a)
{
    static const enum upstream_outcome outcomes[] = {
        [END_CLIENT] = UPSTREAM_CLIENT_GONE,
        [END_LATE] = UPSTREAM_FIRST_BYTE,
        [END_UNUSABLE] = UPSTREAM_BAD_ANSWER,
        [END_ERROR_EVENT] = UPSTREAM_ABORTED,
    };
    const char *text = a->end == END_CLIENT     ? "the client left"
                       : a->end == END_LATE     ? "nothing that counts in time"
                       : a->end == END_UNUSABLE ? a->err.text
                                                : "";
    if (a->end == END_NONE)
        return;
    a->transport.outcome = outcomes[a->end];
    text_copy(a->transport.text, sizeof(a->transport.text), text);
}

/* --- the end of the bytes -----------------------------------------------------------------------
 */

static bool is_blank(const struct strbuf *text)
{
    return text->len == 0 || text->data[strspn(text->data, " \t\r\n")] == '\0';
}

/* What is left is the "]" of an array, which its last event could not know of. */
static bool is_array_end(const struct attempt *a)
{
    return a->x->request->framing == FRAMING_JSON_ARRAY && event_stream_whole(&a->stream);
}

/* What is left of a stream may be an error that came without framing. */
static void read_leftover(struct attempt *a)
{
    struct exchange *x = a->x;
    struct strbuf *left = &a->stream.pending;
    if (is_blank(left) || is_array_end(a))
        return;
    keep_error(a, left->data, left->len);
    read_error(a);
    if (!a->error.parsed) {
        a->has_error = false;
        strbuf_clear(&x->error_body);
        a->facts.malformed = a->facts.malformed || a->stream.events == 0;
        return;
    }
    if (x->gate.state != GATE_CONTENT || !x->request->pass_headers)
        return;
    a->told = true;
    pass(a, left->data, left->len);
}

static void end_stream(struct attempt *a)
{
    if (event_stream_end(&a->stream, &a->err) < 0) {
        end_attempt(a, END_UNUSABLE);
        return;
    }
    if (!a->has_error)
        read_leftover(a);
}

static void end_whole(struct attempt *a)
{
    if (!a->filter)
        return;
    int rc = a->filter->ops->whole(a->filter, strbuf_str(&a->body), a->body.len, &a->out, &a->facts,
                                   &a->err);
    if (a->facts.has_error) {
        keep_error(a, strbuf_str(&a->body), a->body.len);
        read_error(a);
    } else if (rc < 0 || !strbuf_ok(&a->out)) {
        end_attempt(a, END_UNUSABLE);
    }
    strbuf_free(&a->body);
}

static void end_bytes(struct attempt *a)
{
    const struct exchange_request *request = a->x->request;
    bool whole = a->transport.outcome == UPSTREAM_OK;
    if (a->transport.status >= 300)
        read_error(a);
    else if (whole && is_framed(request))
        end_stream(a);
    else if (whole && !request->streamed)
        end_whole(a);
    name_the_end(a);
    if (a->transport.outcome == UPSTREAM_CLIENT_GONE)
        a->x->gate.gone = true;
}

/* --- the verdict --------------------------------------------------------------------------------
 */

static void judge(struct attempt *a)
{
    struct exchange *x = a->x;
    int64_t left_ms = exchange_time_left(x);
    struct evidence evidence = {
        .transport = &a->transport,
        .error = a->has_error ? &a->error : NULL,
        .facts = x->judged ? &a->facts : NULL,
        .streamed = x->request->streamed,
        .committed = x->gate.state == GATE_CONTENT,
        .idempotent = x->request->idempotent,
        .attempt = x->outcome->attempts,
        .attempts_max = x->attempts_max,
        .spared = x->spared,
        .empty_retries_left = x->empties_left,
        .deadline_left_ms = left_ms > 0 ? left_ms : 0,
        .now_ms = clock_wall_ms(),
        .pinned = x->request->pinned_key > 0,
        .egress = a->egress,
    };
    x->verdict = verdict_of(&evidence);
    if (a->facts.usage.known)
        x->verdict.effect.prompt_tokens = a->facts.usage.prompt + a->facts.usage.tool_use;
    x->upstream_status = a->transport.status;
    if (a->has_error && a->transport.status < 300)
        x->upstream_status = a->error.code;
    x->outcome->rule = x->verdict.rule;
}

static const char *words_of(const struct attempt *a)
{
    if (a->has_error && a->error.message[0])
        return a->error.message;
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
    tell_proxy(a);
}

/* --- the client ---------------------------------------------------------------------------------
 */

/* In the native dialect the rest of the bytes is upstream's own, the array's "]" for one. */
static void finish_stream(struct attempt *a)
{
    const struct exchange_request *request = a->x->request;
    bool own_end = request->pass_headers && is_array_end(a);
    strbuf_clear(&a->out);
    if (request->pass_headers && event_stream_whole(&a->stream))
        strbuf_append(&a->out, strbuf_str(&a->stream.pending), a->stream.pending.len);
    if (a->filter && !own_end)
        a->filter->ops->end(a->filter, &a->out, &a->err);
    pass(a, a->out.data, a->out.len);
    if (a->x->gate.state != GATE_CONTENT)
        commit(a);
}

static void finish_whole(struct attempt *a)
{
    struct exchange *x = a->x;
    const struct strbuf *answer = a->filter ? &a->out : &a->body;
    x->outcome->committed = true;
    x->outcome->first_token_ms = (clock_mono_us() - x->started_us) / 1000;
    if (!x->request->pass_headers)
        x->front.status = 200;
    gate_answer(&x->gate, &x->front, answer->data, answer->len);
}

static void finish_download(struct attempt *a)
{
    if (a->x->gate.state != GATE_CONTENT)
        commit(a);
}

static void finish_well(struct attempt *a)
{
    struct exchange *x = a->x;
    x->answered = true;
    x->outcome->status = x->front.status;
    if (is_framed(x->request))
        finish_stream(a);
    else if (x->request->streamed)
        finish_download(a);
    else
        finish_whole(a);
}

/* A part of the answer has gone out: the rest is an error in the stream. */
static void finish_badly(struct attempt *a)
{
    struct exchange *x = a->x;
    int status = x->verdict.client_status ? x->verdict.client_status : x->upstream_status;
    x->answered = true;
    x->outcome->status = x->front.status;
    text_copy(x->outcome->error, sizeof(x->outcome->error), x->why.text);
    if (a->told && is_array_end(a))
        gate_write(&x->gate, a->stream.pending.data, a->stream.pending.len, true);
    if (a->told || !a->filter || !is_framed(x->request))
        return;
    strbuf_clear(&a->out);
    a->filter->ops->fail(a->filter, status >= 400 ? status : 502, &x->why, &a->out);
    gate_write(&x->gate, a->out.data, a->out.len, true);
}

/* An empty answer is a whole one in upstream's own dialect, whose clients see what it is: they get
 * it when nothing better is to be had. */
static bool is_owed_anyway(const struct exchange *x)
{
    return x->verdict.relay_body && x->verdict.origin == ORIGIN_MODEL && x->request->pass_headers &&
           x->verdict.retry == RETRY_STOP;
}

static void tell_client(struct attempt *a)
{
    struct exchange *x = a->x;
    bool committed = x->gate.state == GATE_CONTENT;
    if (x->gate.gone)
        return;
    if (x->verdict.usable || is_owed_anyway(x))
        finish_well(a);
    else if (committed)
        finish_badly(a);
    else
        gate_forget(&x->gate);
}

/* --- the log ------------------------------------------------------------------------------------
 */

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
    text_copy(x->outcome->words, sizeof(x->outcome->words), row.error);
    exchange_log_attempt(x, &row);
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static void open_attempt(struct attempt *a, struct exchange *x, struct key_grant *grant)
{
    *a = (struct attempt){.x = x, .grant = grant, .started_wall_ms = clock_wall_ms()};
    event_stream_init(&a->stream, x->request->framing, on_event, a);
    strbuf_init(&a->body, LIMIT_UNARY_ANSWER);
    strbuf_init(&a->out, 2 * LIMIT_UNARY_ANSWER);
    text_copy(a->egress, sizeof(a->egress), grant->proxy);
    if (x->request->make_filter)
        a->filter = x->request->make_filter(x->request->ctx);
    x->outcome->attempts++;
    x->front = (struct answer_front){0};
    strbuf_clear(&x->error_body);
    err_clear(&x->why);
}

static void close_attempt(struct attempt *a)
{
    if (a->filter)
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
    call_upstream(&a);
    end_bytes(&a);
    judge(&a);
    settle(&a);
    if (!x->verdict.usable)
        failure_reason(&x->why,
                       x->verdict.client_status ? x->verdict.client_status : x->upstream_status,
                       &x->verdict, words_of(&a));
    tell_client(&a);
    x->outcome->facts = a.facts;
    log_attempt(&a);
    close_attempt(&a);
}
