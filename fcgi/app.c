#include "app.h"

#include <stdlib.h>
#include <string.h>

#include "api/api_call.h"
#include "api/model_cache.h"
#include "api/signatures.h"
#include "app_hooks.h"
#include "base/clock.h"
#include "base/heap.h"
#include "base/limits.h"
#include "base/log.h"

/* --- settings that change while we run ---------------------------------------------------------
 */

/* A stored value that no longer fits keeps the present snapshot. */
static void settings_changed(void *ctx)
{
    struct app *app = ctx;
    struct err err = ERR_INIT;
    char quoted[500];
    LOCK_SCOPE(&app->reload_lock);
    struct settings *set = site_build_settings(&app->site, &err);
    if (!set) {
        log_event(LOG_ERROR, "settings.kept", "error=%s",
                  log_quote(err.text, quoted, sizeof(quoted)));
        return;
    }
    enum log_level level;
    if (log_level_parse(set->log_level, &level) == 0)
        log_set_level(level);
    keyring_configure(app->keyring, set);
    journal_keep_rows(app->journal, set->log_requests);
    settings_holder_publish(app->site.settings, set);
    log_event(LOG_INFO, "settings.reloaded", "source=store");
}

/* --- opening, step by step ----------------------------------------------------------------------
 */

static int open_pool(struct app *app, const struct settings *set, bool single_use, struct err *err)
{
    struct journal_options journal = {
        .store = app->site.store, .threaded = !single_use, .max_rows = LIMIT_JOURNAL_ROWS};
    app->journal = journal_open(&journal, err);
    if (!app->journal)
        return -1;
    journal_keep_rows(app->journal, set->log_requests);
    struct keyring_options ring = {.store = app->site.store,
                                   .journal = app->journal,
                                   .data_dir = app->site.data_dir,
                                   .single_use = single_use};
    app->keyring = keyring_open(&ring, set, err);
    return app->keyring ? 0 : -1;
}

static int open_upstream(struct app *app, const struct settings *set, struct err *err)
{
    struct upstream_options options = {.warm_max = (int)set->workers,
                                       .ca_file = set->ca_file[0] ? set->ca_file : NULL,
                                       .user_agent = "gemini-balance/" PACKAGE_VERSION};
    app->upstream = upstream_open(&options, err);
    return app->upstream ? 0 : -1;
}

static struct view *open_view(const char *dir)
{
    struct err err = ERR_INIT;
    struct view *view = view_open(dir, &err);
    char quoted[500];
    if (!view && err.code != ERR_UNSUPPORTED)
        log_event(LOG_ERROR, "view.missing", "error=%s",
                  log_quote(err.text, quoted, sizeof(quoted)));
    return view;
}

/* For the admin, which knows nothing of api/. */
static json_object *models_of_upstream(struct http_call *http, enum admin_models which,
                                       int *status_r)
{
    const struct settings *set = http->settings;
    struct model_cache *cache = http->api->models;
    struct api_call call;
    if (which == MODELS_KNOWN)
        return model_cache_known(cache, set->base_url);
    if (which == MODELS_RENEWED)
        model_cache_expire(cache);
    int failed = model_cache_failed(cache, set->base_url, &http->err);
    if (failed) {
        *status_r = failed;
        return model_cache_known(cache, set->base_url);
    }
    api_call_begin(&call, http);
    return model_cache_get(cache, &call.env, status_r, &http->err);
}

static void fill_contexts(struct app *app, const struct app_options *options)
{
    const char *static_dir = options->static_dir ? options->static_dir : GB_DATADIR "/static";
    app->api = (struct api){.store = app->site.store,
                            .journal = app->journal,
                            .keyring = app->keyring,
                            .upstream = app->upstream,
                            .tokens = app->tokens,
                            .limits = app->limits,
                            .models = app->models,
                            .signatures = app->signatures,
                            .version = PACKAGE_VERSION};
    app->admin = (struct admin){.store = app->site.store,
                                .keyring = app->keyring,
                                .journal = app->journal,
                                .upstream = app->upstream,
                                .view = app->view,
                                .static_dir = static_dir,
                                .version = PACKAGE_VERSION,
                                .demo = getenv("GB_DEMO_NOTE") != NULL,
                                .path = "",
                                .settings_changed = settings_changed,
                                .ctx = app,
                                .models = models_of_upstream};
}

