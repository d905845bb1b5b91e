#include "site/site.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "config/bootstrap.h"
#include "keyring/keyring.h"
#include "store/store_settings.h"
#include "store/store_tokens.h"

extern char **environ;

/* Where the tokens are kept that `gbctl init` made: below everything that a person wrote down. */
#define MADE_TOKENS "tokens.env"

/* How long a write waits for another process. */
#define STORE_BUSY_MS 5000

/* --- settings ----------------------------------------------------------------------------------
 */

static int add_stored_row(void *ctx, const char *name, const char *value)
{
    setting_rows_add(ctx, name, value);
    return 0;
}

struct settings *site_build_settings(struct site *site, struct err *err)
{
    struct setting_rows stored = {0};
    struct settings *set = NULL;
    if (!site->store || store_settings_each(site->store, add_stored_row, &stored, err) == 0)
        set = settings_build(&site->environment, site->store ? &stored : NULL, err);
    setting_rows_free(&stored);
    return set;
}

static void apply_process_settings(const struct settings *set)
{
    enum log_level level;
    if (log_level_parse(set->log_level, &level) == 0)
        log_set_level(level);
    const char *zone = set->tz[0] ? set->tz : set->timezone;
    if (zone[0]) {
        setenv("TZ", zone, 1);
        tzset();
    }
}

static void warn(void *ctx, const char *name, const char *text)
{
    (void)ctx;
    char quoted[500];
    log_event(LOG_WARNING, "settings.warning", "name=%s text=%s", name,
              log_quote(text, quoted, sizeof(quoted)));
}

static char *find_env_file(const char *given)
{
    if (given)
        return xstrdup(given);
    const char *dir = getenv("DATA_DIR");
    char *path = xasprintf("%s/.env", text_empty(dir) ? "./data" : dir);
    if (access(path, R_OK) == 0)
        return path;
    free(path);
    return xstrdup(access(".env", R_OK) == 0 ? ".env" : GB_ENV_FILE);
}

char *site_made_tokens_path(const char *data_dir)
{
    return xasprintf("%s/" MADE_TOKENS, data_dir);
}

/* Takes from tokens.env what nobody has set. 1 when there was something, 0, -1. */
static int add_made_tokens(struct site *site, const struct settings *set, struct err *err)
{
    const struct {
        const char *name;
        bool wanted;
    } rows[] = {{"AUTH_TOKEN", !set->auth_token[0]}, {"ALLOWED_TOKENS", !set->allowed_tokens.len}};
    char *nothing[] = {NULL};
    struct setting_rows made = {0};
    FREE_AUTO char *path = site_made_tokens_path(set->data_dir);
    int rc = bootstrap_read(&made, path, nothing, err);
    for (size_t i = 0; rc >= 0 && i < ARRAY_LEN(rows); i++) {
        const char *value = rows[i].wanted ? setting_rows_get(&made, rows[i].name) : NULL;
        if (!value)
            continue;
        setting_rows_add(&site->environment, rows[i].name, value);
        rc = 1;
    }
    setting_rows_free(&made);
    return rc;
}

/* After setuid() with PR_SET_KEEPCAPS: files of anybody stay open to us. Where root has no such right itself, as in
 * some containers, it is not missed. */
static void keep_access_to_files(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3] = {0};
    kept[0].effective = kept[0].permitted = 1U << CAP_DAC_OVERRIDE;
    (void)syscall(SYS_capset, &header, kept);
}

/* Root that works on the data of a service must leave no files there that the service cannot
 * write, and is to do no more there than the service could. */
static int become_owner(const char *data_dir, bool reaches, struct err *err)
{
    struct stat status;
    if (geteuid() != 0 || stat(data_dir, &status) < 0 || status.st_uid == 0)
        return 0;
    if (reaches)
        (void)prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L);
    if (setgroups(0, NULL) < 0 || setgid(status.st_gid) < 0 || setuid(status.st_uid) < 0)
        return err_set(err, ERR_IO, "cannot become the owner of %s: %s", data_dir, strerror(errno));
    if (reaches)
        keep_access_to_files();
    return 0;
}

