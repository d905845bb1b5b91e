#include "transfer/reference.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/bootstrap.h"
#include "store/store_keys.h"
#include "store/store_pins.h"
#include "store/store_tokens.h"
#include "transfer/mysql_dump.h"
#include "transfer/reference_private.h"

static const char SQLITE_HEAD[] = "SQLite format 3"; /* and a NUL: sqlite.org/fileformat2.html */

static const struct foreign_table SETTINGS = {"t_settings", "SELECT * FROM t_settings"};
static const struct foreign_table FILES = {"t_file_records", "SELECT * FROM t_file_records"};

/* --- its database ---------------------------------------------------------------------------- */

static int is_sqlite(const char *path, struct err *err)
{
    char head[sizeof(SQLITE_HEAD)] = "";
    FILE *file = fopen(path, "re");
    if (!file)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                       strerror(errno));
    size_t len = fread(head, 1, sizeof(head), file);
    fclose(file);
    return len == sizeof(head) && memcmp(head, SQLITE_HEAD, sizeof(head)) == 0;
}

int reference_each(const struct reference *reference, const struct foreign_table *table,
                   foreign_row_visit *visit, void *ctx, struct err *err)
{
    const char *path = reference->options->db_file;
    if (!path)
        return 0;
    int sqlite = is_sqlite(path, err);
    if (sqlite < 0)
        return -1;
    return sqlite ? foreign_sqlite_each(path, table, visit, ctx, err)
                  : mysql_dump_each(path, table->name, visit, ctx, err);
}

int64_t reference_time(const char *text)
{
    struct tm parts = {.tm_isdst = -1};
    int year, month, millis = 0;
    if (!text || sscanf(text, "%4d-%2d-%2d%*[ T]%2d:%2d:%2d", &year, &month, &parts.tm_mday,
                        &parts.tm_hour, &parts.tm_min, &parts.tm_sec) != 6)
        return -1;
    parts.tm_year = year - 1900;
    parts.tm_mon = month - 1;
    const char *point = strchr(text, '.');
    if (point) {
        char digits[4] = "000";
        for (int i = 0; i < 3 && point[1 + i] >= '0' && point[1 + i] <= '9'; i++)
            digits[i] = point[1 + i];
        millis = (int)strtol(digits, NULL, 10);
    }
    time_t seconds = mktime(&parts);
    return seconds == (time_t)-1 ? -1 : (int64_t)seconds * SECOND_MS + millis;
}

int64_t reference_key_id(const struct reference *reference, const char *secret, struct err *err)
{
    static const enum store_key_kind kinds[] = {STORE_KEY_GEMINI, STORE_KEY_PAID, STORE_KEY_VERTEX};
    int64_t id = 0;
    for (size_t i = 0; i < ARRAY_LEN(kinds) && !text_empty(secret); i++) {
        int rc = store_key_find(reference->site->store, kinds[i], secret, &id, err);
        if (rc != 0)
            return rc < 0 ? -1 : id;
    }
    return 0;
}

/* --- what it was set to ---------------------------------------------------------------------- */

static int add_setting(void *ctx, const struct foreign_row *row)
{
    struct reference *reference = ctx;
    const char *name = foreign_row_get(row, "key");
    const char *value = foreign_row_get(row, "value");
    if (text_empty(name) || !value)
        return 0;
    const struct setting_def *def = setting_find(name);
    if (def)
        setting_rows_add(&reference->rows, def->name, value);
    else
        transfer_tell(reference->report, name, "there is no such setting here");
    return 0;
}

static int read_env(struct reference *reference, struct err *err)
{
    struct setting_rows unknown = {0};
    int rc = bootstrap_read_file(&reference->rows, &unknown, reference->options->env_file, err);
    for (size_t i = 0; rc == 0 && i < unknown.len; i++)
        transfer_tell(reference->report, unknown.items[i].name, "there is no such setting here");
    setting_rows_free(&unknown);
    return rc;
}

static int warn_of_cut(struct reference *reference, const char *path, struct err *err)
{
    int sqlite = is_sqlite(path, err);
    int cut = sqlite == 0 ? mysql_dump_is_cut(path, err) : 0;
    if (cut > 0)
        transfer_tell(reference->report, "dump",
                      "it lacks its last line, so its end may be missing");
    return sqlite < 0 || cut < 0 ? -1 : 0;
}