/* ADMIN_PATH without the slash at its end: "" for the root. */
static const char *admin_path(const struct settings *set, struct arena *arena)
{
    size_t len = strlen(set->admin_path);
    while (len > 0 && set->admin_path[len - 1] == '/')
        len--;
    return arena_printf(arena, "%s%.*s", len == 0 || *set->admin_path == '/' ? "" : "/", (int)len,
                        set->admin_path);
}

static const struct route *make_routes(struct app *app)
{
    const struct settings *set = settings_holder_acquire(app->site.settings);
    app->constants = arena_create(16 * KIB);
    app->admin.path = admin_path(set, app->constants);
    const struct route *routes =
        app_routes_join(set->admin_enabled ? app->admin.path : NULL, app->constants);
    settings_unref(&set);
    return routes;
}

static int open_routes(struct app *app, const struct app_options *options, struct err *err)
{
    app->view = open_view(options->template_dir ? options->template_dir : GB_DATADIR "/templates");
    app->tokens = token_cache_create(app->site.store);
    app->limits = token_limits_create(app->site.store);
    app->models = model_cache_create();
    app->signatures = signatures_create(app->site.store, app->journal);
    fill_contexts(app, options);
    app->router = router_create(make_routes(app), &app_hooks, app, err);
    app->admin.router = app->router;
    return app->router ? 0 : -1;
}

/* After a rush there are more clients than a few, and holes where they were. */
static void tidy(void *ctx)
{
    enum { MANY_CLIENTS = 16 };
    struct app *app = ctx;
    if (upstream_tidy(app->upstream, clock_mono_ms()) >= MANY_CLIENTS)
        heap_trim();
}

static int start_jobs(struct app *app, struct err *err)
{
    struct jobs_env env = {.store = app->site.store,
                           .journal = app->journal,
                           .keyring = app->keyring,
                           .upstream = app->upstream,
                           .settings = app->site.settings,
                           .settings_changed = settings_changed,
                           .tidy = tidy,
                           .ctx = app};
    app->jobs = jobs_start(&env, err);
    return app->jobs ? 0 : -1;
}

static void warn_of_borrowed_token(const struct settings *set)
{
    if (!set->auth_token[0])
        log_event(LOG_WARNING, "admin.borrowed_token",
                  "text=\"AUTH_TOKEN is not set: the first of ALLOWED_TOKENS opens the admin\"");
}

static int open_all(struct app *app, const struct app_options *options, struct err *err)
{
    struct site_options site = {.env_file = options->env_file, .quiet = options->single_use};
    if (site_open(&app->site, &site, err) < 0)
        return -1;
    const struct settings *set = settings_holder_acquire(app->site.settings);
    if (site_is_lean(set))
        heap_share();
    int rc = open_pool(app, set, options->single_use, err);
    if (rc == 0)
        rc = open_upstream(app, set, err);
    if (rc == 0 && !options->single_use)
        warn_of_borrowed_token(set);
    settings_unref(&set);
    if (rc < 0 || open_routes(app, options, err) < 0)
        return -1;
    return options->single_use ? 0 : start_jobs(app, err);
}

int app_open(struct app *app, const struct app_options *options, struct err *err)
{
    memset(app, 0, sizeof(*app));
    pthread_mutex_init(&app->reload_lock, NULL);
    if (open_all(app, options, err) == 0)
        return 0;
    app_close(app);
    return -1;
}

void app_close(struct app *app)
{
    jobs_stop(&app->jobs);
    router_destroy(&app->router);
    arena_destroy(&app->constants);
    signatures_destroy(&app->signatures);
    model_cache_destroy(&app->models);
    token_limits_destroy(&app->limits);
    token_cache_destroy(&app->tokens);
    view_close(&app->view);
    upstream_close(&app->upstream);
    keyring_close(&app->keyring);
    journal_close(&app->journal);
    site_close(&app->site);
    pthread_mutex_destroy(&app->reload_lock);
}
