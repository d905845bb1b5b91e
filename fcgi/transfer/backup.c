#include "transfer/backup.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/archive.h"
#include "store/store_restore.h"
#include "transfer/scratch.h"

/* Members of the archive beside the two databases. */
#define FACTS "backup.json"
#define KEY_FILE "secret.key"
#define KEY_TEXT "SECRET_KEY"
#define FORMAT 1

/* --- writing --------------------------------------------------------------------------------- */

static int add_facts(struct archive *archive, const struct backup_options *options, struct err *err)
{
    char now[40];
    JSON_AUTO json_object *facts = json_object_new_object();
    json_add_int(facts, "format", FORMAT);
    json_add_str(facts, "program", PACKAGE_STRING);
    json_add_str(facts, "made", clock_iso(clock_wall_ms(), now, sizeof(now)));
    json_add_bool(facts, "log", options->log);
    json_add_bool(facts, "master_key", options->master_key);
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(4 * KIB);
    json_write(&text, facts);
    return archive_add(archive, FACTS, strbuf_str(&text), text.len, err);
}

static int add_database(struct archive *archive, struct sql_db *db, const struct scratch *scratch,
                        const char *name, struct err *err)
{
    FREE_AUTO char *path = scratch_path(scratch, name);
    if (sql_copy(db, path, err) != 0)
        return err_prefix(err, "%s", name);
    int rc = archive_add_file(archive, name, path, err);
    unlink(path);
    return rc;
}

static int add_master_key(struct archive *archive, struct site *site, struct err *err)
{
    const struct settings *set = settings_holder_acquire(site->settings);
    FREE_AUTO char *path = xasprintf("%s/%s", site->data_dir, KEY_FILE);
    int rc = set->secret_key[0]
                 ? archive_add(archive, KEY_TEXT, set->secret_key, strlen(set->secret_key), err)
                 : archive_add_file(archive, KEY_FILE, path, err);
    settings_unref(&set);
    return rc;
}

int backup_write(struct site *site, const char *path, const struct backup_options *options,
                 struct err *err)
{
    SCRATCH_AUTO struct scratch scratch = {0};
    ARCHIVE_AUTO struct archive *archive = archive_create(path, err);
    if (!archive || scratch_make(&scratch, path, err) != 0 ||
        add_facts(archive, options, err) != 0 ||
        add_database(archive, store_main(site->store), &scratch, STORE_MAIN_FILE, err) != 0)
        return -1;
    if (options->log &&
        add_database(archive, store_log_db(site->store), &scratch, STORE_LOG_FILE, err) != 0)
        return -1;
    if (options->master_key && add_master_key(archive, site, err) != 0)
        return -1;
    return archive_finish(&archive, err);
}

/* --- reading --------------------------------------------------------------------------------- */

static int check_facts(struct archive *archive, const char *path, struct err *err)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(64 * KIB);
    int rc = archive_read(archive, FACTS, &text, err);
    if (rc < 0)
        return -1;
    JSON_AUTO json_object *facts =
        rc == 1 ? json_parse_text(strbuf_str(&text), text.len, NULL) : NULL;
    int64_t format = facts ? json_get_int(facts, "format", 0) : 0;
    if (format <= 0)
        return err_set(err, ERR_INVALID, "%s is no backup", path);
    if (format > FORMAT)
        return err_set(err, ERR_UNSUPPORTED, "%s was made by a newer program (%s)", path,
                       json_get_str(facts, "program", "?"));
    return 0;
}

/* Takes the databases out: 0 or -1; *log_r whether there is a log. */
static int extract(struct archive *archive, const struct scratch *scratch, bool *log_r,
                   struct err *err)
{
    FREE_AUTO char *main_path = scratch_path(scratch, STORE_MAIN_FILE);
    FREE_AUTO char *log_path = scratch_path(scratch, STORE_LOG_FILE);
    int rc = archive_extract(archive, STORE_MAIN_FILE, main_path, err);
    if (rc != 1)
        return rc < 0 ? -1 : err_set(err, ERR_INVALID, "the backup lacks " STORE_MAIN_FILE);
    if (!*log_r)
        return 0;
    rc = archive_extract(archive, STORE_LOG_FILE, log_path, err);
    *log_r = rc == 1;
    return rc < 0 ? -1 : 0;
}

