/* One call of a client on its way to an exchange. Lives on the handler's stack.
 *
 *   struct api_call call;
 *   api_call_begin(&call, http);          the log row, the environment, a translate_env
 *   ... fill call.request ...
 *   status = api_call_run(&call);         exchange, log, status for the router */
#ifndef API_API_CALL_H
#define API_API_CALL_H

#include "api/api.h"
#include "translate/openai_chat.h"

#define API_FORWARDED_MAX 16

/* What was done of a call before another handler got it: http_call.continued. */
struct api_continued {
    int64_t log_id; /* the row that its attempts stand under */
    int attempts;
    int64_t key_id; /* whose turn it is */
};

struct api_call {
    struct http_call *http;
    const struct settings *settings;
    struct exchange_env env;
    struct exchange_request request;
    struct exchange_outcome outcome;
    struct log_request *log; /* in the request's arena; see api_log_row() */
    struct upstream_header forwarded[API_FORWARDED_MAX];
    struct translate_env translate;
    const char *base_url; /* of upstream: BASE_URL until set otherwise */
    bool keeps_body;      /* it may be read a second time */
    bool body_on_its_way; /* the client is still sending: its descriptor says nothing yet */
    /* Sees the bytes of an answer below 300 just before the client gets them; NULL: nobody does. */
    void (*observe)(void *ctx, const void *data, size_t len);
    void *observe_ctx;
    /* Of an answer below 300, instead of JSON or events; NULL: the exchange's. */
    const char *reply_type;
    /* A stream that fails is cut, because its bytes have no way to tell (audio). */
    bool cut_on_failure;
    /* of the client's answer, see api_call.c */
    int status;
    const char *content_type;
    bool began, sent;
};

void api_call_begin(struct api_call *call, struct http_call *http);

/* A row of the log with what is known of a call before it is read, in the request's arena. */
struct log_request *api_log_row(const struct http_call *http);
/* Posts call->log; for those who run their attempts themselves. A call that ends badly without a row gets
 * one from api_leave(). */
void api_call_post(struct api_call *call);

/* What may be told of a body that is JSON: 0, or 415 with http->err. A body whose kind is not told is fine. */
int api_call_check_type(struct http_call *http);
/* Reads and parses the JSON body. The object, borrowed by nobody yet: put it. NULL: an error status
 * has been put into *status_r and the reason into http->err. */
json_object *api_call_read_json(struct api_call *call, int *status_r);
/* Reads the body as it is. 0, or the error status. */
int api_call_read_body(struct api_call *call);

/* A list of the settings as a JSON array: put it. */
json_object *api_text_array(const struct setting_list *list);

/* The client's model name after MODEL_ALIASES, in the arena; the name itself where none fits. */
const char *api_call_model(struct api_call *call, const char *name);
/* True when FILTERED_MODELS or the client's token refuses the model; a token may also list the name
 * that the client used (call->log->model, or `asked`). */
bool api_call_model_refused(const struct api_call *call, const char *model);
bool api_call_model_refused_as(const struct api_call *call, const char *model, const char *asked);

/* base_url + path + "?" + query (in the arena); the client's credential parameters are left out of
 * `query`. */
const char *api_call_url(struct api_call *call, const char *path, const char *query);

/* Passes on the request headers that Google understands (x-goog-* but the key, x-server-timeout).
 */
void api_call_forward_headers(struct api_call *call);

/* How many bytes of memory bodies may take: MAX_REQUEST_BODY `times` over, which may be more than an
 * address counts. */
size_t api_body_room(const struct settings *set, unsigned times);

/* Runs the exchange and returns what the handler returns. */
int api_call_run(struct api_call *call);

#endif
