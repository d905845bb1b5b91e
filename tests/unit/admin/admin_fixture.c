#include "admin_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "jobs/key_verify.h"
#include "upstream/proxy_check.h"

int fixture_pool_reloads;

int keyring_reload(struct keyring *ring, struct err *err)
{
    (void)ring;
    (void)err;
    fixture_pool_reloads++;
    return 0;
}

struct key_pool_counts fixture_pool_counts;

struct key_pool_counts keyring_counts(struct keyring *ring, enum key_kind kind)
{
    (void)ring;
    return kind == KEY_GEMINI ? fixture_pool_counts : (struct key_pool_counts){0};
}

void keyring_each(struct keyring *ring, enum key_kind kind, const char *model,
                  key_view_visit *visit, void *ctx)
{
    (void)ring;
    (void)kind;
    (void)model;
    const struct key_view view = {
        .id = 1, .state = KEY_READY, .day_requests = 4, .limits = {[LIMIT_REQUESTS_DAY] = 20}};
    visit(ctx, &view);
}

const char *rest_reason_word(enum rest_reason reason)
{
    return reason == REST_DAY_QUOTA ? "day_quota" : "throttled";
}

int fixture_verified;

/* The first key of each batch works, the others are dead. */
int key_verify(const struct key_verify_env *env, const int64_t *ids, size_t count,
               enum key_verify_choice choice, key_verify_visit *visit, void *ctx, struct err *err)
{
    (void)env;
    (void)choice;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const struct key_check check = {.finding = i == 0 ? KEY_WORKS : KEY_IS_DEAD,
                                        .status = i == 0 ? 200 : 400};
        const struct key_verify_step step = {
            .done = i + 1, .total = count, .key_id = ids[i], .hint = "AIza…", .check = &check};
        fixture_verified++;
        visit(ctx, &step);
    }
    return 0;
}

/* The first proxy works, the others refuse. */
void proxy_check_all(struct upstream *upstream, const struct proxy_checks *checks,
                     struct proxy_check *results_r)
{
    (void)upstream;
    for (size_t i = 0; i < checks->count; i++)
        results_r[i] = (struct proxy_check){.works = i == 0, .ms = 12, .text = "<refused>"};
}

const char *key_finding_word(enum key_finding finding)
{
    return finding == KEY_WORKS ? "works" : "dead";
}

static struct store *reset_store;

int keyring_reset_rest(struct keyring *ring, int64_t key_id, const char *model, struct err *err)
{
    (void)ring;
    return store_rest_clear(reset_store, key_id, model, err);
}

static void enter(struct http_call *call)
{
    struct admin_fixture *fixture = call->app;
    call->admin = &fixture->admin;
    call->settings = fixture->settings;
}

static void leave(struct http_call *call, int status)
{
    (void)call;
    (void)status;
}

static int check_access(struct http_call *call)
{
    return call->route->access == ACCESS_PUBLIC ? 0 : admin_check_access(call);
}

static const struct router_hooks hooks = {
    .enter = enter, .leave = leave, .check_access = check_access, .write_error = admin_write_error};

static void open_store(struct admin_fixture *fixture)
{
    struct err err = ERR_INIT;
    struct store_options options = {
        .dir = fixture->dir, .vault = fixture->vault, .busy_timeout_ms = 50, .readers = 2};
    fixture->admin.store = store_open(&options, &err);
    if (!fixture->admin.store)
        print_error("%s\n", err.text);
    assert_non_null(fixture->admin.store);
    reset_store = fixture->admin.store;
}

int admin_set_up(void **state)
{
    struct admin_fixture *fixture = xcalloc(1, sizeof(*fixture));
    struct setting_rows environment = {0};
    struct err err = ERR_INIT;

    log_set_level(LOG_OFF);
    snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/test_admin_XXXXXX");
    assert_non_null(mkdtemp(fixture->dir));
    fixture->vault = vault_create("secret", 6);
    open_store(fixture);
    setting_rows_add(&environment, "AUTH_TOKEN", FIXTURE_TOKEN);
    fixture->settings = settings_build(&environment, NULL, &err);
    setting_rows_free(&environment);
    assert_non_null(fixture->settings);
    fixture->admin.view = view_open(GB_SRCDIR "/templates", &err);
    if (!fixture->admin.view)
        print_error("%s\n", err.text);
    assert_non_null(fixture->admin.view);
    fixture->admin.static_dir = GB_SRCDIR "/static";
    fixture->admin.version = "1.2.3";
    fixture->admin.path = "";
    fixture->router = router_create(admin_routes, &hooks, fixture, &err);
    fixture->admin.router = fixture->router;
    assert_non_null(fixture->router);
    fixture_pool_reloads = 0;
    fixture_verified = 0;
    fixture_pool_counts = (struct key_pool_counts){0};
    *state = fixture;
    return 0;
}

