/* One FastCGI connection of a worker, over libfcgi. Private to http; the only user of fcgiapp.h.
 *
 * libfcgi reads and writes the protocol; accepting is ours. FCGX_Accept_r() would accept and read
 * in one call, so that a connection on which nothing comes would hold a worker that everybody
 * takes for one in accept(), and a signal meant to end its accept could cut a request that is
 * being read. Handed an open descriptor, FCGX_Accept_r() only reads.
 *
 * A connection is open or not. An open one was just accepted, or it was kept after an answer
 * because the web server asked for it (FCGI_KEEP_CONN) and brings its next request. */
#ifndef HTTP_FASTCGI_H
#define HTTP_FASTCGI_H

#include <signal.h>

#include "http/transport.h"

/* The signal that wakes a worker which waits; its handler does nothing. */
#define FASTCGI_WAKE_SIGNAL SIGUSR2

struct fastcgi_connection;

/* Prepares libfcgi and the signal. Returns 0 or -1. */
int fastcgi_init(void);

/* `timeout_s` bounds each wait for the client to take or give bytes; 0: none. */
struct fastcgi_connection *fastcgi_create(int timeout_s);
void fastcgi_destroy(struct fastcgi_connection **connection); /* closes what is open */

struct http_transport *fastcgi_transport(struct fastcgi_connection *connection);
/* The CGI variables of the request, valid until fastcgi_finish(). */
char *const *fastcgi_environment(const struct fastcgi_connection *connection);

bool fastcgi_is_open(const struct fastcgi_connection *connection);
/* Takes over a descriptor that was accepted. */
void fastcgi_open(struct fastcgi_connection *connection, int fd);
/* Closes a connection on which no request is under way. */
void fastcgi_close(struct fastcgi_connection *connection);

enum fastcgi_wait {
    FASTCGI_READY, /* a request begins to arrive */
    FASTCGI_LEFT,  /* the web server has closed it */
    FASTCGI_WOKEN  /* by the signal */
};
/* Waits for the next request on an open connection. Call with the wake signal blocked: it is let
 * through during the wait only, so that no request is cut in the middle. */
enum fastcgi_wait fastcgi_wait(const struct fastcgi_connection *connection);
/* Reads the request's beginning and variables. Returns 0, or -1 when the connection is closed
 * because something else came. */
int fastcgi_read_request(struct fastcgi_connection *connection);

/* Ends the answer. `keep` allows the connection to be kept, where the web server wishes so;
 * `body_ended` says that the request's body was read to its end. */
void fastcgi_finish(struct fastcgi_connection *connection, bool keep, bool body_ended);

#endif