static int read_rows(struct reference *reference, struct err *err)
{
    if (reference->options->env_file && read_env(reference, err) != 0)
        return -1;
    const char *path = reference->options->db_file;
    if (!path)
        return 0;
    int rc = reference_each(reference, &SETTINGS, add_setting, reference, err);
    if (rc == 0)
        return err_set(err, ERR_INVALID, "%s has no table %s: it is no database of gemini-balance",
                       path, SETTINGS.name);
    return rc < 0 ? -1 : warn_of_cut(reference, path, err);
}

/* --- keys and tokens ------------------------------------------------------------------------- */

typedef int take_secret(struct reference *reference, const char *secret, struct err *err);

static int take_each(struct reference *reference, const char *name, take_secret *take,
                     struct err *err)
{
    const char *text = setting_rows_get(&reference->rows, name);
    if (text_empty(text))
        return 0;
    JSON_AUTO json_object *list = bootstrap_parse_list(text, err);
    if (!list)
        return err_prefix(err, "%s", name);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (take(reference, json_object_get_string(json_object_array_get_idx(list, i)), err) != 0)
            return -1;
    return 0;
}

static bool refused(struct reference *reference, const char *what, const char *secret,
                    struct transfer_count *count)
{
    if (!bootstrap_is_placeholder(secret) && strlen(secret) <= LIMIT_SECRET)
        return false;
    char hint[REDACTED_LEN];
    count->refused++;
    transfer_tell(reference->report, what, "%s is a placeholder or no %s", redact(secret, hint),
                  what);
    return true;
}

static int take_key(struct reference *reference, enum store_key_kind kind, const char *secret,
                    struct err *err)
{
    struct transfer_count *count = &reference->report->keys;
    int64_t id;
    if (text_empty(secret) || refused(reference, "key", secret, count))
        return 0;
    int rc = store_key_add(reference->site->store, kind, secret, "", true, &id, err);
    count->added += rc == 1;
    count->there += rc == 0;
    return rc < 0 ? -1 : 0;
}

static int take_gemini_key(struct reference *reference, const char *secret, struct err *err)
{
    return take_key(reference, STORE_KEY_GEMINI, secret, err);
}

static int take_vertex_key(struct reference *reference, const char *secret, struct err *err)
{
    return take_key(reference, STORE_KEY_VERTEX, secret, err);
}

static int take_token(struct reference *reference, const char *secret, struct err *err)
{
    struct transfer_count *count = &reference->report->tokens;
    int64_t id;
    if (text_empty(secret) || refused(reference, "token", secret, count))
        return 0;
    int rc = store_token_add(reference->site->store, secret, "", true, &id, err);
    count->added += rc == 1;
    count->there += rc == 0;
    return rc < 0 ? -1 : 0;
}

static int take_secrets(struct reference *reference, struct err *err)
{
    const char *paid = setting_rows_get(&reference->rows, "PAID_KEY");
    if (take_each(reference, "API_KEYS", take_gemini_key, err) != 0 ||
        take_each(reference, "VERTEX_API_KEYS", take_vertex_key, err) != 0 ||
        take_each(reference, "ALLOWED_TOKENS", take_token, err) != 0)
        return -1;
    return take_key(reference, STORE_KEY_PAID, paid ? paid : "", err);
}

/* --- files ----------------------------------------------------------------------------------- */

struct taking_files {
    struct reference *reference;
    struct err *err;
    int64_t orphans; /* of keys that are not here */
    int rc;
};

