#include "exchange/exchange.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "exchange/exchange_priv.h"

/* --- time ------------------------------------------------------------------------------------ */

void exchange_wait_begin(struct exchange *x)
{
    x->waiting_since_us = clock_mono_us();
}

void exchange_wait_end(struct exchange *x)
{
    if (x->waiting_since_us)
        x->outcome->upstream_us += clock_mono_us() - x->waiting_since_us;
    x->waiting_since_us = 0;
}

int64_t exchange_time_left(const struct exchange *x)
{
    return x->deadline_ms - clock_mono_ms();
}

int exchange_keep_alive(struct exchange *x)
{
    const struct exchange_client *client = x->gate.client;
    if (client->unwanted && client->unwanted(client->ctx))
        x->gate.gone = true;
    if (x->heartbeat_ms <= 0 || clock_mono_ms() - x->gate.spoke_ms < x->heartbeat_ms)
        return x->gate.gone ? -1 : 0;
    return reply_gate_heartbeat(&x->gate, x->request->heartbeat);
}

/* Until the client leaves (-1) or `ms` have passed (0). */
static int watch_client(struct exchange *x, int64_t ms)
{
    struct pollfd fd = {.fd = x->gate.client->fd, .events = POLLIN};
    nfds_t count = fd.fd >= 0 ? 1 : 0;
    exchange_wait_begin(x);
    int ready = poll(&fd, count, (int)ms);
    exchange_wait_end(x);
    if (ready > 0)
        x->gate.gone = true;
    return x->gate.gone ? -1 : 0;
}

int exchange_pause(struct exchange *x, int64_t us)
{
    struct pollfd fd = {.fd = x->gate.client->fd, .events = POLLIN};
    /* Not ppoll: glibc 2.36's fortified one mistakes the timespec of 64-bit time on 32-bit systems
     * and does not wait at all. */
    if (poll(&fd, fd.fd >= 0 ? 1 : 0, (int)((us + 999) / 1000)) > 0)
        x->gate.gone = true;
    return x->gate.gone ? -1 : 0;
}

int exchange_wait(struct exchange *x, int64_t ms)
{
    int64_t until_ms = clock_mono_ms() + ms;
    for (int64_t left = ms; left > 0; left = until_ms - clock_mono_ms()) {
        int64_t part = x->heartbeat_ms > 0 && x->heartbeat_ms < left ? x->heartbeat_ms : left;
        if (x->gate.client->unwanted && part > UNWANTED_LOOK_MS)
            part = UNWANTED_LOOK_MS;
        if (watch_client(x, part) < 0 || exchange_keep_alive(x) < 0)
            return -1;
    }
    return x->gate.gone ? -1 : 0;
}

/* --- begin and end --------------------------------------------------------------------------- */

/* Answers to these are a model's; lists, counts, files and embeddings are whatever they are. */
static bool is_generation(const char *url)
{
    static const char *const verbs[] = {":generateContent", ":streamGenerateContent"};
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        const char *at = strstr(url, verbs[i]);
        char after = at ? at[strlen(verbs[i])] : 'x';
        if (after == '\0' || after == '?')
            return true;
    }
    return false;
}

static int64_t to_ms(double seconds)
{
    return (int64_t)(seconds * SECOND_MS);
}

void exchange_set_deadline(struct exchange *x)
{
    x->deadline_ms = clock_mono_ms() + to_ms(x->env->settings->time_out);
}

static int64_t heartbeat_of(const struct exchange *x)
{
    const struct settings *set = x->env->settings;
    const struct exchange_request *request = x->request;
    if (!request->heartbeat || !request->streamed)
        return 0;
    if (request->fake_stream)
        return to_ms(set->fake_stream_empty_data_interval_seconds);
    return request->framing == FRAMING_SSE ? to_ms(set->stream_heartbeat_seconds) : 0;
}

static void open_exchange(struct exchange *x, const struct exchange_client *client)
{
    const struct settings *set = x->env->settings;
    const struct exchange_request *request = x->request;
    *x->outcome = (struct exchange_outcome){.first_token_ms = -1, .rule = ""};
    x->arena = arena_create(2 * KIB);
    x->outcome->upstream_us = request->upstream_us_before;
    x->started_us = clock_mono_us() - request->upstream_us_before;
    exchange_set_deadline(x);
    x->line_whole_ms = x->line_left_ms = to_ms(set->pool_max_wait);
    /* As in the reference it counts attempts, not further ones; and 0 is one. */
    x->attempts_max = set->max_retries > 1 ? (int)set->max_retries : 1;
    x->empties_left = (int)set->empty_answer_retries;
    x->judged = request->make_filter && is_generation(request->url);
    x->heartbeat_ms = heartbeat_of(x);
    _Static_assert(PROMPT_KIND_COUNT == KEY_PROMPT_KINDS,
                   "of every kind of prompt the pool learns");
    x->query = (struct key_query){.kind = request->kind,
                                  .model = request->model,
                                  .pinned_key = request->pinned_key,
                                  .preferred_key = request->preferred_key,
                                  .affinity = request->affinity,
                                  .tokens = request->prompt_tokens,
                                  .prompt_kind = (int)request->prompt_kind};
    strbuf_init(&x->error_body, LIMIT_ERROR_BODY);
    reply_gate_open(&x->gate, client, request->begun);
    resume_open(&x->resume);
    pacer_open(&x->pacer, request->paced ? set : NULL);
}

