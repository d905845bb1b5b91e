#include "store/store_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/redact.h"
#include "base/text.h"
#include "store/store_private.h"

/* What sealed values are bound to, with the key's hash. */

#define KEY_COLUMNS                                                                    \
    "SELECT k.id, k.kind, k.state, k.sealed, k.hash, k.hint, k.label, k.project,"      \
    " k.proxy_sealed, k.weight, k.reason, k.state_since_ms, k.failures, k.created_ms," \
    " coalesce(a.last_used_ms, 0) AS last_used_ms, k.last_error, k.last_error_ms,"     \
    " k.cap_share, k.cap_requests_minute, k.cap_tokens_minute, k.cap_requests_day,"    \
    " k.cap_tokens_day"                                                                \
    " FROM keys k LEFT JOIN key_activity a ON a.key_id = k.id"

static const struct sql_text KEY_ALL = {"key_all", KEY_COLUMNS " ORDER BY k.id"};
static const struct sql_text KEY_GET = {"key_get", KEY_COLUMNS " WHERE k.id = :id"};
static const struct sql_text KEY_FIND = {"key_find",
                                         "SELECT id FROM keys WHERE kind = :kind AND hash = :hash"};
static const struct sql_text KEY_BURIED = {
    "key_buried", "SELECT 1 AS found FROM key_tombstones WHERE kind = :kind AND hash = :hash"};
static const struct sql_text KEY_UNBURY = {
    "key_unbury", "DELETE FROM key_tombstones WHERE kind = :kind AND hash = :hash"};
static const struct sql_text KEY_BURY = {
    "key_bury", "INSERT INTO key_tombstones (kind, hash, deleted_ms)"
                " SELECT kind, hash, :now_ms FROM keys WHERE id = :id"
                " ON CONFLICT (kind, hash) DO UPDATE SET deleted_ms = excluded.deleted_ms"};
static const struct sql_text KEY_INSERT = {
    "key_insert", "INSERT INTO keys (kind, hash, sealed, hint, label, state_since_ms, created_ms)"
                  " VALUES (:kind, :hash, :sealed, :hint, :label, :now_ms, :now_ms)"};
static const struct sql_text KEY_DELETE = {"key_delete", "DELETE FROM keys WHERE id = :id"};
static const struct sql_text KEY_FORGET_LIMITS = {"key_forget_limits",
                                                  "DELETE FROM learned_limits WHERE key_id = :id"};
static const struct sql_text KEY_SET_STATE = {
    "key_set_state",
    "UPDATE keys SET reason = :reason,"
    " failures = CASE WHEN :state = 'active' AND state <> 'active' THEN 0 ELSE failures END,"
    " state_since_ms = CASE WHEN state = :state THEN state_since_ms ELSE :now_ms END,"
    " state = :state WHERE id = :id"};
static const struct sql_text KEY_HASH = {"key_hash", "SELECT hash FROM keys WHERE id = :id"};
static const struct sql_text KEY_EDIT = {
    "key_edit", "UPDATE keys SET label = coalesce(:label, label),"
                " project = coalesce(:project, project),"
                " proxy_sealed = coalesce(:proxy_sealed, proxy_sealed),"
                " weight = CASE WHEN :weight > 0 THEN :weight ELSE weight END WHERE id = :id"};
static const struct sql_text KEY_NOTICE_PROJECT = {
    "key_notice_project",
    "UPDATE keys SET project = :project WHERE id = :id"
    " AND project <> :project AND (project = '' OR project LIKE 'with key %')"};
static const struct sql_text KEY_CAP = {
    "key_cap",
    "UPDATE keys SET cap_share = CASE WHEN :share < 0 THEN cap_share ELSE :share END,"
    " cap_requests_minute = CASE WHEN :rpm < 0 THEN cap_requests_minute ELSE :rpm END,"
    " cap_tokens_minute = CASE WHEN :tpm < 0 THEN cap_tokens_minute ELSE :tpm END,"
    " cap_requests_day = CASE WHEN :rpd < 0 THEN cap_requests_day ELSE :rpd END,"
    " cap_tokens_day = CASE WHEN :tpd < 0 THEN cap_tokens_day ELSE :tpd END WHERE id = :id"};
