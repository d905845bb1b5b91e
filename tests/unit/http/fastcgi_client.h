/* A small FastCGI web server's side: says the records itself, so that it can say them wrongly
 * or in pieces. All waits are bounded (CLIENT_PATIENCE_S); every function is usable from threads
 * and asserts nothing. */
#ifndef TEST_FASTCGI_CLIENT_H
#define TEST_FASTCGI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

enum { CLIENT_PATIENCE_S = 20 };

enum record_type {
    RECORD_BEGIN = 1,
    RECORD_ABORT = 2,
    RECORD_END = 3,
    RECORD_PARAMS = 4,
    RECORD_STDIN = 5,
    RECORD_STDOUT = 6
};

/* Connects to a socket's path, or to 127.0.0.1 at `port` when `path` is NULL; -1 on failure. */
int client_connect(const char *path, int port);
/* Sends one record; false when the other side is gone. */
bool client_record(int fd, enum record_type type, const void *data, size_t len);
/* Sends the beginning and the variables of a request: `method` `uri`, with `content_length`
 * unless it is negative. */
bool client_begin(int fd, bool keep, const char *method, const char *uri, long content_length);
/* Sends body bytes; the end of the body. */
bool client_body(int fd, const char *data, size_t len);
bool client_body_end(int fd);
/* Reads one record, appending what it says on STDOUT to `out`. Returns its type, or 0 when the
 * connection has ended. */
int client_read_record(int fd, struct strbuf *out);
/* Reads until the request has ended; false when the connection did before. */
bool client_answer(int fd, struct strbuf *out);
/* True when the other side closes within a second, without another byte. */
bool client_sees_close(int fd);

/* A whole exchange on a connection of its own or on `fd`. */
bool client_request(int fd, bool keep, const char *uri, const char *body, size_t len,
                    struct strbuf *out);
/* The body in an answer, "" when there is none. */
const char *client_answer_body(const struct strbuf *out);

#endif
