/* What one attempt means: the only place that knows which status means what.
 *
 * A pure function over the tables of verdict_rules.c; the first rule that fits decides. Adding a
 * case is adding a row. The rule's id stands in the attempt log.
 *
 * Guards come after the rules: no retry once something was committed; none of a call that must not
 * be repeated and may have been done; none beyond the attempts and the time there are. Attempts
 * that failed for their key alone (origin credential) and unusable answers (origin model) do not
 * count against attempts_max: they have bounds of their own. */
#ifndef EXCHANGE_VERDICT_H
#define EXCHANGE_VERDICT_H

#include "exchange/google_error.h"
#include "pool/key_pool.h"
#include "translate/reply.h"
#include "upstream/upstream.h"

struct evidence {
    const struct upstream_result *transport;
    const struct google_error
        *error; /* parsed when status >= 400 or an error event came; else NULL */
    const struct reply_facts *facts; /* of a 200 answer so far; NULL when none */
    bool streamed;
    bool committed;   /* bytes of the answer have gone to the client */
    bool idempotent;  /* may be repeated although it might have been done (generation: yes) */
    int attempt;      /* from 1 */
    int attempts_max; /* 1: no retry of any kind */
    int spared;       /* attempts before this one that do not count against attempts_max */
    int empty_retries_left;
    int64_t deadline_left_ms; /* INT64_MAX: none */
    int64_t now_ms;
    bool pinned;        /* only this key can serve */
    bool accepted;      /* the status, though it may be one from 300 on, is an answer */
    bool ended;         /* the stream said why it ended, before its connection broke */
    bool elsewhere;     /* the answer is that of another host, to which upstream led: whatever it
                         * says, it is not the key's doing */
    const char *egress; /* proxy used, "" direct */
};

/* Who is at fault. CREDENTIAL: the key, or its project, or what its tier may use. MODEL: the answer
 * came and is unusable. */
enum origin {
    ORIGIN_NONE,
    ORIGIN_CLIENT,
    ORIGIN_CREDENTIAL,
    ORIGIN_MODEL,
    ORIGIN_EGRESS,
    ORIGIN_UPSTREAM,
    ORIGIN_US
};

enum retry { RETRY_STOP, RETRY_SAME_KEY, RETRY_NEXT_KEY };

/* A request never burns more keys than this. Most have been put to rest on the way, so that the
 * pool does not offer them again. */
#define VERDICT_KEY_ATTEMPTS_MAX 64

struct verdict {
    const char *rule; /* id, constant: "ok", "key.invalid", "quota.day", ... */
    enum origin origin;
    struct key_effect effect; /* for key_pool_settle() */
    enum retry retry;
    int64_t retry_after_ms; /* wait before the retry */
    int client_status;      /* to answer with, if this attempt is the last; 0: upstream's own */
    bool relay_body;        /* what upstream said tells the client what to do: pass it on. Of an
                             * unusable 200: the client sees that for itself in the native dialect */
    bool usable;            /* the attempt gave the answer: not a failure */
};

struct verdict verdict_of(const struct evidence *evidence);

#endif