static const struct sql_text KEY_FAILURES = {
    "key_failures",
    "UPDATE keys SET failures = CASE WHEN :clear THEN 0 ELSE max(0, failures + :delta) END,"
    " last_error_ms = CASE WHEN :last_error IS NULL THEN last_error_ms ELSE :now_ms END,"
    " last_error = coalesce(:last_error, last_error) WHERE id = :id"};

/* --- words ----------------------------------------------------------------------------------- */

const char *const store_key_kind_words[STORE_KEY_KINDS] = {
    [STORE_KEY_GEMINI] = "gemini", [STORE_KEY_VERTEX] = "vertex", [STORE_KEY_PAID] = "paid"};
const char *const store_key_state_words[STORE_KEY_STATES] = {
    [STORE_KEY_ACTIVE] = "active", [STORE_KEY_PAUSED] = "paused", [STORE_KEY_DEAD] = "dead"};

static int word_index(const char *const *words, int count, const char *word)
{
    for (int i = 0; i < count; i++)
        if (text_eq(words[i], word))
            return i;
    return -1;
}

int store_key_kind_of(const char *word)
{
    return word_index(store_key_kind_words, STORE_KEY_KINDS, word);
}

int store_key_state_of(const char *word)
{
    return word_index(store_key_state_words, STORE_KEY_STATES, word);
}

/* --- reading --------------------------------------------------------------------------------- */

/* A row, with the buffers that its opened texts lie in. */
struct key_row {
    struct store_key key;
    struct strbuf secret, proxy;
};

static void key_row_init(struct key_row *row)
{
    memset(row, 0, sizeof(*row));
    strbuf_init(&row->secret, LIMIT_SECRET + 1);
    strbuf_init(&row->proxy, 4 * KIB);
}

static void key_row_wipe(struct key_row *row)
{
    strbuf_wipe(&row->secret);
    strbuf_wipe(&row->proxy);
}

#define KEY_ROW_AUTO CLEANUP(key_row_wipe)

static const char *unseal_or_null(struct store *store, const char *family, const char *hash,
                                  const char *sealed, struct strbuf *buf)
{
    strbuf_clear(buf);
    return store_unseal(store, family, hash, sealed, buf) == 0 ? strbuf_str(buf) : NULL;
}

/* A row that says neither counts as the first: the schema forbids other words. */
static int or_first(int index)
{
    return index < 0 ? 0 : index;
}

static void key_row_read(struct store *store, struct sql_stmt *stmt, bool open, struct key_row *row)
{
    struct store_key *key = &row->key;
    *key = (struct store_key){
        .id = sql_col_int(stmt, "id"),
        .kind = (enum store_key_kind)or_first(store_key_kind_of(sql_col_text(stmt, "kind"))),
        .state = (enum store_key_state)or_first(store_key_state_of(sql_col_text(stmt, "state"))),
        .sealed = sql_col_text(stmt, "sealed"),
        .hash = sql_col_text(stmt, "hash"),
        .hint = sql_col_text(stmt, "hint"),
        .label = sql_col_text(stmt, "label"),
        .project = sql_col_text(stmt, "project"),
        .proxy = sql_col_text(stmt, "proxy_sealed"),
        .weight = sql_col_num(stmt, "weight"),
        .reason = sql_col_text(stmt, "reason"),
        .state_since_ms = sql_col_int(stmt, "state_since_ms"),
        .failures = sql_col_int(stmt, "failures"),
        .created_ms = sql_col_int(stmt, "created_ms"),
        .last_used_ms = sql_col_int(stmt, "last_used_ms"),
        .last_error = sql_col_text(stmt, "last_error"),
        .last_error_ms = sql_col_int(stmt, "last_error_ms"),
        .caps = {.share = sql_col_int(stmt, "cap_share"),
                 .most = {sql_col_int(stmt, "cap_requests_minute"),
                          sql_col_int(stmt, "cap_tokens_minute"),
                          sql_col_int(stmt, "cap_requests_day"),
                          sql_col_int(stmt, "cap_tokens_day")}},
    };
    if (open)
        key->secret = unseal_or_null(store, STORE_SEAL_KEY, key->hash, key->sealed, &row->secret);
    if (!text_empty(key->proxy))
        key->proxy =
            store_text(unseal_or_null(store, STORE_SEAL_PROXY, key->hash, key->proxy, &row->proxy));
}

