#include "store/usage_batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/log_rows.h"
#include "store/store_names.h"
#include "store/store_private.h"
#include "store/store_tallies.h"
#include "store/usage_columns.h"

/* A busy pool has a few thousand keys and models a minute; 200 bytes each. */
#define ENTRIES_MAX 50000

struct usage_entry {
    enum usage_subject subject;
    int64_t minute;
    int64_t id;
    char model[LOG_TEXT_SHORT * 2];
    bool real;       /* upstream knows the model: it answered, or refused for lack of quota */
    int64_t last_ms; /* of the latest use */
    struct usage_counters counters;
};

struct usage_batch {
    struct usage_entry *entries; /* in the order in which they came */
    size_t count, cap;
    uint32_t *slots; /* hash of an entry to its index + 1 */
    size_t slot_count;
    struct tally_batch tallies;
};

/* --- statements ------------------------------------------------------------------------------ */

#define COLUMN_FIRST(column) #column
#define COLUMN(column) ", " #column
#define PARAM_FIRST(column) ":" #column
#define PARAM(column) ", :" #column
#define ADD_FIRST(column) #column " = " #column " + excluded." #column
#define ADD(column) ", " #column " = " #column " + excluded." #column

#define USAGE_ADD(table, keys, key_params)                                                     \
    "INSERT INTO " table " (" keys ", " USAGE_FIRST(COLUMN_FIRST)                              \
        USAGE_REST(COLUMN) ") VALUES (" key_params ", " USAGE_FIRST(PARAM_FIRST)               \
            USAGE_REST(PARAM) ") ON CONFLICT (" keys ") DO UPDATE SET " USAGE_FIRST(ADD_FIRST) \
                USAGE_REST(ADD)

static const struct sql_text usage_add[] = {
    [USAGE_KEY] = {"usage_add_key", USAGE_ADD("usage_key", "span, bucket, key_id, model_id",
                                              ":span, :bucket, :id, :model_id")},
    [USAGE_TOKEN] = {"usage_add_token", USAGE_ADD("usage_token", "span, bucket, token_id, model_id",
                                                  ":span, :bucket, :id, :model_id")},
    [USAGE_TOTAL] = {"usage_add_total", USAGE_ADD("usage_total", "span, bucket", ":span, :bucket")},
};

static const struct sql_text KEY_USED = {
    "key_used", "INSERT INTO key_activity (key_id, last_used_ms)"
                " SELECT id, :last_ms FROM keys WHERE id = :id ON CONFLICT (key_id) DO UPDATE"
                " SET last_used_ms = max(last_used_ms, excluded.last_used_ms)"};
static const struct sql_text TOKEN_USED = {
    "token_used", "INSERT INTO token_activity (token_id, last_used_ms)"
                  " SELECT id, :last_ms FROM tokens WHERE id = :id ON CONFLICT (token_id) DO UPDATE"
                  " SET last_used_ms = max(last_used_ms, excluded.last_used_ms)"};

/* --- adding up ------------------------------------------------------------------------------- */

struct usage_batch *usage_batch_create(void)
{
    struct usage_batch *batch = xcalloc(1, sizeof(*batch));
    batch->slot_count = 64;
    batch->slots = xcalloc(batch->slot_count, sizeof(uint32_t));
    return batch;
}

void usage_batch_destroy(struct usage_batch **batch_at)
{
    struct usage_batch *batch = *batch_at;
    *batch_at = NULL;
    if (batch == NULL)
        return;
    free(batch->entries);
    free(batch->slots);
    free(batch);
}

bool usage_batch_empty(const struct usage_batch *batch)
{
    return batch->count == 0;
}

static void batch_clear(struct usage_batch *batch)
{
    batch->count = 0;
    tally_clear(&batch->tallies);
    memset(batch->slots, 0, batch->slot_count * sizeof(uint32_t));
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
    return hash ^ (hash >> 32);
}

