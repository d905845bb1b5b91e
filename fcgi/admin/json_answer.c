#include "admin/json_answer.h"

#include "base/limits.h"
#include "base/text.h"

int json_send_take(struct http_call *call, int status, json_object *value)
{
    JSON_AUTO json_object *held = value;
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(16 * MIB);
    json_write(&text, held);
    if (!strbuf_ok(&text))
        return err_set(&call->err, ERR_TOO_LARGE, "the answer is too large"), 500;
    http_response_header(call->res, "Cache-Control", "no-store");
    http_response_header(call->res, "X-Content-Type-Options", "nosniff");
    http_response_send(call->res, status, "application/json", strbuf_str(&text), text.len);
    return status;
}

json_object *json_body(struct http_call *call)
{
    if (http_request_read_body(call->req, LIMIT_FORM, &call->err) != 0)
        return NULL;
    json_object *value = json_parse_text(call->req->body, call->req->body_len, &call->err);
    if (value && !json_object_is_type(value, json_type_object)) {
        json_object_put(value);
        err_set(&call->err, ERR_INVALID, "the body is to be a JSON object");
        return NULL;
    }
    return value;
}

int64_t json_query_int(struct http_call *call, const char *name, int64_t fallback, int64_t most)
{
    int64_t number;
    if (text_to_int(http_request_query(call->req, name), &number) < 0 || number < 0)
        return fallback;
    return number < most ? number : most;
}
