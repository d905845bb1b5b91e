/* Keys of one Google Cloud project share its quotas. A person may say which do; two keys whose day ends
 * at the same time, after calls that together make just one day's limit, show it themselves. */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "pool/key_pool_priv.h"

enum {
    NOTICE_MS = 15 * 60 * 1000, /* how far apart the ends of two days may lie */
    TOLERANCE = 20              /* a twentieth: calls that failed may count or not */
};

static uint32_t project_find(const struct key_pool *pool, const char *name)
{
    uint32_t at = slot_map_get(&pool->by_project, slot_map_hash(name));
    return at != SLOT_NONE && text_eq(pool->projects.items[at].name, name) ? at : SLOT_NONE;
}

static void project_add(struct key_pool *pool, const char *name, uint32_t slot)
{
    uint32_t at = 0;
    while (at < pool->projects.len && pool->projects.items[at].name)
        at++;
    struct project project = {.name = xstrdup(name), .first = slot};
    if (at == pool->projects.len)
        VEC_PUSH(&pool->projects, project);
    else
        pool->projects.items[at] = project;
    slot_map_put(&pool->by_project, slot_map_hash(name), at);
}

/* The accounts of a key that joins become the project's: what it used counts for all. */
static void share_accounts(struct key_pool *pool, uint32_t slot, uint32_t with, int64_t now_ms)
{
    struct ledger_time time = pool_time(pool, slot, now_ms);
    for (uint32_t i = 0; i < pool->model_count; i++) {
        struct pool_model *model = pool->models[i];
        struct key_account *own = model->members[slot].account;
        if (!own)
            continue;
        struct key_account *shared = member_account(pool, model, with);
        if (shared == own)
            continue;
        key_account_merge(shared, own, &time);
        member_drop_account(model, slot);
        member_account(pool, model, slot);
    }
}

void project_join(struct key_pool *pool, uint32_t slot, const char *name, int64_t now_ms)
{
    struct pool_key *key = &pool->keys.items[slot];
    key->project = xstrdup(name);
    key->sibling = slot;
    if (text_empty(name))
        return;
    uint32_t at = project_find(pool, name);
    if (at == SLOT_NONE) {
        project_add(pool, name, slot);
        return;
    }
    uint32_t first = pool->projects.items[at].first;
    key->sibling = pool->keys.items[first].sibling;
    pool->keys.items[first].sibling = slot;
    share_accounts(pool, slot, first, now_ms);
}

/* The key keeps no part of the accounts that it shared; alone, it keeps its own. */
void project_leave(struct key_pool *pool, uint32_t slot)
{
    struct pool_key *key = &pool->keys.items[slot];
    uint32_t at = text_empty(key->project) ? SLOT_NONE : project_find(pool, key->project);
    if (at != SLOT_NONE && key->sibling == slot) {
        slot_map_remove(&pool->by_project, slot_map_hash(key->project));
        free(pool->projects.items[at].name);
        pool->projects.items[at].name = NULL;
    } else if (at != SLOT_NONE) {
        uint32_t before = key->sibling;
        while (pool->keys.items[before].sibling != slot)
            before = pool->keys.items[before].sibling;
        pool->keys.items[before].sibling = key->sibling;
        pool->projects.items[at].first = before;
        for (uint32_t i = 0; i < pool->model_count; i++)
            member_drop_account(pool->models[i], slot);
    }
    key->sibling = slot;
    free(key->project);
    key->project = NULL;
}

/* --- noticing -------------------------------------------------------------------------------- */

static void make_kin(struct key_pool *pool, uint32_t one, uint32_t other, int64_t now_ms)
{
    int64_t id = pool->keys.items[one].id;
    int64_t other_id = pool->keys.items[other].id;
    FREE_AUTO char *name = xasprintf("shared-%lld", (long long)(id < other_id ? id : other_id));
    struct key_event *event = pool_event(pool, KEY_EVENT_PROJECT_GUESS, one, NULL);
    event->value = other_id;
    project_leave(pool, other);
    project_join(pool, other, name, now_ms);
    project_leave(pool, one);
    project_join(pool, one, name, now_ms);
    pool->keys.items[one].kin = pool->keys.items[other].kin = true;
    key_settle_in(pool, one, now_ms);
    key_settle_in(pool, other, now_ms);
}

/* One such coincidence may be chance. */
static void suspect_kin(struct key_pool *pool, const struct pool_model *model, uint32_t one,
                        uint32_t other, int64_t now_ms)
{
    int64_t a = pool->keys.items[one].id;
    int64_t b = pool->keys.items[other].id;
    struct kinship sign = {a < b ? a : b, a < b ? b : a, pool->day, model->hash};
    for (int i = 0; i < KINSHIPS; i++) {
        const struct kinship *seen = &pool->kinships[i];
        if (seen->one != sign.one || seen->other != sign.other)
            continue;
        if (seen->day != sign.day || seen->model_hash != sign.model_hash)
            make_kin(pool, one, other, now_ms);
        return;
    }
    pool->kinships[pool->kinship_next++ % KINSHIPS] = sign;
}

static bool add_up(const struct day_mark *one, const struct day_mark *other)
{
    int64_t limit = one->limit;
    int64_t apart = one->used + other->used - limit;
    int64_t tolerance = limit / TOLERANCE > 1 ? limit / TOLERANCE : 1;
    bool parts = one->used > 0 && other->used > 0 && one->used * 10 < limit * 9 &&
                 other->used * 10 < limit * 9;
    return parts && one->limit == other->limit && apart <= tolerance && -apart <= tolerance;
}

void project_notice_day(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                        int64_t limit, int64_t now_ms)
{
    const struct pool_key *key = &pool->keys.items[slot];
    if (!text_empty(key->project) || limit <= 0)
        return;
    struct ledger_time time = pool_time(pool, slot, now_ms);
    struct key_account *account = member_account(pool, model, slot);
    int64_t use[LIMIT_KIND_COUNT];
    key_account_use(account, &time, use);
    struct day_mark mark = {now_ms, key->id, use[LIMIT_REQUESTS_DAY], limit};
    for (int i = 0; i < DAY_MARKS; i++) {
        const struct day_mark *seen = &model->day_marks[i];
        uint32_t other = seen->key_id ? pool_slot_of(pool, seen->key_id) : SLOT_NONE;
        if (other == SLOT_NONE || other == slot || seen->at_ms + NOTICE_MS < now_ms ||
            account->last_success_ms > seen->at_ms || pool->keys.items[other].kind != key->kind ||
            !text_empty(pool->keys.items[other].project) || !add_up(&mark, seen))
            continue;
        suspect_kin(pool, model, slot, other, now_ms);
        break;
    }
    model->day_marks[model->day_mark_next++ % DAY_MARKS] = mark;
}
