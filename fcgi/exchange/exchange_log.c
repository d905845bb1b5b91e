/* Rows for the request log, and lines for the log on standard error. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/redact.h"
#include "base/text.h"
#include "exchange/exchange_priv.h"

/* Attempts of one part are numbered apart from those of the next. */
#define ATTEMPTS_OF_A_PART 100

static const char *const effect_words[] = {
    [EFFECT_NONE] = "none", [EFFECT_SUCCESS] = "success", [EFFECT_NOT_SENT] = "not_sent",
    [EFFECT_REST] = "rest", [EFFECT_FAULT] = "fault",     [EFFECT_DEAD] = "dead",
};

const char *effect_word(enum key_effect_kind kind)
{
    return (size_t)kind < ARRAY_LEN(effect_words) ? effect_words[kind] : "unknown";
}

static void line_of_attempt(const struct exchange *x, const struct log_attempt *row)
{
    char model[LOG_TEXT_SHORT * 2];
    char error[LOG_TEXT_LONG];
    enum log_level level = x->verdict.usable ? LOG_DEBUG : LOG_INFO;
    if (!log_enabled(level))
        return;
    log_event(level, "exchange.attempt",
              "request=%lld number=%d key=%lld model=%s outcome=%s status=%d rule=%s effect=%s "
              "ms=%lld error=%s",
              (long long)row->request_id, row->number, (long long)row->key_id,
              log_quote(row->model, model, sizeof(model)), row->outcome, row->status, row->rule,
              row->effect, (long long)row->duration_ms,
              log_quote(row->error, error, sizeof(error)));
}

void exchange_log_attempt(struct exchange *x, const struct log_attempt *row)
{
    struct log_attempt full = *row;
    full.request_id = x->log ? x->log->id : 0;
    if (x->request->part > 1)
        full.number += (x->request->part - 1) * ATTEMPTS_OF_A_PART;
    full.number += x->request->attempts_before;
    text_copy(full.model, sizeof(full.model), x->request->model);
    line_of_attempt(x, &full);
    if (x->log && x->env->journal)
        journal_attempt(x->env->journal, &full);
}

static void post_body(struct exchange *x)
{
    const struct exchange_request *request = x->request;
    bool failed = x->outcome->status >= 400 && x->outcome->status != 499;
    failed = failed || x->outcome->error[0];
    if (!failed || !x->env->settings->error_log_record_request_body || !request->body)
        return;
    size_t len = request->body_len < LIMIT_ERROR_BODY ? request->body_len : LIMIT_ERROR_BODY;
    char *body = xstrndup(request->body, len);
    redact_text(body);
    journal_error_body(x->env->journal, x->log->id, body);
}

/* Our share: the whole without what others took, upstream and the client. */
static int64_t own_us(const struct exchange *x, int64_t whole_us)
{
    int64_t own = whole_us - x->outcome->upstream_us - x->gate.client_us;
    return own > 0 ? own : 0;
}

void exchange_log_request(struct exchange *x)
{
    struct log_request *row = x->log;
    const struct exchange_outcome *outcome = x->outcome;
    const struct token_usage *usage = &outcome->facts.usage;
    int64_t whole_us = clock_mono_us() - x->started_us;
    if (!row)
        return;
    row->status = outcome->status;
    row->attempts = x->request->attempts_before + outcome->attempts;
    row->duration_ms = whole_us / 1000;
    row->first_token_ms = outcome->first_token_ms;
    row->own_us = own_us(x, whole_us);
    row->prompt_tokens = usage->prompt + usage->tool_use;
    row->output_tokens = usage->output;
    row->thought_tokens = usage->thoughts;
    row->cached_tokens = usage->cached;
    text_copy(row->error, sizeof(row->error), outcome->error);
    redact_text(row->error);
    if (!x->env->journal || x->request->part > 0 || outcome->unsuited)
        return;
    journal_request(x->env->journal, row);
    post_body(x);
}
