/* Which key a request has to go to, because of the resources it names; and the record of whose a
 * resource is that an answer tells of.
 *
 * Files, caches, batches, operations and their like are seen only by the project that made them.
 * What was made through this server is remembered with its key and the token that made it. Where
 * FILES_USER_ISOLATION_ENABLED keeps tokens apart, a resource of another token, or of nobody, is
 * refused in Google's own words before anything is sent. The admin's token may use all. */
#ifndef API_PINS_H
#define API_PINS_H

#include "api/native_path.h"
#include "http/router.h"

#define PINS_RECENT 8

struct pins {
    struct http_call *http;
    int64_t token_id;
    bool apart;        /* tokens are kept apart, and this is one */
    int64_t key_id;    /* of the first resource that has one, 0 none yet */
    const char *first; /* its name */
    int status;        /* 0, or why the request is refused; the reason is in http->err */
    const char *recent[PINS_RECENT]; /* looked up or noted lately */
    unsigned next;
    const char *hosts[4];
};

void pins_init(struct pins *pins, struct http_call *http);
/* As somebody else than who calls: an upload's chunks are its starter's. */
void pins_speak_for(struct pins *pins, int64_t token_id);

/* The request names a resource: its key is looked up. A refusal is latched in pins->status: 403 for
 * one that the caller may not use, 409 for one of another key than the first. */
void pins_need(struct pins *pins, const char *name);
/* The same for a name or URL as it stands in a body; what names no resource is passed over. */
void pins_need_text(struct pins *pins, const char *text);
void pins_need_continuation(struct pins *pins, const char *token);

/* All that a body of generateContent names, for a dialect that is translated to it (by json_write(),
 * not by a client): 0 with the key it has to go to (0: any), or the status of a refusal with
 * http->err. */
int pins_of_body(struct http_call *http, const char *body, size_t len, int64_t *key_id_r);

/* An answer that came with `key_id` tells of a resource: it is that key's from now on. What is
 * known already stays as it is. */
void pins_note(struct pins *pins, const char *name, int64_t key_id);
void pins_note_text(struct pins *pins, const char *text, int64_t key_id);
void pins_note_continuation(struct pins *pins, const char *token, int64_t key_id);
/* The resource is gone. */
void pins_forget(struct pins *pins, const char *name);

/* True when the caller may see a resource of that name in a list. */
bool pins_may_see(struct pins *pins, const char *name);

#endif
