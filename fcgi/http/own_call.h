/* A call that the program makes to one of its own routes, for somebody whom another call serves: it goes
 * through the router as a client's does, with its access check, limits and log row. Nothing leaves the
 * process on the way in, so no address of its own has to be known. */
#ifndef HTTP_OWN_CALL_H
#define HTTP_OWN_CALL_H

#include "base/strbuf.h"
#include "http/router.h"

/* A POST of JSON. */
struct own_call {
    const char *path;  /* of the route, "/v1/chat/completions" */
    const char *token; /* sent as a bearer token; "" none */
    const char *body;
    size_t body_len;
};

/* What came back, in the outer request's arena but for the body. */
struct own_answer {
    int status;
    int64_t
        deadline_us; /* set by the caller, of clock_mono_us(); 0 none. Looked at when bytes come */
    bool is_late;
    struct strbuf
        body; /* the caller's, with its maximum. Beyond it, as after the deadline, the inner call
                         * ends as if its client had left; what came until then stands here */
    struct http_response response; /* its headers: own_answer_header() */
};

/* The route answers the outer call's client itself, streams included. Returns the status. */
int own_call_pass(struct router *router, const struct http_call *outer,
                  const struct own_call *order);
/* The whole answer is collected; when the outer client leaves, the inner call ends too. The caller sets
 * deadline and body. */
void own_call_fetch(struct router *router, const struct http_call *outer,
                    const struct own_call *order, struct own_answer *answer_r);
/* First header of that name, or NULL. */
const char *own_answer_header(const struct own_answer *answer, const char *name);

#endif
