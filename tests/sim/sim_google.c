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
    NEW_DAY_MS = 10 * 1000
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
    int64_t tokens_unsized;
    int64_t told_until_ms; /* by RetryInfo */
};

struct sim_google {
    const struct sim_scenario *scenario;
    struct sim_use *uses; /* project * models + model */
    uint64_t random;
    int64_t learned_ms;       /* by then the limits can be known */
    int64_t day, day_ends_ms; /* the Pacific day that was asked for last */
};

static int64_t day_at(struct sim_google *google, int64_t now_ms)
{
    if (now_ms >= google->day_ends_ms || now_ms < google->day_ends_ms - 22 * HOUR_MS) {
        google->day = clock_pacific_day(now_ms);
        google->day_ends_ms = clock_next_pacific_midnight(now_ms);
    }
    return google->day;
}

struct sim_google *sim_google_create(const struct sim_scenario *scenario, int64_t start_ms)
{
    struct sim_google *google = xcalloc(1, sizeof(*google));
    google->scenario = scenario;
    google->random = scenario->seed ^ (uint64_t)start_ms;
    google->learned_ms = start_ms + (scenario->limits_known ? 0 : LEARNING_MS);
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

static int64_t window_start(bool fixed, int64_t now_ms)
{
    return fixed ? now_ms - now_ms % MINUTE_MS : now_ms - MINUTE_MS + 1;
}

/* Keeps a second more than Google counts, for sim_google_has_room(). */
static void forget_old(struct sim_google *google, struct sim_use *use, bool fixed, int64_t now_ms)
{
    int64_t limit = window_start(fixed, now_ms - GRACE_MS);
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

static bool had_trouble(const struct sim_google *google, int model, int64_t from_ms, int64_t to_ms)
{
    for (int i = 0; i < google->scenario->spell_count; i++) {
        const struct sim_spell *spell = &google->scenario->spells[i];
        if (spell->start_ms <= to_ms && spell->end_ms > from_ms &&
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

bool sim_google_trouble(const struct sim_google *google, int model, int64_t now_ms)
{
    return spell_at(google, model, now_ms) != NULL;
}

struct minute {
    int64_t calls, tokens;
    int64_t oldest_ms;
};

static struct minute minute_of(const struct sim_use *use, bool fixed, int64_t now_ms)
{
    struct minute minute = {0};
    int64_t start = window_start(fixed, now_ms);
    for (uint32_t i = use->count; i > 0 && call_at(use, i - 1)->at_ms >= start; i--) {
        minute.calls++;
        minute.tokens += call_at(use, i - 1)->tokens;
        minute.oldest_ms = call_at(use, i - 1)->at_ms;
    }
    return minute;
}

/* What the limits say to a call now; minutes are looked at as they were `grace_ms` ago, calls on the way
 * counted as made. */
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
    struct minute minute = minute_of(use, fixed, now_ms - grace_ms);
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
        return MINUTE_MS - now_ms % MINUTE_MS;
    struct minute minute = minute_of(use, false, now_ms);
    return minute.calls ? minute.oldest_ms + MINUTE_MS - now_ms : 0;
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
    const struct sim_spell *spell = spell_at(google, model, now_ms);
    if (spell && sim_uniform(&google->random) < spell->share) {
        answer.kind = spell->trouble == TROUBLE_EGRESS ? ANSWER_THROTTLED : ANSWER_OVERLOADED;
        if (answer.kind == ANSWER_OVERLOADED && google->scenario->failures_count)
            book(use_of(google, key, model), tokens, now_ms);
        return answer;
    }
    answer.kind = ask_limits(google, key, model, tokens, now_ms, 0);
    switch (answer.kind) {
    case ANSWER_OK:
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
        use_of(google, key, model)->told_until_ms = now_ms + answer.retry_delay_ms;
        break;
    default:
        break;
    }
    return answer;
}

static bool would_serve(struct sim_google *google, int key, int model, int64_t tokens,
                        int64_t now_ms, int64_t grace_ms)
{
    if (google->scenario->keys[key].dead || spell_at(google, model, now_ms))
        return false;
    return ask_limits(google, key, model, tokens, now_ms, grace_ms) == ANSWER_OK;
}

bool sim_google_would_serve(struct sim_google *google, int key, int model, int64_t tokens,
                            int64_t now_ms)
{
    return would_serve(google, key, model, tokens, now_ms, 0);
}

bool sim_google_has_room(struct sim_google *google, int key, int model, int64_t tokens,
                         int64_t now_ms)
{
    const struct sim_use *use = use_of(google, key, model);
    tokens += (tokens + use->tokens_unsized) * 3 / 5;
    return use->told_until_ms + TOLD_MARGIN_MS <= now_ms &&
           !had_trouble(google, model, now_ms - NOTICE_MS, now_ms) &&
           day_at(google, now_ms - NEW_DAY_MS) == day_at(google, now_ms) &&
           now_ms >= google->learned_ms &&
           would_serve(google, key, model, tokens, now_ms, GRACE_MS) &&
           would_serve(google, key, model, tokens, now_ms, 0);
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

void sim_google_unsized(struct sim_google *google, int key, int model, int64_t tokens)
{
    use_of(google, key, model)->tokens_unsized += tokens;
}
