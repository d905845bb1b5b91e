/* What comes in. What it means is decided when it has ended, except that the gate opens as soon as
 * something counts. */
#include <string.h>

#include "base/clock.h"
#include "base/redact.h"
#include "base/text.h"
#include "exchange/attempt_priv.h"

static int end_attempt(struct attempt *a, enum attempt_end why)
{
    if (a->end == END_NONE)
        a->end = why;
    return -1;
}

/* --- the gate -------------------------------------------------------------------------------- */

int attempt_commit(struct attempt *a)
{
    struct exchange *x = a->x;
    if (x->outcome->first_token_ms < 0)
        x->outcome->first_token_ms = (clock_mono_us() - x->started_us) / 1000;
    x->outcome->committed = true;
    a->said = true;
    return pacer_commit(x) < 0 ? end_attempt(a, END_CLIENT) : 0;
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

int attempt_pass(struct attempt *a, const void *data, size_t len)
{
    struct reply_gate *gate = &a->x->gate;
    if (gate->state == GATE_CONTENT) {
        a->said = a->said || len > 0;
        return pacer_write(a->x, data, len) < 0 ? end_attempt(a, END_CLIENT) : 0;
    }
    bool room = reply_gate_hold(gate, data, len);
    return !room || is_worth_committing(a) ? attempt_commit(a) : 0;
}

/* --- errors ---------------------------------------------------------------------------------- */

static void keep_error(struct attempt *a, const char *body, size_t len)
{
    struct strbuf *kept = &a->x->error_body;
    size_t room = kept->len < LIMIT_ERROR_BODY ? LIMIT_ERROR_BODY - kept->len : 0;
    strbuf_append(kept, body, len < room ? len : room);
}

/* Upstream, or what stands before it, may quote the key that it was shown: the client has no need of
 * it, and neither has the log. */
static void read_error(struct attempt *a)
{
    struct exchange *x = a->x;
    const struct strbuf *body = &x->error_body;
    if (!x->error_room)
        x->error_room = ARENA_NEW(x->arena, struct google_error);
    a->error = x->error_room;
    redact_exact(body->data, body->len, a->grant->secret);
    google_error_parse(a->error, strbuf_str(body), body->len);
}

/* The native dialect passes the event on and goes on reading; translated ones tell it in their own
 * way when all is over. */
static int on_error_event(struct attempt *a, const char *data, size_t len, const char *raw,
                          size_t raw_len)
{
    struct exchange *x = a->x;
    if (!a->error) {
        keep_error(a, data, len);
        read_error(a);
    }
    if (x->gate.state != GATE_CONTENT || !x->request->pass_headers)
        return end_attempt(a, END_ERROR_EVENT);
    a->told = true;
    strbuf_clear(&a->out);
    strbuf_append(&a->out, raw, raw_len);
    redact_exact(a->out.data, a->out.len, a->grant->secret);
    return attempt_pass(a, a->out.data, a->out.len);
}

/* --- bytes of upstream ----------------------------------------------------------------------- */

/* The first event tells how many tokens the prompt has: room that was reserved beyond them is others'. */
static void tell_accepted(struct attempt *a)
{
    const struct key_source *keys = a->x->env->keys;
    if (a->accepted || !a->facts.usage.known || !keys->accepted)
        return;
    a->accepted = true;
    keys->accepted(keys->ctx, a->grant, a->facts.usage.prompt, clock_wall_ms());
}

int attempt_on_event(void *ctx, const char *data, size_t len, const char *raw, size_t raw_len)
{
    struct attempt *a = ctx;
    struct reply_facts facts = {0};
    if (!a->filter)
        return attempt_pass(a, raw, raw_len);
    strbuf_clear(&a->out);
    int rc = a->filter->ops->event(a->filter, data, len, raw, raw_len, &a->out, &facts, &a->err);
    reply_facts_merge(&a->facts, &facts);
    resume_note(a, data, len);
    if (facts.has_error)
        return on_error_event(a, data, len, raw, raw_len);
    if (rc < 0 || !strbuf_ok(&a->out))
        return end_attempt(a, END_UNUSABLE);
    tell_accepted(a);
    return attempt_pass(a, a->out.data, a->out.len);
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
    if (attempt_is_refused(a, a->x->front.status)) {
        keep_error(a, data, len);
        return a->x->error_body.len < LIMIT_ERROR_BODY ? 0 : end_attempt(a, END_ENOUGH);
    }
    if (attempt_is_whole(a))
        return take_whole(a, data, len);
    if (!attempt_is_framed(a))
        return attempt_pass(a, data, len);
    if (event_stream_push(&a->stream, data, len, &a->err) == 0)
        return 0;
    return end_attempt(a, END_UNUSABLE); /* unless there is another reason already */
}

int attempt_on_data(void *ctx, const void *data, size_t len)
{
    struct attempt *a = ctx;
    exchange_wait_end(a->x);
    int rc = take_bytes(a, data, len);
    exchange_wait_begin(a->x);
    return rc;
}

int attempt_on_head(void *ctx, int status, const struct upstream_header *headers, size_t count)
{
    struct attempt *a = ctx;
    const char *location = upstream_header_find(headers, count, "location");
    if (a->x->request->follows && !text_empty(location) && status >= 300 && status < 400)
        a->location = arena_strdup(a->x->arena, location);
    answer_front_fill(&a->x->front, a->x, status, headers, count);
    if (a->x->request->see_head)
        a->x->request->see_head(a->x->request->ctx, status, headers, count);
    return 0;
}

int attempt_on_tick(void *ctx, int64_t waited_ms)
{
    struct attempt *a = ctx;
    bool waiting = !a->said && (a->x->gate.state != GATE_CONTENT || a->x->resume.filter);
    if (waiting && a->first_token_ms > 0 && waited_ms >= a->first_token_ms)
        return end_attempt(a, END_LATE);
    exchange_wait_end(a->x);
    int rc = exchange_keep_alive(a->x) < 0 ? end_attempt(a, END_CLIENT) : 0;
    exchange_wait_begin(a->x);
    return rc;
}

/* --- the end of the bytes -------------------------------------------------------------------- */

static bool is_blank(const struct strbuf *text)
{
    return text->len == 0 || text->data[strspn(text->data, " \t\r\n")] == '\0';
}

bool attempt_is_array_end(const struct attempt *a)
{
    return a->x->request->framing == FRAMING_JSON_ARRAY && event_stream_whole(&a->stream);
}

/* What is left of a stream may be an error that came without framing. */
static void read_leftover(struct attempt *a)
{
    struct exchange *x = a->x;
    struct strbuf *left = &a->stream.pending;
    if (is_blank(left) || attempt_is_array_end(a))
        return;
    keep_error(a, left->data, left->len);
    read_error(a);
    if (!a->error->parsed) {
        a->error = NULL;
        strbuf_clear(&x->error_body);
        a->facts.malformed = a->facts.malformed || a->stream.events == 0;
        return;
    }
    if (x->gate.state != GATE_CONTENT || !x->request->pass_headers)
        return;
    a->told = true;
    redact_exact(left->data, left->len, a->grant->secret);
    attempt_pass(a, left->data, left->len);
}

static void end_stream(struct attempt *a)
{
    if (event_stream_end(&a->stream, &a->err) < 0) {
        end_attempt(a, END_UNUSABLE);
        return;
    }
    if (!a->error)
        read_leftover(a);
}

static void end_whole(struct attempt *a)
{
    const char *body = strbuf_str(&a->body);
    size_t len = a->body.len;
    if (!a->filter)
        return;
    const struct reply_filter_ops *ops = a->filter->ops;
    int rc = a->x->request->fake_stream
                 ? ops->event(a->filter, body, len, body, len, &a->out, &a->facts, &a->err)
                 : ops->whole(a->filter, body, len, &a->out, &a->facts, &a->err);
    resume_note(a, body, len);
    if (a->facts.has_error) {
        keep_error(a, strbuf_str(&a->body), a->body.len);
        read_error(a);
    } else if (rc < 0 || !strbuf_ok(&a->out)) {
        end_attempt(a, END_UNUSABLE);
    }
    strbuf_free(&a->body);
}

/* What we ended has a better name than "aborted". */
static void name_the_end(struct attempt *a)
{
    static const enum upstream_outcome outcomes[] = {
        [END_CLIENT] = UPSTREAM_CLIENT_GONE,  [END_LATE] = UPSTREAM_FIRST_BYTE,
        [END_UNUSABLE] = UPSTREAM_BAD_ANSWER, [END_ERROR_EVENT] = UPSTREAM_ABORTED,
        [END_ENOUGH] = UPSTREAM_OK,
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

void attempt_end_bytes(struct attempt *a)
{
    bool whole = a->transport.outcome == UPSTREAM_OK;
    if (attempt_is_refused(a, a->transport.status))
        read_error(a);
    else if (whole && attempt_is_framed(a))
        end_stream(a);
    else if (whole && attempt_is_whole(a))
        end_whole(a);
    name_the_end(a);
    if (a->transport.outcome == UPSTREAM_CLIENT_GONE)
        a->x->gate.gone = true;
}
