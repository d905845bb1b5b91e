/* What a person can set of a key beside its state, read from a form or a JSON object alike. */
#ifndef ADMIN_KEY_OPTIONS_H
#define ADMIN_KEY_OPTIONS_H

#include "http/form.h"
#include "store/store_keys.h"

struct key_options {
    const char *label, *project, *proxy; /* NULL: as it is */
    double weight;                       /* 0: as it is */
    struct store_key_caps caps;          /* -1: as it is */
};

/* Gives the text of a field; NULL where it is not given. */
struct key_option_source {
    const char *(*get)(void *ctx, const char *name);
    void *ctx;
    bool empty_clears; /* what is given empty is taken away; else it stays as it is */
};

/* The fields of a posted form. `proxy` is a secret: left empty it stays, `no_proxy` takes it away. */
struct key_option_source key_options_of_form(const struct http_form *form, bool empty_clears);

/* Reads `label`, `project`, `proxy`, `weight`, `cap_share`, `cap_requests_minute`,
 * `cap_tokens_minute`, `cap_requests_day`, `cap_tokens_day`; texts in the arena. -1 with ERR_INVALID
 * that names the field. */
int key_options_read(struct key_options *options, const struct key_option_source *source,
                     struct arena *arena, struct err *err);
/* The names of the caps: the share, then those of store_key_caps.most. */
extern const char *const key_cap_names[1 + STORE_KEY_CAPS];

/* Whether anything is to be changed. */
bool key_options_any(const struct key_options *options);
/* Writes them. 0, or -1 (ERR_NOT_FOUND: the key is gone). */
int key_options_apply(const struct key_options *options, struct store *store, int64_t id,
                      struct err *err);

#endif