/* The settings of the environment and, where it names no tokens, those that were made. */
static struct settings *settings_of_environment(struct site *site,
                                                const struct site_options *options, struct err *err)
{
    struct settings *set = site_build_settings(site, err);
    if (!set)
        return NULL;
    int made = options->as_owner ? become_owner(set->data_dir, options->reaches, err) : 0;
    if (made == 0)
        made = add_made_tokens(site, set, err);
    if (made == 0)
        return set;
    const struct settings *old = set;
    settings_unref(&old);
    return made < 0 ? NULL : site_build_settings(site, err);
}

static int read_environment(struct site *site, const struct site_options *options, struct err *err)
{
    FREE_AUTO char *path = find_env_file(options->env_file);
    if (bootstrap_read(&site->environment, path, environ, err) < 0)
        return -1;
    struct settings *set = settings_of_environment(site, options, err);
    if (!set)
        return -1;
    apply_process_settings(set);
    if (!options->quiet)
        settings_each_warning(set, warn, NULL);
    site->data_dir = xstrdup(set->data_dir);
    site->settings = settings_holder_create(set);
    return 0;
}

/* --- store -------------------------------------------------------------------------------------
 */

static int open_vault(struct site *site, const struct settings *set, struct err *err)
{
    if (mkdir(site->data_dir, 0700) < 0 && errno != EEXIST)
        return err_set(err, ERR_IO, "cannot make DATA_DIR %s: %s", site->data_dir, strerror(errno));
    if (set->secret_key[0]) {
        site->vault = vault_create(set->secret_key, strlen(set->secret_key));
        return 0;
    }
    FREE_AUTO char *path = xasprintf("%s/secret.key", site->data_dir);
    site->vault = vault_open_file(path, err);
    return site->vault ? 0 : -1;
}

static int seed_keys(struct site *site, const struct settings *set, struct err *err)
{
    char *paid_items[] = {set->paid_key};
    const struct setting_list paid = {.items = paid_items, .len = set->paid_key[0] != '\0'};
    const struct {
        enum store_key_kind kind;
        const struct setting_list *list;
    } seeds[] = {{STORE_KEY_GEMINI, &set->api_keys},
                 {STORE_KEY_VERTEX, &set->vertex_api_keys},
                 {STORE_KEY_PAID, &paid}};
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++)
        if (keyring_seed(site->store, seeds[i].kind, seeds[i].list, err) < 0)
            return -1;
    return 0;
}

bool site_is_lean(const struct settings *set)
{
    enum { FEW_WORKERS = 16 };
    return set->workers <= FEW_WORKERS;
}

static int open_store(struct site *site, const struct settings *set, struct err *err)
{
    enum { STORE_READERS = 8, STORE_READERS_LEAN = 4 }; /* threads that may read at once */
    bool lean = site_is_lean(set);
    struct store_options options = {.dir = site->data_dir,
                                    .log_dir = set->log_dir[0] ? set->log_dir : NULL,
                                    .vault = site->vault,
                                    .busy_timeout_ms = STORE_BUSY_MS,
                                    .readers = lean ? STORE_READERS_LEAN : STORE_READERS,
                                    .lean = lean};
    site->store = store_open(&options, err);
    if (!site->store)
        return -1;
    if (!store_opens(site->store))
        log_event(LOG_CRITICAL, "store.master_key",
                  "problem=\"the store was made with another SECRET_KEY or secret.key; its keys "
                  "and tokens cannot be read\"");
    /* A store that is locked or full now still serves what is in it. */
    struct err seed_err = ERR_INIT;
    if (seed_keys(site, set, &seed_err) < 0 ||
        store_tokens_seed(site->store, set->allowed_tokens.items, set->allowed_tokens.len,
                          &seed_err) < 0)
        warn(NULL, "API_KEYS", seed_err.text);
    struct settings *complete = site_build_settings(site, err);
    if (!complete)
        return -1;
    settings_holder_publish(site->settings, complete);
    return 0;
}

int site_open(struct site *site, const struct site_options *options, struct err *err)
{
    memset(site, 0, sizeof(*site));
    int rc = read_environment(site, options, err);
    if (rc == 0) {
        const struct settings *set = settings_holder_acquire(site->settings);
        rc = open_vault(site, set, err);
        if (rc == 0)
            rc = open_store(site, set, err);
        settings_unref(&set);
    }
    if (rc < 0)
        site_close(site);
    return rc;
}

void site_close(struct site *site)
{
    store_close(&site->store);
    vault_destroy(&site->vault);
    settings_holder_destroy(&site->settings);
    setting_rows_free(&site->environment);
    free(site->data_dir);
    site->data_dir = NULL;
}
