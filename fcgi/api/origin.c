#include "api/origin.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"

/* --- networks -------------------------------------------------------------------------------- */

struct address {
    int family; /* 0: none */
    unsigned char bytes[sizeof(struct in6_addr)];
    int bits;
};

static struct address read_address(const char *text)
{
    static const char mapped[] = "::ffff:";
    struct address address = {.family = AF_INET, .bits = 32};
    if (text_istarts(text, mapped) && strchr(text, '.'))
        text += strlen(mapped);
    if (inet_pton(AF_INET, text, address.bytes) == 1)
        return address;
    address.family = inet_pton(AF_INET6, text, address.bytes) == 1 ? AF_INET6 : 0;
    address.bits = 128;
    return address;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, int bits)
{
    size_t whole = (size_t)bits / 8;
    unsigned rest = (unsigned)bits % 8;
    unsigned char mask = (unsigned char)(0xff00u >> rest);
    return memcmp(a, b, whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

static bool is_in(const struct address *address, const char *network)
{
    char text[64];
    int64_t bits = -1;
    if (!text_copy(text, sizeof(text), network))
        return false;
    char *slash = strchr(text, '/');
    if (slash)
        *slash = '\0';
    struct address base = read_address(text);
    if (slash && text_to_int(slash + 1, &bits) < 0)
        return false;
    if (!slash)
        bits = base.bits;
    return base.family && base.family == address->family && bits >= 0 && bits <= base.bits &&
           same_bits(address->bytes, base.bytes, (int)bits);
}

bool origin_is_trusted(const char *address, const struct setting_list *trusted)
{
    struct address caller = read_address(address);
    for (size_t i = 0; caller.family && i < trusted->len; i++)
        if (is_in(&caller, trusted->items[i]))
            return true;
    return false;
}

/* --- the origin ------------------------------------------------------------------------------ */

/* The first of a list: the proxy nearest to the client has put it there. NULL when absent. */
static const char *first_forwarded(const struct http_request *req, const char *name)
{
    const char *value = http_request_header(req, name);
    if (!value)
        return NULL;
    char *first = arena_strndup(req->arena, value, strcspn(value, ","));
    first = text_trim(first);
    return *first ? first : NULL;
}

static bool is_host(const char *host)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  ".-_:[]";
    return *host && strlen(host) < 256 && host[strspn(host, allowed)] == '\0';
}

static bool is_prefix(const char *prefix)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  ".-_~/%";
    return *prefix == '/' && prefix[1] != '/' && prefix[strspn(prefix, allowed)] == '\0';
}

const char *origin_of_request(const struct http_request *req, const struct setting_list *trusted)
{
    bool believed = origin_is_trusted(req->remote_addr, trusted);
    const char *scheme = believed ? first_forwarded(req, "X-Forwarded-Proto") : NULL;
    const char *host = believed ? first_forwarded(req, "X-Forwarded-Host") : NULL;
    const char *prefix = believed ? first_forwarded(req, "X-Forwarded-Prefix") : NULL;
    if (!scheme || (!text_ieq(scheme, "http") && !text_ieq(scheme, "https")))
        scheme = req->scheme;
    if (!host || !is_host(host))
        host = req->host;
    if (!is_host(host))
        return NULL;
    size_t len = prefix && is_prefix(prefix) ? strlen(prefix) : 0;
    while (len > 0 && prefix[len - 1] == '/')
        len--;
    return arena_printf(req->arena, "%s://%s%.*s%s", text_ieq(scheme, "https") ? "https" : "http",
                        host, (int)len, len ? prefix : "", req->script_name);
}
