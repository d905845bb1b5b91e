/* The route table: rows of method, pattern, who may call, which dialect errors speak, and the
 * handler. A pattern's "{name}" takes one path segment, "{name...}" the rest of the path (with
 * slashes, at least one segment), and "{model}:verb" or "{model}:{verb}" splits a segment at its
 * last colon. A part that is captured is never empty. Doubled and trailing slashes in a path
 * count for nothing. The first matching row wins.
 *
 * Handlers return the HTTP status that they have sent, or an error status (>= 400) that they have
 * NOT sent: then the router has the row's dialect write the body from `err`. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/response.h"

enum access {
    ACCESS_PUBLIC,   /* anybody */
    ACCESS_CLIENT,   /* a client token, in any of the places that clients use */
    ACCESS_ADMIN,    /* an admin session; pages redirect to the login */
    ACCESS_ADMIN_API /* an admin session or the admin token as bearer; 401 in JSON */
};

/* Whose error body and conventions a route follows. */
enum route_dialect { DIALECT_OPENAI, DIALECT_GEMINI, DIALECT_PAGE, DIALECT_JSON };

struct api;
struct admin;
struct http_call; /* what a handler gets: below */

typedef int http_handler(struct http_call *call);

struct route {
    unsigned methods; /* enum http_method or'ed; GET includes HEAD */
    const char *pattern;
    enum access access;
    enum route_dialect dialect;
    http_handler *handler;
    const void *arg; /* constant data for a handler that serves several rows */
};

struct http_call {
    struct http_request *req;
    struct http_response *res;
    const struct route *route;
    void *app;             /* what router_create() was given, for the hooks */
    struct api *api;       /* what the folders above need of the program; */
    struct admin *admin;   /* set by hooks->enter */
    struct err err;        /* the reason of a returned error status */
    int retry_after_s;     /* > 0: Retry-After of a returned error status */
    const void *settings;  /* snapshot held for this call (struct settings) */
    const void *principal; /* who calls: set by the access check (struct principal) */
    const void
        *continued; /* what a handler did before it gave the call to another one; NULL nothing
                            * (struct api_continued) */
    void *log_row;  /* begun for this call and not posted yet; NULL none (struct log_request) */
};

/* Hooks of the program around every call; all but preflight and elsewhere are required. They are
 * called for unknown paths and wrong methods too: call->route is NULL for the one, and for the
 * other (and for OPTIONS) the first row with that path. */
struct router_hooks {
    /* Called first: takes what the call holds (the settings snapshot). */
    void (*enter)(struct http_call *call);
    /* Called last, whatever happened, with the final status: gives it back, logs. */
    void (*leave)(struct http_call *call, int status);
    /* Says whether the caller may use the route: 0, or an HTTP status with call->err set. A
     * hook that has answered itself (a redirect) returns that status below 400. */
    int (*check_access)(struct http_call *call);
    /* Writes the error body in the route's dialect; route is NULL for an unknown path. */
    int (*write_error)(struct http_call *call, int status);
    /* May be NULL. Adds headers to the 204 that answers OPTIONS where no row does (`Allow` is
     * set already); must not send. */
    void (*preflight)(struct http_call *call);
    /* May be NULL. For a path without a row, after enter: another path (percent-encoded, living as
     * long as the request) that it may be a slip of, the likeliest first; `choice` counts from 0,
     * NULL ends it. The first one that the table knows is taken in its place. A row that ends in
     * "{rest...}" takes what nothing else does: before it is called, choice 0 is asked for too. */
    const char *(*elsewhere)(struct http_call *call, int choice);
};

struct router;

/* Checks every pattern. `routes` ends with a row whose pattern is NULL and must outlive the
 * router. NULL with err when a pattern is bad. */
struct router *router_create(const struct route *routes, const struct router_hooks *hooks,
                             void *app, struct err *err);
void router_destroy(struct router **router);

/* Answers one request completely; 404, 405 with Allow and OPTIONS included. */
void router_dispatch(struct router *router, struct http_request *req, struct http_response *res);

#endif
