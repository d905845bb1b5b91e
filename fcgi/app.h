/* The program: everything a process has, made in order and taken down in reverse.
 *
 * Lock order, outermost first: app->reload_lock, the keyring, the token cache, the token
 * limits, the model cache, the settings holder, the journal, the store's writer. None is held while waiting for a client. */
#ifndef APP_H
#define APP_H

#include <pthread.h>

#include "admin/admin.h"
#include "api/api.h"
#include "http/router.h"
#include "jobs/jobs.h"
#include "site/site.h"

struct app {
    struct site site; /* settings and store */
    struct journal *journal;
    struct keyring *keyring;
    struct token_cache *tokens;
    struct token_limits *limits;
    struct upstream *upstream;
    struct view *view; /* NULL when the templates cannot be read: pages answer 503 */
    struct model_cache *models;
    struct signatures *signatures;
    struct arena *constants; /* what is made at start and lives to the end: the route table */
    struct router *router;
    struct jobs *jobs;  /* NULL under plain CGI */
    struct api api;     /* what the public routes may use of all this */
    struct admin admin; /* what the admin may */
    pthread_mutex_t reload_lock;
};

struct app_options {
    const char *env_file;     /* NULL: DATA_DIR/.env where it exists, else ./.env */
    const char *template_dir; /* NULL: where make install puts them */
    const char *static_dir;   /* the same */
    bool single_use;          /* plain CGI: no threads, one request */
};

/* Makes everything, in order; on failure what was made is taken down again. */
int app_open(struct app *app, const struct app_options *options, struct err *err);
/* Takes everything down in reverse, journal flushed. */
void app_close(struct app *app);

/* routes.c */
extern const struct route app_routes[];
/* The whole table in the arena: the public rows, then the admin's below `admin_path` ("" or "/admin";
 * NULL: there is no admin). */
struct route *app_routes_join(const char *admin_path, struct arena *arena);

#endif
