/* The shared proxies and their health.
 *
 * A key's proxy is chosen by rendezvous hashing: of the proxies that work, the one with the largest
 * hash of (proxy, key). So a choice is stable over restarts, and removing or losing a proxy moves
 * only the keys that used it. Thread-safe. */
#ifndef KEYRING_PROXIES_H
#define KEYRING_PROXIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"

struct proxies;

struct proxies *proxies_create(void);
void proxies_destroy(struct proxies **proxies);
/* Takes the list over; the health of those that stay is kept. */
void proxies_configure(struct proxies *proxies, const struct setting_list *list, bool by_key);
size_t proxies_count(struct proxies *proxies);
/* True when a key always gets the same one (PROXIES_USE_CONSISTENCY_HASH_BY_API_KEY). */
bool proxies_by_key(struct proxies *proxies);
/* Writes the proxy for the key ("" when there is none) into buf. */
void proxies_choose(struct proxies *proxies, uint64_t key_hash, int64_t now_ms, char *buf,
                    size_t buf_size);
/* Where each call has its own: one that works, by chance, of those that fits() accepts (asked until it does,
 * under the lock). False when there is none such. */
typedef bool proxy_fits(void *ctx, const char *url);
bool proxies_choose_if(struct proxies *proxies, proxy_fits *fits, void *ctx, int64_t now_ms,
                       char *buf, size_t buf_size);
/* A proxy failed or worked. A failing one is set aside for 30 s, doubling to 10 min. Returns true
 * when the choice of other keys changes by it. */
bool proxies_result(struct proxies *proxies, const char *url, bool worked, int64_t now_ms);
/* When, after `now_ms`, the next one that was set aside comes back; 0: none is. */
int64_t proxies_next_return(struct proxies *proxies, int64_t now_ms);

#endif
