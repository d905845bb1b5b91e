/* A site: one DATA_DIR with what was written down for it: settings, master key, store. The
 * responder and gbctl both begin by opening it. */
#ifndef SITE_SITE_H
#define SITE_SITE_H

#include "config/settings.h"
#include "store/store.h"

struct site {
    struct setting_rows environment;  /* what .env and the environment said */
    struct settings_holder *settings; /* from all sources */
    struct vault *vault;
    struct store *store;
    char *data_dir;
};

struct site_options {
    /* NULL: DATA_DIR/.env where it exists, else ./.env, else the installation's
     * gemini-balance.env below sysconfdir. */
    const char *env_file;
    bool quiet;    /* no warnings about settings in the log */
    bool as_owner; /* root goes on as the user that DATA_DIR belongs to, for good ... */
    bool reaches;  /* ... but keeps its way to any file: for what a person names outside DATA_DIR */
};

/* DATA_DIR/tokens.env, which `gbctl init` makes: AUTH_TOKEN and ALLOWED_TOKENS for where neither the
 * environment nor .env has them. Free it. */
char *site_made_tokens_path(const char *data_dir);

/* Opens everything; makes DATA_DIR, master key and store on the first start, and adds keys and
 * tokens that the environment names and the store does not know. On failure nothing stays open. */
int site_open(struct site *site, const struct site_options *options, struct err *err);
/* Harmless on a site that was never opened (zeroed). */
void site_close(struct site *site);

/* Whether few requests are answered at once (WORKERS), as on a small machine: memory goes before speed then. */
bool site_is_lean(const struct settings *set);

/* Builds a snapshot anew from all sources; NULL, and nothing changes, when a stored value no longer
 * fits. */
struct settings *site_build_settings(struct site *site, struct err *err);

#endif
