/* The parts of one exchange, as the files of this folder share them. */
#ifndef EXCHANGE_EXCHANGE_PRIV_H
#define EXCHANGE_EXCHANGE_PRIV_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "exchange/exchange.h"
#include "exchange/pacer.h"

/* --- reply_gate.c: what the client has been told so far --- */

enum gate_state {
    GATE_HOLD,    /* nothing: any status is possible */
    GATE_HEADERS, /* status 200 and comments: another key can still be tried */
    GATE_CONTENT  /* a part of the answer: no way back */
};

#define PASSED_HEADERS_MAX 12

/* What of an upstream answer's head goes to the client. */
struct answer_front {
    int status;
    char content_type[128];
    struct upstream_header passed[PASSED_HEADERS_MAX]; /* in the exchange's arena */
    size_t passed_count;
};

struct reply_gate {
    enum gate_state state;
    const struct exchange_client *client;
    struct strbuf held; /* what the present attempt has to say */
    int held_events;
    bool gone;         /* the client left; latched */
    int64_t spoke_ms;  /* when it last got a byte, or the exchange began; monotonic */
    int64_t client_us; /* time spent in its callbacks */
};

/* `begun`: in HEADERS, which have left before. */
void reply_gate_open(struct reply_gate *gate, const struct exchange_client *client, bool begun);
void reply_gate_close(struct reply_gate *gate);
/* The attempt failed: what it had to say is forgotten. */
void reply_gate_forget(struct reply_gate *gate);
/* Keeps bytes of one event back. False once no more can be kept: commit. */
bool reply_gate_hold(struct reply_gate *gate, const void *data, size_t len);
/* HOLD or HEADERS to CONTENT: the front (unless headers have left) and what was held go out. 0 or
 * -1. */
int reply_gate_commit(struct reply_gate *gate, const struct answer_front *front);
/* Writes in CONTENT, and flushes when `flush`. 0 or -1 (gone). */
int reply_gate_write(struct reply_gate *gate, const void *data, size_t len, bool flush);
/* Sends a sign of life: an event stream begins with it, if nothing has been sent yet. 0 or -1. */
int reply_gate_heartbeat(struct reply_gate *gate, const char *bytes);
/* A whole answer at once, in HOLD: front and body. 0 or -1. */
int reply_gate_answer(struct reply_gate *gate, const struct answer_front *front, const void *body,
                      size_t len);

/* --- resume.c: an answer that goes on in another request --- */

/* Requests for the rest of one answer at most: by its text, by continuationToken. */
#define RESUME_BY_TEXT_MAX 3
#define RESUME_BY_TOKEN_MAX 64

struct resume {
    struct reply_filter *filter; /* what was said so far; NULL until an answer goes on */
    struct strbuf body;          /* of the next request */
    struct strbuf token;         /* continuationToken of the attempt at hand */
    bool truncated;              /* asked for by its text */
    bool visible;                /* something other than thoughts was said */
    int by_text, by_token;       /* requests made */
    struct token_usage earlier;  /* of the requests before */
};

void resume_open(struct resume *resume);
void resume_close(struct resume *resume);

/* --- the exchange --- */

struct exchange {
    const struct exchange_env *env;
    const struct exchange_request *request;
    struct exchange_outcome *outcome;
    struct log_request *log; /* NULL: nothing is logged */
    struct arena *arena;
    struct reply_gate gate;
    struct resume resume;
    struct pacer pacer;
    struct key_query query;
    bool judged; /* an answer of a model is expected */
    int attempts_max, spared, empties_left;
    int64_t started_us;       /* monotonic */
    int64_t deadline_ms;      /* monotonic; until something is committed */
    int64_t line_whole_ms;    /* POOL_MAX_WAIT ... */
    int64_t line_left_ms;     /* ... and what is left of it */
    int64_t heartbeat_ms;     /* 0: none */
    int64_t waiting_since_us; /* 0: not waiting for others */
    bool answered;            /* the client got its answer, or in-band error, to the end */
    /* of the last attempt */
    struct verdict verdict;
    int upstream_status; /* 0: no answer */
    struct answer_front front;
    struct google_error *error_room; /* of the present attempt; large and rare, so in the arena */
    struct strbuf error_body;        /* Google's */
    struct err why;
};

/* Time between these two is not ours. */
void exchange_wait_begin(struct exchange *x);
void exchange_wait_end(struct exchange *x);
/* Waits, with signs of life, until `ms` have passed (0) or the client has left (-1). */
int exchange_wait(struct exchange *x, int64_t ms);
/* How often a client is asked whether the answer is still wanted, where it can be asked. */
#define UNWANTED_LOOK_MS 100

/* Sends a sign of life when one is due. 0 or -1 (the client left, or wants no answer any more). */
int exchange_keep_alive(struct exchange *x);
/* Waits until `us` have passed (0) or the client has left (-1); nothing is sent meanwhile. */
int exchange_pause(struct exchange *x, int64_t us);
/* The deadline for the first byte begins anew. */
void exchange_set_deadline(struct exchange *x);
int64_t exchange_time_left(const struct exchange *x); /* until the deadline, in ms; <= 0: over */

/* --- attempt.c: one key, one call, one verdict --- */

/* Makes the attempt: calls, judges, settles the grant, tells the client what there is to tell,
 * logs. The verdict is in x->verdict. Wipes the grant. */
void attempt_run(struct exchange *x, struct key_grant *grant);

/* --- outgoing.c: the request as it goes up --- */

#define OUTGOING_HEADERS_MAX 64

struct outgoing {
    struct upstream_header headers[OUTGOING_HEADERS_MAX];
    size_t count;
    char credential[LIMIT_SECRET + 16];
};
/* The headers with exactly one credential; texts live in the exchange's arena and in `out`. */
void outgoing_headers(struct outgoing *out, struct exchange *x, const struct key_grant *grant);
void outgoing_wipe(struct outgoing *out);
/* Deadlines by settings, method of streaming and time left. */
void outgoing_deadlines(struct upstream_request *call, const struct exchange *x);
/* What of upstream's head is passed on. */
void answer_front_fill(struct answer_front *front, struct exchange *x, int status,
                       const struct upstream_header *headers, size_t count);

/* --- line.c: waiting for a key --- */

enum line_result { LINE_GRANTED, LINE_GONE, LINE_REFUSED };

struct line_refusal {
    enum acquire_result result;
    bool all_tried; /* by this request: there is no key whose error it has not seen */
    struct key_shortage shortage;
};
/* Gets a key, waiting for one as long as POOL_MAX_WAIT allows. */
enum line_result line_acquire(struct exchange *x, struct key_grant *grant,
                              struct line_refusal *refusal_r);

/* --- failure.c: telling the client that it did not work --- */

/* `wait_ms`: when trying again may help; -1 unknown. */
void failure_of_attempt(struct exchange *x, int64_t wait_ms);
void failure_of_line(struct exchange *x, const struct line_refusal *refusal);
/* The reason that stands behind a failed attempt, for a person. */
void failure_reason(struct err *err_r, int status, const struct verdict *verdict,
                    const char *words);

/* --- exchange_log.c --- */

void exchange_log_attempt(struct exchange *x, const struct log_attempt *row);
void exchange_log_request(struct exchange *x);
const char *effect_word(enum key_effect_kind kind);

#endif
