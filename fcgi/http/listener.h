/* The web server's side: accepts FastCGI requests on worker threads, or answers one plain CGI
 * request. Worker threads are grown on demand: one more is started whenever none is left in
 * accept, up to the maximum. There is no mutex around accept.
 *
 * The environment or the FastCGI parameter GB_MOUNT names the path under which the program is
 * mounted ("/gemini"; "" for the root) where the web server does not tell by SCRIPT_NAME and
 * PATH_INFO. A request that cannot be read (a broken escape, too many headers) is answered here
 * with a plain JSON 400, 414 or 431. */
#ifndef HTTP_LISTENER_H
#define HTTP_LISTENER_H

#include "http/response.h"

/* Answers one request; called on a worker thread, several at a time. */
typedef void http_request_handler(void *ctx, struct http_request *req, struct http_response *res);

struct http_listener_options {
    const char *socket;  /* NULL: descriptor 0 as handed over; else a path or HOST:PORT */
    int workers_max;     /* threads, 1..4096 */
    int send_timeout_s;  /* a client that takes nothing, or whose body stands still, for
                          * so long is gone; 0: never */
    int drain_timeout_s; /* how long a stop waits for running answers */
    http_request_handler *handler;
    void *ctx;
};

struct http_listener;

/* How the program was started: HTTP_START_CGI when the environment is that of a CGI request
 * (REQUEST_METHOD or GATEWAY_INTERFACE without a FastCGI socket on descriptor 0), else
 * HTTP_START_FASTCGI, or HTTP_START_SHELL when descriptor 0 is neither (a person's terminal). */
enum http_start { HTTP_START_FASTCGI, HTTP_START_CGI, HTTP_START_SHELL };
enum http_start http_start_detect(const char *socket);

/* Opens the socket and starts the first worker. Call with the signals that stop the program
 * already blocked in the calling thread. Takes SIGUSR2 for its own use. A socket path that a
 * living process serves is ERR_EXISTS; one left over by a dead process is replaced.
 * FCGI_WEB_SERVER_ADDRS in the environment (addresses with commas between) names who alone may
 * connect by TCP. NULL with err on failure. */
struct http_listener *http_listener_open(const struct http_listener_options *options,
                                         struct err *err);
/* Stops accepting, waits for running answers up to drain_timeout_s, ends the workers.
 * Returns the number of workers that were still at it when it gave up; what they use is then
 * left allocated. */
int http_listener_close(struct http_listener **listener);

struct http_listener_stats {
    int workers;     /* threads now */
    int busy;        /* of them answering */
    uint64_t served; /* requests since start */
};
struct http_listener_stats http_listener_stats(struct http_listener *listener);

/* True in a CGI process whose query may stand on the command line as options: a query without "=" is
 * given there by some web servers (RFC 3875, 4.4; Apache does), and a stranger's word is no option. */
bool http_cgi_query_commands(void);
/* Answers the one request of a plain CGI process on standard input and output. Signals that the
 * caller has blocked in all threads count as the client's leaving, which is what web servers mean
 * by them. Returns the exit status for the process. */
int http_cgi_serve(const struct http_listener_options *options);

#endif