static void close_exchange(struct exchange *x)
{
    if (x->gate.gone) {
        x->outcome->status = 499;
        text_copy(x->outcome->error, sizeof(x->outcome->error), "the client left");
    }
    x->outcome->upstream_status = x->upstream_status;
    exchange_log_request(x);
    reply_gate_close(&x->gate);
    resume_close(&x->resume);
    strbuf_free(&x->error_body);
    arena_destroy(&x->arena);
}

/* --- attempts -------------------------------------------------------------------------------- */

/* The oldest is forgotten when there is no room: if it was at fault it rests by now. */
static void note_tried(struct key_query *query, int64_t key_id)
{
    if (query->tried_count == KEY_TRIED_MAX) {
        query->tried_count--;
        memmove(query->tried, query->tried + 1, (KEY_TRIED_MAX - 1) * sizeof(query->tried[0]));
    }
    query->tried[query->tried_count++] = key_id;
}

/* Books the failed attempt and waits the pause before the next. 0 or -1 (the client left). */
static int prepare_retry(struct exchange *x)
{
    const struct verdict *verdict = &x->verdict;
    if (verdict->origin == ORIGIN_CREDENTIAL || verdict->origin == ORIGIN_MODEL)
        x->spared++;
    if (verdict->origin == ORIGIN_MODEL)
        x->empties_left--;
    if (verdict->retry == RETRY_NEXT_KEY)
        note_tried(&x->query, x->outcome->key_id);
    return exchange_wait(x, verdict->retry_after_ms);
}

/* True when the granted key cannot serve this call; then it is given back. */
static bool is_unsuited(struct exchange *x, struct key_grant *grant)
{
    const struct key_source *keys = x->env->keys;
    const struct key_effect unused = {.kind = EFFECT_NOT_SENT};
    if (!x->request->suits || x->request->suits(grant->secret))
        return false;
    x->outcome->unsuited = true;
    x->outcome->key_id = grant->lease.key_id;
    keys->settle(keys->ctx, grant, &unused, clock_wall_ms());
    key_grant_wipe(grant);
    return true;
}

/* One attempt, from the line to its end. True when another one is to follow. */
static bool try_once(struct exchange *x)
{
    struct key_grant grant = {0};
    struct line_refusal refusal;
    enum line_result line = line_acquire(x, &grant, &refusal);
    if (line == LINE_REFUSED)
        failure_of_line(x, &refusal);
    if (line != LINE_GRANTED || is_unsuited(x, &grant))
        return false;
    attempt_run(x, &grant);
    if (x->gate.gone || x->answered)
        return false;
    if (x->verdict.retry != RETRY_STOP)
        return prepare_retry(x) == 0;
    failure_of_attempt(x, -1);
    return false;
}

void exchange_run(const struct exchange_env *env, const struct exchange_request *request,
                  const struct exchange_client *client, struct log_request *log_row,
                  struct exchange_outcome *outcome_r)
{
    struct exchange x = {.env = env, .request = request, .outcome = outcome_r, .log = log_row};
    open_exchange(&x, client);
    while (try_once(&x))
        ;
    close_exchange(&x);
}

/* --- for ourselves --------------------------------------------------------------------------- */

struct collector {
    struct strbuf *body;
};

static int collect_begin(void *ctx, int status, const char *content_type)
{
    (void)ctx;
    (void)status;
    (void)content_type;
    return 0;
}

static int collect_write(void *ctx, const void *data, size_t len)
{
    struct collector *collector = ctx;
    strbuf_append(collector->body, data, len);
    return strbuf_ok(collector->body) ? 0 : -1;
}

int exchange_fetch(const struct exchange_env *env, const struct exchange_request *request,
                   struct strbuf *body_r, struct exchange_outcome *outcome_r, struct err *err)
{
    struct collector collector = {.body = body_r};
    struct exchange_client client = {.ctx = &collector,
                                     .fd = request->watched_fd > 0 ? request->watched_fd : -1,
                                     .begin = collect_begin,
                                     .write = collect_write};
    struct exchange x = {.env = env, .request = request, .outcome = outcome_r};
    open_exchange(&x, &client);
    while (try_once(&x))
        ;
    bool never_answered = outcome_r->attempts > 0 && x.upstream_status == 0;
    close_exchange(&x);
    if (!strbuf_ok(body_r)) {
        err_set(err, ERR_TOO_LARGE, "the answer is larger than %zu bytes", body_r->max);
        return 0;
    }
    if (outcome_r->status < 200 || outcome_r->status >= 300)
        err_set(err, x.why.code ? x.why.code : ERR_IO, "%s", outcome_r->error);
    return never_answered ? 0 : outcome_r->status;
}