int store_keys_each(struct store *store, bool open, store_key_visit *visit, void *ctx,
                    struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_query(store->main, &KEY_ALL, err);
    if (stmt == NULL)
        return -1;
    KEY_ROW_AUTO struct key_row row;
    key_row_init(&row);
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        key_row_read(store, stmt, open, &row);
        if (visit(ctx, &row.key) != 0)
            return 0;
    }
    return rc;
}

static void key_copy(struct arena *arena, struct store_key *key_r, const struct store_key *key)
{
    *key_r = *key;
    const char **texts[] = {&key_r->secret, &key_r->sealed, &key_r->hash,
                            &key_r->hint,   &key_r->label,  &key_r->project,
                            &key_r->proxy,  &key_r->reason, &key_r->last_error};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = arena_strdup(arena, *texts[i]);
}

int store_key_get(struct store *store, int64_t id, bool open, struct arena *arena,
                  struct store_key *key_r, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    int rc = store_query_row(store->main, &KEY_GET, BINDS(BIND_INT("id", id)), &stmt, err);
    if (rc != 1)
        return rc;
    KEY_ROW_AUTO struct key_row row;
    key_row_init(&row);
    key_row_read(store, stmt, open, &row);
    key_copy(arena, key_r, &row.key);
    return 1;
}

static int key_find_hash(struct store *store, enum store_key_kind kind, const char *hash,
                         int64_t *id_r, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    int rc = store_query_row(
        store->main, &KEY_FIND,
        BINDS(BIND_TEXT("kind", store_key_kind_words[kind]), BIND_TEXT("hash", hash)), &stmt, err);
    *id_r = rc == 1 ? sql_col_int(stmt, "id") : 0;
    return rc;
}

int store_key_find(struct store *store, enum store_key_kind kind, const char *secret, int64_t *id_r,
                   struct err *err)
{
    char hash[SHA256_HEX];
    vault_lookup_hash(store->vault, secret, strlen(secret), hash);
    return key_find_hash(store, kind, hash, id_r, err);
}

/* --- adding and deleting --------------------------------------------------------------------- */

struct key_new {
    const char *kind, *hash, *secret, *label;
    bool seed;
};

/* 1 when the row is there, 0, -1. */
static int tx_has(struct sql_tx *tx, const struct sql_text *text, const struct key_new *add,
                  int64_t *id_r, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, text, err);
    if (stmt == NULL)
        return -1;
    sql_bind_text(stmt, "kind", add->kind);
    sql_bind_text(stmt, "hash", add->hash);
    int rc = sql_step(stmt, err);
    if (rc == 1 && id_r != NULL)
        *id_r = sql_col_int(stmt, "id");
    return rc;
}

