/* Another model in the place of one that cannot serve now: MODEL_FALLBACKS.
 *
 *   struct fallback fallback = {0};
 *   const char *next = fallback_next(&fallback, call, model);
 *   call->request.stands_by = next != NULL;
 *   status = api_call_run(call);
 *   while (fallback_takes_over(call, next)) ... ask `next` instead ...
 *
 * One model leads to the next, each is asked once, with MAX_RETRIES and TIME_OUT of its own, and none but
 * those that this client may have. Only what the client has heard nothing of can go to another model. */
#ifndef API_FALLBACK_H
#define API_FALLBACK_H

#include "api/api_call.h"

#define FALLBACKS_MAX 4

struct fallback {
    const char *asked[FALLBACKS_MAX + 1]; /* in the request's arena */
    size_t count;
};

/* Notes that `model`, a bare id, is asked, and says which one comes after it; NULL when none does. In the arena. */
const char *fallback_next(struct fallback *fallback, struct api_call *call, const char *model);
/* The name that asks `next` for what the suffixes of `name` ask of `model`. In the arena. */
const char *fallback_name(struct api_call *call, const char *name, const char *model,
                          const char *next);
/* After api_call_run() with request.stands_by: true when another model is to be asked. Its attempts will be counted and
 * logged after those that were made. */
bool fallback_takes_over(struct api_call *call, const char *next);

#endif
