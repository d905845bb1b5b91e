/* Puts linked media of a chat request into it: fetched here where the model does not read links
 * itself, or where only this server may (MEDIA_FETCH_ALLOWED_HOSTS). */
#ifndef API_MEDIA_FETCH_H
#define API_MEDIA_FETCH_H

#include "api/api_call.h"
#include "translate/media.h"

/* A few at the same time, each within MEDIA_FETCH_TIMEOUT and MEDIA_FETCH_MAX_MB, all together
 * within TIME_OUT and MAX_REQUEST_BODY; an address that is named twice is fetched once, and the
 * first that does not come ends the others. `needs` may be NULL. Returns 0, or a status with
 * http->err, which names the field: 400, or 499 when the client left. */
int media_fetch_all(struct api_call *call, struct media_needs *needs);

#endif
