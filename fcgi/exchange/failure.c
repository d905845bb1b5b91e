/* What a client is told when there is no answer for it. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/redact.h"
#include "base/scope.h"
#include "base/text.h"
#include "exchange/exchange_priv.h"

#define ERROR_TYPE "application/json; charset=UTF-8"
/* Clients do not wait longer than this by themselves: trying again at once is of no use. */
#define PATIENCE_MS MINUTE_MS

struct failure {
    int status;
    bool relay;             /* upstream's own error: x->front and x->error_body */
    int64_t retry_after_ms; /* -1: nobody knows */
    bool hopeless;          /* the same again cannot work */
    bool of_model;          /* another model may do it */
};

/* --- saying it ------------------------------------------------------------------------------- */

static void set_header(const struct reply_gate *gate, const char *name, const char *value)
{
    if (gate->client->header)
        gate->client->header(gate->client->ctx, name, value);
}

static void set_retry_headers(struct exchange *x, const struct failure *failure)
{
    char text[24];
    bool late = failure->retry_after_ms > PATIENCE_MS;
    if (failure->retry_after_ms >= 0) {
        int64_t seconds = (failure->retry_after_ms + SECOND_MS - 1) / SECOND_MS;
        snprintf(text, sizeof(text), "%lld", (long long)(seconds > 1 ? seconds : 1));
        set_header(&x->gate, "Retry-After", text);
    }
    if (!x->request->pass_headers && (failure->hopeless || late))
        set_header(&x->gate, "x-should-retry", "false");
}

static void say_in_body(struct exchange *x, const struct failure *failure)
{
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(MIB);
    const struct exchange_request *request = x->request;
    const struct strbuf *google = failure->relay ? &x->error_body : NULL;
    struct answer_front front = {.content_type = ERROR_TYPE};
    /* An error event in a stream has no head of its own. */
    if (google && request->pass_headers && x->front.status >= 300)
        front = x->front;
    front.status = failure->status;
    set_retry_headers(x, failure);
    if (request->write_error)
        request->write_error(request->ctx, failure->status, &x->why,
                             google && google->len ? google->data : NULL, google ? google->len : 0,
                             &body);
    else if (google)
        strbuf_append(&body, strbuf_str(google), google->len);
    reply_gate_answer(&x->gate, &front, body.data, body.len);
}

/* Status 200 has left long ago: the dialect has a way to say it in the stream. */
static void say_in_stream(struct exchange *x, const struct failure *failure)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(MIB);
    if (!x->request->make_filter)
        return;
    struct reply_filter *filter = x->request->make_filter(x->request->ctx);
    filter->ops->fail(filter, failure->status, &x->why, &out);
    filter->ops->destroy(filter);
    reply_gate_forget(&x->gate);
    if (reply_gate_hold(&x->gate, out.data, out.len))
        reply_gate_commit(&x->gate, NULL);
}

/* A model that stands by is asked; why is told to the caller. */
static bool hand_over(struct exchange *x, const struct failure *failure)
{
    if (!x->request->stands_by || !failure->of_model || x->gate.state == GATE_CONTENT)
        return false;
    x->outcome->unsuited = true;
    x->outcome->begun = x->gate.state == GATE_HEADERS;
    x->outcome->status = failure->status;
    text_copy(x->outcome->error, sizeof(x->outcome->error), x->why.text);
    return true;
}

static void say(struct exchange *x, const struct failure *failure)
{
    if (hand_over(x, failure))
        return;
    x->answered = true;
    x->outcome->status = x->gate.state == GATE_HOLD ? failure->status : 200;
    text_copy(x->outcome->error, sizeof(x->outcome->error), x->why.text);
    if (x->gate.state == GATE_HOLD)
        say_in_body(x, failure);
    else
        say_in_stream(x, failure);
}

/* --- why an attempt failed ------------------------------------------------------------------- */