/* What stands between two texts of the answer. */
static char *between(const char *text, const char *before, const char *after)
{
    const char *start = strstr(text, before);
    assert_non_null(start);
    start += strlen(before);
    const char *end = strstr(start, after);
    assert_non_null(end);
    return xstrndup(start, (size_t)(end - start));
}

int admin_set_up_signed_in(void **state)
{
    struct front front;
    admin_set_up(state);
    struct admin_fixture *fixture = *state;
    fixture_request(fixture, &front, "/auth", "auth_token=" FIXTURE_TOKEN);
    assert_int_equal(front_status(&front), 303);
    fixture->cookie = between(strbuf_str(&front.out), "Set-Cookie: ", ";");
    front_free(&front);
    fixture_request(fixture, &front, "/keys", NULL);
    fixture->csrf = between(front_answer_body(&front), "name=\"csrf\" value=\"", "\"");
    front_free(&front);
    return 0;
}

static void remove_files(const char *dir_path)
{
    DIR *dir = opendir(dir_path);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        FREE_AUTO char *path = xasprintf("%s/%s", dir_path, entry->d_name);
        unlink(path);
    }
    if (dir)
        closedir(dir);
    rmdir(dir_path);
}

int admin_tear_down(void **state)
{
    struct admin_fixture *fixture = *state;
    router_destroy(&fixture->router);
    view_close(&fixture->admin.view);
    settings_unref(&fixture->settings);
    store_close(&fixture->admin.store);
    vault_destroy(&fixture->vault);
    remove_files(fixture->dir);
    free(fixture->cookie);
    free(fixture->csrf);
    free(fixture);
    return 0;
}

static void dispatch(void *ctx, struct http_request *req, struct http_response *res)
{
    router_dispatch(ctx, req, res);
}

void fixture_request(struct admin_fixture *fixture, struct front *front, const char *uri,
                     const char *body)
{
    front_get(front, body ? "POST" : "GET", uri);
    front_var(front, "REMOTE_ADDR", "192.0.2.7");
    front_var(front, "HTTP_HOST", "gb.example:8000");
    front_var(front, "HTTP_ACCEPT_LANGUAGE", "en");
    if (fixture->cookie)
        front_var(front, "HTTP_COOKIE", fixture->cookie);
    if (body) {
        FREE_AUTO char *length = xasprintf("%zu", strlen(body));
        front_var(front, "CONTENT_TYPE", "application/x-www-form-urlencoded");
        front_body(front, body, length);
    }
    front_serve(front, dispatch, fixture->router);
}

void fixture_post(struct admin_fixture *fixture, struct front *front, const char *uri,
                  const char *fields)
{
    FREE_AUTO char *body = xasprintf("csrf=%s&%s", fixture->csrf, fields);
    fixture_request(fixture, front, uri, body);
}

char *fixture_header(const struct front *front, const char *name)
{
    FREE_AUTO char *start = xasprintf("\r\n%s: ", name);
    const char *found = strstr(strbuf_str(&front->out), start);
    if (!found || found > front_answer_body(front))
        return xstrdup("");
    found += strlen(start);
    return xstrndup(found, strcspn(found, "\r"));
}

void fixture_follow(struct admin_fixture *fixture, struct front *front)
{
    assert_int_equal(front_status(front), 303);
    FREE_AUTO char *location = fixture_header(front, "Location");
    front_free(front);
    fixture_request(fixture, front, location, NULL);
}

int64_t fixture_key(struct admin_fixture *fixture, const char *secret, const char *label)
{
    int64_t id;
    assert_int_equal(
        store_key_add(fixture->admin.store, STORE_KEY_GEMINI, secret, label, false, &id, NULL), 1);
    return id;
}

enum store_key_state fixture_key_state(struct admin_fixture *fixture, int64_t id)
{
    struct store_key key;
    struct arena *arena = arena_create(1024);
    assert_int_equal(store_key_get(fixture->admin.store, id, false, arena, &key, NULL), 1);
    arena_destroy(&arena);
    return key.state;
}
