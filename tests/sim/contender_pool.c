/* The pool under test. What an answer means to a key is what the real verdict makes of real bodies. */
#include "sim.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/scope.h"
#include "exchange/verdict.h"

struct pool_self {
    struct key_pool *pool;
    const struct sim_scenario *scenario;
    uint64_t random;
    int64_t misjoined;
};

enum { SPREAD_MS = 90, JITTER_MS = 10 }; /* of exchange/line.c */

static void tell_limits(struct key_pool *pool, const struct sim_scenario *scenario)
{
    for (int i = 0; i < scenario->model_count; i++)
        for (int paid = 0; paid < 2; paid++) {
            const struct sim_limits *limits = &scenario->models[i].limits[paid];
            const int64_t values[LIMIT_KIND_COUNT] = {
                [LIMIT_REQUESTS_MINUTE] = limits->rpm,
                [LIMIT_TOKENS_MINUTE] = limits->tpm,
                [LIMIT_REQUESTS_DAY] = limits->rpd,
            };
            for (int which = 0; which < LIMIT_KIND_COUNT; which++)
                if (values[which])
                    key_pool_set_limit(pool, paid ? KEY_PAID : KEY_GEMINI, scenario->models[i].name,
                                       (enum limit_kind)which, values[which]);
        }
}

static void *create(const struct sim_scenario *scenario, struct sim_google *google)
{
    (void)google;
    struct pool_self *self = xcalloc(1, sizeof(*self));
    struct key_pool_options options = {.max_failures = 3,
                                       .free_first = true,
                                       .affinity = true,
                                       .limit_share = 100,
                                       .affinity_ttl_ms = HOUR_MS,
                                       .seed = scenario->seed};
    self->pool = key_pool_create(&options);
    self->scenario = scenario;
    self->random = scenario->seed + 3;
    for (int i = 0; i < scenario->key_count; i++) {
        struct key_identity identity = {.id = scenario->keys[i].id,
                                        .kind = scenario->keys[i].paid ? KEY_PAID : KEY_GEMINI,
                                        .label = "",
                                        .project = "",
                                        .proxy = "",
                                        .weight = 1};
        key_pool_put(self->pool, &identity, 0);
    }
    if (scenario->limits_known)
        tell_limits(self->pool, scenario);
    return self;
}

static void destroy(void *ctx)
{
    struct pool_self *self = ctx;
    key_pool_destroy(&self->pool);
    free(self);
}

static enum acquire_result acquire(struct pool_self *self, struct sim_client *client,
                                   int64_t now_ms, struct key_shortage *shortage_r)
{
    struct key_query query = {.kind = KEY_GEMINI,
                              .model = self->scenario->models[client->model].name,
                              .affinity = (uint64_t)(client->conversation + 1) * SIM_MODELS_MAX +
                                          (uint64_t)client->model,
                              .tokens = client->estimate};
    int first = client->attempts - KEY_TRIED_MAX;
    for (int i = first > client->forgotten ? first : client->forgotten; i < client->attempts; i++)
        query.tried[query.tried_count++] = self->scenario->keys[client->tried[i]].id;
    return key_pool_acquire(self->pool, &query, now_ms, &client->lease, shortage_r);
}

/* As the line of exchange/line.c: until the earliest key returns, looking every second; who has waited
 * longest comes first. */
static int64_t when_to_ask(struct pool_self *self, const struct sim_client *client,
                           enum acquire_result result, const struct key_shortage *shortage,
                           int64_t now_ms)
{
    int64_t wait = shortage->earliest_ms > now_ms ? shortage->earliest_ms - now_ms
                   : shortage->earliest_ms        ? 1
                   : shortage->busy               ? 200
                                                  : 0;
    if (result != ACQUIRE_WAIT || !wait || now_ms + wait > client->deadline_ms)
        return 0;
    int64_t left = client->deadline_ms - now_ms;
    int64_t turn = SPREAD_MS * left / (client->deadline_ms - client->arrived_ms) +
                   (int64_t)(sim_random(&self->random) % JITTER_MS);
    if (wait + turn > left) /* then it is asked at the last moment */
        turn = left - wait;
    return now_ms + (wait < SECOND_MS ? wait + turn : SECOND_MS);
}

static int choose(void *ctx, struct sim_client *client, int64_t now_ms, int64_t *again_ms)
{
    struct pool_self *self = ctx;
    struct key_shortage shortage;
    enum acquire_result result = acquire(self, client, now_ms, &shortage);
    if (result != ACQUIRE_OK && client->forgotten < client->attempts) {
        client->forgotten = client->attempts;
        result = acquire(self, client, now_ms, &shortage);
    }
    if (result == ACQUIRE_OK)
        return (int)client->lease.key_id - 1;
    *again_ms = when_to_ask(self, client, result, &shortage, now_ms);
    return -1;
}

