/* An answer that goes on in another request: because upstream says so (finishReason CONTINUATION
 * with a continuationToken: the same key is asked), or because it broke off when the client had a
 * part of it already. Then any other key is asked to go on after the text, or from the beginning
 * when there were only thoughts: those may come twice, the answer does not. */
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

/* --- whether, and how ------------------------------------------------------------------------ */

enum resume_how {
    RESUME_NOT,
    RESUME_AGAIN,    /* the same request again */
    RESUME_TOKEN,    /* with upstream's token */
    RESUME_TEXT,     /* after the text that the client has */
    RESUME_BEGINNING /* from the beginning: the client has nothing but thoughts */
};

static bool has_token(const struct attempt *a)
{
    const struct resume *resume = &a->x->resume;
    return strcmp(a->facts.finish_reason, "CONTINUATION") == 0 && resume->token.len > 0 &&
           strbuf_ok(&resume->token) && resume->by_token < RESUME_BY_TOKEN_MAX;
}

/* Whether it broke off for a reason that asking again may help against. */
static bool may_ask_for_rest(const struct attempt *a)
{
    const struct exchange *x = a->x;
    enum origin origin = x->verdict.origin;
    return x->gate.state == GATE_CONTENT && a->said && x->request->idempotent &&
           x->env->settings->continue_truncated && origin != ORIGIN_CLIENT && origin != ORIGIN_US &&
           x->resume.by_text < RESUME_BY_TEXT_MAX;
}

static enum resume_how how_to_resume(const struct attempt *a)
{
    const struct exchange *x = a->x;
    if (x->verdict.usable)
        return has_token(a) ? RESUME_TOKEN : RESUME_NOT;
    if (x->verdict.retry != RETRY_STOP)
        return x->resume.filter ? RESUME_AGAIN : RESUME_NOT;
    if (!may_ask_for_rest(a))
        return RESUME_NOT;
    if (a->filter->ops->text_so_far(a->filter))
        return RESUME_TEXT;
    return x->resume.visible ? RESUME_NOT : RESUME_BEGINNING;
}

/* --- what is to be asked --------------------------------------------------------------------- */

static int write_body(struct attempt *a, enum resume_how how, struct strbuf *out)
{
    const struct exchange_request *request = a->x->request;
    const struct broken_answer broken = {request->model, a->filter->ops->text_so_far(a->filter)};
    const char *token = strbuf_str(&a->x->resume.token);
    struct err err = {0};
    int rc = 0;
    strbuf_clear(out);
    if (how == RESUME_TOKEN)
        rc = continuation_by_token(out, request->body, request->body_len, token, &err);
    else if (how == RESUME_TEXT)
        rc = continuation_by_text(out, request->body, request->body_len, &broken, &err);
    else
        strbuf_append(out, request->body, request->body_len);
    return rc == 0 && strbuf_ok(out) ? 0 : -1;
}

/* The attempts for the rest have a deadline and a number of their own. */
static bool ask_anew(struct attempt *a, enum resume_how how)
{
    struct exchange *x = a->x;
    struct resume *resume = &x->resume;
    if (write_body(a, how, &resume->body) < 0)
        return false;
    *(how == RESUME_TOKEN ? &resume->by_token : &resume->by_text) += 1;
    resume->truncated = how == RESUME_TEXT;
    resume->filter = a->filter;
    x->spared = x->outcome->attempts;
    x->empties_left = (int)x->env->settings->empty_answer_retries;
    x->query.pinned_key = how == RESUME_TOKEN ? x->outcome->key_id : x->request->pinned_key;
    x->query.tried_count = 0;
    x->verdict.retry = x->query.pinned_key > 0 ? RETRY_SAME_KEY : RETRY_NEXT_KEY;
    x->verdict.retry_after_ms = 0;
    exchange_set_deadline(x);
    return true;
}

bool resume_attempt(struct attempt *a)
{
    struct exchange *x = a->x;
    x->resume.visible |= a->facts.visible;
    bool can =
        a->filter && a->filter->ops->resume && x->judged && x->request->body && !x->gate.gone;
    enum resume_how how = can ? how_to_resume(a) : RESUME_NOT;
    bool wanted = how == RESUME_AGAIN || (how != RESUME_NOT && ask_anew(a, how));
    strbuf_clear(&x->resume.token);
    if (!wanted)
        return false;
    if (x->request->fake_stream && x->verdict.usable && attempt_tell_part(a) < 0)
        return false;
    token_usage_add(&x->resume.earlier, &a->facts.usage);
    a->filter->ops->resume(a->filter, x->resume.truncated);
    return true;
}