static uint64_t entry_hash(const struct usage_entry *entry)
{
    uint64_t hash = mix((uint64_t)entry->subject, (uint64_t)entry->minute);
    hash = mix(hash, (uint64_t)entry->id);
    for (const char *at = entry->model; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    return mix(hash, 0);
}

static bool entry_same(const struct usage_entry *a, const struct usage_entry *b)
{
    return a->subject == b->subject && a->minute == b->minute && a->id == b->id &&
           strcmp(a->model, b->model) == 0;
}

/* The slot of the entry, or the free one where it belongs. */
static uint32_t *slot_find(struct usage_batch *batch, const struct usage_entry *like)
{
    size_t at = entry_hash(like) % batch->slot_count;
    while (batch->slots[at] != 0 && !entry_same(&batch->entries[batch->slots[at] - 1], like))
        at = (at + 1) % batch->slot_count;
    return &batch->slots[at];
}

static void batch_grow(struct usage_batch *batch)
{
    batch->cap = batch->cap == 0 ? 32 : batch->cap * 2;
    batch->entries = xrealloc(batch->entries, batch->cap, sizeof(struct usage_entry));
    free(batch->slots);
    batch->slot_count = batch->cap * 2;
    batch->slots = xcalloc(batch->slot_count, sizeof(uint32_t));
    for (size_t i = 0; i < batch->count; i++)
        *slot_find(batch, &batch->entries[i]) = (uint32_t)i + 1;
}

/* The entry like this one, made if need be; NULL when there is no room. */
static struct usage_entry *batch_entry(struct usage_batch *batch, const struct usage_entry *like)
{
    uint32_t *slot = slot_find(batch, like);
    if (*slot != 0)
        return &batch->entries[*slot - 1];
    if (batch->count >= ENTRIES_MAX)
        return NULL;
    if (batch->count == batch->cap) {
        batch_grow(batch);
        slot = slot_find(batch, like);
    }
    batch->entries[batch->count] = *like;
    batch->entries[batch->count].counters = (struct usage_counters){0};
    *slot = (uint32_t)++batch->count;
    return &batch->entries[batch->count - 1];
}

static void counters_add(struct usage_counters *sum, const struct usage_counters *part)
{
#define ADD_COUNTER(column) sum->column += part->column;
    USAGE_ALL(ADD_COUNTER)
#undef ADD_COUNTER
}

static bool batch_add(struct usage_batch *batch, const struct usage_entry *part)
{
    struct usage_entry *entry = batch_entry(batch, part);
    if (entry == NULL)
        return false;
    entry->real |= part->real;
    if (entry->last_ms < part->last_ms)
        entry->last_ms = part->last_ms;
    counters_add(&entry->counters, &part->counters);
    return true;
}

static int64_t *failure_counter(struct usage_counters *counters, int status)
{
    switch (status) {
    case 429:
        return &counters->failed_429;
    case 403:
        return &counters->failed_403;
    case 400:
        return &counters->failed_400;
    default:
        return status >= 500 && status < 600 ? &counters->failed_5xx : &counters->failed_other;
    }
}

struct outcome {
    bool failed;
    int status;
    int64_t first_ms, duration_ms;
};

static void counters_outcome(struct usage_counters *counters, const struct outcome *outcome)
{
    counters->requests = 1;
    if (outcome->failed) {
        *failure_counter(counters, outcome->status) = 1;
    } else {
        counters->successes = 1;
        counters->duration_ms_sum = outcome->duration_ms;
    }
    if (outcome->first_ms >= 0) {
        counters->first_count = 1;
        counters->first_ms_sum = outcome->first_ms;
    }
}

bool usage_batch_request(struct usage_batch *batch, const struct log_request *row)
{
    if (row->uncounted)
        return true;
    bool failed = log_request_failed(row);
    struct usage_entry part = {
        .subject = USAGE_TOKEN,
        .minute = row->time_ms / MINUTE_MS,
        .id = row->token_id,
        .real = !failed,
        .last_ms = row->time_ms,
        .counters = {.prompt_tokens = row->prompt_tokens,
                     .output_tokens = row->output_tokens,
                     .thought_tokens = row->thought_tokens,
                     .cached_tokens = row->cached_tokens},
    };
    counters_outcome(&part.counters, &(struct outcome){.failed = failed,
                                                       .status = row->status,
                                                       .first_ms = row->first_token_ms,
                                                       .duration_ms = row->duration_ms});
    text_copy(part.model, sizeof(part.model),
              row->served_model[0] != '\0' ? row->served_model : row->model);
    tally_request(&batch->tallies, row, failed);
    bool added = batch_add(batch, &part);
    part.subject = USAGE_TOTAL;
    part.id = 0;
    part.model[0] = '\0';
    return batch_add(batch, &part) && added;
}

bool usage_batch_attempt(struct usage_batch *batch, const struct log_attempt *row)
{
    bool failed = log_attempt_failed(row);
    struct usage_entry part = {
        .subject = USAGE_KEY,
        .minute = row->time_ms / MINUTE_MS,
        .id = row->key_id,
        .real = !failed || row->status == 429,
        .last_ms = row->time_ms,
        .counters = {.prompt_tokens = row->prompt_tokens,
                     .output_tokens = row->output_tokens,
                     .thought_tokens = row->thought_tokens,
                     .cached_tokens = row->cached_tokens},
    };
    counters_outcome(&part.counters, &(struct outcome){.failed = failed,
                                                       .status = row->status,
                                                       .first_ms = row->first_byte_ms,
                                                       .duration_ms = row->duration_ms});
    text_copy(part.model, sizeof(part.model), row->model);
    tally_attempt(&batch->tallies, row);
    return batch_add(batch, &part);
}

/* --- writing --------------------------------------------------------------------------------- */

struct usage_write {
    struct store *store;
    struct sql_tx *tx;
    struct sql_stmt *add[ARRAY_LEN(usage_add)];
    struct sql_stmt *key_used, *token_used;
};

static int write_prepare(struct usage_write *write, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(usage_add); i++)
        if ((write->add[i] = sql_tx_stmt(write->tx, &usage_add[i], err)) == NULL)
            return -1;
    if ((write->key_used = sql_tx_stmt(write->tx, &KEY_USED, err)) == NULL ||
        (write->token_used = sql_tx_stmt(write->tx, &TOKEN_USED, err)) == NULL)
        return -1;
    return 0;
}