/* 1 put, 0 there already, -1. */
static int put_pin(struct taking_files *taking, struct store_pin *pin)
{
    struct store *store = taking->reference->site->store;
    struct arena *arena CLEANUP(arena_destroy) = arena_create(4 * KIB);
    struct store_pin known = {.name = pin->name};
    int rc = store_pin_get(store, taking->reference->now_ms, arena, &known, taking->err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    return store_pin_put(store, pin, taking->err) != 0 ? -1 : 1;
}

static int take_file_of(struct taking_files *taking, const struct foreign_row *row,
                        int64_t expires_ms)
{
    struct reference *reference = taking->reference;
    const char *name = foreign_row_get(row, "name"), *user = foreign_row_get(row, "user_token");
    int64_t created_ms = reference_time(foreign_row_get(row, "create_time"));
    struct store_pin pin = {.name = name,
                            .kind = "file",
                            .created_ms = created_ms < 0 ? reference->now_ms : created_ms,
                            .expires_ms = expires_ms,
                            .detail = ""};
    pin.key_id = reference_key_id(reference, foreign_row_get(row, "api_key"), taking->err);
    if (pin.key_id <= 0) {
        taking->orphans += pin.key_id == 0;
        return (int)pin.key_id;
    }
    if (!text_empty(user) &&
        store_token_find(reference->site->store, user, &pin.token_id, taking->err) < 0)
        return -1;
    int rc = put_pin(taking, &pin);
    reference->report->files.added += rc == 1;
    reference->report->files.there += rc == 0;
    return rc < 0 ? -1 : 0;
}

static int take_file(void *ctx, const struct foreign_row *row)
{
    struct taking_files *taking = ctx;
    const char *name = foreign_row_get(row, "name");
    int64_t expires_ms = reference_time(foreign_row_get(row, "expiration_time"));
    if (text_empty(name) || !text_starts(name, "files/") || strlen(name) > 200 ||
        expires_ms <= taking->reference->now_ms)
        taking->reference->report->files.refused++;
    else
        taking->rc = take_file_of(taking, row, expires_ms);
    return taking->rc;
}

static int take_files(struct reference *reference, struct err *err)
{
    struct taking_files taking = {.reference = reference, .err = err};
    int rc = reference_each(reference, &FILES, take_file, &taking, err);
    if (rc < 0 || taking.rc != 0)
        return -1;
    if (taking.orphans > 0)
        transfer_tell(reference->report, "files", "%lld records belong to keys that are not here",
                      (long long)taking.orphans);
    return 0;
}

/* --- the whole ------------------------------------------------------------------------------- */

static bool zone_exists(const char *zone)
{
    if (strcmp(zone, "UTC") == 0 || strchr(zone, '/') == NULL)
        return true;
    FREE_AUTO char *path = xasprintf("/usr/share/zoneinfo/%s", zone);
    FILE *file = strstr(zone, "..") ? NULL : fopen(path, "re");
    if (file)
        fclose(file);
    return file != NULL;
}

/* Sets TZ to what the log's times are in; returns the former value to free, NULL when it was not set. */
static char *enter_zone(struct reference *reference)
{
    const char *zone = reference->options->zone, *set = setting_rows_get(&reference->rows, "TZ");
    if (text_empty(zone))
        zone = text_empty(set) ? "UTC" : set;
    if (!zone_exists(zone)) {
        transfer_tell(reference->report, "times",
                      "the time zone %s is not known here, UTC is assumed", zone);
        zone = "UTC";
    } else if (reference->options->db_file) {
        transfer_tell(reference->report, "times", "the log's local times are read as %s", zone);
    }
    char *before = xstrdup(getenv("TZ"));
    setenv("TZ", zone, 1);
    tzset();
    return before;
}

static void leave_zone(char *before)
{
    if (before)
        setenv("TZ", before, 1);
    else
        unsetenv("TZ");
    tzset();
    free(before);
}

static int take_all(struct reference *reference, struct err *err)
{
    if (take_secrets(reference, err) != 0 || reference_take_settings(reference, err) != 0)
        return -1;
    char *before = enter_zone(reference);
    int rc = take_files(reference, err);
    if (rc == 0)
        rc = reference_take_log(reference, err);
    leave_zone(before);
    return rc;
}

int reference_import(struct site *site, const struct reference_options *options,
                     struct transfer_report *report, struct err *err)
{
    struct reference reference = {
        .site = site, .options = options, .report = report, .now_ms = clock_wall_ms()};
    int rc = read_rows(&reference, err);
    if (rc == 0)
        rc = take_all(&reference, err);
    setting_rows_free(&reference.rows);
    return rc;
}
