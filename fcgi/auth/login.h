/* Signing in with the admin token, guarded against guessing.
 *
 * Failures are counted in the store, so by all processes together: LOGIN_ADDRESS_MAX from one
 * address within LOGIN_WINDOW_MS (an IPv6 address counts by its /64 network, which one machine can
 * have whole), and LOGIN_TOTAL_MAX from everywhere, against guessing from many addresses. Beyond
 * either nobody is let in until enough failures are older than the window. Sessions that are open
 * go on. */
#ifndef AUTH_LOGIN_H
#define AUTH_LOGIN_H

#include "base/clock.h"
#include "store/store_sessions.h"

#define LOGIN_WINDOW_MS (15 * MINUTE_MS)
#define LOGIN_ADDRESS_MAX 5
#define LOGIN_TOTAL_MAX 100

enum login_result {
    LOGIN_OK,
    LOGIN_WRONG,
    LOGIN_THROTTLED,  /* *wait_s_r tells how long */
    LOGIN_UNAVAILABLE /* the store cannot count failures now, so nobody may try */
};

/* One try: asks the throttle, compares in constant time, records a failure. Tries of one process
 * happen one after the other, so that many at once cannot outrun the count. An empty `admin_token`
 * lets nobody in. */
enum login_result login_try(struct store *store, const char *address, const char *presented,
                            const char *admin_token, int64_t now_ms, int *wait_s_r);

/* The throttle alone: 1 when another try is allowed; 0 with the seconds to wait (1..900); -1 when
 * the store cannot be read. */
int login_allowed(struct store *store, const char *address, int64_t now_ms, int *wait_s_r);

#endif
