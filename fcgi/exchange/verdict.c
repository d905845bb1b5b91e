#include "exchange/verdict.h"

#include <string.h>

#include "base/clock.h"
#include "base/scope.h"
#include "exchange/verdict_rules.h"

/* RetryInfo has its fraction of a second cut off, and clocks differ. */
#define TOLD_MARGIN_MS (2 * SECOND_MS)
#define WAIT_MAX_MS 800

/* --- the rule -------------------------------------------------------------------------------- */

static int status_of(const struct evidence *evidence)
{
    int told = evidence->error ? evidence->error->code : 0;
    int status = evidence->transport->status;
    if (status >= 300)
        return status;
    return told >= 300 ? told : 500; /* an error event inside a 200 */
}

static const struct decision *find_decision(const struct evidence *evidence)
{
    const struct upstream_result *transport = evidence->transport;
    bool gone = transport->outcome == UPSTREAM_CLIENT_GONE;
    bool refused = transport->status >= 300 && !evidence->accepted;
    if (evidence->elsewhere && !gone && (refused || transport->outcome != UPSTREAM_OK))
        return elsewhere_decision(transport->outcome, transport->status);
    /* An error that has been told counts even if its connection broke afterwards. */
    if (evidence->error && !gone)
        return error_decision(status_of(evidence), evidence->error);
    if (transport->outcome != UPSTREAM_OK && !evidence->ended)
        return transport_decision(transport->outcome);
    if (refused)
        return error_decision(transport->status, NULL);
    if (evidence->facts && evidence->facts->has_error)
        return error_decision(
            evidence->facts->error_code >= 300 ? evidence->facts->error_code : 500, NULL);
    return answer_decision(evidence->facts, evidence->streamed);
}

/* --- the effect on the key ------------------------------------------------------------------- */

static int64_t rest_until(const struct decision *decision, const struct evidence *evidence)
{
    if (decision->effect != EFFECT_REST || decision->rest_ms == 0)
        return 0;
    if (decision->rest_ms != REST_AS_TOLD)
        return evidence->now_ms + decision->rest_ms;
    int64_t told_ms = evidence->error ? evidence->error->retry_delay_ms : -1;
    return told_ms >= 0 ? evidence->now_ms + told_ms + TOLD_MARGIN_MS : 0;
}

static bool counts_tokens(const struct google_violation *violation)
{
    return strstr(violation->quota_id, "Token") || strstr(violation->quota_metric, "token");
}

/* A quota that was hit tells its size. */
static void learn(struct key_effect *effect, const struct google_error *error)
{
    bool daily = effect->reason == REST_DAY_QUOTA;
    bool minutely = effect->reason == REST_MINUTE_QUOTA;
    for (int i = 0; error && i < error->violation_count; i++) {
        const struct google_violation *v = &error->violations[i];
        if (!v->has_value || v->value <= 0)
            continue;
        if (daily && google_violation_daily(v))
            effect->limit = counts_tokens(v) ? LIMIT_TOKENS_DAY : LIMIT_REQUESTS_DAY;
        else if (minutely && google_violation_minutely(v))
            effect->limit = counts_tokens(v) ? LIMIT_TOKENS_MINUTE : LIMIT_REQUESTS_MINUTE;
        else
            continue;
        effect->learned_value = v->value;
        return;
    }
}

static struct key_effect effect_of(const struct decision *decision, const struct evidence *evidence)
{
    const struct reply_facts *facts = evidence->facts;
    bool usage_known = facts && facts->usage.known;
    struct key_effect effect = {
        .kind = decision->effect,
        .scope = decision->scope,
        .reason = decision->reason,
        .until_ms = rest_until(decision, evidence),
        .confirm_twice = decision->flags & TWICE,
        .rule = decision->rule,
        .prompt_tokens = usage_known ? facts->usage.prompt + facts->usage.tool_use : -1,
        .output_tokens = usage_known ? facts->usage.output + facts->usage.thoughts : -1,
        .egress = evidence->egress,
        .project =
            decision->origin == ORIGIN_CREDENTIAL && evidence->error && evidence->error->project[0]
                ? evidence->error->project
                : NULL,
    };
    if (effect.kind == EFFECT_NONE && !evidence->transport->sent)
        effect.kind = EFFECT_NOT_SENT;
    learn(&effect, evidence->error);
    return effect;
}

/* --- the retry ------------------------------------------------------------------------------- */

/* How many attempts counted before this one failed, and this one. */
static int faults_of(const struct evidence *evidence)
{
    int faults = evidence->attempt - evidence->spared;
    return faults > 1 ? faults : 1;
}

/* A few tenths of a second, more with each attempt, and never the same for two requests. */
static int64_t wait_of(const struct decision *decision, const struct evidence *evidence)
{
    uint64_t mixed = (uint64_t)evidence->now_ms * 0x9E3779B97F4A7C15u;
    int64_t wait = (int64_t)decision->wait_ms * faults_of(evidence);
    wait = wait < WAIT_MAX_MS ? wait : WAIT_MAX_MS;
    int64_t jitter = (int64_t)((mixed >> 33) % (uint64_t)(wait / 4 + 1));
    return wait - jitter;
}

static bool has_attempts_left(const struct decision *decision, const struct evidence *evidence)
{
    int most = decision->most > 0 ? decision->most : VERDICT_KEY_ATTEMPTS_MAX;
    if (decision->origin == ORIGIN_CREDENTIAL)
        return evidence->attempt < most;
    if (decision->origin == ORIGIN_MODEL)
        return evidence->empty_retries_left > 0;
    int faults = faults_of(evidence);
    return faults < evidence->attempts_max && faults < most;
}

static bool may_retry(const struct decision *decision, const struct evidence *evidence)
{
    bool may_be_done = (decision->flags & AMBIGUOUS) && evidence->transport->sent;
    if (decision->retry == RETRY_STOP || evidence->committed)
        return false;
    if (may_be_done && !evidence->idempotent)
        return false;
    if (evidence->attempts_max <= 1)
        return false;
    if (wait_of(decision, evidence) >= evidence->deadline_left_ms)
        return false;
    return has_attempts_left(decision, evidence);
}

/* --- the whole ------------------------------------------------------------------------------- */

struct verdict verdict_of(const struct evidence *evidence)
{
    const struct decision *decision = find_decision(evidence);
    struct verdict verdict = {
        .rule = decision->rule,
        .origin = decision->origin,
        .effect = effect_of(decision, evidence),
        .retry = RETRY_STOP,
        .client_status = decision->client_status,
        .relay_body = decision->flags & RELAY,
        .usable = decision->flags & USABLE,
    };
    if (may_retry(decision, evidence)) {
        verdict.retry = evidence->pinned ? RETRY_SAME_KEY : decision->retry;
        verdict.retry_after_ms = wait_of(decision, evidence);
    }
    return verdict;
}
