/* The program: everything a process has, made in order and taken down in reverse.
 *
 * Lock order, outermost first: app->reload_lock, keyring, token_cache, settings_holder, journal,
 * the store's writer. None of them is held while waiting for upstream or for a client. */
#ifndef APP_H
#define APP_H

#include "auth/client_token.h"
#include "config/settings.h"
#include "exchange/exchange.h"
#include "http/router.h"
#include "keyring/keyring.h"
#include "store/journal.h"
#include "store/store.h"
#include "view/view.h"

#ifndef GB_VERSION
#define GB_VERSION PACKAGE_VERSION
#endif

struct model_cache;

struct app {
    struct setting_rows environment; /* what .env and the environment said, for rebuilding settings */
    struct settings_holder *settings;
    struct vault *vault;
    struct store *store;
    struct journal *journal;
    struct keyring *keyring;
    struct token_cache *tokens;
    struct upstream *upstream;
    struct view *view;         /* NULL when the templates cannot be read: pages answer 503 */
    struct model_cache *models;
    struct router *router;
    struct jobs *jobs;         /* NULL under plain CGI */
    bool single_use;           /* plain CGI */
    bool admin_token_is_client_token; /* AUTH_TOKEN is not set: the first of ALLOWED_TOKENS opens the admin */
};

struct app_options {
    const char *env_file;      /* NULL: DATA_DIR/.env, else ./.env */
    const char *data_dir;      /* NULL: from settings */
    const char *template_dir;
    bool single_use;
};

int app_open(struct app *app, const struct app_options *options, struct err *err);
void app_close(struct app *app);

/* Rebuilds the settings from all sources and publishes them (log level, pool, upstream follow). Called
 * when the store's settings generation has changed. A bad stored value keeps the present snapshot. */
int app_reload_settings(struct app *app, struct err *err);

/* The admin token in force: AUTH_TOKEN, or the first of ALLOWED_TOKENS. "" none: the admin is shut. Borrowed
 * from `set`. */
const char *app_admin_token(const struct settings *set);

extern const struct route app_routes[]; /* routes.c */

#endif
