#include "api/origin.h"

#include <string.h>

#include "base/network.h"
#include "base/text.h"
#include "http/forwarded.h"

bool origin_is_trusted(const char *address, const struct setting_list *trusted)
{
    return network_any_has(trusted->items, trusted->len, address);
}

static bool is_prefix(const char *prefix)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  ".-_~/%";
    return *prefix == '/' && prefix[1] != '/' && prefix[strspn(prefix, allowed)] == '\0';
}

const char *origin_of_request(const struct http_request *req, const struct setting_list *trusted)
{
    bool believed = origin_is_trusted(req->peer_addr, trusted);
    const char *scheme = believed ? http_request_first(req, "X-Forwarded-Proto") : NULL;
    const char *host = believed ? http_request_first(req, "X-Forwarded-Host") : NULL;
    const char *prefix = believed ? http_request_first(req, "X-Forwarded-Prefix") : NULL;
    if (!scheme || (!text_ieq(scheme, "http") && !text_ieq(scheme, "https")))
        scheme = req->scheme;
    if (!host || !http_is_host(host))
        host = req->host;
    if (!http_is_host(host))
        return NULL;
    size_t len = prefix && is_prefix(prefix) ? strlen(prefix) : 0;
    while (len > 0 && prefix[len - 1] == '/')
        len--;
    return arena_printf(req->arena, "%s://%s%.*s%s", text_ieq(scheme, "https") ? "https" : "http",
                        host, (int)len, len ? prefix : "", req->script_name);
}
