/* A scripted HTTP server on the loopback, for tests: it misbehaves as the test's handler says.
 *
 * Each connection has a thread of its own. The handler is called once for each request that was
 * read whole, on that thread; it answers with the fake_* functions. All waits end after a minute. */
#ifndef FAKE_SERVER_H
#define FAKE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"

struct fake_server;
struct fake_conn;

struct fake_request {
    int number;        /* of all requests, from 1 */
    int on_connection; /* of this connection's requests, from 1 */
    const char *line;  /* "POST /v1beta/x HTTP/1.1" */
    const char *head;  /* line and headers */
    const char *body;
    size_t body_len;
};

typedef void fake_handler(struct fake_conn *conn, const struct fake_request *request, void *ctx);

/* Listens on a free port. */
struct fake_server *fake_server_start(fake_handler *handler, void *ctx);
/* As above, but the handler is called as soon as a connection is there, without a request. */
struct fake_server *fake_server_start_raw(fake_handler *handler, void *ctx);
/* Ends all connections and threads. Safe to call at once after a test. */
void fake_server_stop(struct fake_server **server);

int fake_server_port(const struct fake_server *server);
int fake_server_requests(struct fake_server *server);
int fake_server_connections(struct fake_server *server);
/* How many connections the other side has closed while a handler was in fake_hang(). */
int fake_server_abandoned(struct fake_server *server);
/* A port on which nobody listens. */
int fake_closed_port(void);
/* A port that takes connections into its backlog and never answers; close *fd_r afterwards. */
int fake_silent_port(int *fd_r);

/* Value of a request header in a static buffer of the calling thread; "" when absent. */
const char *fake_header(const struct fake_request *request, const char *name);

/* --- for handlers ---------------------------------------------------------------------------- */

void fake_write(struct fake_conn *conn, const void *data, size_t len);
void fake_print(struct fake_conn *conn, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A whole answer with Content-Length; the connection stays open. */
void fake_answer(struct fake_conn *conn, int status, const char *type, const char *body);
/* The head of a chunked 200, then pieces, then the end. */
void fake_chunked_head(struct fake_conn *conn, const char *type);
void fake_chunk(struct fake_conn *conn, const void *data, size_t len);
void fake_chunk_text(struct fake_conn *conn, const char *text);
void fake_chunked_end(struct fake_conn *conn);
void fake_sleep(int ms);
/* Waits until the other side closes, a minute at most. */
void fake_hang(struct fake_conn *conn);
void fake_close(struct fake_conn *conn); /* orderly, after the handler has returned */
void fake_reset(struct fake_conn *conn); /* with RST, at once */
/* Reads exactly `len` bytes (raw servers); returns 0 or -1. */
int fake_read(struct fake_conn *conn, void *buf, size_t len);
/* Reads and answers requests as an ordinary server from here on (raw servers, after a handshake).
 */
void fake_serve(struct fake_conn *conn, fake_handler *handler, void *ctx);

#endif
