/* t_request_log has a row for each attempt, t_error_logs another for most of those that failed, with
 * what Google said. Here both are one request with one attempt: an error that was written within
 * seconds of a failed attempt on the same key and model is that attempt's.
 *
 * Three walks, so that memory holds one small record an error, however long the log is:
 *   1. the errors, for their times
 *   2. the attempts: those that were well, or that no error fits, are written; to the others the
 *      error remembers when they were and how long they took
 *   3. the errors again, written with that. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/redact.h"
#include "base/text.h"
#include "base/vec.h"
#include "store/store_log.h"
#include "store/store_log_read.h"
#include "transfer/reference_private.h"

#define BATCH 200
#define SAME_WITHIN_MS (5 * SECOND_MS)
#define ROUTE "gemini-balance"
/* As store_log_id() cuts it: milliseconds, then what tells two rows of one moment apart. */
#define ID_LOW_BITS 21

static const struct foreign_table REQUESTS = {"t_request_log", "SELECT * FROM t_request_log"};
static const struct foreign_table ERRORS = {"t_error_logs", "SELECT * FROM t_error_logs"};

/* One row of t_error_logs, and the attempt that it belongs to. */
struct seen_error {
    uint64_t subject; /* key and model */
    int64_t time_ms, order;
    bool matched;
    int64_t attempt_ms, latency_ms;
    int status;
};
VEC(seen_errors, struct seen_error);

struct taking_log {
    struct reference *reference;
    struct err *err;
    struct seen_errors errors; /* walk 2: by subject and time; walk 3: in their order */
    size_t next_error;
    struct log_request requests[BATCH];
    struct log_attempt attempts[BATCH];
    struct log_error_body bodies[BATCH];
    size_t count, body_count;
    bool keep_rows;
    int rc;
};

/* --- rows ------------------------------------------------------------------------------------ */

static uint64_t mixed(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211ULL;
    return (hash ^ 0xff) * 1099511628211ULL;
}

static uint64_t subject_of(const char *key, const char *model)
{
    return mixed(mixed(14695981039346656037ULL, key), model);
}

static int64_t number_of(const struct foreign_row *row, const char *column, int64_t otherwise)
{
    const char *text = foreign_row_get(row, column);
    double value;
    return text && text_to_num(text, &value) == 0 ? (int64_t)value : otherwise;
}

/* The same row gets the same number whenever it is read. */
static int64_t id_of(const char *table, const struct foreign_row *row, int64_t time_ms)
{
    uint64_t hash = mixed(mixed(14695981039346656037ULL, table), foreign_row_get(row, "id"));
    return time_ms << ID_LOW_BITS | (int64_t)(hash >> (64 - ID_LOW_BITS));
}

static int flush(struct taking_log *taking)
{
    struct log_batch batch = {taking->requests, taking->count,  taking->attempts,
                              taking->count,    taking->bodies, taking->body_count};
    int rc = taking->count == 0 ? 0
                                : store_log_write(taking->reference->site->store, &batch,
                                                  taking->keep_rows, taking->err);
    for (size_t i = 0; i < taking->body_count; i++)
        free(taking->bodies[i].body);
    taking->count = taking->body_count = 0;
    return rc;
}

/* What both tables tell of an attempt. */
struct told {
    int64_t id, time_ms, latency_ms;
    int status;
    const char *key, *model, *error, *body;
};

static void fill(struct taking_log *taking, const struct told *told, int64_t key_id)
{
    struct log_request *request = &taking->requests[taking->count];
    struct log_attempt *attempt = &taking->attempts[taking->count];
    *request = (struct log_request){.id = told->id,
                                    .time_ms = told->time_ms,
                                    .status = told->status,
                                    .attempts = 1,
                                    .duration_ms = told->latency_ms,
                                    .first_token_ms = -1};
    *attempt = (struct log_attempt){.request_id = told->id,
                                    .number = 1,
                                    .time_ms = told->time_ms,
                                    .key_id = key_id,
                                    .status = told->status,
                                    .duration_ms = told->latency_ms,
                                    .first_byte_ms = -1};
    text_copy(request->route, sizeof(request->route), ROUTE);
    text_copy(request->model, sizeof(request->model), told->model);
    text_copy(request->served_model, sizeof(request->served_model), told->model);
    text_copy(attempt->model, sizeof(attempt->model), told->model);
    text_copy(attempt->outcome, sizeof(attempt->outcome), "ok");
    text_copy(request->error, sizeof(request->error), told->error);
    redact_text(request->error);
    text_copy(attempt->error, sizeof(attempt->error), request->error);
    taking->count++;
}

static void keep_body(struct taking_log *taking, const struct told *told)
{
    if (text_empty(told->body) || text_eq(told->body, "null"))
        return;
    struct log_error_body *body = &taking->bodies[taking->body_count++];
    body->request_id = told->id;
    body->body = xstrndup(told->body, strnlen(told->body, 64 * KIB));
    redact_text(body->body);
}

static int put(struct taking_log *taking, const struct told *told)
{
    struct reference *reference = taking->reference;
    struct log_request known;
    int there = store_log_request(reference->site->store, told->id, &known, taking->err);
    if (there != 0) {
        reference->report->requests.there += there > 0;
        return there < 0 ? -1 : 0;
    }
    int64_t key_id = reference_key_id(reference, told->key, taking->err);
    if (key_id < 0)
        return -1;
    fill(taking, told, key_id);
    keep_body(taking, told);
    reference->report->requests.added++;
    return taking->count < BATCH ? 0 : flush(taking);
}

/* --- walk 1 ---------------------------------------------------------------------------------- */

