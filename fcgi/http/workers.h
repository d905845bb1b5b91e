/* The threads of a listener. Private to http. */
#ifndef HTTP_WORKERS_H
#define HTTP_WORKERS_H

#include "http/listener.h"

struct workers;

/* Where requests come from; the texts must outlive the workers. */
struct workers_source {
    int listen_fd;
    const char *allowed; /* FCGI_WEB_SERVER_ADDRS or NULL */
    const char *mount;   /* GB_MOUNT or NULL */
};

/* Starts the first worker. NULL with err when no thread can be started. */
struct workers *workers_start(const struct http_listener_options *options,
                              const struct workers_source *source, struct err *err);
/* As http_listener_close(); frees all unless some worker is still at it. */
int workers_stop(struct workers **workers);

struct http_listener_stats workers_stats(struct workers *workers);

#endif
