#include "store/store_tokens.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/redact.h"
#include "base/text.h"
#include "store/store_private.h"

static const struct sql_text TOKEN_ALL = {
    "token_all", "SELECT t.id, t.hash, t.sealed, t.hint, t.name, t.seeded, t.paused, t.created_ms,"
                 " t.expires_ms, coalesce(a.last_used_ms, 0) AS last_used_ms, t.models,"
                 " t.requests_per_minute, t.requests_per_day, t.tokens_per_day"
                 " FROM tokens t LEFT JOIN token_activity a ON a.token_id = t.id ORDER BY t.id"};
static const struct sql_text TOKEN_FIND = {"token_find",
                                           "SELECT id FROM tokens WHERE hash = :hash"};
static const struct sql_text TOKEN_BURIED = {
    "token_buried", "SELECT 0 AS id FROM token_tombstones WHERE hash = :hash"};
static const struct sql_text TOKEN_UNBURY = {"token_unbury",
                                             "DELETE FROM token_tombstones WHERE hash = :hash"};
static const struct sql_text TOKEN_BURY = {
    "token_bury", "INSERT INTO token_tombstones (hash, deleted_ms)"
                  " SELECT hash, :now_ms FROM tokens WHERE id = :id"
                  " ON CONFLICT (hash) DO UPDATE SET deleted_ms = excluded.deleted_ms"};
static const struct sql_text TOKEN_INSERT = {
    "token_insert", "INSERT INTO tokens (hash, sealed, hint, name, seeded, created_ms)"
                    " VALUES (:hash, :sealed, :hint, :name, :seeded, :now_ms)"};
static const struct sql_text TOKEN_DELETE = {"token_delete", "DELETE FROM tokens WHERE id = :id"};
static const struct sql_text TOKEN_PAUSE = {"token_pause",
                                            "UPDATE tokens SET paused = :paused WHERE id = :id"};
static const struct sql_text TOKEN_EDIT = {
    "token_edit", "UPDATE tokens SET name = :name, models = :models, expires_ms = :expires_ms,"
                  " requests_per_minute = :requests_per_minute,"
                  " requests_per_day = :requests_per_day, tokens_per_day = :tokens_per_day"
                  " WHERE id = :id"};

int64_t store_tokens_generation(struct store *store)
{
    return store_generation_get(store, STORE_GEN_TOKENS);
}

/* --- reading --------------------------------------------------------------------------------- */

static void token_read(struct sql_stmt *stmt, struct store_token *token)
{
    *token = (struct store_token){
        .id = sql_col_int(stmt, "id"),
        .hash = sql_col_text(stmt, "hash"),
        .hint = sql_col_text(stmt, "hint"),
        .name = sql_col_text(stmt, "name"),
        .seeded = sql_col_int(stmt, "seeded") != 0,
        .paused = sql_col_int(stmt, "paused") != 0,
        .created_ms = sql_col_int(stmt, "created_ms"),
        .expires_ms = sql_col_int(stmt, "expires_ms"),
        .last_used_ms = sql_col_int(stmt, "last_used_ms"),
        .models = sql_col_text(stmt, "models"),
        .requests_per_minute = sql_col_int(stmt, "requests_per_minute"),
        .requests_per_day = sql_col_int(stmt, "requests_per_day"),
        .tokens_per_day = sql_col_int(stmt, "tokens_per_day"),
    };
}

int store_tokens_each(struct store *store, bool open, store_token_visit *visit, void *ctx,
                      struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_query(store->main, &TOKEN_ALL, err);
    if (stmt == NULL)
        return -1;
    CLEANUP(strbuf_wipe) struct strbuf secret = STRBUF_INIT(LIMIT_SECRET + 1);
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        struct store_token token;
        token_read(stmt, &token);
        strbuf_clear(&secret);
        if (open && store_unseal(store, STORE_SEAL_TOKEN, token.hash, sql_col_text(stmt, "sealed"),
                                 &secret) == 0)
            token.secret = strbuf_str(&secret);
        if (visit(ctx, &token) != 0)
            return 0;
    }
    return rc;
}

/* --- adding and deleting --------------------------------------------------------------------- */

struct token_new {
    const char *secret, *name;
    bool seed;
    char hash[SHA256_HEX];
};

/* Looks for the token, and for a seed among the deleted ones too, in the transaction if there is
 * one. 1 when there is nothing to add (*id_r tells which), 0, -1. */