static int key_insert(struct store *store, struct sql_tx *tx, const struct key_new *add,
                      int64_t *id_r, struct err *err)
{
    char hint[REDACTED_LEN];
    STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(4 * KIB);
    store_seal(store, STORE_SEAL_KEY, add->hash, add->secret, &sealed);
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, &KEY_INSERT, err);
    if (stmt == NULL)
        return -1;
    store_bind(stmt, BINDS(BIND_TEXT("kind", add->kind), BIND_TEXT("hash", add->hash),
                           BIND_TEXT("sealed", strbuf_str(&sealed)),
                           BIND_TEXT("hint", redact(add->secret, hint)),
                           BIND_TEXT("label", store_text(add->label)),
                           BIND_INT("now_ms", clock_wall_ms())));
    if (sql_run(stmt, err) != 0)
        return -1;
    *id_r = sql_insert_id(stmt);
    return store_generation_move(tx, STORE_GEN_KEYS, err);
}

static int key_add_locked(struct store *store, struct sql_tx *tx, const struct key_new *add,
                          int64_t *id_r, struct err *err)
{
    int rc = tx_has(tx, &KEY_FIND, add, id_r, err);
    if (rc != 0)
        return rc == 1 ? 0 : -1;
    if (add->seed) {
        rc = tx_has(tx, &KEY_BURIED, add, NULL, err);
        if (rc != 0)
            return rc == 1 ? 0 : -1;
    } else if (store_tx_write(tx, &KEY_UNBURY,
                              BINDS(BIND_TEXT("kind", add->kind), BIND_TEXT("hash", add->hash)),
                              err) < 0) {
        return -1;
    }
    return key_insert(store, tx, add, id_r, err) == 0 ? 1 : -1;
}

/* Whether there is nothing to add, asked without the write lock: a start with many seeds that are
 * known does not write. 1, 0 or -1. */
static int key_settled(struct store *store, enum store_key_kind kind, const struct key_new *add,
                       int64_t *id_r, struct err *err)
{
    int rc = key_find_hash(store, kind, add->hash, id_r, err);
    if (rc != 0 || !add->seed)
        return rc;
    STMT_AUTO struct sql_stmt *stmt = NULL;
    return store_query_row(store->main, &KEY_BURIED,
                           BINDS(BIND_TEXT("kind", add->kind), BIND_TEXT("hash", add->hash)), &stmt,
                           err);
}

int store_key_add(struct store *store, enum store_key_kind kind, const char *secret,
                  const char *label, bool seed, int64_t *id_r, struct err *err)
{
    *id_r = 0;
    if (text_empty(secret))
        return err_set(err, ERR_INVALID, "an empty key");
    if (strlen(secret) > LIMIT_SECRET)
        return err_set(err, ERR_TOO_LARGE, "a key is longer than %d characters", LIMIT_SECRET);
    char hash[SHA256_HEX];
    vault_lookup_hash(store->vault, secret, strlen(secret), hash);
    struct key_new add = {.kind = store_key_kind_words[kind],
                          .hash = hash,
                          .secret = secret,
                          .label = label,
                          .seed = seed};
    int rc = key_settled(store, kind, &add, id_r, err);
    if (rc != 0)
        return rc == 1 ? 0 : -1;

    TX_AUTO struct sql_tx *tx = sql_begin(store->main, err);
    if (tx == NULL)
        return -1;
    rc = key_add_locked(store, tx, &add, id_r, err);
    if (rc == 1 && sql_commit(&tx, err) != 0)
        return -1;
    return rc;
}

int store_key_delete(struct store *store, int64_t id, struct err *err)
{
    TX_AUTO struct sql_tx *tx = sql_begin(store->main, err);
    if (tx == NULL)
        return -1;
    const struct store_bind *key = BINDS(BIND_INT("id", id));
    if (store_tx_write(tx, &KEY_BURY,
                       BINDS(BIND_INT("id", id), BIND_INT("now_ms", clock_wall_ms())), err) < 0 ||
        store_tx_write(tx, &KEY_FORGET_LIMITS, key, err) < 0)
        return -1;
    int64_t deleted = store_tx_write(tx, &KEY_DELETE, key, err);
    if (deleted <= 0)
        return (int)deleted;
    if (store_generation_move(tx, STORE_GEN_KEYS, err) != 0)
        return -1;
    return sql_commit(&tx, err) == 0 ? 1 : -1;
}

