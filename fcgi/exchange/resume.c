/* An answer that goes on in another request: because upstream says so (finishReason CONTINUATION
 * with a continuationToken: the same key is asked), or because its text broke off when the client
 * had a part of it already (any other key is asked to go on). */
#include <string.h>

#include "exchange/attempt_priv.h"
#include "translate/continuation.h"
#include "translate/gemini_scan.h"

void resume_open(struct resume *resume)
{
    *resume = (struct resume){0};
    strbuf_init(&resume->body, SIZE_MAX);
    strbuf_init(&resume->token, LIMIT_SSE_EVENT);
}

void resume_close(struct resume *resume)
{
    if (resume->filter)
        resume->filter->ops->destroy(resume->filter);
    strbuf_free(&resume->body);
    strbuf_free(&resume->token);
}

void resume_note(struct attempt *a, const char *data, size_t len)
{
    struct strbuf *token = &a->x->resume.token;
    if (!a->facts.continues)
        return;
    size_t before = token->len;
    if (gemini_scan_continuation(data, len, token) == 1)
        strbuf_consume(token, before);
}

/* --- what is to be asked --------------------------------------------------------------------- */

static int write_body(struct attempt *a, bool truncated, struct strbuf *out)
{
    const struct exchange_request *request = a->x->request;
    const struct broken_answer broken = {request->model, a->filter->ops->text_so_far(a->filter)};
    const char *token = strbuf_str(&a->x->resume.token);
    struct err err = {0};
    int rc = truncated ? continuation_by_text(out, request->body, request->body_len, &broken, &err)
                       : continuation_by_token(out, request->body, request->body_len, token, &err);
    return rc == 0 && strbuf_ok(out) ? 0 : -1;
}

/* The attempts for the rest have a deadline and a number of their own. */
static bool ask_anew(struct attempt *a, bool truncated)
{
    struct exchange *x = a->x;
    struct resume *resume = &x->resume;
    strbuf_clear(&resume->body);
    if (write_body(a, truncated, &resume->body) < 0)
        return false;
    *(truncated ? &resume->by_text : &resume->by_token) += 1;
    resume->truncated = truncated;
    resume->filter = a->filter;
    x->spared = x->outcome->attempts;
    x->empties_left = (int)x->env->settings->empty_answer_retries;
    x->query.pinned_key = truncated ? x->request->pinned_key : x->outcome->key_id;
    x->query.tried_count = 0;
    x->verdict.retry = x->query.pinned_key > 0 ? RETRY_SAME_KEY : RETRY_NEXT_KEY;
    x->verdict.retry_after_ms = 0;
    exchange_set_deadline(x);
    return true;
}

/* --- whether --------------------------------------------------------------------------------- */

static bool goes_on_by_token(const struct attempt *a)
{
    const struct resume *resume = &a->x->resume;
    return strcmp(a->facts.finish_reason, "CONTINUATION") == 0 && resume->token.len > 0 &&
           strbuf_ok(&resume->token) && resume->by_token < RESUME_BY_TOKEN_MAX;
}

/* A text that broke off for a reason that asking again may help against. */
static bool goes_on_by_text(const struct attempt *a)
{
    const struct exchange *x = a->x;
    enum origin origin = x->verdict.origin;
    if (!x->env->settings->continue_truncated || !x->request->idempotent || !a->said)
        return false;
    if (origin == ORIGIN_CLIENT || origin == ORIGIN_US || x->resume.by_text == RESUME_BY_TEXT_MAX)
        return false;
    return a->filter->ops->text_so_far(a->filter) != NULL;
}

static bool is_wanted(struct attempt *a)
{
    const struct exchange *x = a->x;
    if (x->verdict.usable)
        return goes_on_by_token(a) && ask_anew(a, false);
    if (x->verdict.retry != RETRY_STOP)
        return x->resume.filter != NULL; /* the same again */
    return x->gate.state == GATE_CONTENT && goes_on_by_text(a) && ask_anew(a, true);
}

bool resume_attempt(struct attempt *a)
{
    struct exchange *x = a->x;
    bool can =
        a->filter && a->filter->ops->resume && x->judged && x->request->body && !x->gate.gone;
    bool wanted = can && is_wanted(a);
    strbuf_clear(&x->resume.token);
    if (!wanted)
        return false;
    if (x->request->fake_stream && x->verdict.usable && attempt_tell_part(a) < 0)
        return false;
    token_usage_add(&x->resume.earlier, &a->facts.usage);
    a->filter->ops->resume(a->filter, x->resume.truncated);
    return true;
}
