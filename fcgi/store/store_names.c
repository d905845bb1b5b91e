#include "store/store_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/text.h"
#include "store/store_private.h"

/* Far above what is in use at a time; a fuller cache is emptied. */
#define CACHE_SLOTS 1024
#define CACHE_FULL (CACHE_SLOTS / 2)

struct name_slot {
    char *text; /* NULL: free */
    const char *kind;
    int64_t id;
};

struct names {
    struct name_slot slots[CACHE_SLOTS];
    size_t used;
    int64_t epoch;
    pthread_mutex_t lock;
};

static const struct sql_text NAMES_EPOCH = {"names_epoch",
                                            "SELECT value FROM meta WHERE name = 'names_epoch'"};
static const struct sql_text NAME_FIND = {
    "name_find", "SELECT id FROM names WHERE kind = :kind AND text = :text"};
static const struct sql_text NAME_COUNT = {
    "name_count", "SELECT count(*) AS count FROM names WHERE kind = :kind"};
static const struct sql_text NAME_ADD = {"name_add",
                                         "INSERT INTO names (kind, text) VALUES (:kind, :text)"};

static void names_forget(struct names *names)
{
    for (size_t i = 0; names->used > 0 && i < CACHE_SLOTS; i++)
        free(names->slots[i].text);
    memset(names->slots, 0, sizeof(names->slots));
    names->used = 0;
}

struct names *names_create(void)
{
    struct names *names = xcalloc(1, sizeof(*names));
    pthread_mutex_init(&names->lock, NULL);
    return names;
}

void names_destroy(struct names **names)
{
    if (*names == NULL)
        return;
    names_forget(*names);
    pthread_mutex_destroy(&(*names)->lock);
    free(*names);
    *names = NULL;
}

void names_enter(struct names *names)
{
    pthread_mutex_lock(&names->lock);
}

void names_leave(struct names *names, bool committed)
{
    if (!committed)
        names_forget(names);
    pthread_mutex_unlock(&names->lock);
}

int names_follow(struct names *names, struct sql_tx *tx, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, &NAMES_EPOCH, err);
    int rc = stmt == NULL ? -1 : sql_step(stmt, err);
    if (rc < 0)
        return -1;
    int64_t epoch = rc == 1 ? sql_col_int(stmt, "value") : 0;
    if (names->epoch != epoch)
        names_forget(names);
    names->epoch = epoch;
    return 0;
}

static size_t slot_hash(const char *kind, const char *text)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *at = kind; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    for (const char *at = text; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    return hash % CACHE_SLOTS;
}

/* The slot that holds the name, or the free one where it belongs. */
static struct name_slot *slot_find(struct names *names, const char *kind, const char *text)
{
    size_t at = slot_hash(kind, text);
    while (names->slots[at].text != NULL) {
        struct name_slot *slot = &names->slots[at];
        if (strcmp(slot->text, text) == 0 && strcmp(slot->kind, kind) == 0)
            return slot;
        at = (at + 1) % CACHE_SLOTS;
    }
    return &names->slots[at];
}

static int64_t cache_put(struct names *names, const char *kind, const char *text, int64_t id)
{
    if (names->used >= CACHE_FULL)
        names_forget(names);
    struct name_slot *slot = slot_find(names, kind, text);
    if (slot->text == NULL) {
        slot->text = xstrdup(text);
        slot->kind = kind;
        names->used++;
    }
    slot->id = id;
    return id;
}

/* One number of one row: > 0, 0 when there is no row, -1. */
static int64_t row_number(struct sql_tx *tx, const struct sql_text *text, const char *column,
                          const struct store_bind *binds, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, text, err);
    if (stmt == NULL)
        return -1;
    store_bind(stmt, binds);
    int rc = sql_step(stmt, err);
    return rc == 1 ? sql_col_int(stmt, column) : rc;
}

static int64_t name_add(struct sql_tx *tx, const char *kind, const char *text, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, &NAME_ADD, err);
    if (stmt == NULL)
        return -1;
    sql_bind_text(stmt, "kind", kind);
    sql_bind_text(stmt, "text", text);
    return sql_run(stmt, err) == 0 ? sql_insert_id(stmt) : -1;
}

/* Whether another name of the kind may be made: 1, 0 or -1. */
static int kind_has_room(struct sql_tx *tx, const char *kind, struct err *err)
{
    int64_t count = row_number(tx, &NAME_COUNT, "count", BINDS(BIND_TEXT("kind", kind)), err);
    return count < 0 ? -1 : count < NAMES_MAX_KIND;
}

int64_t names_id(struct names *names, struct sql_tx *tx, const struct name_asked *asked,
                 struct err *err)
{
    const char *kind = asked->kind, *text = asked->text;
    if (text_empty(text))
        return 0;
    struct name_slot *slot = slot_find(names, kind, text);
    if (slot->text != NULL)
        return slot->id;
    int64_t id = row_number(tx, &NAME_FIND, "id",
                            BINDS(BIND_TEXT("kind", kind), BIND_TEXT("text", text)), err);
    if (id > 0)
        return cache_put(names, kind, text, id);
    if (id < 0)
        return -1;
    if (!text_eq(text, NAMES_OTHER)) {
        int room = asked->known_only ? 0 : kind_has_room(tx, kind, err);
        if (room < 0)
            return -1;
        if (room == 0)
            return names_id(names, tx, &(struct name_asked){kind, NAMES_OTHER, false}, err);
    }
    id = name_add(tx, kind, text, err);
    return id < 0 ? -1 : cache_put(names, kind, text, id);
}