/* --- changing -------------------------------------------------------------------------------- */

static int missing(int64_t id, struct err *err)
{
    return err_set(err, ERR_NOT_FOUND, "there is no key %lld", (long long)id);
}

int store_key_set_state(struct store *store, int64_t id, enum store_key_state state,
                        const char *reason, int64_t now_ms, struct err *err)
{
    int64_t changes =
        store_write(store, &KEY_SET_STATE,
                    BINDS(BIND_INT("id", id), BIND_TEXT("state", store_key_state_words[state]),
                          BIND_TEXT("reason", state == STORE_KEY_DEAD ? store_text(reason) : ""),
                          BIND_INT("now_ms", now_ms)),
                    STORE_GEN_KEYS, err);
    return changes > 0 ? 0 : changes == 0 ? missing(id, err) : -1;
}

/* The sealed form of an own proxy, whose URL may hold a password. */
static int proxy_seal(struct store *store, int64_t id, const char *proxy, struct strbuf *out,
                      struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    int rc = store_query_row(store->main, &KEY_HASH, BINDS(BIND_INT("id", id)), &stmt, err);
    if (rc != 1)
        return rc < 0 ? -1 : missing(id, err);
    if (proxy[0] != '\0')
        store_seal(store, STORE_SEAL_PROXY, sql_col_text(stmt, "hash"), proxy, out);
    return strbuf_ok(out) ? 0 : err_set(err, ERR_TOO_LARGE, "the proxy's URL is too long");
}

int store_key_edit(struct store *store, const struct store_key *changes, struct err *err)
{
    STRBUF_AUTO struct strbuf proxy = STRBUF_INIT(4 * KIB);
    if (changes->proxy != NULL && proxy_seal(store, changes->id, changes->proxy, &proxy, err) != 0)
        return -1;
    int64_t changed = store_write(
        store, &KEY_EDIT,
        BINDS(BIND_INT("id", changes->id), BIND_TEXT("label", changes->label),
              BIND_TEXT("project", changes->project),
              BIND_TEXT("proxy_sealed", changes->proxy != NULL ? strbuf_str(&proxy) : NULL),
              BIND_NUM("weight", changes->weight)),
        STORE_GEN_KEYS, err);
    return changed > 0 ? 0 : changed == 0 ? missing(changes->id, err) : -1;
}

int store_key_notice_project(struct store *store, int64_t id, const char *project, struct err *err)
{
    int64_t changed =
        store_write(store, &KEY_NOTICE_PROJECT,
                    BINDS(BIND_INT("id", id), BIND_TEXT("project", project)), STORE_GEN_KEYS, err);
    return changed < 0 ? -1 : 0;
}

int store_key_cap(struct store *store, int64_t id, const struct store_key_caps *caps,
                  struct err *err)
{
    int64_t changed =
        store_write(store, &KEY_CAP,
                    BINDS(BIND_INT("id", id), BIND_INT("share", caps->share),
                          BIND_INT("rpm", caps->most[0]), BIND_INT("tpm", caps->most[1]),
                          BIND_INT("rpd", caps->most[2]), BIND_INT("tpd", caps->most[3])),
                    STORE_GEN_KEYS, err);
    return changed > 0 ? 0 : changed == 0 ? missing(id, err) : -1;
}

int store_key_failures(struct store *store, int64_t id, int64_t delta, const char *last_error,
                       int64_t now_ms, struct err *err)
{
    bool clear = delta == INT64_MIN;
    return store_run(store, &KEY_FAILURES,
                     BINDS(BIND_INT("id", id), BIND_INT("clear", clear),
                           BIND_INT("delta", clear ? 0 : delta),
                           BIND_TEXT("last_error", last_error), BIND_INT("now_ms", now_ms)),
                     STORE_GEN_KEYS, err);
}
