#include "api/api.h"
#include "base/json.h"

int api_health(struct http_call *call)
{
    struct key_pool_counts keys = keyring_counts(call->api->keyring, KEY_GEMINI);
    bool reachable = store_reachable(call->api->store);
    JSON_AUTO json_object *body = json_object_new_object();
    json_add_str(body, "status", reachable ? "healthy" : "degraded");
    json_add_str(body, "version", call->api->version);
    json_add_str(body, "store", reachable ? "reachable" : "unreachable");
    json_object *counts = json_object_new_object();
    json_add_int(counts, "total", keys.total);
    json_add_int(counts, "ready", keys.ready);
    json_add(body, "keys", counts);
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_ERROR_BODY);
    json_write(&text, body);
    http_response_header(call->res, "Cache-Control", "no-store");
    http_response_send(call->res, 200, "application/json", text.data, text.len);
    return 200;
}
