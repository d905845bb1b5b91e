#include "base/network.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"

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

bool network_any_has(char *const *networks, size_t count, const char *address)
{
    struct address caller = read_address(address);
    for (size_t i = 0; caller.family && i < count; i++) {
        if (is_in(&caller, networks[i]))
            return true;
    }
    return false;
}
