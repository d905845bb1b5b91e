#include "upstream/web_target.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* --- the guard ------------------------------------------------------------------------------- */

/* What is not the public internet (IANA's registry of special-purpose addresses). */
static const struct block4 {
    uint32_t start;
    int bits;
} blocks4[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
    {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16},
    {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 4},  {0xf0000000, 4},
};

static bool is_public4(uint32_t address)
{
    for (size_t i = 0; i < ARRAY_LEN(blocks4); i++)
        if ((address ^ blocks4[i].start) >> (32 - blocks4[i].bits) == 0)
            return false;
    return true;
}

static uint32_t word_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Only 2000::/3 is given out; in it are tunnels whose far end nobody knows. 64:ff9b::/96 is the
 * IPv4 internet as seen by a host that has IPv6 only. */
static bool is_public6(const unsigned char *bytes)
{
    static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    uint32_t first = word_at(bytes);
    if (memcmp(bytes, nat64, sizeof(nat64)) == 0)
        return is_public4(word_at(bytes + 12));
    if (first >> 29 != 1)
        return false;
    if (first >> 9 == 0x20010000u >> 9 || first == 0x20010db8u) /* 2001::/23, documentation */
        return false;
    return first >> 16 != 0x2002 && first >> 12 != 0x3fff0; /* 6to4, documentation */
}

bool web_address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return is_public4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return is_public6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
    return false;
}

/* --- reading --------------------------------------------------------------------------------- */

static int copy_part(CURLU *parts, CURLUPart part, unsigned flags, char *buf, size_t size)
{
    char *text = NULL;
    if (curl_url_get(parts, part, &text, flags) != CURLUE_OK)
        return -1;
    bool fits = text_copy(buf, size, text);
    curl_free(text);
    return fits ? 0 : -1;
}

static bool is_web_scheme(CURLU *parts)
{
    char scheme[16];
    return copy_part(parts, CURLUPART_SCHEME, 0, scheme, sizeof(scheme)) == 0 &&
           (text_eq(scheme, "http") || text_eq(scheme, "https"));
}

static int read_parts(struct web_target *target, CURLU *parts, const char *url, const char *base,
                      char port[8])
{
    if (base && curl_url_set(parts, CURLUPART_URL, base, 0) != CURLUE_OK)
        return -1;
    if (curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK || !is_web_scheme(parts))
        return -1;
    curl_url_set(parts, CURLUPART_USER, NULL, 0);
    curl_url_set(parts, CURLUPART_PASSWORD, NULL, 0);
    curl_url_set(parts, CURLUPART_FRAGMENT, NULL, 0);
    if (copy_part(parts, CURLUPART_URL, 0, target->url, sizeof(target->url)) < 0 ||
        copy_part(parts, CURLUPART_HOST, 0, target->host, sizeof(target->host)) < 0)
        return -1;
    for (char *p = target->host; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return copy_part(parts, CURLUPART_PORT, CURLU_DEFAULT_PORT, port, 8);
}

/* --- looking up ------------------------------------------------------------------------------ */

static void add_way(struct web_target *target, const struct addrinfo *found, const char *port)
{
    char numeric[INET6_ADDRSTRLEN + 1];
    bool six = found->ai_family == AF_INET6;
    if (target->way_count == WEB_WAYS_MAX ||
        getnameinfo(found->ai_addr, found->ai_addrlen, numeric, sizeof(numeric), NULL, 0,
                    NI_NUMERICHOST) != 0)
        return;
    snprintf(target->ways[target->way_count++], sizeof(target->ways[0]), "%s:%s:%s%s%s:%s",
             target->host, port, six ? "[" : "", numeric, six ? "]" : "", port);
}

static int look_up(struct web_target *target, const char *port, bool may_be_private,
                   struct err *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    char name[sizeof(target->host)];
    /* A numeric IPv6 host has brackets in a URL. */
    size_t len = strlen(target->host);
    bool bracketed = target->host[0] == '[' && len > 2;
    text_copy(name, sizeof(name), target->host + bracketed);
    if (bracketed)
        name[len - 2] = '\0';
    if (getaddrinfo(name, port, &hints, &found) != 0)
        return err_set(err, ERR_NOT_FOUND, "the host %s is not known", target->host);
    for (const struct addrinfo *each = found; each; each = each->ai_next)
        if (may_be_private || web_address_is_public(each->ai_addr))
            add_way(target, each, port);
    freeaddrinfo(found);
    if (target->way_count == 0)
        return err_set(err, ERR_INVALID, "the host %s is not in the public internet", target->host);
    return 0;
}

int web_target_find(struct web_target *target, const char *url, const char *base,
                    web_host_allowed *allowed, void *ctx, struct err *err)
{
    char port[8];
    memset(target, 0, sizeof(*target));
    CURLU *parts = curl_url();
    int rc = parts ? read_parts(target, parts, url, base, port) : -1;
    curl_url_cleanup(parts);
    if (rc < 0)
        return err_set(err, ERR_INVALID, "this is no address of a page in the web");
    return look_up(target, port, allowed && allowed(ctx, target->host), err);
}
