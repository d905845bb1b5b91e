#include "base/rand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/crypto.h"

static void fill_from_kernel(void *buf, size_t len)
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

/* Every request draws a few bytes several times: the kernel is asked for some of them at once. What
 * was handed out is overwritten here. */
static struct {
    pthread_mutex_t lock;
    size_t left;
    unsigned char bytes[512];
} stock = {.lock = PTHREAD_MUTEX_INITIALIZER};
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

/* Two processes must not draw the same bytes. */
static void empty_in_child(void)
{
    pthread_mutex_init(&stock.lock, NULL);
    stock.left = 0;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, empty_in_child);
}

static void take_from_stock(void *buf, size_t len)
{
    pthread_once(&fork_once, watch_forks);
    LOCK_SCOPE(&stock.lock);
    if (stock.left < len) {
        fill_from_kernel(stock.bytes, sizeof(stock.bytes));
        stock.left = sizeof(stock.bytes);
    }
    stock.left -= len;
    memcpy(buf, stock.bytes + stock.left, len);
    secret_wipe(stock.bytes + stock.left, len);
}

void rand_bytes(void *buf, size_t len)
{
    if (len > sizeof(stock.bytes) / 4)
        fill_from_kernel(buf, len);
    else
        take_from_stock(buf, len);
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
