/* One call of Google's own API on its way, for the files that answer such calls:
 *
 *   native_call.c   what passes: any method of the table in native_path.c
 *   native_body.c   the body on its way up
 *   native_check.c  what must be right of a body before anything is sent
 *   native_list.c   lists of resources, merged over the keys that have some
 *   uploads.c       the upload protocol (upload_check.h, upload_turn.h)
 *   openai_layer.c  Google's own layer in OpenAI's dialect
 *
 * Lives on the handler's stack. */
#ifndef API_NATIVE_H
#define API_NATIVE_H

#include "api/api_call.h"
#include "api/body_spool.h"
#include "api/native_path.h"
#include "api/pins.h"
#include "api/resource_scan.h"

/* What of an answer is believed to tell of resources. */
enum native_notes {
    NOTE_NAME =
        1 << 0, /* "name" of the answer itself, or of its "file"; a batch's file of answers */
    NOTE_MADE = 1 << 1,         /* URLs, of what an operation has made */
    NOTE_INTERACTION = 1 << 2,  /* "id" */
    NOTE_CONTINUATION = 1 << 3, /* "continuationToken" */
};

#define NATIVE_OUTLINE_MAX 24

/* The members of the body's outermost object, and where their values lie. */
struct native_member {
    char name[64];
    int64_t start, end;
};

struct native_outline {
    struct native_member items[NATIVE_OUTLINE_MAX];
    size_t count;
    bool crowded; /* there are more than there is room for */
};

/* A model's name in the body, and what is sent in its place. */
struct native_model {
    int64_t start, end;
    const char *name; /* with "models/" where the client had it */
};

struct native {
    struct api_call call; /* first: the exchange's ctx is both */
    struct native_path path;
    struct pins pins;
    struct body_spool *spool;
    struct resource_scan asked, answered;
    struct native_outline outline;
    unsigned notes;
    bool stream;                  /* the body asks for a stream ... */
    bool media, functions;        /* ... and holds such */
    char media_type[64];          /* of the last media in it */
    bool unpinned;                /* resources mean nothing here */
    bool begins;                  /* an upload that may go to any key */
    const char *session;          /* of an upload that goes on: the record's name; NULL none */
    size_t memory;                /* of a body; 0: SPOOL_MEMORY */
    char model[LIMIT_MODEL_NAME]; /* of the body itself, as it is sent */
    const char *refused;          /* a model of the body that is not offered; NULL none */
    struct {
        struct native_model *items;
        size_t len, cap;
    } renamed;
    struct body_piece *pieces; /* of a body with renamed models; NULL none */
};

void native_begin(struct native *native, struct http_call *http);
void native_end(struct native *native);

/* Takes the whole body and looks up what it names. 0 or a status. */
int native_take_body(struct native *native);
/* Takes what fits into memory; the rest passes by when it is sent. At most `max` bytes in all. */
int native_take_front(struct native *native, int64_t max);
/* The taken body goes up with its content type, with other names for models that have an alias. */
void native_send_body(struct native *native);
/* A model that the client has named: the one that is asked in its place, which is `name` itself
 * mostly. In the arena. Refusals are latched in native->refused. */
const char *native_model_of(struct native *native, const char *name);
/* The same for one that stands in the body, whose name has just been scanned. */
void native_see_model(struct native *native, int depth, const char *text);
/* A name in the path that can be none: 400. */
int native_refuse_name(struct http_call *http);
/* 0, or 404 when a model was refused. */
int native_check_models(struct native *native);
/* Passes on Google's headers, and those of partial downloads. */
void native_forward_headers(struct native *native);
/* The same for one header of the client's, if there is one. */
void native_forward_header(struct native *native, const char *name);
/* Errors in Google's words, or in its shape. */
void native_write_error(void *ctx, int status, const struct err *why, const char *google_body,
                        size_t google_len, struct strbuf *out);
/* A filter that reads usage and judges, and changes nothing. */
struct reply_filter *native_make_filter(void *ctx);
/* The answer's bytes are searched for what native->notes names. */
void native_watch_answer(struct native *native);
/* BASE_URL without its version: "https://host". In the arena. */
const char *native_root(struct native *native);
/* BASE_URL with another version. In the arena. */
const char *native_base_url(const struct settings *set, const char *version, struct arena *arena);
/* The version that stands at BASE_URL's end, "v1beta" where none does. In the arena. */
const char *native_version(struct native *native);

/* GET of a list: native->path is one of NATIVE_LIST. Returns what a handler returns. */
int native_list(struct native *native);

#endif
