/* Where the bytes of a streamed answer go. The first failure is latched: later calls return it
 * at once without doing work. A client that takes nothing for too long counts as gone. */
#ifndef HTTP_SINK_H
#define HTTP_SINK_H

#include <stddef.h>

struct sink;

/* Queues bytes. Returns 0, or -1 once the client is gone. */
int sink_write(struct sink *sink, const void *data, size_t len);
/* Sends what is queued (once an event: libfcgi holds 8 KiB back). Returns 0 or -1. */
int sink_flush(struct sink *sink);
/* Gives the connection up in the middle of the answer, after what is queued: a client has to see
 * that the rest is missing. */
void sink_abort(struct sink *sink);

#endif
