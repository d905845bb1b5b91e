/* A web server made of memory: hands CGI variables and a body to http_serve() and keeps what
 * comes back. */
#ifndef TEST_FRONT_H
#define TEST_FRONT_H

#include "../unit.h"

#include "base/strbuf.h"
#include "http/serve.h"

enum { FRONT_VARS = 256 };

struct front {
    struct http_transport transport; /* first */
    char *vars[FRONT_VARS];
    size_t var_count;
    const char *body;
    size_t body_len;
    size_t body_pos;
    size_t body_piece;    /* gives at most so many bytes a read; 0: all that is asked for */
    size_t reads_largest; /* the largest read that was asked for */
    bool cut;             /* the body ends with an error instead of an end */
    size_t fail_after;    /* writing fails once so many bytes were taken; 0: never */
    int gave_up;          /* how often the transport was given up */
    int flushes;
    bool is_cgi;
    const char *mount;
    bool body_ended; /* what http_serve() said */
    struct strbuf out;
};

void front_init(struct front *front);
void front_free(struct front *front);
/* Adds NAME=value. */
void front_var(struct front *front, const char *name, const char *value);
/* A front with REQUEST_METHOD and REQUEST_URI. */
void front_get(struct front *front, const char *method, const char *uri);
void front_body(struct front *front, const char *body, const char *content_length);
/* Serves the request with `handler`; the answer is in front->out. */
void front_serve(struct front *front, http_request_handler *handler, void *ctx);
/* The answer's status; its body; whether a header line stands in its head. */
int front_status(const struct front *front);
const char *front_answer_body(const struct front *front);
bool front_has_line(const struct front *front, const char *line);

#endif
