#include "store/store_pins.h"

#include "store/store_private.h"

#define PIN_COLUMNS "SELECT name, kind, key_id, token_id, created_ms, expires_ms, detail FROM pins"

static const struct sql_text PIN_PUT = {
    "pin_put",
    "INSERT INTO pins (name, kind, key_id, token_id, created_ms, expires_ms, detail)"
    " SELECT :name, :kind, id, :token_id, :created_ms, :expires_ms, :detail"
    " FROM keys WHERE id = :key_id"
    " ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, key_id = excluded.key_id,"
    " token_id = excluded.token_id, expires_ms = excluded.expires_ms, detail = excluded.detail"};
static const struct sql_text PIN_GET = {"pin_get",
                                        PIN_COLUMNS " WHERE name = :name AND expires_ms > :now_ms"};
static const struct sql_text PIN_EACH = {"pin_each", PIN_COLUMNS
                                         " WHERE kind = :kind AND created_ms >= :since_ms"
                                         " ORDER BY created_ms DESC, name LIMIT :limit"};
static const struct sql_text PIN_EACH_OF = {"pin_each_of", PIN_COLUMNS
                                            " WHERE token_id = :token_id AND kind = :kind"
                                            " AND created_ms >= :since_ms"
                                            " ORDER BY created_ms DESC, name LIMIT :limit"};
static const struct sql_text PIN_DELETE = {"pin_delete", "DELETE FROM pins WHERE name = :name"};
static const struct sql_text PIN_EXPIRE = {"pin_expire",
                                           "DELETE FROM pins WHERE expires_ms <= :now_ms"};
static const struct sql_text PIN_EXPIRE_KIND = {
    "pin_expire_kind", "DELETE FROM pins WHERE expires_ms <= :now_ms AND kind = :kind"};
static const struct sql_text PIN_EXPIRE_BUT = {
    "pin_expire_but", "DELETE FROM pins WHERE expires_ms <= :now_ms AND kind <> :kind"};

int store_pin_put(struct store *store, const struct store_pin *pin, struct err *err)
{
    int64_t changes = store_write(
        store, &PIN_PUT,
        BINDS(BIND_TEXT("name", pin->name), BIND_TEXT("kind", pin->kind),
              BIND_INT("key_id", pin->key_id), BIND_INT("token_id", pin->token_id),
              BIND_INT("created_ms", pin->created_ms), BIND_INT("expires_ms", pin->expires_ms),
              BIND_TEXT("detail", store_text(pin->detail))),
        STORE_GEN_NONE, err);
    if (changes == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no key %lld", (long long)pin->key_id);
    return changes > 0 ? 0 : -1;
}

static void pin_read(struct sql_stmt *stmt, struct store_pin *pin)
{
    *pin = (struct store_pin){
        .name = sql_col_text(stmt, "name"),
        .kind = sql_col_text(stmt, "kind"),
        .key_id = sql_col_int(stmt, "key_id"),
        .token_id = sql_col_int(stmt, "token_id"),
        .created_ms = sql_col_int(stmt, "created_ms"),
        .expires_ms = sql_col_int(stmt, "expires_ms"),
        .detail = sql_col_text(stmt, "detail"),
    };
}

int store_pin_get(struct store *store, int64_t now_ms, struct arena *arena, struct store_pin *pin,
                  struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    int rc = store_query_row(store->main, &PIN_GET,
                             BINDS(BIND_TEXT("name", pin->name), BIND_INT("now_ms", now_ms)), &stmt,
                             err);
    if (rc != 1)
        return rc;
    pin_read(stmt, pin);
    pin->name = arena_strdup(arena, pin->name);
    pin->kind = arena_strdup(arena, pin->kind);
    pin->detail = arena_strdup(arena, pin->detail);
    return 1;
}

int store_pins_each(struct store *store, const struct store_pin_filter *filter,
                    store_pin_visit *visit, void *ctx, struct err *err)
{
    bool anybody = filter->token_id < 0;
    STMT_AUTO struct sql_stmt *stmt =
        store_query(store->main, anybody ? &PIN_EACH : &PIN_EACH_OF,
                    BINDS(BIND_TEXT("kind", filter->kind), BIND_INT("since_ms", filter->since_ms),
                          BIND_INT("limit", filter->limit > 0 ? filter->limit : -1),
                          BIND_INT(anybody ? NULL : "token_id", filter->token_id)),
                    err);
    if (stmt == NULL)
        return -1;
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        struct store_pin pin;
        pin_read(stmt, &pin);
        if (visit(ctx, &pin) != 0)
            return 0;
    }
    return rc;
}

int store_pin_delete(struct store *store, const char *name, struct err *err)
{
    return store_run(store, &PIN_DELETE, BINDS(BIND_TEXT("name", name)), STORE_GEN_NONE, err);
}

int64_t store_pins_expire(struct store *store, int64_t now_ms, struct err *err)
{
    return store_write(store, &PIN_EXPIRE, BINDS(BIND_INT("now_ms", now_ms)), STORE_GEN_NONE, err);
}

int64_t store_pins_expire_kind(struct store *store, const char *kind, int64_t now_ms,
                               struct err *err)
{
    return store_write(store, &PIN_EXPIRE_KIND,
                       BINDS(BIND_INT("now_ms", now_ms), BIND_TEXT("kind", kind)), STORE_GEN_NONE,
                       err);
}

int64_t store_pins_expire_but(struct store *store, const char *kind, int64_t now_ms,
                              struct err *err)
{
    return store_write(store, &PIN_EXPIRE_BUT,
                       BINDS(BIND_INT("now_ms", now_ms), BIND_TEXT("kind", kind)), STORE_GEN_NONE,
                       err);
}
