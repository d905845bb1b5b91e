/* Which key a conversation was served by, so that its next turn finds Google's prompt cache: the last
 * 100,000 conversations, each forgotten when it was quiet for longer than the time to live. Only
 * fingerprints are kept. */
#ifndef POOL_AFFINITY_H
#define POOL_AFFINITY_H

#include <stdint.h>

#include "pool/slot_map.h"

#define AFFINITY_MAX 100000

struct binding {
    uint64_t fingerprint;
    int64_t key_id;
    int64_t used_ms;
    uint32_t newer, older; /* list by last use; SLOT_NONE at the ends */
};

struct affinity { /* start with affinity_init() */
    struct slot_map index;
    struct binding *bindings;
    uint32_t cap, len;
    uint32_t newest, oldest;
};

void affinity_init(struct affinity *affinity);
void affinity_free(struct affinity *affinity);
/* The key that served `fingerprint`, 0 when none did within `ttl_ms`. */
int64_t affinity_get(const struct affinity *affinity, uint64_t fingerprint, int64_t ttl_ms,
                     int64_t now_ms);
void affinity_bind(struct affinity *affinity, uint64_t fingerprint, int64_t key_id, int64_t now_ms);

#endif
