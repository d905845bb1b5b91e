#include "pool/slot_map.h"

#include "base/scope.h"

uint64_t slot_map_mix(uint64_t value)
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

uint64_t slot_map_hash(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return slot_map_mix(hash);
}

/* Where `key` is, or the empty place where it would be. */
static uint32_t find(const struct slot_map *map, uint64_t key)
{
    uint32_t at = (uint32_t)slot_map_mix(key) & (map->cap - 1);
    while (map->pairs[at].slot != SLOT_NONE && map->pairs[at].key != key)
        at = (at + 1) & (map->cap - 1);
    return at;
}

static void grow(struct slot_map *map)
{
    struct slot_map bigger = {.cap = map->cap ? map->cap * 2 : 16, .len = map->len};
    bigger.pairs = xcalloc(bigger.cap, sizeof(bigger.pairs[0]));
    for (uint32_t i = 0; i < bigger.cap; i++)
        bigger.pairs[i].slot = SLOT_NONE;
    for (uint32_t i = 0; i < map->cap; i++)
        if (map->pairs[i].slot != SLOT_NONE)
            bigger.pairs[find(&bigger, map->pairs[i].key)] = map->pairs[i];
    free(map->pairs);
    *map = bigger;
}

uint32_t slot_map_get(const struct slot_map *map, uint64_t key)
{
    return map->cap ? map->pairs[find(map, key)].slot : SLOT_NONE;
}

void slot_map_put(struct slot_map *map, uint64_t key, uint32_t slot)
{
    if (map->len + 1 > map->cap - map->cap / 4)
        grow(map);
    struct slot_pair *pair = &map->pairs[find(map, key)];
    map->len += pair->slot == SLOT_NONE;
    *pair = (struct slot_pair){.key = key, .slot = slot};
}

void slot_map_remove(struct slot_map *map, uint64_t key)
{
    uint32_t at = map->cap ? find(map, key) : 0;
    if (!map->cap || map->pairs[at].slot == SLOT_NONE)
        return;
    map->pairs[at].slot = SLOT_NONE;
    map->len--;
    /* What follows may have been pushed away from the gap: put each in anew. */
    for (uint32_t i = (at + 1) & (map->cap - 1); map->pairs[i].slot != SLOT_NONE;
         i = (i + 1) & (map->cap - 1)) {
        struct slot_pair moved = map->pairs[i];
        map->pairs[i].slot = SLOT_NONE;
        map->pairs[find(map, moved.key)] = moved;
    }
}

void slot_map_free(struct slot_map *map)
{
    free(map->pairs);
    *map = (struct slot_map){0};
}
