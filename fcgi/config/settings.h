/* The settings: one table, one immutable snapshot.
 *
 *   settings.def       the table: a row per setting. Types, parsing, validation, help, defaults and
 *                      the fields of `struct settings` all come from it.
 *   settings           one complete, valid set of values. Immutable and reference-counted: a
 *                      request holds the snapshot it began with until its answer has ended.
 *   settings_holder    the current snapshot; a change publishes a new one.
 *   setting_row        a name and a text value from one of the sources.
 *
 * Order of the sources: default < .env and environment < what was saved in the admin. */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum setting_type {
    SETTING_BOOL,   /* true/false, 1/0, yes/no, on/off */
    SETTING_INT,    /* decimal, with a range */
    SETTING_NUM,    /* a number, with a range */
    SETTING_STR,    /* text without control characters; range: bytes */
    SETTING_CHOICE, /* one of the words in `choices`, compared without case */
    SETTING_LIST,   /* of texts; range: number of items */
    SETTING_MAP,    /* text to text or number: a JSON object */
    SETTING_JSON    /* any JSON value (SAFETY_SETTINGS, RATE_LIMITS) */
};

enum setting_group {
    GROUP_KEYS,
    GROUP_ACCESS,
    GROUP_UPSTREAM,
    GROUP_POOL,
    GROUP_MODELS,
    GROUP_CHAT,
    GROUP_STREAM,
    GROUP_IMAGES,
    GROUP_SPEECH,
    GROUP_FILES,
    GROUP_LOGS,
    GROUP_SERVER,
    GROUP_COUNT
};

enum setting_flags {
    SET_LIVE = 1 << 0,     /* a change is in force at once */
    SET_START = 1 << 1,    /* read at start only (DATA_DIR, WORKERS) */
    SET_SECRET = 1 << 2,   /* sealed in the store, write-only in the admin */
    SET_SEED = 1 << 3,     /* seeds the store at start and is not a setting afterwards (API_KEYS) */
    SET_ENV_ONLY = 1 << 4, /* never saved in the store */
    SET_ACCEPTED = 1 << 5  /* of the reference, nothing to set here: taken in silence */
};

struct setting_list {
    char **items;
    size_t len;
};

/* What settings.def says of one setting; NAME is gemini-balance's where it has the setting. */
struct setting_def {
    const char *name; /* "MAX_RETRIES" */
    enum setting_type type;
    const char *fallback; /* default, as text */
    double min, max;      /* per type; ignored when both are 0 */
    enum setting_group group;
    unsigned flags;
    const char *choices; /* "a|b|c" for SETTING_CHOICE */
    const char *help_en;
    const char *help_zh;
    size_t offset; /* of the field in struct settings */
};

enum setting_source { SOURCE_DEFAULT, SOURCE_ENVIRONMENT, SOURCE_STORE };

/* The snapshot: a field per row of settings.def, in lower case (set->max_retries). */
struct settings {
#define SETTING_FIELD_BOOL(field) bool field;
#define SETTING_FIELD_INT(field) int64_t field;
#define SETTING_FIELD_NUM(field) double field;
#define SETTING_FIELD_STR(field) char *field;    /* never NULL */
#define SETTING_FIELD_CHOICE(field) char *field; /* as spelled in `choices` */
#define SETTING_FIELD_LIST(field) struct setting_list field;
#define SETTING_FIELD_MAP(field) json_object *field;  /* an object, never NULL */
#define SETTING_FIELD_JSON(field) json_object *field; /* NULL when empty */
#define SETTING(type, field, name, ...) SETTING_FIELD_##type(field)
#include "config/settings.def"
#undef SETTING
    char *safety_text; /* safety_settings as requests take them along, see safety_text.h */
    uint8_t *sources;  /* enum setting_source of each row, by index in the table */
    unsigned refs;     /* private */
};

size_t setting_count(void);
const struct setting_def *setting_at(size_t index);
/* By name in any case; NULL when there is none. */
const struct setting_def *setting_find(const char *name);

struct setting_row {
    char *name;
    char *value;
};

struct setting_rows {
    struct setting_row *items;
    size_t len, cap;
};
void setting_rows_add(struct setting_rows *rows, const char *name, const char *value); /* copies */
void setting_rows_free(struct setting_rows *rows); /* wipes the values */
const char *setting_rows_get(const struct setting_rows *rows, const char *name); /* last wins */

/* Checks one value: 0, or -1 with err->param = name and a text that gives the range; a secret
 * value shows in it only through redact(). An empty text stands for the default, except where
 * empty is a value of its own: LIST, and STR whose range begins at 0. */
int setting_check(const struct setting_def *def, const char *value, struct err *err);
/* Whether it is an address as PROXIES takes it: "http://host:port", "socks5://user:password@host:port". */
bool setting_is_proxy(const char *text);

/* Builds a snapshot with one reference from the sources (either may be NULL). Unknown names are
 * ignored, as are stored values of SET_SEED and SET_ENV_ONLY. The first bad value fails the
 * whole: NULL, err names the setting, its range and which source it came from; only one of
 * SET_ACCEPTED, which nothing reads, gives way to its default. */
struct settings *settings_build(const struct setting_rows *environment,
                                const struct setting_rows *stored, struct err *err);
const struct settings *settings_ref(const struct settings *set);
/* A copy whose numbers the caller may change; what it points to stays the snapshot's, which the caller
 * holds meanwhile. It is never handed to settings_ref() or settings_unref(). */
void settings_borrow(struct settings *copy_r, const struct settings *set);
void settings_unref(const struct settings **set); /* wipes secrets with the last reference */
/* A value as text, as .env would spell it (lists and maps as JSON); free it. */
char *setting_value_text(const struct settings *set, const struct setting_def *def);
enum setting_source setting_source_of(const struct settings *set, const struct setting_def *def);
bool setting_list_has(const struct setting_list *list, const char *item);

/* What a person should know of settings that are valid: placeholders of an example file in force,
 * AUTH_TOKEN not set, a value of the reference's that means something else here. Calls `visit`
 * for each with the setting's name and one line that holds no secret. */
typedef void setting_warning_visit(void *ctx, const char *name, const char *text);
void settings_each_warning(const struct settings *set, setting_warning_visit *visit, void *ctx);

/* The current snapshot, shared by all threads of a process. */
struct settings_holder;
struct settings_holder *settings_holder_create(struct settings *first); /* consumes */
void settings_holder_destroy(struct settings_holder **holder);
/* A new reference to the current snapshot; never NULL. */
const struct settings *settings_holder_acquire(struct settings_holder *holder);
void settings_holder_publish(struct settings_holder *holder, struct settings *next); /* consumes */

#endif
