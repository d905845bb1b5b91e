#include "upstream/web_target.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>

#include "base/text.h"

/* --- the guard ------------------------------------------------------------------------------- */

/* What is not the public internet (IANA's registry of special-purpose addresses), and 168.63.129.16, at
 * which every machine of Azure finds its own host. */
static const struct block4 {
    uint32_t start;
    int bits;
} blocks4[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},
    {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24},
    {0xc0586300, 24}, {0xc0a80000, 16}, {0xc6120000, 15}, {0xc6336400, 24},
    {0xcb007100, 24}, {0xe0000000, 4},  {0xf0000000, 4},  {0xa83f8110, 32},
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

static int read_parts(struct web_target *target, CURLU *parts, const char *url, const char *base)
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
    return 0;
}

int web_target_read(struct web_target *target, const char *url, const char *base, struct err *err)
{
    memset(target, 0, sizeof(*target));
    CURLU *parts = curl_url();
    int rc = parts ? read_parts(target, parts, url, base) : -1;
    curl_url_cleanup(parts);
    if (rc < 0)
        return err_set(err, ERR_INVALID, "this is no address of a page in the web");
    return 0;
}

/* --- names ----------------------------------------------------------------------------------- */

/* Every spelling of an IPv4 address that a resolver takes: 127.1, 0x7f000001, 2130706433. */
static bool read_address(const char *host, struct sockaddr_storage *address_r)
{
    char name[256];
    struct sockaddr_in *four = (struct sockaddr_in *)address_r;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address_r;
    size_t len = strlen(host);
    memset(address_r, 0, sizeof(*address_r));
    if (inet_aton(host, &four->sin_addr)) {
        address_r->ss_family = AF_INET;
        return true;
    }
    if (host[0] != '[' || len < 2 || len > sizeof(name))
        return false;
    memcpy(name, host + 1, len - 2);
    name[len - 2] = '\0';
    address_r->ss_family = AF_INET6;
    return inet_pton(AF_INET6, name, &six->sin6_addr) == 1;
}

/* RFC 6761, 6762, 8375 and 9476, and what is commonly used inside of houses. */
static bool is_private_domain(const char *name)
{
    static const char *const domains[] = {".localhost", ".local", ".internal", ".lan",
                                          ".home",      ".corp",  ".intranet", ".private",
                                          ".home.arpa", ".test",  ".invalid",  ".example",
                                          ".onion",     ".alt",   ".domain",   ".localdomain"};
    for (size_t i = 0; i < ARRAY_LEN(domains); i++)
        if (text_ends(name, domains[i]))
            return true;
    return false;
}

static bool is_plain_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    return name[0] && name[strspn(name, letters)] == '\0';
}

bool web_host_looks_public(const char *host)
{
    char name[256];
    struct sockaddr_storage address;
    if (!text_copy(name, sizeof(name), host))
        return false;
    for (size_t len = strlen(name); len > 0 && name[len - 1] == '.'; len--)
        name[len - 1] = '\0';
    if (name[0] == '[' || read_address(name, &address))
        return read_address(name, &address) &&
               web_address_is_public((const struct sockaddr *)&address);
    return is_plain_name(name) && strchr(name, '.') && !is_private_domain(name);
}
