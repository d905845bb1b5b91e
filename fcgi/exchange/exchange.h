/* One client call, from the first attempt to the last byte.
 *
 *   exchange          the whole, under one deadline (TIME_OUT until something was committed): at
 *                     most MAX_RETRIES attempts (0: one); those that failed for their key alone
 *                     or were unusable answers have bounds of their own (exchange/verdict.h).
 *   attempt           one key, one upstream call, one verdict, one settle, one row in the log.
 *   gate              HOLD until the first event that counts; then COMMIT: status and headers go
 *                     to the client. Until then a failure is a retry on another key or a proper
 *                     HTTP error; afterwards an error event in the dialect and a clean end.
 *   filter            the dialect's reply filter, a new one for each attempt.
 *   resume            an answer that goes on in another request: its filter and what to ask.
 *   pacer             hands texts out in even pieces, behind the filter.
 *   exchange_client   the client as callbacks; api makes it of an http_response, tests of a buffer.
 *
 * Runs on the worker's thread; owns nothing longer than the call. */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include "config/settings.h"
#include "exchange/verdict.h"
#include "pool/key_source.h"
#include "store/journal.h"
#include "translate/prompt_size.h"
#include "translate/reply.h"
#include "upstream/event_stream.h"
#include "upstream/upstream.h"

struct exchange_client {
    void *ctx;
    int fd; /* readable means the client left; -1 not watched */
    /* Status and headers leave now. Returns 0 or -1 (gone). outcome->upstream_us is up to date. */
    int (*begin)(void *ctx, int status, const char *content_type);
    void (*header)(void *ctx, const char *name, const char *value); /* before begin; may be NULL */
    /* A whole answer (not streamed, or an error before anything was streamed) comes in one piece.
     */
    int (*write)(void *ctx, const void *data, size_t len);
    int (*flush)(void *ctx);
    /* Asked now and then while there is nothing to tell: true is as if the client left. May be NULL:
     * only `fd` tells. */
    bool (*unwanted)(void *ctx);
};

/* How credentials go upstream: exactly one. */
enum credential_form { CREDENTIAL_GOOG_HEADER, CREDENTIAL_BEARER };

/* A body that is not held in memory. Instead of exchange_request.body; borrowed. */
struct exchange_body {
    void *ctx;
    int64_t len; /* -1: nobody knows; it goes up in chunks */
    /* Before each attempt: back to the first byte. 0, or -1 when that cannot be. */
    int (*rewind)(void *ctx);
    /* Up to `len` bytes; 0 at the end, -1 when no more can be had: the attempt is given up. */
    int64_t (*read)(void *ctx, void *buf, size_t len);
    /* True once rewind() would fail: no other attempt can be made. NULL: it never does. */
    bool (*spent)(void *ctx);
};

