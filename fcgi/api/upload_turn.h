/* Which key a caller's uploads go to. A prompt can use several files only when one key holds them all,
 * so the uploads of a caller (its token and its address) that follow each other within
 * FILES_SAME_KEY_MINUTES lie with one key: a turn. In every process, also when two uploads start at the
 * same moment. A turn ends by itself after a while, however busy the caller is: one key does not get all
 * files of a shared token. */
#ifndef API_UPLOAD_TURN_H
#define API_UPLOAD_TURN_H

#include "http/router.h"

/* The key that the next upload had better go to; 0: any. */
int64_t upload_turn_key(struct http_call *http);
/* An upload has begun with this key. */
void upload_turn_keep(struct http_call *http, int64_t key_id);

#endif