static int token_settled(struct store *store, struct sql_tx *tx, const struct token_new *add,
                         int64_t *id_r, struct err *err)
{
    const struct sql_text *questions[] = {&TOKEN_FIND, &TOKEN_BURIED};
    size_t count = add->seed ? 2 : 1;
    for (size_t i = 0; i < count; i++) {
        STMT_AUTO struct sql_stmt *stmt = tx != NULL ? sql_tx_stmt(tx, questions[i], err)
                                                     : sql_query(store->main, questions[i], err);
        if (stmt == NULL)
            return -1;
        sql_bind_text(stmt, "hash", add->hash);
        int rc = sql_step(stmt, err);
        if (rc == 1)
            *id_r = sql_col_int(stmt, "id");
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int token_insert(struct store *store, struct sql_tx *tx, const struct token_new *add,
                        int64_t *id_r, struct err *err)
{
    if (!add->seed &&
        store_tx_write(tx, &TOKEN_UNBURY, BINDS(BIND_TEXT("hash", add->hash)), err) < 0)
        return -1;
    char hint[REDACTED_LEN];
    STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(4 * KIB);
    store_seal(store, STORE_SEAL_TOKEN, add->hash, add->secret, &sealed);
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, &TOKEN_INSERT, err);
    if (stmt == NULL)
        return -1;
    store_bind(stmt, BINDS(BIND_TEXT("hash", add->hash), BIND_TEXT("sealed", strbuf_str(&sealed)),
                           BIND_TEXT("hint", redact(add->secret, hint)),
                           BIND_TEXT("name", store_text(add->name)), BIND_INT("seeded", add->seed),
                           BIND_INT("now_ms", clock_wall_ms())));
    if (sql_run(stmt, err) != 0)
        return -1;
    *id_r = sql_insert_id(stmt);
    return store_generation_move(tx, STORE_GEN_TOKENS, err);
}

int store_token_find(struct store *store, const char *secret, int64_t *id_r, struct err *err)
{
    struct token_new asked = {.secret = secret};
    vault_lookup_hash(store->vault, secret, strlen(secret), asked.hash);
    *id_r = 0;
    return token_settled(store, NULL, &asked, id_r, err);
}

int store_token_add(struct store *store, const char *secret, const char *name, bool seed,
                    int64_t *id_r, struct err *err)
{
    *id_r = 0;
    if (text_empty(secret))
        return err_set(err, ERR_INVALID, "an empty token");
    if (strlen(secret) > LIMIT_SECRET)
        return err_set(err, ERR_TOO_LARGE, "a token is longer than %d characters", LIMIT_SECRET);
    struct token_new add = {.secret = secret, .name = name, .seed = seed};
    vault_lookup_hash(store->vault, secret, strlen(secret), add.hash);
    /* First without the write lock: a start with known seeds does not write. */
    int rc = token_settled(store, NULL, &add, id_r, err);
    if (rc != 0)
        return rc == 1 ? 0 : -1;

    TX_AUTO struct sql_tx *tx = sql_begin(store->main, err);
    if (tx == NULL)
        return -1;
    rc = token_settled(store, tx, &add, id_r, err);
    if (rc != 0)
        return rc == 1 ? 0 : -1;
    if (token_insert(store, tx, &add, id_r, err) != 0)
        return -1;
    return sql_commit(&tx, err) == 0 ? 1 : -1;
}

int store_tokens_seed(struct store *store, char *const *tokens, size_t count, struct err *err)
{
    int added = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t id;
        if (text_empty(tokens[i]) || strlen(tokens[i]) > LIMIT_SECRET) {
            log_event(LOG_WARNING, "tokens.seed_skipped", "position=%zu", i + 1);
            continue;
        }
        int rc = store_token_add(store, tokens[i], "", true, &id, err);
        if (rc < 0)
            return -1;
        added += rc;
    }
    return added;
}

int store_token_delete(struct store *store, int64_t id, struct err *err)
{
    TX_AUTO struct sql_tx *tx = sql_begin(store->main, err);
    if (tx == NULL)
        return -1;
    if (store_tx_write(tx, &TOKEN_BURY,
                       BINDS(BIND_INT("id", id), BIND_INT("now_ms", clock_wall_ms())), err) < 0)
        return -1;
    int64_t deleted = store_tx_write(tx, &TOKEN_DELETE, BINDS(BIND_INT("id", id)), err);
    if (deleted <= 0)
        return (int)deleted;
    if (store_generation_move(tx, STORE_GEN_TOKENS, err) != 0)
        return -1;
    return sql_commit(&tx, err) == 0 ? 1 : -1;
}

/* --- changing -------------------------------------------------------------------------------- */

static int token_changed(int64_t changes, int64_t id, struct err *err)
{
    if (changes == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no token %lld", (long long)id);
    return changes > 0 ? 0 : -1;
}

int store_token_set_paused(struct store *store, int64_t id, bool paused, struct err *err)
{
    int64_t changes =
        store_write(store, &TOKEN_PAUSE, BINDS(BIND_INT("id", id), BIND_INT("paused", paused)),
                    STORE_GEN_TOKENS, err);
    return token_changed(changes, id, err);
}

int store_token_edit(struct store *store, const struct store_token *token, struct err *err)
{
    int64_t changes =
        store_write(store, &TOKEN_EDIT,
                    BINDS(BIND_INT("id", token->id), BIND_TEXT("name", store_text(token->name)),
                          BIND_TEXT("models", store_text(token->models)),
                          BIND_INT("expires_ms", token->expires_ms),
                          BIND_INT("requests_per_minute", token->requests_per_minute),
                          BIND_INT("requests_per_day", token->requests_per_day),
                          BIND_INT("tokens_per_day", token->tokens_per_day)),
                    STORE_GEN_TOKENS, err);
    return token_changed(changes, token->id, err);
}