/* The master key inside the backup: 1 (vault_r), 0 when there is none, -1. */
static int key_inside(struct archive *archive, const struct scratch *scratch,
                      struct vault **vault_r, struct err *err)
{
    CLEANUP(strbuf_wipe) struct strbuf text = STRBUF_INIT(64 * KIB);
    int rc = archive_read(archive, KEY_TEXT, &text, err);
    if (rc == 1)
        *vault_r = vault_create(text.data, text.len);
    if (rc != 0)
        return rc;
    FREE_AUTO char *path = scratch_path(scratch, KEY_FILE);
    rc = archive_extract(archive, KEY_FILE, path, err);
    if (rc == 1)
        *vault_r = vault_open_file(path, err);
    return rc == 1 && !*vault_r ? -1 : rc;
}

/* --- the master key -------------------------------------------------------------------------- */

struct restoring {
    struct site *site;
    const struct restore_options *options;
    struct archive *archive;
    struct scratch scratch;
    struct restored *restored;
    struct err *err;
};

/* The master key that was given, else the one inside: NULL with err when there is neither. */
static struct vault *other_vault(struct restoring *restoring)
{
    const struct restore_options *options = restoring->options;
    struct vault *vault = NULL;
    if (options->secret_key)
        return vault_create(options->secret_key, strlen(options->secret_key));
    struct stat found;
    if (options->key_file && stat(options->key_file, &found) != 0) {
        err_set(restoring->err, ERR_NOT_FOUND, "%s: %s", options->key_file, strerror(errno));
        return NULL;
    }
    if (options->key_file)
        return vault_open_file(options->key_file, restoring->err);
    if (key_inside(restoring->archive, &restoring->scratch, &vault, restoring->err) == 0)
        err_set(restoring->err, ERR_INVALID,
                "the backup was made under another master key and does not hold it: give "
                "--key-file (secret.key of then) or --secret-key");
    return vault;
}

static int seal_anew(struct restoring *restoring, const struct vault *vault)
{
    struct store *kept = scratch_store(&restoring->scratch, vault, restoring->err);
    if (!kept)
        return -1;
    int rc = store_opens(kept)
                 ? store_reseal(kept, restoring->site->vault, &restoring->restored->forgotten,
                                restoring->err)
                 : err_set(restoring->err, ERR_INVALID,
                           "the master key is not the one that the backup was made under");
    store_close(&kept);
    return rc;
}

/* Brings the store in the scratch folder to this program's schema and this site's master key. */
static int prepare(struct restoring *restoring)
{
    struct store *kept = scratch_store(&restoring->scratch, restoring->site->vault, restoring->err);
    if (!kept)
        return -1;
    restoring->restored->own_key = store_opens(kept);
    /* A file that was damaged on its way must not take the place of one that is sound. */
    int sound = store_check(kept, restoring->err);
    store_close(&kept);
    if (sound != 0 || restoring->restored->own_key)
        return sound;
    struct vault *vault = other_vault(restoring);
    int rc = vault ? seal_anew(restoring, vault) : -1;
    vault_destroy(&vault);
    return rc;
}

int backup_restore(struct site *site, const char *path, const struct restore_options *options,
                   struct restored *restored_r, struct err *err)
{
    *restored_r = (struct restored){.log = options->log};
    ARCHIVE_AUTO struct archive *archive = archive_open(path, err);
    if (!archive || check_facts(archive, path, err) != 0)
        return -1;
    struct restoring restoring = {
        .site = site, .options = options, .archive = archive, .restored = restored_r, .err = err};
    FREE_AUTO char *beside = xasprintf("%s/restore", site->data_dir);
    int rc = scratch_make(&restoring.scratch, beside, err);
    if (rc == 0)
        rc = extract(archive, &restoring.scratch, &restored_r->log, err);
    if (rc == 0)
        rc = prepare(&restoring);
    if (rc == 0)
        rc = store_replace(site->store, restoring.scratch.dir, restored_r->log, err);
    scratch_remove(&restoring.scratch);
    return rc;
}
