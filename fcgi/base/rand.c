#include "base/rand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

void rand_bytes(void *buf, size_t len)
{
    unsigned char *to = buf;
    while (len) {
        ssize_t got = getrandom(to, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            perror("getrandom");
            _exit(EXIT_FAILURE);
        }
        to += got;
        len -= (size_t)got;
    }
}

uint64_t rand_u64(void)
{
    uint64_t value;
    rand_bytes(&value, sizeof(value));
    return value;
}

uint64_t rand_below(uint64_t bound)
{
    /* Values under 2^64 mod bound would make small results likelier. */
    uint64_t skip = -bound % bound;
    uint64_t value;
    do {
        value = rand_u64();
    } while (value < skip);
    return value % bound;
}

void rand_token(char *buf, size_t buf_size)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    enum { LETTERS = sizeof(letters) - 1, FAIR = 256 / LETTERS * LETTERS };
    if (buf_size == 0)
        return;
    size_t len = 0;
    while (len < buf_size - 1) {
        unsigned char bytes[64];
        rand_bytes(bytes, sizeof(bytes));
        for (size_t i = 0; i < sizeof(bytes) && len < buf_size - 1; i++)
            if (bytes[i] < FAIR)
                buf[len++] = letters[bytes[i] % LETTERS];
    }
    buf[len] = '\0';
}
