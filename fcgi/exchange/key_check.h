/* Does a key work? One small call with it, judged by the same verdict as any other call.
 *
 * Used by the scheduled check, by `gbctl keys verify` and by the admin. The key need not be in the
 * pool. */
#ifndef EXCHANGE_KEY_CHECK_H
#define EXCHANGE_KEY_CHECK_H

#include "exchange/exchange.h"

struct key_check_subject {
    int64_t id;
    enum key_kind kind;
    const char *secret;
    const char *proxy; /* "" direct */
};

enum key_finding {
    KEY_WORKS,  /* it answered */
    KEY_RESTS,  /* it lives, but has no quota for TEST_MODEL now, or not on its tier */
    KEY_FAULTY, /* a fault of its own that somebody can mend (service disabled, referrer blocked) */
    KEY_IS_DEAD, /* invalid, expired, leaked, suspended; said twice where once is not enough */
    KEY_UNKNOWN  /* the check itself failed: network, upstream, region */
};

struct key_check {
    enum key_finding finding;
    int status;               /* of upstream, 0 none */
    struct key_effect effect; /* as the verdict put it */
    char text[LOG_TEXT_LONG]; /* upstream's words, one line, redacted; "" when it works */
};

/* Asks TEST_MODEL for a word. `env->keys` is not used. At most a few seconds longer than
 * CONNECT_TIMEOUT and 30 s together. */
void key_check(const struct exchange_env *env, const struct key_check_subject *subject,
               struct key_check *check_r);

const char *key_finding_word(enum key_finding finding); /* "works", "rests", ... */

#endif
