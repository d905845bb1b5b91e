#include "store/store_tallies.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "store/store_private.h"

#define NAME_LEN (LOG_TEXT_SHORT + 8) /* with a family before it */

const int64_t tally_bounds_ms[TALLY_BOUNDS] = {50,    100,   250,   500,   1000,   2500,  5000,
                                               10000, 20000, 30000, 60000, 120000, 300000};

static const struct sql_text TALLY_ALL = {"tally_all",
                                          "SELECT name, value FROM tallies ORDER BY name"};
static const struct sql_text TALLY_ADD = {
    "tally_add", "INSERT INTO tallies (name, value) VALUES (:name, :value)"
                 " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"};

/* --- adding up ---------------------------------------------------------------------------------- */

static void add_time(struct tally_times *times, int64_t ms)
{
    size_t i = 0;
    while (i < TALLY_BOUNDS && ms > tally_bounds_ms[i])
        i++;
    times->counts[i]++;
    times->sum_ms += ms;
}

void tally_request(struct tally_batch *batch, const struct log_request *row, bool failed)
{
    if (row->first_token_ms >= 0)
        add_time(&batch->first, row->first_token_ms);
    if (!failed)
        add_time(&batch->whole, row->duration_ms);
}

void tally_attempt(struct tally_batch *batch, const struct log_attempt *row)
{
    size_t i = 0;
    while (i < batch->rule_count && strcmp(batch->rules[i].rule, row->rule) != 0)
        i++;
    if (i == TALLY_RULES_MAX)
        return;
    if (i == batch->rule_count) {
        text_copy(batch->rules[i].rule, sizeof(batch->rules[i].rule), row->rule);
        batch->rules[i].attempts = 0;
        batch->rule_count++;
    }
    batch->rules[i].attempts++;
}

void tally_clear(struct tally_batch *batch)
{
    batch->first = batch->whole = (struct tally_times){0};
    batch->rule_count = 0;
}

/* --- the store ---------------------------------------------------------------------------------- */

static int add_stored(struct sql_stmt *stmt, const char *name, int64_t value, struct err *err)
{
    if (value == 0)
        return 0;
    sql_bind_text(stmt, "name", name);
    sql_bind_int(stmt, "value", value);
    return sql_run(stmt, err);
}

static int write_times(struct sql_stmt *stmt, const char *family, const struct tally_times *times,
                       struct err *err)
{
    char name[NAME_LEN];
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < TALLY_BOUNDS; i++) {
        snprintf(name, sizeof(name), "%s.%lld", family, (long long)tally_bounds_ms[i]);
        rc = add_stored(stmt, name, times->counts[i], err);
    }
    snprintf(name, sizeof(name), "%s.inf", family);
    if (rc == 0)
        rc = add_stored(stmt, name, times->counts[TALLY_BOUNDS], err);
    snprintf(name, sizeof(name), "%s.sum", family);
    return rc == 0 ? add_stored(stmt, name, times->sum_ms, err) : rc;
}

int tally_write(const struct tally_batch *batch, struct sql_tx *tx, struct err *err)
{
    char name[NAME_LEN];
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, &TALLY_ADD, err);
    if (stmt == NULL)
        return -1;
    int rc = write_times(stmt, "first", &batch->first, err);
    if (rc == 0)
        rc = write_times(stmt, "whole", &batch->whole, err);
    for (size_t i = 0; rc == 0 && i < batch->rule_count; i++) {
        snprintf(name, sizeof(name), "rule.%s", batch->rules[i].rule);
        rc = add_stored(stmt, name, batch->rules[i].attempts, err);
    }
    return rc;
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