static int see_error(void *ctx, const struct foreign_row *row)
{
    struct taking_log *taking = ctx;
    struct seen_error error = {.subject = subject_of(foreign_row_get(row, "gemini_key"),
                                                     foreign_row_get(row, "model_name")),
                               .time_ms = reference_time(foreign_row_get(row, "request_time")),
                               .order = (int64_t)taking->errors.len};
    VEC_PUSH(&taking->errors, error);
    return 0;
}

static int by_subject(const void *a, const void *b)
{
    const struct seen_error *one = a, *other = b;
    if (one->subject != other->subject)
        return one->subject < other->subject ? -1 : 1;
    return (one->time_ms > other->time_ms) - (one->time_ms < other->time_ms);
}

static int by_order(const void *a, const void *b)
{
    const struct seen_error *one = a, *other = b;
    return (one->order > other->order) - (one->order < other->order);
}

/* --- walk 2 ---------------------------------------------------------------------------------- */

/* The first error that could be of an attempt at `time_ms`. */
static size_t first_near(const struct seen_errors *errors, uint64_t subject, int64_t time_ms)
{
    struct seen_error wanted = {.subject = subject, .time_ms = time_ms - SAME_WITHIN_MS};
    size_t low = 0, high = errors->len;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (by_subject(&errors->items[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The nearest error of the attempt that no other attempt has; NULL when there is none. */
static struct seen_error *error_of(struct seen_errors *errors, uint64_t subject, int64_t time_ms)
{
    struct seen_error *nearest = NULL;
    for (size_t i = first_near(errors, subject, time_ms); i < errors->len; i++) {
        struct seen_error *error = &errors->items[i];
        if (error->subject != subject || error->time_ms > time_ms + SAME_WITHIN_MS)
            break;
        if (!error->matched &&
            (!nearest || llabs(error->time_ms - time_ms) < llabs(nearest->time_ms - time_ms)))
            nearest = error;
    }
    return nearest;
}

static bool is_true(const char *text)
{
    bool value;
    return text && text_to_bool(text, &value) == 0 && value;
}

static int take_request(void *ctx, const struct foreign_row *row)
{
    struct taking_log *taking = ctx;
    const char *model = foreign_row_get(row, "model_name");
    bool ok = is_true(foreign_row_get(row, "is_success"));
    struct told told = {.time_ms = reference_time(foreign_row_get(row, "request_time")),
                        .latency_ms = number_of(row, "latency_ms", 0),
                        .status = (int)number_of(row, "status_code", ok ? 200 : 0),
                        .key = foreign_row_get(row, "api_key"),
                        .model = model ? model : "",
                        .error = ok ? "" : "failed"};
    if (told.time_ms < 0) {
        taking->reference->report->requests.refused++;
        return 0;
    }
    struct seen_error *error =
        ok ? NULL : error_of(&taking->errors, subject_of(told.key, told.model), told.time_ms);
    if (error) {
        *error = (struct seen_error){error->subject, error->time_ms,  error->order, true,
                                     told.time_ms,   told.latency_ms, told.status};
        return 0;
    }
    told.id = id_of(REQUESTS.name, row, told.time_ms);
    return taking->rc = put(taking, &told);
}

/* --- walk 3 ---------------------------------------------------------------------------------- */

static int take_error(void *ctx, const struct foreign_row *row)
{
    struct taking_log *taking = ctx;
    if (taking->next_error >= taking->errors.len)
        return 0; /* written since the first walk: the next run takes it */
    const struct seen_error *error = &taking->errors.items[taking->next_error++];
    const char *model = foreign_row_get(row, "model_name"),
               *text = foreign_row_get(row, "error_log");
    struct told told = {.time_ms = error->matched ? error->attempt_ms : error->time_ms,
                        .latency_ms = error->latency_ms,
                        .status = (int)number_of(row, "error_code", error->status),
                        .key = foreign_row_get(row, "gemini_key"),
                        .model = model ? model : "",
                        .error = text_empty(text) ? "failed" : text,
                        .body = foreign_row_get(row, "request_msg")};
    if (told.time_ms < 0) {
        taking->reference->report->requests.refused++;
        return 0;
    }
    told.id = id_of(ERRORS.name, row, told.time_ms);
    return taking->rc = put(taking, &told);
}

/* --- the whole ------------------------------------------------------------------------------- */

static int take_walks(struct taking_log *taking)
{
    struct seen_errors *errors = &taking->errors;
    const struct reference *reference = taking->reference;
    if (reference_each(reference, &ERRORS, see_error, taking, taking->err) < 0)
        return -1;
    if (errors->len > 0)
        qsort(errors->items, errors->len, sizeof(errors->items[0]), by_subject);
    if (reference_each(reference, &REQUESTS, take_request, taking, taking->err) < 0 ||
        taking->rc != 0)
        return -1;
    if (errors->len > 0)
        qsort(errors->items, errors->len, sizeof(errors->items[0]), by_order);
    if (reference_each(reference, &ERRORS, take_error, taking, taking->err) < 0 || taking->rc != 0)
        return -1;
    return flush(taking);
}

int reference_take_log(struct reference *reference, struct err *err)
{
    if (!reference->options->db_file || !reference->options->log)
        return 0;
    struct taking_log *taking = xcalloc(1, sizeof(*taking));
    taking->reference = reference;
    taking->err = err;
    taking->keep_rows = true;
    int rc = take_walks(taking);
    for (size_t i = 0; i < taking->body_count; i++)
        free(taking->bodies[i].body);
    VEC_FREE(&taking->errors);
    free(taking);
    return rc;
}
