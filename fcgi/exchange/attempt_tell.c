/* What the client is told when upstream has ended. */
#include "base/clock.h"
#include "base/text.h"
#include "exchange/attempt_priv.h"

int attempt_tell_part(struct attempt *a)
{
    if (a->x->gate.state != GATE_CONTENT && attempt_commit(a) < 0)
        return -1;
    return attempt_pass(a, a->out.data, a->out.len);
}

static void finish_fake_stream(struct attempt *a)
{
    if (a->filter->ops->end(a->filter, &a->out, &a->err) < 0)
        a->filter->ops->fail(a->filter, 502, &a->err, &a->out);
    attempt_tell_part(a);
}

/* In the native dialect the rest of the bytes is upstream's own, the array's "]" for one. */
static void finish_stream(struct attempt *a)
{
    const struct exchange_request *request = a->x->request;
    bool own_end = request->pass_headers && attempt_is_array_end(a);
    strbuf_clear(&a->out);
    if (request->pass_headers && event_stream_whole(&a->stream) &&
        a->transport.outcome == UPSTREAM_OK)
        strbuf_append(&a->out, strbuf_str(&a->stream.pending), a->stream.pending.len);
    if (a->filter && !own_end && a->filter->ops->end(a->filter, &a->out, &a->err) < 0)
        a->filter->ops->fail(a->filter, 502, &a->err, &a->out);
    attempt_pass(a, a->out.data, a->out.len);
    if (a->x->gate.state != GATE_CONTENT)
        attempt_commit(a);
}

static void finish_whole(struct attempt *a)
{
    struct exchange *x = a->x;
    const struct strbuf *answer = a->filter ? &a->out : &a->body;
    x->outcome->committed = true;
    x->outcome->first_token_ms = (clock_mono_us() - x->started_us) / 1000;
    if (!x->request->pass_headers)
        x->front.status = 200;
    reply_gate_answer(&x->gate, &x->front, answer->data, answer->len);
}

static void finish_download(struct attempt *a)
{
    if (a->x->gate.state != GATE_CONTENT)
        attempt_commit(a);
}

static void finish_well(struct attempt *a)
{
    struct exchange *x = a->x;
    x->answered = true;
    x->outcome->status = x->front.status;
    if (x->request->fake_stream)
        finish_fake_stream(a);
    else if (attempt_is_framed(a))
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
    x->outcome->status = x->resume.filter ? 200 : x->front.status;
    text_copy(x->outcome->error, sizeof(x->outcome->error), x->why.text);
    if (a->told && attempt_is_array_end(a))
        reply_gate_write(&x->gate, a->stream.pending.data, a->stream.pending.len, true);
    if (a->told || !a->filter || (!attempt_is_framed(a) && !x->request->fake_stream))
        return;
    strbuf_clear(&a->out);
    a->filter->ops->fail(a->filter, status >= 400 ? status : 502, &x->why, &a->out);
    reply_gate_write(&x->gate, a->out.data, a->out.len, true);
}

/* An empty answer is a whole one in upstream's own dialect, whose clients see what it is: they get
 * it when nothing better is to be had. */
static bool is_owed_anyway(const struct exchange *x)
{
    return x->verdict.relay_body && x->verdict.origin == ORIGIN_MODEL && x->request->pass_headers &&
           x->verdict.retry == RETRY_STOP;
}

void attempt_tell_client(struct attempt *a)
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
        reply_gate_forget(&x->gate);
}
