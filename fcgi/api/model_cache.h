/* Upstream's list of models: all pages, kept for MODELS_CACHE_SECONDS. A list that cannot be
 * renewed is served on. Thread-safe; one thread renews while the others take what there is. */
#ifndef API_MODEL_CACHE_H
#define API_MODEL_CACHE_H

#include <json-c/json.h>

#include "exchange/exchange.h"

struct model_cache;

struct model_cache *model_cache_create(void);
void model_cache_destroy(struct model_cache **cache);

/* The array of Google's model objects, as a reference of the caller's own: put it, and change
 * nothing in it. NULL with err and *status_r when there is none and none can be had. */
json_object *model_cache_get(struct model_cache *cache, const struct exchange_env *env,
                             int *status_r, struct err *err);

/* The list that is there, however old, without asking upstream; NULL when there is none. Put it. */
json_object *model_cache_known(struct model_cache *cache, const char *base_url);
/* Where the last try failed a moment ago: its status, with its err; else 0. Pages that are looked at
 * again and again do not ask each time. */
int model_cache_failed(struct model_cache *cache, const char *base_url, struct err *err);
/* The next model_cache_get() asks upstream; a failure leaves the list that is there. */
void model_cache_expire(struct model_cache *cache);

/* Whether upstream lists a model of this bare id: 1 yes, 0 no, -1 when its list is not known yet.
 * Does not ask upstream. */
int model_cache_lists(struct model_cache *cache, const char *base_url, const char *id);

#endif
