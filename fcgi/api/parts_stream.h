/* A client's stream that several parts of a request write to, each whole events at a time: what they share
 * is under one lock. */
#ifndef API_PARTS_STREAM_H
#define API_PARTS_STREAM_H

#include <pthread.h>

#include "api/api_call.h"
#include "exchange/fan_out.h"

struct parts_stream {
    struct http_response *res;
    pthread_mutex_t lock;
    /* under the lock */
    bool began;  /* the head has left */
    bool gone;   /* the client left */
    bool closed; /* what the parts still have to say is of no use */
};

/* One part as it writes; lives as long as the part. */
struct parts_writer {
    struct parts_stream *stream;
    const struct fan_out_part *part;
};

void parts_stream_open(struct parts_stream *stream, struct http_response *res);
void parts_stream_close(struct parts_stream *stream);
/* The part's answer goes into the stream from its first event on. */
void parts_stream_join(struct parts_stream *stream, struct parts_writer *writer,
                       struct fan_out_part *part);
/* With the lock held: true when nobody listens any more. */
bool parts_stream_is_over(const struct parts_stream *stream);
/* With the lock held, or when no part runs: writes events of ours. 0 or -1 (gone). */
int parts_stream_say(struct parts_stream *stream, const void *data, size_t len);

#endif
