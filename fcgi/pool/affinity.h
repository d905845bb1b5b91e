/* Which key a conversation was served by, so that its next turn finds Google's prompt cache, and how many
 * tokens its bytes make: both are a matter of the conversation. Up to 131,072 of them, on a 32-bit system
 * an eighth, for a router's memory; in each set of eight the one that was quiet for longest makes room.
 *
 * The table is plain memory without pointers and locks, so that processes may share it (a mapped file):
 * what two of them write at the same moment may mix, and at worst a turn goes to another key. */
#ifndef POOL_AFFINITY_H
#define POOL_AFFINITY_H

#include <stddef.h>
#include <stdint.h>

#define AFFINITY_SLOTS (sizeof(void *) > 4 ? 131072 : 16384)
#define AFFINITY_WAYS 8

struct binding {
    uint64_t fingerprint; /* 0: free */
    uint64_t bound;       /* key id, ratio and time of the last use */
};

struct affinity {
    struct binding *bindings; /* NULL: nothing was bound yet */
    struct binding *own;      /* to be freed: not shared */
};

/* `shared` is zeroed at first, AFFINITY_SLOTS bindings large and outlives the table; NULL: its own. */
void affinity_init(struct affinity *affinity, void *shared);
void affinity_free(struct affinity *affinity);
/* The key that served `fingerprint`, 0 when none did within `ttl_ms`. Times are kept to four seconds. */
int64_t affinity_get(const struct affinity *affinity, uint64_t fingerprint, int64_t ttl_ms,
                     int64_t now_ms);
void affinity_bind(struct affinity *affinity, uint64_t fingerprint, int64_t key_id, int64_t now_ms);
/* True tokens to estimated ones, as its last turns had them; 0 unknown. */
double affinity_ratio(const struct affinity *affinity, uint64_t fingerprint);
/* A turn had this ratio. Nothing happens when the conversation is not bound. */
void affinity_learn(struct affinity *affinity, uint64_t fingerprint, double ratio);

#endif
