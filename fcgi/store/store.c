#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "store/schema.h"
#include "store/store_names.h"
#include "store/store_private.h"

static const struct sql_text PROOF_GET = {"proof_get",
                                          "SELECT value FROM meta WHERE name = 'vault_proof'"};
static const struct sql_text PROOF_PUT = {
    "proof_put", "INSERT INTO meta (name, value) VALUES ('vault_proof', :value)"
                 " ON CONFLICT DO NOTHING"};
static const struct sql_text REACHABLE = {"reachable", "SELECT count(*) AS count FROM generations"};

/* Makes the directory and those above it. */
static int dir_make(const char *dir, struct err *err)
{
    FREE_AUTO char *path = xstrdup(dir);
    for (char *at = path + 1; *path != '\0'; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char end = *at;
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
            return err_set(err, errno == ENOSPC ? ERR_FULL : ERR_IO, "%s: %s", path,
                           strerror(errno));
        *at = end;
        if (end == '\0')
            break;
    }
    struct stat status;
    if (stat(dir, &status) != 0)
        return err_set(err, ERR_IO, "%s: %s", dir, strerror(errno));
    return S_ISDIR(status.st_mode) ? 0 : err_set(err, ERR_IO, "%s is no directory", dir);
}

/* `precious`: a copy is kept before the database is changed to a newer form. */
static struct sql_db *database_open(const struct store_options *options, const char *path,
                                    const struct sql_migrations *schema, bool precious,
                                    struct err *err)
{
    struct sql_options sql = {.path = path,
                              .busy_timeout_ms = options->busy_timeout_ms,
                              .readers = options->readers,
                              .lean = options->lean};
    struct sql_db *db = sql_open(&sql, err);
    if (db != NULL && sql_migrate(db, schema, precious ? path : NULL, err) != 0) {
        err_prefix(err, "%s", path);
        sql_close(&db);
    }
    return db;
}

/* A store that was made under another master key cannot be read: known at once by this text. */
static int proof_check(struct store *store, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    int rc = store_query_row(store->main, &PROOF_GET, NULL, &stmt, err);
    if (rc < 0)
        return -1;
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(1024);
    if (rc == 0) {
        store->opens = true;
        store_seal(store, STORE_SEAL_META, STORE_PROOF_NAME, STORE_PROOF_TEXT, &text);
        return store_run(store, &PROOF_PUT, BINDS(BIND_TEXT("value", strbuf_str(&text))),
                         STORE_GEN_NONE, err);
    }
    store->opens = vault_open(store->vault, STORE_SEAL_META ":" STORE_PROOF_NAME,
                              sql_col_text(stmt, "value"), &text, NULL) == 0;
    return 0;
}

static void set_aside(const char *path)
{
    static const char *const logs[] = {"-wal", "-shm"};
    FREE_AUTO char *aside = xasprintf("%s.damaged", path);
    if (rename(path, aside) != 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(logs); i++) {
        FREE_AUTO char *log = xasprintf("%s%s", path, logs[i]);
        unlink(log);
    }
    log_event(LOG_ERROR, "store.damaged", "file=%s set_aside=%s", path, aside);
}

/* The log of calls is worth less than the calls: a damaged one is set aside and a new one begun.
 * The folder's lock keeps processes that start together from setting aside each other's new one. To
 * a process that had opened the file when another moved it, it cannot be written: that one looks
 * again as well. */
static struct sql_db *log_open(const struct store_options *options, const char *dir,
                               const char *path, struct err *err)
{
    struct err why = ERR_INIT;
    struct sql_db *db = database_open(options, path, &schema_log, false, &why);
    if (db != NULL || (why.code != ERR_DAMAGED && why.code != ERR_IO)) {
        if (db == NULL)
            err_set(err, why.code, "%s", why.text);
        return db;
    }
    FD_AUTO int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0)
        flock(folder, LOCK_EX);
    db = database_open(options, path, &schema_log, false, &why);
    if (db != NULL)
        return db;
    if (why.code == ERR_DAMAGED)
        set_aside(path);
    return database_open(options, path, &schema_log, false, err);
}

static int store_start(struct store *store, const struct store_options *options, struct err *err)
{
    const char *log_dir = options->log_dir ? options->log_dir : options->dir;
    FREE_AUTO char *main_path = xasprintf("%s/%s", options->dir, STORE_MAIN_FILE);
    FREE_AUTO char *log_path = xasprintf("%s/%s", log_dir, STORE_LOG_FILE);
    if (dir_make(options->dir, err) != 0 || dir_make(log_dir, err) != 0)
        return -1;
    store->main = database_open(options, main_path, &schema_main, true, err);
    if (store->main == NULL)
        return -1;
    store->log = log_open(options, log_dir, log_path, err);
    return store->log == NULL ? -1 : proof_check(store, err);
}

struct store *store_open(const struct store_options *options, struct err *err)
{
    struct store *store = xcalloc(1, sizeof(*store));
    store->vault = options->vault;
    store->main_names = names_create();
    store->log_names = names_create();
    atomic_flag_clear(&store->unreadable_told);
    if (store_start(store, options, err) != 0)
        store_close(&store);
    return store;
}

void store_close(struct store **store_at)
{
    struct store *store = *store_at;
    *store_at = NULL;
    if (store == NULL)
        return;
    sql_close(&store->log);
    sql_close(&store->main);
    names_destroy(&store->main_names);
    names_destroy(&store->log_names);
    free(store);
}

struct sql_db *store_main(struct store *store)
{
    return store->main;
}

struct sql_db *store_log_db(struct store *store)
{
    return store->log;
}

const struct vault *store_vault(const struct store *store)
{
    return store->vault;
}

bool store_opens(const struct store *store)
{
    return store->opens;
}

int64_t store_version(struct store *store)
{
    return sql_data_version(store->main);
}

bool store_reachable(struct store *store)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    return store_query_row(store->main, &REACHABLE, NULL, &stmt, NULL) == 1;
}

int store_check(struct store *store, struct err *err)
{
    if (sql_check(store->main, err) != 0)
        return err_prefix(err, "gemini-balance.db");
    if (sql_check(store->log, err) != 0)
        return err_prefix(err, "log.db");
    return 0;
}
