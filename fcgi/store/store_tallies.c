#include "store/store_tallies.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "store/store_private.h"

const int64_t tally_bounds_ms[TALLY_BOUNDS] = {50,    100,   250,   500,   1000,   2500,  5000,
                                               10000, 20000, 30000, 60000, 120000, 300000};

static const struct sql_text TALLY_ALL = {"tally_all",
                                          "SELECT name, value FROM tallies ORDER BY name"};
static const struct sql_text TALLY_ADD = {
    "tally_add", "INSERT INTO tallies (name, value) VALUES (:name, :value)"
                 " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"};

/* --- adding up ---------------------------------------------------------------------------------- */

static void add(struct tally_batch *batch, const char *name, int64_t value)
{
    size_t i = 0;
    while (i < batch->count && strcmp(batch->items[i].name, name) != 0)
        i++;
    if (i == TALLY_NAMES_MAX || value == 0)
        return;
    if (i == batch->count) {
        text_copy(batch->items[i].name, sizeof(batch->items[i].name), name);
        batch->items[batch->count++].value = 0;
    }
    batch->items[i].value += value;
}

static void add_time(struct tally_batch *batch, const char *family, int64_t ms)
{
    char name[56];
    size_t i = 0;
    while (i < TALLY_BOUNDS && ms > tally_bounds_ms[i])
        i++;
    if (i < TALLY_BOUNDS)
        snprintf(name, sizeof(name), "%s.%lld", family, (long long)tally_bounds_ms[i]);
    else
        snprintf(name, sizeof(name), "%s.inf", family);
    add(batch, name, 1);
    snprintf(name, sizeof(name), "%s.sum", family);
    add(batch, name, ms);
}

void tally_request(struct tally_batch *batch, const struct log_request *row, bool failed)
{
    if (row->first_token_ms >= 0)
        add_time(batch, "first", row->first_token_ms);
    if (!failed)
        add_time(batch, "whole", row->duration_ms);
}

void tally_attempt(struct tally_batch *batch, const struct log_attempt *row)
{
    char name[56];
    snprintf(name, sizeof(name), "rule.%s", row->rule);
    add(batch, name, 1);
}

/* --- the store ---------------------------------------------------------------------------------- */

int tally_write(const struct tally_batch *batch, struct sql_tx *tx, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, &TALLY_ADD, err);
    if (stmt == NULL)
        return -1;
    for (size_t i = 0; i < batch->count; i++) {
        sql_bind_text(stmt, "name", batch->items[i].name);
        sql_bind_int(stmt, "value", batch->items[i].value);
        if (sql_run(stmt, err) != 0)
            return -1;
    }
    return 0;
}

int store_tallies_each(struct store *store, store_tally_visit *visit, void *ctx, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_query(store->main, &TALLY_ALL, err);
    if (stmt == NULL)
        return -1;
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        if (visit(ctx, sql_col_text(stmt, "name"), sql_col_int(stmt, "value")) != 0)
            return 0;
    }
    return rc;
}