/* The body that Google answers with, and its status. */
static int write_body(char *body, size_t size, const struct sim_answer *answer)
{
    static const struct {
        const char *quota_id;
        const char *format;
        int status;
    } bodies[] = {
        [ANSWER_OK] = {"", "", 200},
        [ANSWER_MINUTE_REQUESTS] = {"GenerateRequestsPerMinutePerProjectPerModel-FreeTier", NULL,
                                    429},
        [ANSWER_MINUTE_TOKENS] = {"GenerateContentInputTokensPerModelPerMinute-FreeTier", NULL,
                                  429},
        [ANSWER_DAY] = {"GenerateRequestsPerDayPerProjectPerModel-FreeTier", NULL, 429},
        [ANSWER_LIMIT_ZERO] = {"GenerateRequestsPerDayPerProjectPerModel-FreeTier", NULL, 429},
        [ANSWER_INVALID_KEY] = {"",
                                "{\"error\":{\"code\":400,\"message\":\"API key not valid. Please "
                                "pass a valid API key.\",\"status\":\"INVALID_ARGUMENT\"}}",
                                400},
        [ANSWER_THROTTLED] = {"",
                              "{\"error\":{\"code\":429,\"message\":\"Resource has been exhausted "
                              "(e.g. check quota).\",\"status\":\"RESOURCE_EXHAUSTED\"}}",
                              429},
        [ANSWER_OVERLOADED] = {"",
                               "{\"error\":{\"code\":503,\"message\":\"The model is overloaded. "
                               "Please try again later.\",\"status\":\"UNAVAILABLE\"}}",
                               503},
    };
    if (bodies[answer->kind].format)
        snprintf(body, size, "%s", bodies[answer->kind].format);
    else
        snprintf(body, size,
                 "{\"error\":{\"code\":429,\"message\":\"You exceeded your current quota.\","
                 "\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{\"@type\":\"type.googleapis.com/"
                 "google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":\"%s\",\"quotaValue\":"
                 "\"%lld\"}]},{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\","
                 "\"retryDelay\":\"%llds\"}]}}",
                 bodies[answer->kind].quota_id, (long long)answer->quota_value,
                 (long long)(answer->retry_delay_ms / SECOND_MS));
    return bodies[answer->kind].status;
}

static struct key_effect effect_of(const struct sim_client *client, const struct sim_answer *answer,
                                   int64_t now_ms)
{
    static struct google_error error;
    char body[1024];
    struct upstream_result transport = {.outcome = UPSTREAM_OK, .sent = true};
    struct reply_facts facts = {.finished = true, .visible = true, .finish_reason = "STOP"};
    facts.usage.known = true;
    facts.usage.prompt = answer->prompt_tokens;
    transport.status = write_body(body, sizeof(body), answer);
    bool failed = transport.status >= 400;
    if (failed)
        google_error_parse(&error, body, strlen(body));
    struct evidence evidence = {.transport = &transport,
                                .error = failed ? &error : NULL,
                                .facts = failed ? NULL : &facts,
                                .streamed = true,
                                .idempotent = true,
                                .attempt = client->attempts + 1,
                                .attempts_max = 4,
                                .deadline_left_ms = INT64_MAX,
                                .now_ms = now_ms,
                                .egress = ""};
    return verdict_of(&evidence).effect;
}

/* The pool found out a key's project: those that it takes for of the same have to be. */
static void check_project(struct pool_self *self, int64_t id)
{
    int64_t others[SIM_KEYS_MAX];
    size_t count = key_pool_siblings(self->pool, id, others, SIM_KEYS_MAX);
    for (size_t i = 0; i < count; i++)
        self->misjoined +=
            self->scenario->keys[others[i] - 1].project != self->scenario->keys[id - 1].project;
}

static int64_t misjoined(void *ctx)
{
    return ((struct pool_self *)ctx)->misjoined;
}

static void settle(void *ctx, struct sim_client *client, const struct sim_answer *answer,
                   int64_t now_ms)
{
    struct pool_self *self = ctx;
    struct key_effect effect = effect_of(client, answer, now_ms);
    key_pool_settle(self->pool, &client->lease, &effect, now_ms);
    struct key_event event;
    while (key_pool_drain_events(self->pool, &event, 1))
        if (event.kind == KEY_EVENT_PROJECT)
            check_project(self, event.key_id);
}

static void accepted(void *ctx, struct sim_client *client, int64_t now_ms)
{
    struct pool_self *self = ctx;
    key_pool_accepted(self->pool, &client->lease, client->answer.prompt_tokens, "", now_ms);
}

const struct contender contender_pool = {"this pool", false,  create,   destroy,
                                         choose,      settle, accepted, misjoined};
