#include "http/forwarded.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/network.h"
#include "base/text.h"

enum { HOST_MAX = 256, HOPS_MAX = 32 };

bool http_is_host(const char *host)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  ".-_:[]";
    return *host && strlen(host) < HOST_MAX && host[strspn(host, allowed)] == '\0';
}

const char *http_request_first(const struct http_request *req, const char *name)
{
    const char *value = http_request_header(req, name);
    if (!value)
        return NULL;
    const char *first = text_trim(arena_strndup(req->arena, value, strcspn(value, ",")));
    return *first ? first : NULL;
}

static bool is_address(const char *text)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* From the right, for every proxy adds at the end whom it saw: what stands further left, the client may
 * have written itself. */
static const char *client_of(const struct http_request *req, char *const *proxies, size_t count)
{
    const char *value = http_request_header(req, "X-Forwarded-For");
    const char *client = req->remote_addr;
    char *rest = arena_strdup(req->arena, value ? value : "");
    for (int hop = 0; hop < HOPS_MAX && *rest; hop++) {
        char *comma = strrchr(rest, ',');
        const char *last = text_trim(comma ? comma + 1 : rest);
        if (!is_address(last))
            return client;
        client = last;
        if (!comma || !network_any_has(proxies, count, client))
            return client;
        *comma = '\0';
    }
    return client;
}

void http_request_believe(struct http_request *req, char *const *proxies, size_t count)
{
    if (!network_any_has(proxies, count, req->remote_addr))
        return;
    const char *scheme = http_request_first(req, "X-Forwarded-Proto");
    const char *host = http_request_first(req, "X-Forwarded-Host");
    req->remote_addr = client_of(req, proxies, count);
    if (scheme && (text_ieq(scheme, "http") || text_ieq(scheme, "https")))
        req->scheme = text_ieq(scheme, "https") ? "https" : "http";
    if (host && http_is_host(host))
        req->host = host;
}
