/* What the files of this folder share.
 *
 *   warm_client   a CURLM and the one easy handle that always runs in it. The connections live in
 * the CURLM, so a client that comes back from the stack still has them. */
#ifndef UPSTREAM_UPSTREAM_PRIV_H
#define UPSTREAM_UPSTREAM_PRIV_H

#include <curl/curl.h>
#include <pthread.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/trust_store.h"
#include "upstream/upstream.h"

struct warm_client {
    CURLM *multi;
    CURL *easy;
    CURLU *url; /* the parts of `url_text`, the latest request's (NULL: of none) */
    char *url_text;
    struct arena *arena; /* headers of the present request and of its answer */
    pthread_t user;      /* the thread that had it last */
    int64_t idle_since_ms;
};

struct upstream {
    pthread_mutex_t lock;       /* of the stack and the counts */
    struct warm_client **stack; /* [0, warm) are idle, the most recently used last */
    int warm, warm_max, out;
    uint64_t calls, connections;
    CURLSH *share;
    pthread_mutex_t share_locks[CURL_LOCK_DATA_LAST];
    char *ca_file;             /* NULL: the system's */
    struct trust_store *trust; /* NULL: each client has curl read them */
    char *user_agent;          /* NULL: none */
};

/* The warmest client, or the one that this thread has just given back, or a new one; NULL when curl
 * is out of handles. */
struct warm_client *upstream_take_client(struct upstream *upstream);
/* Puts it back on top. `connections` is how many it opened. */
void upstream_give_client(struct upstream *upstream, struct warm_client *client, long connections);

/* --- options (upstream_options.c) ------------------------------------------------------------ */

/* Tells curl everything about the request but the callbacks. `headers` has to live as long as the
 * call. Returns 0, or -1 with the outcome and text of a request that cannot be made. */
int upstream_set_options(struct upstream *upstream, struct warm_client *client,
                         const struct upstream_request *request, struct curl_slist *headers,
                         struct upstream_result *result);
/* The request's headers as curl takes them; they live in the arena. */
struct curl_slist *upstream_make_headers(const struct upstream_request *request,
                                         struct arena *arena);
void upstream_wipe_headers(struct curl_slist *headers); /* one is the credential */

/* --- the answer's head (answer_head.c) ------------------------------------------------------- */

struct answer_head {
    struct arena *arena;
    int status;                      /* of the block being read */
    struct upstream_header *headers; /* in the arena, with room for so many */
    size_t count, room;
    size_t bytes;  /* of all fields so far, also of heads before the final one */
    bool decoded;  /* the body is compressed, and curl decodes it */
    bool complete; /* the final head has been seen whole; what comes now are trailers */
};

/* Takes one line of a head, CRLF included. Returns true with the line that completes the final
 * head. */
bool answer_head_line(struct answer_head *head, const char *line, size_t len);

/* --- outcomes (outcome.c) -------------------------------------------------------------------- */

/* What curl's result means, apart from what we ended ourselves. */
enum upstream_outcome upstream_outcome_of(CURLcode code, const struct upstream_request *request,
                                          long connect_status, bool connected);

#endif