static const struct code_row {
    int from, to;
    enum err_code code;
} code_rows[] = {
    {404, 404, ERR_NOT_FOUND}, {409, 409, ERR_EXISTS},  {413, 413, ERR_TOO_LARGE},
    {429, 429, ERR_BUSY},      {400, 499, ERR_INVALID}, {501, 501, ERR_UNSUPPORTED},
    {503, 503, ERR_BUSY},      {500, 599, ERR_IO},
};

static enum err_code code_of(int status)
{
    for (size_t i = 0; i < ARRAY_LEN(code_rows); i++)
        if (status >= code_rows[i].from && status <= code_rows[i].to)
            return code_rows[i].code;
    return ERR_INTERNAL;
}

/* What stands before upstream's own words. */
static const char *const origin_words[] = {
    [ORIGIN_NONE] = "the request failed",
    [ORIGIN_CLIENT] = "the request was refused",
    [ORIGIN_CREDENTIAL] = "no key of this server could serve the request",
    [ORIGIN_MODEL] = "the model gave no usable answer",
    [ORIGIN_EGRESS] = "upstream could not be reached",
    [ORIGIN_UPSTREAM] = "upstream failed",
    [ORIGIN_US] = "the request could not be made",
};

static void flatten(char *text)
{
    for (; *text; text++)
        if (*text == '\n' || *text == '\r' || *text == '\t')
            *text = ' ';
}

void failure_reason(struct err *err_r, int status, const struct verdict *verdict, const char *words)
{
    err_clear(err_r);
    /* Google's words about one of our keys would make the client look for a fault in its own. */
    if (verdict->relay_body && *words)
        err_set(err_r, code_of(status), "%s", words);
    else if (verdict->origin == ORIGIN_CREDENTIAL || !*words)
        err_set(err_r, code_of(status), "%s (%s)", origin_words[verdict->origin], verdict->rule);
    else
        err_set(err_r, code_of(status), "%s (%s): %s", origin_words[verdict->origin], verdict->rule,
                words);
    redact_text(err_r->text);
    flatten(err_r->text);
}

/* What another model would do no better is not its: the request, the way out, us. */
static bool is_of_model(const struct verdict *verdict)
{
    return verdict->origin == ORIGIN_CREDENTIAL || verdict->origin == ORIGIN_MODEL ||
           verdict->origin == ORIGIN_UPSTREAM || text_eq(verdict->rule, "request.model");
}

static bool is_quota(const struct verdict *verdict)
{
    return verdict->origin == ORIGIN_CREDENTIAL && verdict->effect.kind == EFFECT_REST;
}

void failure_of_attempt(struct exchange *x, int64_t wait_ms)
{
    const struct verdict *verdict = &x->verdict;
    struct failure failure = {.status = verdict->client_status,
                              .relay = verdict->relay_body && x->error_body.len > 0,
                              .retry_after_ms = wait_ms,
                              .hopeless = verdict->origin == ORIGIN_CLIENT,
                              .of_model = is_of_model(verdict)};
    if (failure.status == 0)
        failure.status =
            x->upstream_status >= 400 && x->upstream_status < 600 ? x->upstream_status : 502;
    /* One key is used up; others may be free. */
    if (wait_ms < 0 && is_quota(verdict))
        failure.retry_after_ms = SECOND_MS;
    say(x, &failure);
}

/* --- why there was no key -------------------------------------------------------------------- */

struct shortage_word {
    const char *text;
    bool quota; /* it is about how much was asked for: 429 */
};

static const struct shortage_word rest_words[REST_REASON_COUNT] = {
    [REST_OVERLOAD] = {"waiting for the overloaded model", false},
    [REST_EGRESS] = {"held back by a limit on this server's address", true},
    [REST_MINUTE_QUOTA] = {"used up for this minute", true},
    [REST_DAY_QUOTA] = {"used up for today", true},
    [REST_NOT_ENTITLED] = {"without access to the model", true},
    [REST_MODEL_GONE] = {"refused the model as retired", true},
    [REST_THROTTLED] = {"throttled", true},
    [REST_FAULT] = {"resting after a fault", false},
    [REST_SPENT] = {"out of credit", true},
};

