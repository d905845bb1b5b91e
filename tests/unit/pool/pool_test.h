/* What the tests of the pool share: a pool with keys 1 to n, and calls in one line. */
#ifndef POOL_TEST_H
#define POOL_TEST_H

#include "../unit.h"

#include "base/clock.h"
#include "base/scope.h"
#include "pool/key_pool.h"

/* 2026-03-02 08:00 UTC: midnight Pacific, in winter. */
#define MIDNIGHT ((int64_t)1772438400000)
#define NOON (MIDNIGHT + 12 * HOUR_MS)
#define MODEL "gemini-3.8-flash"

UNUSED static struct key_pool_options pool_test_options(void)
{
    return (struct key_pool_options){.max_failures = 3,
                                     .free_first = true,
                                     .affinity = true,
                                     .limit_share = 100,
                                     .affinity_ttl_ms = HOUR_MS,
                                     .seed = 1};
}

UNUSED static void pool_test_add(struct key_pool *pool, int64_t id, enum key_kind kind,
                                 double weight)
{
    struct key_identity identity = {
        .id = id, .kind = kind, .label = "", .project = "", .proxy = "", .weight = weight};
    key_pool_put(pool, &identity, NOON);
}

UNUSED static struct key_pool *pool_test_create(int count)
{
    struct key_pool_options options = pool_test_options();
    struct key_pool *pool = key_pool_create(&options);
    for (int id = 1; id <= count; id++)
        pool_test_add(pool, id, KEY_GEMINI, 1);
    return pool;
}

UNUSED static struct key_query pool_test_query(void)
{
    return (struct key_query){.kind = KEY_GEMINI, .model = MODEL};
}

UNUSED static struct key_lease pool_test_lend_query(struct key_pool *pool,
                                                    const struct key_query *query, int64_t now_ms)
{
    struct key_lease lease;
    struct key_shortage shortage;
    if (key_pool_acquire(pool, query, now_ms, &lease, &shortage) != ACQUIRE_OK)
        lease.key_id = 0;
    return lease;
}

/* A lease for MODEL; key_id 0 when there is none. */
UNUSED static struct key_lease pool_test_lend(struct key_pool *pool, int64_t now_ms)
{
    struct key_query query = pool_test_query();
    return pool_test_lend_query(pool, &query, now_ms);
}

UNUSED static struct key_lease pool_test_lend_key(struct key_pool *pool, int64_t id, int64_t now_ms)
{
    struct key_query query = pool_test_query();
    query.pinned_key = id;
    return pool_test_lend_query(pool, &query, now_ms);
}

UNUSED static struct key_effect pool_test_effect(enum key_effect_kind kind)
{
    return (struct key_effect){.kind = kind,
                               .scope = SCOPE_KEY_MODEL,
                               .rule = "test.rule",
                               .prompt_tokens = -1,
                               .output_tokens = -1,
                               .egress = ""};
}

UNUSED static struct key_effect pool_test_rest(enum rest_reason reason, enum rest_scope scope,
                                               int64_t until_ms)
{
    struct key_effect effect = pool_test_effect(EFFECT_REST);
    effect.reason = reason;
    effect.scope = scope;
    effect.until_ms = until_ms;
    return effect;
}

UNUSED static void pool_test_settle(struct key_pool *pool, struct key_lease *lease,
                                    enum key_effect_kind kind, int64_t now_ms)
{
    struct key_effect effect = pool_test_effect(kind);
    key_pool_settle(pool, lease, &effect, now_ms);
}

/* One successful call; the key that served it, 0 when none could. */
UNUSED static int64_t pool_test_call(struct key_pool *pool, int64_t now_ms)
{
    struct key_lease lease = pool_test_lend(pool, now_ms);
    int64_t id = lease.key_id;
    if (id)
        pool_test_settle(pool, &lease, EFFECT_SUCCESS, now_ms);
    return id;
}

/* Lends key `id` and settles with `effect`. */
UNUSED static void pool_test_hit(struct key_pool *pool, int64_t id, const struct key_effect *effect,
                                 int64_t now_ms)
{
    struct key_lease lease = pool_test_lend_key(pool, id, now_ms);
    assert_int_equal(lease.key_id, id);
    key_pool_settle(pool, &lease, effect, now_ms);
}

UNUSED static void pool_test_find(void *ctx, const struct key_view *view)
{
    struct key_view *wanted = ctx;
    if (view->id == wanted->id)
        *wanted = *view;
}

UNUSED static struct key_view pool_test_view(struct key_pool *pool, int64_t id, const char *model,
                                             int64_t now_ms)
{
    struct key_view view = {.id = id};
    key_pool_each(pool, model, now_ms, pool_test_find, &view);
    return view;
}

/* The last event of a kind among those waiting (all are drained); key_id 0 when there is none. */
UNUSED static struct key_event pool_test_event(struct key_pool *pool, enum key_event_kind kind)
{
    struct key_event event, last = {0};
    while (key_pool_drain_events(pool, &event, 1))
        if (event.kind == kind)
            last = event;
    return last;
}

#endif
