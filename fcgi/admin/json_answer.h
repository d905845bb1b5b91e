/* What the JSON side of the admin shares: reading a body, sending an answer. */
#ifndef ADMIN_JSON_ANSWER_H
#define ADMIN_JSON_ANSWER_H

#include "admin/admin.h"
#include "base/json.h"

/* Sends `value` and puts it. Returns `status`. */
int json_send_take(struct http_call *call, int status, json_object *value);
/* The request's body as an object; put it. NULL with call->err (ERR_INVALID, ERR_TOO_LARGE). */
json_object *json_body(struct http_call *call);
/* A query parameter as a number within bounds; `fallback` when absent or odd. */
int64_t json_query_int(struct http_call *call, const char *name, int64_t fallback, int64_t most);

#endif