static void add_count(struct strbuf *text, int count, const char *word)
{
    if (count > 0)
        strbuf_printf(text, "%s%d %s", text->len ? ", " : "", count, word);
}

static void count_text(struct strbuf *text, const struct key_shortage *shortage)
{
    for (int i = REST_NONE + 1; i < REST_REASON_COUNT; i++)
        add_count(text, shortage->resting[i], rest_words[i].text ? rest_words[i].text : "resting");
    add_count(text, shortage->busy, "busy");
    add_count(text, shortage->dead, "dead");
    add_count(text, shortage->paused, "paused");
}

static bool is_about_quota(const struct key_shortage *shortage)
{
    bool quota = shortage->busy > 0;
    for (int i = REST_NONE + 1; i < REST_REASON_COUNT; i++)
        quota = quota || (shortage->resting[i] > 0 && rest_words[i].quota);
    return quota;
}

static void no_keys(struct exchange *x, const struct key_shortage *shortage)
{
    STRBUF_AUTO struct strbuf counts = STRBUF_INIT(KIB);
    if (shortage->total == 0) {
        err_set(&x->why, ERR_BUSY,
                "this server has no keys for the request: an administrator has to add some");
        return;
    }
    count_text(&counts, shortage);
    err_set(&x->why, ERR_BUSY, "none of the %d keys of this server can serve: %s", shortage->total,
            strbuf_str(&counts));
}

static void keys_rest(struct exchange *x, const struct line_refusal *refusal, int64_t wait_ms)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(KIB);
    STRBUF_AUTO struct strbuf counts = STRBUF_INIT(KIB);
    const char *model = x->request->model;
    count_text(&counts, &refusal->shortage);
    if (refusal->result == ACQUIRE_PINNED)
        strbuf_puts(&text, "the key that this resource belongs to cannot serve now");
    else
        strbuf_printf(&text, "no key is free%s%s: of %d keys %s", *model ? " for " : "", model,
                      refusal->shortage.total, counts.len ? strbuf_str(&counts) : "none answers");
    if (wait_ms >= 0)
        strbuf_printf(&text, "; %s in %lld s",
                      refusal->result == ACQUIRE_PINNED ? "it is back" : "the first is back",
                      (long long)((wait_ms + SECOND_MS - 1) / SECOND_MS));
    err_set(&x->why, ERR_BUSY, "%s", strbuf_str(&text));
}

/* The last attempt's own error says more than a count of keys, unless it was about one of many. */
static bool attempt_decides(const struct exchange *x, const struct line_refusal *refusal)
{
    const struct verdict *verdict = &x->verdict;
    if (x->outcome->attempts == 0 || refusal->result == ACQUIRE_EMPTY)
        return false;
    return refusal->all_tried || verdict->origin != ORIGIN_CREDENTIAL ||
           verdict->effect.reason == REST_MODEL_GONE || verdict->effect.kind == EFFECT_FAULT;
}

void failure_of_line(struct exchange *x, const struct line_refusal *refusal)
{
    const struct key_shortage *shortage = &refusal->shortage;
    int64_t wait_ms = -1;
    if (shortage->earliest_ms > 0) {
        wait_ms = shortage->earliest_ms - clock_wall_ms();
        wait_ms = wait_ms > 0 ? wait_ms : 0;
    }
    if (attempt_decides(x, refusal)) {
        failure_of_attempt(x, wait_ms);
        return;
    }
    struct failure failure = {.retry_after_ms = wait_ms, .hopeless = wait_ms < 0};
    if (refusal->result == ACQUIRE_EMPTY) {
        no_keys(x, shortage);
        failure.status = 503;
    } else {
        keys_rest(x, refusal, wait_ms);
        bool pinned = refusal->result == ACQUIRE_PINNED;
        failure.of_model = true; /* a key rests for one model mostly */
        failure.status = (pinned ? wait_ms >= 0 : is_about_quota(shortage)) ? 429 : 503;
    }
    if (x->outcome->attempts == 0)
        x->outcome->rule = refusal->result == ACQUIRE_EMPTY ? "pool.empty" : "pool.rest";
    say(x, &failure);
}
