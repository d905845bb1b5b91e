/* The other side: how Google counts and what it answers (facts: quotas are per project and model; the
 * day is Pacific; daily refusals come with a RetryInfo that is wrong). */
#include "sim.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/scope.h"

enum {
    LEARNING_MS = 15 * 60 * 1000,
    GRACE_MS = 1000,
    NOTICE_MS = 10 * 1000,
    TOLD_MARGIN_MS = 2 * 1000,
    NEW_DAY_MS = 10 * 1000,
    OVERLOADS_TELLING = 3
};

struct sim_call {
    int64_t at_ms;
    int64_t tokens;
};

/* Use of one model by one project. Calls of the last minute in a ring. */
struct sim_use {
    struct sim_call *calls;
    uint32_t cap, first, count;
    int64_t day, day_requests;
    int on_the_way;
    int64_t tokens_on_the_way;
    int refusals_under_way;
    int64_t tokens_of_refusals;
    int64_t doubt;
    int64_t told_until_ms; /* by RetryInfo */
};

struct sim_google {
    const struct sim_scenario *scenario;
    struct sim_use *uses;          /* project * models + model */
    int64_t learned_ms;            /* by then the limits, and how minutes run, can be known */
    int overloads[SIM_MODELS_MAX]; /* of each model's last answers ... */
    int64_t overloaded_ms[SIM_MODELS_MAX]; /* ... and when they were last too many */
    int64_t day, day_ends_ms;              /* the Pacific day that was asked for last */
};

/* The day by Google's clock. */
static int64_t day_at(struct sim_google *google, int64_t now_ms)
{
    now_ms += google->scenario->clock_ahead_ms;
    if (now_ms >= google->day_ends_ms || now_ms < google->day_ends_ms - 22 * HOUR_MS) {
        google->day = clock_pacific_day(now_ms);
        google->day_ends_ms = clock_next_pacific_midnight(now_ms);
    }
    return google->day;
}

struct sim_google *sim_google_create(const struct sim_scenario *scenario)
{
    struct sim_google *google = xcalloc(1, sizeof(*google));
    google->scenario = scenario;
    google->learned_ms = scenario->start_ms + LEARNING_MS;
    google->uses =
        xcalloc((size_t)scenario->project_count * SIM_MODELS_MAX, sizeof(google->uses[0]));
    return google;
}

void sim_google_destroy(struct sim_google **google)
{
    for (int i = 0; i < (*google)->scenario->project_count * SIM_MODELS_MAX; i++)
        free((*google)->uses[i].calls);
    free((*google)->uses);
    free(*google);
    *google = NULL;
}

static struct sim_use *use_of(struct sim_google *google, int key, int model)
{
    return &google->uses[google->scenario->keys[key].project * SIM_MODELS_MAX + model];
}

static const struct sim_limits *limits_of(const struct sim_google *google, int key, int model)
{
    return &google->scenario->models[model].limits[google->scenario->keys[key].paid];
}

static bool has_fixed_minutes(const struct sim_google *google, int key)
{
    const struct sim_scenario *scenario = google->scenario;
    return scenario->windows == WINDOWS_FIXED ||
           (scenario->windows == WINDOWS_MIXED && scenario->keys[key].project % 2);
}

static struct sim_call *call_at(const struct sim_use *use, uint32_t index)
{
    return &use->calls[(use->first + index) % use->cap];
}

static int64_t window_start(const struct sim_google *google, bool fixed, int64_t now_ms)
{
    int64_t theirs = now_ms + google->scenario->clock_ahead_ms;
    return fixed ? now_ms - theirs % MINUTE_MS : now_ms - MINUTE_MS + 1;
}

/* Keeps somewhat more than Google counts, for sim_google_has_room(). */
static void forget_old(struct sim_google *google, struct sim_use *use, bool fixed, int64_t now_ms)
{
    int64_t limit = window_start(google, fixed, now_ms - GRACE_MS) - GRACE_MS;
    while (use->count && call_at(use, 0)->at_ms < limit) {
        use->first = (use->first + 1) % use->cap;
        use->count--;
    }
    int64_t day = day_at(google, now_ms);
    if (day != use->day) {
        use->day = day;
        use->day_requests = 0;
    }
}

static void book(struct sim_use *use, int64_t tokens, int64_t now_ms)
{
    if (use->count == use->cap) {
        uint32_t cap = use->cap ? use->cap * 2 : 16;
        struct sim_call *calls = xcalloc(cap, sizeof(calls[0]));
        for (uint32_t i = 0; i < use->count; i++)
            calls[i] = *call_at(use, i);
        free(use->calls);
        use->calls = calls;
        use->cap = cap;
        use->first = 0;
    }
    use->count++;
    *call_at(use, use->count - 1) = (struct sim_call){now_ms, tokens};
    use->day_requests++;
}

