/* The course of events: clients arrive, calls reach Google, answers come back. */
#include "sim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/scope.h"
#include "base/vec.h"

enum {
    MAX_WAIT_MS = 10 * 1000, /* POOL_MAX_WAIT */
    MAX_RETRIES = 3          /* attempts, not further ones */
};

enum event_kind { EVENT_CLIENT, EVENT_ASK, EVENT_AT_GOOGLE, EVENT_ACCEPTED, EVENT_ANSWER };

struct event {
    int64_t at_ms;
    int64_t order; /* of those at the same time: who came first */
    enum event_kind kind;
    int model;
    struct sim_client *client;
};

struct sim {
    const struct sim_scenario *scenario;
    const struct contender *contender;
    void *self;
    struct sim_google *google;
    VEC(, struct event) events;
    struct sim_client *free_clients;
    int64_t start_ms, end_ms;
    int64_t order;
    uint64_t traffic[SIM_MODELS_MAX]; /* each its own, so that all contenders meet the same */
    uint64_t network;
    int conversations[SIM_MODELS_MAX][SIM_CONVERSATIONS]; /* number of each that is going on */
    int last_key[SIM_MODELS_MAX][SIM_CONVERSATIONS];      /* -1: none yet */
    double bias[SIM_MODELS_MAX][SIM_CONVERSATIONS];       /* of the estimates of its tokens ... */
    bool told[SIM_MODELS_MAX][SIM_CONVERSATIONS];         /* ... which has shown in an answer */
    struct sim_result result;
};

static const double STREAMED_SHARE = 0.75;

/* A quarter of the bytes, to one token: nine of ten recorded texts of Gemini lie between. */
static const double BIAS_MIN = 0.75, BIAS_MAX = 1.45;
/* Of single turns, around the bias of their conversation. */
static const double TURN_ERROR = 0.05;

/* --- the queue of events --------------------------------------------------------------------- */

static bool before(const struct event *a, const struct event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void push(struct sim *sim, struct event event)
{
    VEC_PUSH(&sim->events, event);
    size_t at = sim->events.len - 1;
    while (at > 0 && before(&event, &sim->events.items[(at - 1) / 2])) {
        sim->events.items[at] = sim->events.items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    sim->events.items[at] = event;
}

static struct event pop(struct sim *sim)
{
    struct event top = sim->events.items[0];
    struct event last = sim->events.items[--sim->events.len];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= sim->events.len)
            break;
        if (child + 1 < sim->events.len &&
            before(&sim->events.items[child + 1], &sim->events.items[child]))
            child++;
        if (!before(&sim->events.items[child], &last))
            break;
        sim->events.items[at] = sim->events.items[child];
        at = child;
    }
    sim->events.items[at] = last;
    return top;
}

/* --- traffic --------------------------------------------------------------------------------- */

/* Calls for a day, more by day than by night. */
static double rate_at(const struct sim_scenario *scenario, int model, int64_t now_ms)
{
    double hour = (double)(now_ms % DAY_MS) / (double)HOUR_MS;
    double wave = 1 + scenario->swing * sin((hour - 9) / 24 * 2 * M_PI);
    return scenario->models[model].demand_per_day * scenario->demand * wave / (double)DAY_MS;
}

static void schedule_client(struct sim *sim, int model, int64_t now_ms)
{
    double rate = rate_at(sim->scenario, model, now_ms);
    double gap = -log(1 - sim_uniform(&sim->traffic[model])) / rate;
    struct event event = {.at_ms = now_ms + 1 + (int64_t)gap,
                          .order = sim->order++,
                          .kind = EVENT_CLIENT,
                          .model = model};
    if (event.at_ms < sim->end_ms)
        push(sim, event);
}

/* A turn of one of the conversations that are going on; one in eight begins a new one. That a quarter of
 * the bytes is taken for the number of tokens is off by what a conversation's language and kind of text
 * make it, more than by what single turns do. */
static int next_turn(struct sim *sim, int model)
{
    uint64_t *random = &sim->traffic[model];
    int slot = (int)(sim_random(random) % SIM_CONVERSATIONS);
    if (sim_uniform(random) < 0.125 || sim->bias[model][slot] <= 0) {
        sim->conversations[model][slot] += SIM_CONVERSATIONS;
        sim->last_key[model][slot] = -1;
        sim->bias[model][slot] = BIAS_MIN * pow(BIAS_MAX / BIAS_MIN, sim_uniform(random));
        sim->told[model][slot] = false;
    }
    return sim->conversations[model][slot] + slot;
}

static int conversation_slot(const struct sim_client *client)
{
    return client->conversation % SIM_CONVERSATIONS;
}

static bool goes_on(const struct sim *sim, const struct sim_client *client)
{
    int slot = conversation_slot(client);
    return sim->conversations[client->model][slot] + slot == client->conversation;
}

