/* One attempt, as its three files share it: attempt.c makes the call and judges it, attempt_bytes.c
 * takes what comes in, attempt_tell.c says to the client what there is to say at the end. */
#ifndef EXCHANGE_ATTEMPT_PRIV_H
#define EXCHANGE_ATTEMPT_PRIV_H

#include "exchange/exchange_priv.h"

/* Why we ended the call ourselves. */
enum attempt_end {
    END_NONE,
    END_CLIENT,      /* it takes no more bytes */
    END_LATE,        /* nothing that counts within the first-token deadline */
    END_UNUSABLE,    /* cannot be translated, or is too large */
    END_ERROR_EVENT, /* an error inside the stream */
    END_ENOUGH       /* of an error all that is kept has come */
};

struct attempt {
    struct exchange *x;
    struct key_grant *grant;
    struct reply_filter *filter; /* NULL: bytes pass */
    struct event_stream stream;
    struct strbuf body; /* a whole answer */
    struct strbuf out;  /* of one event */
    struct reply_facts facts;
    struct upstream_result transport;
    struct google_error *error; /* x->error_room, where it and x->error_body are filled; or NULL */
    bool told;                  /* the client has upstream's own error event */
    bool accepted;              /* the key's owner knows that upstream answers */
    bool said;                  /* the client has something of this attempt's answer */
    enum attempt_end end;
    struct err err;         /* for END_UNUSABLE */
    int64_t first_token_ms; /* deadline for the gate; 0 none */
    int64_t started_wall_ms;
    char egress[sizeof(((struct key_grant *)0)->proxy)];
    const char *location; /* where a redirect that is followed leads; NULL none. In the arena */
    bool elsewhere;       /* the answer is that of another host, to which upstream led */
};

/* An answer that tells of a failure, by its status. */
bool attempt_is_refused(const struct attempt *a, int status);
/* Events of a stream, not pieces of a body. */
bool attempt_is_framed(const struct attempt *a);
/* One body, to be read as a whole; else a stream or a download. */
bool attempt_is_whole(const struct attempt *a);

/* --- attempt_bytes.c --- */

/* The callbacks of upstream_call(); ctx is the attempt. */
int attempt_on_head(void *ctx, int status, const struct upstream_header *headers, size_t count);
int attempt_on_data(void *ctx, const void *data, size_t len);
int attempt_on_tick(void *ctx, int64_t waited_ms);
/* The handler of a->stream. */
int attempt_on_event(void *ctx, const char *data, size_t len, const char *raw, size_t raw_len);
/* After the call: the last event, the whole answer or the error is read, and an end of our own is
 * named in a->transport. */
void attempt_end_bytes(struct attempt *a);
/* Bytes for the client, by way of the gate. 0 or -1 (the client is gone). */
int attempt_pass(struct attempt *a, const void *data, size_t len);
/* Opens the gate. 0 or -1. */
int attempt_commit(struct attempt *a);
/* What is left of the stream is the "]" of an array, which its last event could not know of. */
bool attempt_is_array_end(const struct attempt *a);

/* --- redirect.c --- */

/* After a call whose answer led elsewhere (a->location): calls on until an answer leads no further.
 * `call` is changed. */
void redirect_follow(struct attempt *a, struct upstream_request *call,
                     const struct upstream_events *events);

/* --- resume.c --- */

/* After the verdict: whether the answer goes on in another request. Then the filter is kept for it
 * and x->verdict.retry says which key is to be asked. */
bool resume_attempt(struct attempt *a);
/* Keeps the continuationToken that an event, or a whole answer, holds. */
void resume_note(struct attempt *a, const char *data, size_t len);

/* --- attempt_tell.c --- */

/* After the verdict: the answer's end, or an error in the stream; nothing when another attempt or
 * an error body is to follow. */
void attempt_tell_client(struct attempt *a);
/* Of a fake stream: the chunks of a whole answer, which is not the end. 0 or -1 (gone). */
int attempt_tell_part(struct attempt *a);

#endif