/* Trouble that spares nobody. */
static bool had_trouble(const struct sim_google *google, int model, int64_t from_ms, int64_t to_ms)
{
    for (int i = 0; i < google->scenario->spell_count; i++) {
        const struct sim_spell *spell = &google->scenario->spells[i];
        if (spell->share >= 1 && spell->start_ms <= to_ms && spell->end_ms > from_ms &&
            (spell->model < 0 || spell->model == model))
            return true;
    }
    return false;
}

static const struct sim_spell *spell_at(const struct sim_google *google, int model, int64_t now_ms)
{
    for (int i = 0; i < google->scenario->spell_count; i++) {
        const struct sim_spell *spell = &google->scenario->spells[i];
        if (now_ms >= spell->start_ms && now_ms < spell->end_ms &&
            (spell->model < 0 || spell->model == model))
            return spell;
    }
    return NULL;
}

/* The spell that a call meets which arrives now; chance is fixed beforehand, for an oracle to know. */
static const struct sim_spell *hit_by(const struct sim_google *google, int key, int model,
                                      int64_t now_ms)
{
    const struct sim_spell *spell = spell_at(google, model, now_ms);
    uint64_t chance =
        google->scenario->seed ^ (uint64_t)now_ms << 16 ^ (uint64_t)(model << 8 | key);
    return spell && sim_uniform(&chance) < spell->share ? spell : NULL;
}

struct minute {
    int64_t calls, tokens;
    int64_t oldest_ms;
};

static struct minute minute_of(const struct sim_google *google, const struct sim_use *use,
                               bool fixed, int64_t now_ms, int64_t grace_ms)
{
    struct minute minute = {0};
    int64_t start = window_start(google, fixed, now_ms - grace_ms) - (fixed ? grace_ms : 0);
    for (uint32_t i = use->count; i > 0 && call_at(use, i - 1)->at_ms >= start; i--) {
        minute.calls++;
        minute.tokens += call_at(use, i - 1)->tokens;
        minute.oldest_ms = call_at(use, i - 1)->at_ms;
    }
    return minute;
}

/* What the limits say to a call now; minutes are looked at as they were `grace_ms` ago, with what the
 * clock's minute before may have counted so shortly before its end; calls on the way counted as made. */
static enum sim_answer_kind ask_limits(struct sim_google *google, int key, int model,
                                       int64_t tokens, int64_t now_ms, int64_t grace_ms)
{
    struct sim_use *use = use_of(google, key, model);
    const struct sim_limits *limits = limits_of(google, key, model);
    bool fixed = has_fixed_minutes(google, key);
    forget_old(google, use, fixed, now_ms);
    if (google->scenario->keys[key].not_entitled || !limits->rpm)
        return ANSWER_LIMIT_ZERO;
    if (limits->rpd && use->day_requests + use->on_the_way >= limits->rpd)
        return ANSWER_DAY;
    struct minute minute = minute_of(google, use, fixed, now_ms, grace_ms);
    if (grace_ms) {
        minute.calls += use->refusals_under_way;
        minute.tokens += use->tokens_of_refusals;
    }
    if (minute.calls + use->on_the_way >= limits->rpm)
        return ANSWER_MINUTE_REQUESTS;
    if (limits->tpm && minute.calls &&
        minute.tokens + use->tokens_on_the_way + tokens > limits->tpm)
        return ANSWER_MINUTE_TOKENS;
    return ANSWER_OK;
}

static int64_t minute_delay(struct sim_google *google, int key, int model, int64_t now_ms)
{
    struct sim_use *use = use_of(google, key, model);
    if (has_fixed_minutes(google, key))
        return window_start(google, true, now_ms) + MINUTE_MS - now_ms;
    struct minute minute = minute_of(google, use, false, now_ms, 0);
    return minute.calls ? minute.oldest_ms + MINUTE_MS - now_ms : 0;
}

static void note_overload(struct sim_google *google, int model, enum sim_answer_kind kind,
                          int64_t now_ms)
{
    google->overloads[model] += kind == ANSWER_OVERLOADED;
    if (google->overloads[model] >= OVERLOADS_TELLING)
        google->overloaded_ms[model] = now_ms;
}