/* How much more than the true tokens one who knows how far estimates may be off has to reserve: of a new
 * conversation nobody knows which way; later what is known comes from turns that were off themselves. */
static void set_doubt(struct sim *sim, struct sim_client *client)
{
    double turns = (1 + TURN_ERROR) / (1 - TURN_ERROR);
    double spare = sim->told[client->model][conversation_slot(client)]
                       ? (double)client->tokens * turns * turns
                       : (double)client->estimate / (BIAS_MIN * (1 - TURN_ERROR));
    client->doubt = (int64_t)spare - client->tokens;
}

static struct sim_client *new_client(struct sim *sim, int model, int64_t now_ms)
{
    struct sim_client *client = sim->free_clients;
    if (client)
        sim->free_clients = client->next_free;
    else
        client = xcalloc(1, sizeof(*client));
    double size = sim->scenario->models[model].mean_tokens;
    double tokens = size * (0.25 + 1.5 * sim_uniform(&sim->traffic[model]));
    double error = 1 - TURN_ERROR + 2 * TURN_ERROR * sim_uniform(&sim->traffic[model]);
    int conversation = next_turn(sim, model);
    error *= sim->bias[model][conversation % SIM_CONVERSATIONS];
    *client = (struct sim_client){
        .arrived_ms = now_ms,
        .deadline_ms = now_ms + MAX_WAIT_MS,
        .model = model,
        .tokens = (int64_t)tokens + 1,
        .estimate = (int64_t)(tokens * error) + 1,
        .conversation = conversation,
        .duration_ms = 800 + (int64_t)(12000 * pow(sim_uniform(&sim->traffic[model]), 3)),
    };
    set_doubt(sim, client);
    client->streamed = sim_uniform(&sim->traffic[model]) < STREAMED_SHARE;
    client->first_chunk_ms = 200 + (int64_t)(600 * sim_uniform(&sim->traffic[model]));
    return client;
}

static void end_client(struct sim *sim, struct sim_client *client)
{
    client->next_free = sim->free_clients;
    sim->free_clients = client;
}

/* --- one request ----------------------------------------------------------------------------- */

/* Attempts that MAX_RETRIES forbids are nobody's to make. */
static bool anyone_could(struct sim *sim, const struct sim_client *client, int64_t now_ms)
{
    if (client->failures >= MAX_RETRIES)
        return false;
    for (int key = 0; key < sim->scenario->key_count; key++)
        if (sim_google_has_room(sim->google, key, client->model, client->tokens, client->doubt,
                                now_ms))
            return true;
    return false;
}

static void turn_away(struct sim *sim, struct sim_client *client, int64_t now_ms)
{
    sim->result.turned_away++;
    sim->result.wrongly_away += anyone_could(sim, client, now_ms);
    end_client(sim, client);
}

static void ask(struct sim *sim, struct sim_client *client, int64_t now_ms)
{
    int64_t again = 0;
    int key = sim->contender->choose(sim->self, client, now_ms, &again);
    if (key < 0) {
        if (again <= 0 || again > client->deadline_ms)
            turn_away(sim, client, now_ms);
        else
            push(sim, (struct event){.at_ms = again > now_ms ? again : now_ms + 1,
                                     .order = client->arrived_ms - sim->end_ms,
                                     .kind = EVENT_ASK,
                                     .client = client});
        return;
    }
    client->key = key;
    client->sent_ms = now_ms;
    client->sized = false;
    sim_google_unsized(sim->google, key, client->model, client->doubt);
    int64_t travel =
        sim->contender->all_knowing ? 0 : 15 + (int64_t)(90 * sim_uniform(&sim->network));
    sim_google_on_the_way(sim->google, key, client->model, 1, client->tokens);
    push(sim, (struct event){.at_ms = now_ms + travel,
                             .order = sim->order++,
                             .kind = EVENT_AT_GOOGLE,
                             .client = client});
}

static void at_google(struct sim *sim, struct sim_client *client, int64_t now_ms)
{
    sim_google_on_the_way(sim->google, client->key, client->model, -1, -client->tokens);
    client->answer =
        sim_google_call(sim->google, client->key, client->model, client->tokens, now_ms);
    sim->result.calls++;
    int64_t back = 20 + (int64_t)(80 * sim_uniform(&sim->network));
    if (client->answer.kind == ANSWER_OK && client->streamed)
        push(sim, (struct event){.at_ms = now_ms + back + client->first_chunk_ms,
                                 .order = sim->order++,
                                 .kind = EVENT_ACCEPTED,
                                 .client = client});
    if (client->answer.kind == ANSWER_OK)
        back += client->duration_ms;
    else
        sim_google_refusal_under_way(sim->google, client->key, client->model, 1, client->tokens);
    push(sim, (struct event){.at_ms = now_ms + back,
                             .order = sim->order++,
                             .kind = EVENT_ANSWER,
                             .client = client});
}

