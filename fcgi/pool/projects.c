/* Keys of one Google Cloud project share its quotas. A person may say which do, Google tells it in some
 * refusals, and others show it themselves (kinship.c). */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "pool/key_pool_priv.h"

#define NOTICED "with key "

bool key_project_is_noticed(const char *project)
{
    size_t lead = strlen(NOTICED);
    return project && strncmp(project, NOTICED, lead) == 0 && project[lead] != '\0' &&
           strspn(project + lead, "0123456789") == strlen(project + lead);
}

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

static struct key_account *account_of_others(const struct key_pool *pool,
                                             const struct pool_model *model, uint32_t slot)
{
    uint32_t at = pool->keys.items[slot].sibling;
    while (at != slot && !model->members[at].account)
        at = pool->keys.items[at].sibling;
    return at != slot ? model->members[at].account : NULL;
}

/* The accounts of a key that joins become the project's: what it used counts for all. */
static void share_accounts(struct key_pool *pool, uint32_t slot, int64_t now_ms)
{
    struct ledger_time time = pool_time(pool, slot, now_ms);
    for (uint32_t i = 0; i < pool->model_count; i++) {
        struct pool_model *model = pool->models[i];
        struct key_account *own = model->members[slot].account;
        struct key_account *shared = own ? account_of_others(pool, model, slot) : NULL;
        if (!shared)
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
    key->noticed = key_project_is_noticed(name);
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
    share_accounts(pool, slot, now_ms);
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

void project_move(struct key_pool *pool, uint32_t slot, const char *name, int64_t now_ms)
{
    project_leave(pool, slot);
    project_join(pool, slot, name, now_ms);
    struct key_event *event = pool_event(pool, KEY_EVENT_PROJECT, slot, NULL);
    text_copy(event->project, sizeof(event->project), name);
}

void project_told(struct key_pool *pool, uint32_t slot, const char *name, int64_t now_ms)
{
    struct pool_key *key = &pool->keys.items[slot];
    uint32_t other = key->sibling;
    bool open = text_empty(key->project) || key->noticed;
    if (!open || strlen(name) >= KEY_PROJECT_NAME)
        return;
    project_move(pool, slot, name, now_ms);
    if (other != slot && pool->keys.items[other].sibling == other) /* nobody is left with it */
        project_move(pool, other, "", now_ms);
    key_settle_in(pool, slot, now_ms);
}
