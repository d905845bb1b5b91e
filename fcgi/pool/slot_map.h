/* A hash table from a 64-bit number to a slot of an array: keys by id, models and projects by the hash
 * of their name, conversations by fingerprint. Open addressing, grows by doubling. */
#ifndef POOL_SLOT_MAP_H
#define POOL_SLOT_MAP_H

#include <stdint.h>

#define SLOT_NONE UINT32_MAX

struct slot_pair {
    uint64_t key;
    uint32_t slot; /* SLOT_NONE: empty */
};

struct slot_map { /* zeroed is empty */
    struct slot_pair *pairs;
    uint32_t cap;
    uint32_t len;
};

uint32_t slot_map_get(const struct slot_map *map, uint64_t key);      /* SLOT_NONE when absent */
void slot_map_put(struct slot_map *map, uint64_t key, uint32_t slot); /* adds or replaces */
void slot_map_remove(struct slot_map *map, uint64_t key);
void slot_map_free(struct slot_map *map);

/* Scatters the bits of a number (the finisher of splitmix64). */
uint64_t slot_map_mix(uint64_t value);
uint64_t slot_map_hash(const char *text);

#endif