/* MAX_RETRIES bounds attempts that failed for another reason than the key: a key that Google refuses
 * costs milliseconds, and the next may serve. */
static bool may_retry(struct sim_client *client)
{
    client->failures += client->answer.kind == ANSWER_OVERLOADED;
    if (client->attempts < SIM_ATTEMPTS_MAX)
        client->tried[client->attempts++] = client->key;
    return client->failures < MAX_RETRIES && client->attempts < SIM_ATTEMPTS_MAX;
}

static void count_served(struct sim *sim, const struct sim_client *client)
{
    int64_t waited = client->sent_ms - client->arrived_ms;
    int *last = &sim->last_key[client->model][conversation_slot(client)];
    sim->result.served++;
    sim->result.tokens += client->tokens;
    sim->result.paid += sim->scenario->keys[client->key].paid;
    sim->result.wait_sum_ms += (double)waited;
    if (waited > sim->result.waited_max_ms)
        sim->result.waited_max_ms = waited;
    if (!goes_on(sim, client))
        return;
    sim->result.later_turns += *last >= 0;
    sim->result.faithful_turns += *last == client->key;
    *last = client->key;
}

static void sized(struct sim *sim, struct sim_client *client)
{
    if (!client->sized)
        sim_google_unsized(sim->google, client->key, client->model, -client->doubt);
    client->sized = true;
    if (client->answer.kind == ANSWER_OK && goes_on(sim, client))
        sim->told[client->model][conversation_slot(client)] = true;
}

static void accepted(struct sim *sim, struct sim_client *client, int64_t now_ms)
{
    sized(sim, client);
    if (sim->contender->accepted)
        sim->contender->accepted(sim->self, client, now_ms);
}

static void answered(struct sim *sim, struct sim_client *client, int64_t now_ms)
{
    sized(sim, client);
    sim->contender->settle(sim->self, client, &client->answer, now_ms);
    sim->result.refused_by[client->answer.kind]++;
    if (client->answer.kind == ANSWER_OK) {
        count_served(sim, client);
        end_client(sim, client);
        return;
    }
    sim->result.wasted++;
    sim_google_refusal_under_way(sim->google, client->key, client->model, -1, -client->tokens);
    if (client->answer.kind == ANSWER_MINUTE_REQUESTS ||
        client->answer.kind == ANSWER_MINUTE_TOKENS)
        sim_google_told(sim->google, client->key, client->model, client->answer.retry_delay_ms,
                        now_ms);
    if (may_retry(client))
        ask(sim, client, now_ms);
    else
        turn_away(sim, client, now_ms);
}

static void handle(struct sim *sim, const struct event *event)
{
    switch (event->kind) {
    case EVENT_CLIENT:
        sim->result.asked++;
        ask(sim, new_client(sim, event->model, event->at_ms), event->at_ms);
        schedule_client(sim, event->model, event->at_ms);
        break;
    case EVENT_ASK:
        ask(sim, event->client, event->at_ms);
        break;
    case EVENT_AT_GOOGLE:
        at_google(sim, event->client, event->at_ms);
        break;
    case EVENT_ACCEPTED:
        accepted(sim, event->client, event->at_ms);
        break;
    case EVENT_ANSWER:
        answered(sim, event->client, event->at_ms);
        break;
    }
}

struct sim_result sim_run(const struct sim_scenario *scenario, const struct contender *contender)
{
    static struct sim sim;
    sim = (struct sim){.scenario = scenario, .contender = contender};
    memset(sim.last_key, -1, sizeof(sim.last_key));
    sim.start_ms = scenario->start_ms;
    sim.end_ms = sim.start_ms + scenario->hours * HOUR_MS;
    sim.network = scenario->seed;
    for (int model = 0; model < SIM_MODELS_MAX; model++)
        sim.traffic[model] = scenario->seed * 31 + (uint64_t)model;
    sim.google = sim_google_create(scenario);
    sim.self = contender->create(scenario, sim.google);
    for (int model = 0; model < scenario->model_count; model++)
        schedule_client(&sim, model, sim.start_ms);
    while (sim.events.len) {
        struct event event = pop(&sim);
        handle(&sim, &event);
    }
    if (contender->misjoined)
        sim.result.misjoined = contender->misjoined(sim.self);
    contender->destroy(sim.self);
    sim_google_destroy(&sim.google);
    while (sim.free_clients) {
        struct sim_client *client = sim.free_clients;
        sim.free_clients = client->next_free;
        free(client);
    }
    VEC_FREE(&sim.events);
    return sim.result;
}
