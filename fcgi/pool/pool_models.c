/* The table of models. Names come from clients, so it is bounded: a model that never answered can only
 * push out another such one. */
#include <string.h>

#include "pool/key_pool_priv.h"

/* Calls without a model; and the one that stands in when the table is full of models in use. */
#define NAME_WITHOUT "-"
#define NAME_OTHERS "*"

const char *pool_model_name(const char *name)
{
    return name && *name ? name : NAME_WITHOUT;
}

struct pool_model *pool_model_find(const struct key_pool *pool, const char *name)
{
    name = pool_model_name(name);
    uint32_t at = slot_map_get(&pool->by_name, slot_map_hash(name));
    bool found =
        at != SLOT_NONE && strncmp(pool->models[at]->name, name, LIMIT_MODEL_NAME - 1) == 0;
    return found ? pool->models[at] : NULL;
}

uint32_t pool_model_slot(const struct key_pool *pool, const struct pool_model *model)
{
    return slot_map_get(&pool->by_name, model->hash);
}

static void free_model(struct key_pool *pool, struct pool_model *model)
{
    egress_forget_model(pool, model);
    for (uint32_t slot = 0; slot < pool->keys.len; slot++)
        member_drop_account(model, slot);
    for (int kind = 0; kind < KEY_KINDS; kind++) {
        free(model->ready[kind].slots);
        free(model->rest[kind].slots);
    }
    VEC_FREE(&model->egress_gates);
    free(model->members);
    free(model->name);
    free(model);
}

void pool_models_free(struct key_pool *pool)
{
    for (uint32_t i = 0; i < pool->model_count; i++)
        free_model(pool, pool->models[i]);
    pool->model_count = 0;
    slot_map_free(&pool->by_name);
}

/* The one unused for longest, of those nobody uses now, and of made-up names if there are any. */
static uint32_t find_spare(const struct key_pool *pool, bool proven_too)
{
    uint32_t spare = SLOT_NONE;
    for (uint32_t i = 0; i < pool->model_count; i++) {
        const struct pool_model *model = pool->models[i];
        if (model->in_flight || (model->proven && !proven_too) ||
            strcmp(model->name, NAME_OTHERS) == 0)
            continue;
        if (spare == SLOT_NONE || model->used_ms < pool->models[spare]->used_ms)
            spare = i;
    }
    return spare;
}

static uint32_t count_trial(const struct key_pool *pool)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < pool->model_count; i++)
        count += !pool->models[i]->proven;
    return count;
}

static uint32_t models_max(const struct key_pool *pool)
{
    uint32_t keys = (uint32_t)pool->keys.len + 1;
    uint32_t fit = MEMBERS_MAX / keys;
    return fit < 16 ? 16 : fit > MODELS_MAX ? MODELS_MAX : fit;
}

/* Where a new model goes; SLOT_NONE when every place is in use. */
static uint32_t find_place(struct key_pool *pool)
{
    bool full = pool->model_count >= models_max(pool);
    if (!full && count_trial(pool) < MODELS_TRIAL_MAX)
        return pool->model_count++;
    uint32_t place = find_spare(pool, false);
    if (place == SLOT_NONE && full)
        place = find_spare(pool, true);
    if (place == SLOT_NONE)
        return full ? SLOT_NONE : pool->model_count++;
    slot_map_remove(&pool->by_name, pool->models[place]->hash);
    free_model(pool, pool->models[place]);
    return place;
}

static struct pool_model *make_model(struct key_pool *pool, const char *name, uint32_t place,
                                     int64_t now_ms)
{
    struct pool_model *model = xcalloc(1, sizeof(*model));
    model->name = xstrndup(name, strnlen(name, LIMIT_MODEL_NAME - 1));
    model->hash = slot_map_hash(name);
    model->members = xcalloc(pool->keys.cap, sizeof(model->members[0]));
    lessons_init(&model->own_lessons);
    model->lessons = &model->own_lessons;
    pool->models[place] = model;
    slot_map_put(&pool->by_name, model->hash, place);
    model_resolve_limits(pool, model);
    for (uint32_t slot = 0; slot < pool->keys.len; slot++) {
        model->members[slot].key_id = pool->keys.items[slot].id;
        model->members[slot].kind = (uint8_t)pool->keys.items[slot].kind;
        member_settle_in(pool, model, slot, now_ms);
    }
    return model;
}

struct pool_model *pool_model_for(struct key_pool *pool, const char *name, int64_t now_ms)
{
    name = pool_model_name(name);
    uint32_t at = slot_map_get(&pool->by_name, slot_map_hash(name));
    struct pool_model *model = at == SLOT_NONE ? NULL : pool->models[at];
    if (!model) {
        uint32_t place = find_place(pool);
        if (place != SLOT_NONE)
            model = make_model(pool, name, place, now_ms);
    }
    if (!model) {
        model = pool_model_find(pool, NAME_OTHERS);
        if (!model) /* the array has one place more than the table may use */
            model = make_model(pool, NAME_OTHERS, pool->model_count++, now_ms);
    }
    if (now_ms > model->used_ms)
        model->used_ms = now_ms;
    lessons_find(pool, model, now_ms);
    return model;
}

void pool_models_make_room(struct key_pool *pool, uint32_t cap)
{
    for (uint32_t i = 0; i < pool->model_count; i++) {
        struct pool_model *model = pool->models[i];
        struct pool_member *members = xcalloc(cap, sizeof(members[0]));
        memcpy(members, model->members, pool->keys.len * sizeof(members[0]));
        free(model->members);
        model->members = members;
    }
}

void pool_models_add_key(struct key_pool *pool, uint32_t slot, int64_t now_ms)
{
    for (uint32_t i = 0; i < pool->model_count; i++) {
        struct pool_member *member = &pool->models[i]->members[slot];
        *member = (struct pool_member){.key_id = pool->keys.items[slot].id,
                                       .kind = (uint8_t)pool->keys.items[slot].kind};
        member_settle_in(pool, pool->models[i], slot, now_ms);
    }
}

void pool_models_drop_key(struct key_pool *pool, uint32_t slot)
{
    for (uint32_t i = 0; i < pool->model_count; i++) {
        member_take_out(pool->models[i], slot);
        member_drop_account(pool->models[i], slot);
        pool->models[i]->members[slot] = (struct pool_member){0};
    }
}
