/* The socket on which the web server's requests arrive. Private to http. */
#ifndef HTTP_LISTEN_SOCKET_H
#define HTTP_LISTEN_SOCKET_H

#include <stdbool.h>

#include "base/err.h"

/* True when `fd` is a listening socket. */
bool listen_socket_is(int fd);
/* Opens "HOST:PORT", "[ADDRESS]:PORT", ":PORT" or else a path. Returns the descriptor or -1. */
int listen_socket_open(const char *name, struct err *err);
/* Accepts one connection; `allowed` is NULL or the addresses, with commas between, from which TCP
 * connections may come (FCGI_WEB_SERVER_ADDRS). Returns the descriptor, or -1 with errno: EINTR
 * when a signal came, ECONNABORTED when this one connection was no good. */
int listen_socket_accept(int fd, const char *allowed);
/* Removes the path behind it, if it is one. */
void listen_socket_unlink(const char *name);

#endif
