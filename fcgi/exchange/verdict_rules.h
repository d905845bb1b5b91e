/* The rules of verdict.c, as data. */
#ifndef EXCHANGE_VERDICT_RULES_H
#define EXCHANGE_VERDICT_RULES_H

#include "exchange/verdict.h"

enum decision_flags {
    RELAY = 1 << 0,     /* upstream's body goes to the client */
    TWICE = 1 << 1,     /* dead only when it happens again */
    AMBIGUOUS = 1 << 2, /* it may have been done: not repeated unless idempotent */
    USABLE = 1 << 3     /* this is the answer */
};

struct decision {
    const char *rule;
    enum origin origin;
    enum key_effect_kind effect;
    enum rest_scope scope;
    enum rest_reason reason;
    int64_t rest_ms; /* EFFECT_REST: 0 leaves it to the pool; REST_AS_TOLD: RetryInfo */
    enum retry retry;
    int wait_ms;       /* before the retry; grows with the attempts */
    int most;          /* attempts of this kind at most; 0: as many as there are */
    int client_status; /* 0: upstream's */
    unsigned flags;
};

/* RetryInfo and a margin, as far as there is one. */
#define REST_AS_TOLD ((int64_t)-1)

/* By transport outcome. */
const struct decision *transport_decision(enum upstream_outcome outcome);
/* For another host than upstream's. */
const struct decision *elsewhere_decision(enum upstream_outcome outcome, int status);
/* By status and error body. Never NULL for a status of 300 and more. */
const struct decision *error_decision(int status, const struct google_error *error);
/* By what a 2xx answer says about itself. Never NULL. */
const struct decision *answer_decision(const struct reply_facts *facts, bool streamed);

#endif
