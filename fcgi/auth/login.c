#include "auth/login.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

enum { NAME_LEN = 64 };

static pthread_mutex_t try_lock = PTHREAD_MUTEX_INITIALIZER;

/* What failures are counted under: the address, or the /64 network of an IPv6 one. */
static void throttle_name(const char *address, char name_r[NAME_LEN])
{
    struct in6_addr v6;
    char text[INET6_ADDRSTRLEN];
    bool is_v6 = inet_pton(AF_INET6, address, &v6) == 1;
    if (is_v6 && IN6_IS_ADDR_V4MAPPED(&v6)) {
        inet_ntop(AF_INET, &v6.s6_addr[12], text, sizeof(text));
        text_copy(name_r, NAME_LEN, text);
    } else if (is_v6) {
        memset(&v6.s6_addr[8], 0, 8);
        snprintf(name_r, NAME_LEN, "%s/64", inet_ntop(AF_INET6, &v6, text, sizeof(text)));
    } else {
        text_copy(name_r, NAME_LEN, address);
    }
}

/* Seconds until fewer than `max` failures lie within the window; 0 when that is so now, -1 on
 * failure. The count only shrinks as the window moves on, so the moment is found by halving. */
static int seconds_until(struct store *store, const char *name, int64_t max, int64_t now_ms)
{
    int low = 0;
    int high = (int)(LOGIN_WINDOW_MS / SECOND_MS);
    int64_t since_ms = now_ms - LOGIN_WINDOW_MS;
    int64_t count = store_login_failures(store, name, since_ms);
    if (count < max)
        return count < 0 ? -1 : 0;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        count = store_login_failures(store, name, since_ms + middle * SECOND_MS);
        if (count < 0)
            return -1;
        if (count < max)
            high = middle;
        else
            low = middle;
    }
    return high;
}

static int allowed(struct store *store, const char *name, int64_t now_ms, int *wait_s_r)
{
    int by_address = seconds_until(store, name, LOGIN_ADDRESS_MAX, now_ms);
    int by_total = seconds_until(store, NULL, LOGIN_TOTAL_MAX, now_ms);
    if (by_address < 0 || by_total < 0)
        return -1;
    *wait_s_r = by_address > by_total ? by_address : by_total;
    return *wait_s_r == 0;
}

int login_allowed(struct store *store, const char *address, int64_t now_ms, int *wait_s_r)
{
    char name[NAME_LEN];
    throttle_name(address, name);
    return allowed(store, name, now_ms, wait_s_r);
}

enum login_result login_try(struct store *store, const char *address, const char *presented,
                            const char *admin_token, int64_t now_ms, int *wait_s_r)
{
    char name[NAME_LEN];
    throttle_name(address, name);
    LOCK_SCOPE(&try_lock);
    int may = allowed(store, name, now_ms, wait_s_r);
    if (may < 0)
        return LOGIN_UNAVAILABLE;
    if (may == 0) {
        log_event(LOG_WARNING, "admin.login_throttled", "address=%s wait_s=%d", name, *wait_s_r);
        return LOGIN_THROTTLED;
    }
    if (!text_empty(admin_token) && secret_equal(presented, admin_token))
        return LOGIN_OK;
    log_event(LOG_WARNING, "admin.login_failed", "address=%s", name);
    /* A failure that cannot be counted must look like a success that cannot open a session. */
    return store_login_failed(store, name, now_ms, NULL) < 0 ? LOGIN_UNAVAILABLE : LOGIN_WRONG;
}
