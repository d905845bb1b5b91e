/* The keys of the simulated upstream and their limits: each good key takes 5 requests a minute for
 * each model, as Google's free tier does; a key that has "invalid" in it is not valid; one that has
 * "nomodel" in it has a limit of 0 for gemini-4 models. */
#ifndef DEMO_DEMO_KEYS_H
#define DEMO_DEMO_KEYS_H

#include <json-c/json.h>
#include <pthread.h>

#define DEMO_COUNTERS 256

struct demo_counter {
    unsigned hash; /* of key and model; 0 free */
    int64_t minute;
    int used;
};

struct demo_keys {
    pthread_mutex_t lock;
    struct demo_counter counters[DEMO_COUNTERS];
};

void demo_keys_init(struct demo_keys *keys);
/* NULL when the call may go on, else the error body that Google would answer with (put it). */
json_object *demo_keys_use(struct demo_keys *keys, const char *key, const char *model,
                           int64_t now_ms);

#endif
