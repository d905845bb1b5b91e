/* Deleting from the log by hand. */
#include "store/store_log_list.h"
#include "store/store_private.h"

static const struct sql_text ONE[] = {
    {"log_delete_attempts", "DELETE FROM attempts WHERE request_id = :id"},
    {"log_delete_body", "DELETE FROM error_bodies WHERE request_id = :id"},
    {"log_delete_request", "DELETE FROM requests WHERE id = :id"},
};
/* Without a condition a table is emptied at once, however large it is. */
static const struct sql_text ALL[] = {
    {"log_clear_attempts", "DELETE FROM attempts"},
    {"log_clear_bodies", "DELETE FROM error_bodies"},
    {"log_clear_requests", "DELETE FROM requests"},
};

int64_t store_log_delete(struct store *store, const int64_t *ids, size_t count, struct err *err)
{
    TX_AUTO struct sql_tx *tx = sql_begin(store->log, err);
    int64_t deleted = 0;
    if (tx == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        int64_t changes = 0;
        for (size_t k = 0; k < ARRAY_LEN(ONE); k++) {
            changes = store_tx_write(tx, &ONE[k], BINDS(BIND_INT("id", ids[i])), err);
            if (changes < 0)
                return -1;
        }
        deleted += changes;
    }
    return sql_commit(&tx, err) != 0 ? -1 : deleted;
}

static int clear_tables(struct store *store, struct err *err)
{
    TX_AUTO struct sql_tx *tx = sql_begin(store->log, err);
    if (tx == NULL)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(ALL); i++) {
        if (store_tx_write(tx, &ALL[i], NULL, err) < 0)
            return -1;
    }
    return sql_commit(&tx, err);
}

int store_log_clear(struct store *store, struct err *err)
{
    if (clear_tables(store, err) != 0)
        return -1;
    int more;
    while ((more = sql_shrink(store->log, err)) == 1)
        continue;
    return more;
}
