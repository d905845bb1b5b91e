/* A row of the request log as JSON, for the lists and for one entry. */
#ifndef ADMIN_LOG_JSON_H
#define ADMIN_LOG_JSON_H

#include "admin/admin.h"
#include "store/store_log.h"

/* The row with its number as a text, for JavaScript cannot hold it as a number; put it. */
json_object *log_json_request(const struct log_request *row);

/* Adds the last attempt to the object of a request, in the reference's words: `gemini_key` (masked),
 * `error_type` (the rule of the verdict), `error_code`. 0, or -1 with call->err. */
int log_json_add_origin(struct http_call *call, json_object *request);

#endif