static void write_done(struct usage_write *write)
{
    for (size_t i = 0; i < ARRAY_LEN(usage_add); i++)
        sql_stmt_done(&write->add[i]);
    sql_stmt_done(&write->key_used);
    sql_stmt_done(&write->token_used);
}

static int span_write(struct sql_stmt *add, const struct usage_entry *entry, enum usage_span span,
                      int64_t model_id, struct err *err)
{
    int64_t bucket = store_usage_bucket(entry->subject, span, entry->minute * MINUTE_MS);
    sql_bind_int(add, "span", span);
    sql_bind_int(add, "bucket", bucket);
    if (entry->subject != USAGE_TOTAL) {
        sql_bind_int(add, "id", entry->id);
        sql_bind_int(add, "model_id", model_id);
    }
#define BIND_COUNTER(column) sql_bind_int(add, #column, entry->counters.column);
    USAGE_ALL(BIND_COUNTER)
#undef BIND_COUNTER
    return sql_run(add, err);
}

static int used_write(struct usage_write *write, const struct usage_entry *entry, struct err *err)
{
    if (entry->subject == USAGE_TOTAL || entry->id == 0)
        return 0;
    struct sql_stmt *used = entry->subject == USAGE_KEY ? write->key_used : write->token_used;
    sql_bind_int(used, "last_ms", entry->last_ms);
    sql_bind_int(used, "id", entry->id);
    return sql_run(used, err);
}

static int entry_write(struct usage_write *write, const struct usage_entry *entry, struct err *err)
{
    /* The names a client may think of are without end; only those that upstream knows count. */
    struct name_asked model = {"model", entry->model, !entry->real};
    int64_t model_id = names_id(write->store->main_names, write->tx, &model, err);
    if (model_id < 0)
        return -1;
    for (int span = USAGE_MINUTE; span <= USAGE_DAY; span++)
        if (span_write(write->add[entry->subject], entry, (enum usage_span)span, model_id, err) !=
            0)
            return -1;
    return used_write(write, entry, err);
}

static int entries_write(struct usage_write *write, const struct usage_batch *batch,
                         struct err *err)
{
    int rc = write_prepare(write, err);
    for (size_t i = 0; rc == 0 && i < batch->count; i++)
        rc = entry_write(write, &batch->entries[i], err);
    write_done(write);
    return rc == 0 ? tally_write(&batch->tallies, write->tx, err) : rc;
}

int usage_batch_write(struct usage_batch *batch, struct store *store, int timeout_ms,
                      struct err *err)
{
    if (batch->count == 0)
        return 0;
    struct usage_write write = {.store = store};
    write.tx = sql_begin_within(store->main, timeout_ms, err);
    if (write.tx == NULL)
        return -1;
    names_enter(store->main_names);
    int rc = names_follow(store->main_names, write.tx, err);
    if (rc == 0)
        rc = entries_write(&write, batch, err);
    if (rc == 0)
        rc = sql_commit(&write.tx, err);
    else
        sql_rollback(&write.tx);
    names_leave(store->main_names, rc == 0);
    if (rc == 0)
        batch_clear(batch);
    return rc;
}
