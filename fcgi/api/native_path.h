/* What a path of Google's own API means: which method it is, and which resource it names.
 *
 *   native_collection   a kind of resource that belongs to one key: files, cachedContents, ...
 *   native_method       a row of the table of methods and paths that are offered.
 *   native_path         one request's path, read.
 *
 * Pure: no store, no clock. */
#ifndef API_NATIVE_PATH_H
#define API_NATIVE_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct native_collection {
    const char *name; /* the first part of a resource's name: "files" */
    const char *kind; /* of its pins */
    const char *list; /* the member that holds the items of a list */
    int64_t keep_ms;  /* how long a pin is kept: at least as long as the resource can live */
    bool guarded;     /* only whoever made a resource may use it, where tokens are kept apart */
};

enum native_action {
    NATIVE_PASS,     /* to the resource's key, or to any where none is named */
    NATIVE_LIST,     /* merged over keys */
    NATIVE_DELETE,   /* the pin goes with the resource */
    NATIVE_DOWNLOAD, /* bytes of any kind and length */
    NATIVE_MODEL,    /* a call of a model, whose answer is the model's */
    NATIVE_STREAM,   /* the same, streamed */
    NATIVE_INTERACT  /* streamed where the body or the query says so */
};

struct native_method {
    unsigned methods; /* enum http_method or'ed */
    const char
        *pattern; /* "files/" + "*" + ":download"; "*" is one id, "**" the rest of the path */
    enum native_action action;
};

struct native_path {
    const struct native_method *method;
    const struct native_collection *collection; /* NULL: no resource of one key */
    const char *path;                           /* "/files/abc:download", encoded */
    const char *resource;                       /* "files/abc", "" none is named */
    const char *model;                          /* bare id, "" none */
};

/* Reads `rest`, the path below the version, percent-decoded but for slashes. 0, or a status with
 * err: 400 for ids that are none, 404 for what is not offered, 405 with *allowed_r for another
 * method's path. Texts are in the arena. */
int native_path_read(struct native_path *path_r, const char *rest, unsigned method,
                     unsigned *allowed_r, struct arena *arena, struct err *err);

/* Calls another model in the path of a call of a model. */
void native_path_rename(struct native_path *path, const char *model, struct arena *arena);
/* True for a request's path below .../interactions, whose API has errors of its own. */
bool native_path_is_interactions(const char *path);
/* The collection of that name, or NULL. */
const struct native_collection *native_collection_find(const char *name, size_t len);
/* The resource that `text` names, as a name ("files/abc") or as a URL of the API
 * (".../v1beta/files/abc:download"); NULL when it is none. In the arena. `hosts` are the hosts,
 * ended by NULL, whose URLs count beside Google's own. */
const char *native_resource_of(const char *text, const char *const *hosts, struct arena *arena);
/* True for one part of a path that can be an id: no slash, escape, blank or control character, and
 * neither "." nor "..". */
bool native_id_valid(const char *text, size_t len);

#endif
