#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "store/store_keys.h"
#include "store/store_private.h"
#include "store/store_restore.h"
#include "store/store_settings.h"
#include "store/store_tokens.h"

#define SEALED_MAX (4 * MIB)

static const struct sql_text KEY_RESEAL = {
    "key_reseal", "UPDATE keys SET hash = :hash, sealed = :sealed, proxy_sealed = :proxy_sealed"
                  " WHERE id = :id"};
static const struct sql_text TOKEN_RESEAL = {
    "token_reseal", "UPDATE tokens SET hash = :hash, sealed = :sealed WHERE id = :id"};
static const struct sql_text SETTING_RESEAL = {
    "setting_reseal", "UPDATE settings SET value = :value WHERE name = :name AND secret = 1"};
static const struct sql_text PROOF_RESEAL = {
    "proof_reseal", "UPDATE meta SET value = :value WHERE name = '" STORE_PROOF_NAME "'"};
static const struct sql_text KEYS_FORGET = {"key_tombstones_forget", "DELETE FROM key_tombstones"};
static const struct sql_text TOKENS_FORGET = {"token_tombstones_forget",
                                              "DELETE FROM token_tombstones"};

/* Reads with the old vault on a reader's connection while the transaction writes with the new. */
struct resealing {
    struct store *store;
    struct store anew; /* only what store_seal() needs */
    struct sql_tx *tx;
    struct err *err;
    int rc;
};

static int unreadable(struct resealing *work, const char *what, int64_t id)
{
    return work->rc = err_set(work->err, ERR_INVALID, "%s %lld does not open with the master key",
                              what, (long long)id);
}

static int run(struct resealing *work, const struct sql_text *text, const struct store_bind *binds)
{
    if (store_tx_write(work->tx, text, binds, work->err) < 0)
        work->rc = -1;
    return work->rc;
}

static int reseal_key(void *ctx, const struct store_key *key)
{
    struct resealing *work = ctx;
    if (key->secret == NULL)
        return unreadable(work, "key", key->id);
    char hash[SHA256_HEX];
    vault_lookup_hash(work->anew.vault, key->secret, strlen(key->secret), hash);
    STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(SEALED_MAX);
    STRBUF_AUTO struct strbuf proxy = STRBUF_INIT(SEALED_MAX);
    store_seal(&work->anew, STORE_SEAL_KEY, hash, key->secret, &sealed);
    if (!text_empty(key->proxy))
        store_seal(&work->anew, STORE_SEAL_PROXY, hash, key->proxy, &proxy);
    return run(work, &KEY_RESEAL,
               BINDS(BIND_INT("id", key->id), BIND_TEXT("hash", hash),
                     BIND_TEXT("sealed", strbuf_str(&sealed)),
                     BIND_TEXT("proxy_sealed", strbuf_str(&proxy))));
}

static int reseal_token(void *ctx, const struct store_token *token)
{
    struct resealing *work = ctx;
    if (token->secret == NULL)
        return unreadable(work, "token", token->id);
    char hash[SHA256_HEX];
    vault_lookup_hash(work->anew.vault, token->secret, strlen(token->secret), hash);
    STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(SEALED_MAX);
    store_seal(&work->anew, STORE_SEAL_TOKEN, hash, token->secret, &sealed);
    return run(work, &TOKEN_RESEAL,
               BINDS(BIND_INT("id", token->id), BIND_TEXT("hash", hash),
                     BIND_TEXT("sealed", strbuf_str(&sealed))));
}

/* Settings that are not secret are left as they are by the statement. */
static int reseal_setting(void *ctx, const char *name, const char *value)
{
    struct resealing *work = ctx;
    STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(2 * SEALED_MAX);
    store_seal(&work->anew, STORE_SEAL_SETTING, name, value, &sealed);
    return run(work, &SETTING_RESEAL,
               BINDS(BIND_TEXT("name", name), BIND_TEXT("value", strbuf_str(&sealed))));
}

static int reseal_all(struct resealing *work)
{
    struct store *store = work->store;
    if (store_keys_each(store, true, reseal_key, work, work->err) != 0 || work->rc != 0 ||
        store_tokens_each(store, true, reseal_token, work, work->err) != 0 || work->rc != 0 ||
        store_settings_each(store, reseal_setting, work, work->err) != 0 || work->rc != 0)
        return -1;
    STRBUF_AUTO struct strbuf proof = STRBUF_INIT(KIB);
    store_seal(&work->anew, STORE_SEAL_META, STORE_PROOF_NAME, STORE_PROOF_TEXT, &proof);
    return run(work, &PROOF_RESEAL, BINDS(BIND_TEXT("value", strbuf_str(&proof))));
}

int store_reseal(struct store *store, const struct vault *vault, int64_t *forgotten_r,
                 struct err *err)
{
    struct resealing work = {.store = store, .anew.vault = vault, .err = err};
    TX_AUTO struct sql_tx *tx = sql_begin(store->main, err);
    work.tx = tx;
    if (tx == NULL || reseal_all(&work) != 0)
        return -1;
    int64_t keys = store_tx_write(tx, &KEYS_FORGET, NULL, err);
    int64_t tokens = store_tx_write(tx, &TOKENS_FORGET, NULL, err);
    if (keys < 0 || tokens < 0)
        return -1;
    *forgotten_r = keys + tokens;
    return sql_commit(&tx, err);
}