struct sim_answer sim_google_call(struct sim_google *google, int key, int model, int64_t tokens,
                                  int64_t now_ms)
{
    const struct sim_limits *limits = limits_of(google, key, model);
    struct sim_answer answer = {.prompt_tokens = tokens};
    if (google->scenario->keys[key].dead) {
        answer.kind = ANSWER_INVALID_KEY;
        return answer;
    }
    const struct sim_spell *spell = hit_by(google, key, model, now_ms);
    if (spell) {
        answer.kind = spell->trouble == TROUBLE_EGRESS ? ANSWER_THROTTLED : ANSWER_OVERLOADED;
        note_overload(google, model, answer.kind, now_ms);
        if (answer.kind == ANSWER_OVERLOADED && google->scenario->failures_count)
            book(use_of(google, key, model), tokens, now_ms);
        return answer;
    }
    answer.kind = ask_limits(google, key, model, tokens, now_ms, 0);
    switch (answer.kind) {
    case ANSWER_OK:
        google->overloads[model] = 0;
        book(use_of(google, key, model), tokens, now_ms);
        break;
    case ANSWER_DAY:
        answer.quota_value = limits->rpd;
        answer.retry_delay_ms = 38 * SECOND_MS;
        break;
    case ANSWER_MINUTE_REQUESTS:
    case ANSWER_MINUTE_TOKENS:
        answer.quota_value = answer.kind == ANSWER_MINUTE_TOKENS ? limits->tpm : limits->rpm;
        answer.retry_delay_ms = minute_delay(google, key, model, now_ms) / SECOND_MS * SECOND_MS;
        break;
    default:
        break;
    }
    return answer;
}

bool sim_google_would_serve(struct sim_google *google, int key, int model, int64_t tokens,
                            int64_t now_ms)
{
    return !google->scenario->keys[key].dead && !hit_by(google, key, model, now_ms) &&
           ask_limits(google, key, model, tokens, now_ms, 0) == ANSWER_OK;
}

/* Who is told the limits has only to find out which minutes are fixed. */
static bool can_be_known(const struct sim_google *google, int key, int64_t now_ms)
{
    return now_ms >= google->learned_ms ||
           (google->scenario->limits_known && !has_fixed_minutes(google, key));
}

bool sim_google_has_room(struct sim_google *google, int key, int model, int64_t tokens,
                         int64_t doubt, int64_t now_ms)
{
    const struct sim_use *use = use_of(google, key, model);
    tokens += doubt + use->doubt;
    return !google->scenario->keys[key].dead && use->told_until_ms + TOLD_MARGIN_MS <= now_ms &&
           !had_trouble(google, model, now_ms - NOTICE_MS, now_ms) &&
           day_at(google, now_ms - NEW_DAY_MS) == day_at(google, now_ms) &&
           can_be_known(google, key, now_ms) &&
           google->overloaded_ms[model] + NOTICE_MS <= now_ms &&
           ask_limits(google, key, model, tokens, now_ms, GRACE_MS) == ANSWER_OK &&
           ask_limits(google, key, model, tokens, now_ms, 0) == ANSWER_OK;
}

int64_t sim_google_next_change(struct sim_google *google, int model, int64_t tokens, int64_t now_ms)
{
    const struct sim_spell *spell = spell_at(google, model, now_ms);
    if (spell && spell->share >= 1)
        return spell->end_ms;
    int64_t next = now_ms + MINUTE_MS;
    for (int key = 0; key < google->scenario->key_count; key++) {
        if (google->scenario->keys[key].dead)
            continue;
        if (spell && ask_limits(google, key, model, tokens, now_ms, 0) == ANSWER_OK)
            return now_ms + 1;
        int64_t delay = minute_delay(google, key, model, now_ms);
        if (delay > 0 && now_ms + delay < next)
            next = now_ms + delay;
    }
    return next;
}

int64_t sim_google_day_left(struct sim_google *google, int key, int model, int64_t now_ms)
{
    struct sim_use *use = use_of(google, key, model);
    const struct sim_limits *limits = limits_of(google, key, model);
    forget_old(google, use, has_fixed_minutes(google, key), now_ms);
    return limits->rpd ? limits->rpd - use->day_requests : INT64_MAX - use->count;
}

void sim_google_on_the_way(struct sim_google *google, int key, int model, int calls, int64_t tokens)
{
    use_of(google, key, model)->on_the_way += calls;
    use_of(google, key, model)->tokens_on_the_way += tokens;
}

void sim_google_refusal_under_way(struct sim_google *google, int key, int model, int calls,
                                  int64_t tokens)
{
    use_of(google, key, model)->refusals_under_way += calls;
    use_of(google, key, model)->tokens_of_refusals += tokens;
}

void sim_google_told(struct sim_google *google, int key, int model, int64_t retry_delay_ms,
                     int64_t now_ms)
{
    struct sim_use *use = use_of(google, key, model);
    if (now_ms + retry_delay_ms > use->told_until_ms)
        use->told_until_ms = now_ms + retry_delay_ms;
}

void sim_google_unsized(struct sim_google *google, int key, int model, int64_t doubt)
{
    use_of(google, key, model)->doubt += doubt;
}