struct exchange_request {
    const char *method;
    /* Complete, without credential. Answers to generateContent and streamGenerateContent are
     * judged: empty, malformed and unfinished ones are not passed off as whole. */
    const char *url;
    const char *model; /* bare id for the pool; "" none */
    enum key_kind kind;
    enum credential_form credential;
    const struct upstream_header *headers; /* to pass on: already chosen by api, no credentials */
    size_t header_count;
    const char *content_type; /* of the body, NULL none */
    const void *body;
    size_t body_len;
    const struct exchange_body *source; /* NULL: `body`. The call as a whole has no deadline then,
                                         * the answer's first byte has TIME_OUT */
    enum stream_framing
        framing; /* FRAMING_RAW: unary; with `streamed` a download, whose bytes pass */
    bool streamed;
    /* The client gets a stream, but upstream is asked for a whole answer: `url` and `framing` (RAW)
     * say so. The whole answer goes through the filter as one event. */
    bool fake_stream;
    bool paced; /* its texts are handed out in even pieces where the settings want it (chunks of
                 * OpenAI's chat only) */
    bool pass_headers; /* native: upstream's status, content type and x-gemini-* and x-goog-*
                        * headers go through, and its bytes even where they tell of a failure */
    /* Statuses from 300 on that are an answer here and no failure; ended by 0. NULL: none. */
    const int *also_answers;
    /* A download: when upstream sends it on to another address, it is fetched from there. Never with
     * the key but from upstream's own host, and only from hosts in the public internet unless
     * MEDIA_FETCH_ALLOWED_HOSTS names them. */
    bool follows;
    bool idempotent;
    /* Of exchange_fetch(), > 0: readable means that whoever wanted the answer left. */
    int watched_fd;
    int64_t pinned_key;
    int64_t preferred_key; /* as in struct key_query */
    /* Whether a key can serve this call at all, by its secret; NULL: any can. Where the line grants one
     * that cannot, it is given back unused and the exchange ends with outcome->unsuited, without
     * a word to the client and without a request row. Not for calls with a heartbeat. */
    bool (*suits)(const char *secret);
    /* Another model can take over: where the keys or the model are at fault, and not the request, and
     * the client has heard nothing of an answer yet, the exchange ends with outcome->unsuited, without
     * a word and without a request row. */
    bool stands_by;
    bool begun; /* outcome->begun of the exchange before this one: the stream goes on */
    /* Room for LOG_TEXT_LONG: what upstream said of the last attempt, or the transport; redacted, for
     * administrators. "" when it went well. NULL: nobody wants to know. */
    char *words;
    /* Attempts that stand under the same log row already: these are numbered after them; and the time that upstream
     * took for them. */
    int attempts_before;
    int64_t upstream_us_before;
    uint64_t affinity;
    int64_t prompt_tokens;        /* estimate ... */
    enum prompt_kind prompt_kind; /* ... and what it is mostly of */
    const char *heartbeat; /* bytes sent while waiting for longer than the setting (an SSE comment,
                            * of a fake stream a chunk), NULL: none in this dialect */
    /* Sees the head of each attempt's answer, before any of it goes to the client; may be NULL. The
     * key stands in outcome->key_id. */
    void (*see_head)(void *ctx, int status, const struct upstream_header *headers, size_t count);
    /* A new filter for each attempt; NULL: bytes pass and nothing is read from them. */
    /* From 1: this is one call of several for one request (exchange/fan_out.h). Its attempts are
     * logged under that request, whose row is not posted here. 0: the whole. */
    int part;
    struct reply_filter *(*make_filter)(void *ctx);
    /* The error body of the dialect, from a status, a reason, and Google's body where there is one
     * that concerns the client. NULL: Google's body or nothing. */
    void (*write_error)(void *ctx, int status, const struct err *why, const char *google_body,
                        size_t google_len, struct strbuf *out);
    void *ctx;
};

struct exchange_env {
    const struct settings *settings; /* held by the caller until the end */
    const struct key_source *keys;
    struct upstream *upstream;
    struct journal *journal; /* NULL: nothing is logged */
    /* Tells of a proxy that failed or worked; may be NULL. */
    void (*proxy_result)(void *ctx, const char *proxy, bool worked, int64_t now_ms);
    void *proxy_ctx;
};

struct exchange_outcome {
    int status; /* what the client got; 499 when it left */
    int attempts;
    bool committed;
    bool unsuited;          /* the key in turn, key_id, does not suit, or another model stands by:
                             * the caller goes on */
    bool begun;             /* unsuited, but a stream has begun with signs of life */
    int64_t first_token_ms; /* -1 none */
    int64_t upstream_us;    /* time spent waiting for upstream and for keys */
    int64_t key_id;         /* of the last attempt, also while it runs; 0 none */
    struct reply_facts facts;
    int upstream_status;       /* of the last attempt, 0 when there was no answer */
    const char *rule;          /* of the last verdict */
    char error[LOG_TEXT_LONG]; /* as the client may know it; "" on success */
};

/* Runs the call and answers the client completely, errors included (with Retry-After where there is
 * one, and x-should-retry: false in translated dialects where trying again is of no use).
 * `log_row` has route, token, dialect, client and so on filled by the caller; attempts, tokens,
 * status and timings are filled here, and both the request row and the attempt rows posted to the
 * journal. */
void exchange_run(const struct exchange_env *env, const struct exchange_request *request,
                  const struct exchange_client *client, struct log_request *log_row,
                  struct exchange_outcome *outcome_r);

/* The same for a call whose answer our own code wants (model lists, key checks): the body, also
 * Google's error body, is collected into `body_r` instead of being sent; nothing is logged. Returns
 * the status, 0 when there was no answer; below 200 and from 300 on err tells why. */
int exchange_fetch(const struct exchange_env *env, const struct exchange_request *request,
                   struct strbuf *body_r, struct exchange_outcome *outcome_r, struct err *err);

#endif
