#include "store/log_shape.h"

#include <string.h>

#include "base/text.h"

#define FIELD(row, field, field_type)                                                      \
    {                                                                                      \
        .name = #field, .column = #field, .type = (field_type),                            \
        .offset = offsetof(struct row, field), .size = sizeof(((struct row *)NULL)->field) \
    }
#define NAMED(row, field, name_kind)                                                       \
    {                                                                                      \
        .name = #field, .column = #field "_id", .kind = (name_kind), .type = LOG_NAMED,    \
        .offset = offsetof(struct row, field), .size = sizeof(((struct row *)NULL)->field) \
    }

static const struct log_field request_fields[] = {
    FIELD(log_request, id, LOG_INT64),
    FIELD(log_request, time_ms, LOG_INT64),
    FIELD(log_request, token_id, LOG_INT64),
    NAMED(log_request, route, "route"),
    NAMED(log_request, dialect, "dialect"),
    NAMED(log_request, model, "model"),
    NAMED(log_request, served_model, "model"),
    FIELD(log_request, client, LOG_STRING),
    FIELD(log_request, agent, LOG_STRING),
    FIELD(log_request, status, LOG_INT),
    FIELD(log_request, streamed, LOG_BOOL),
    FIELD(log_request, attempts, LOG_INT),
    FIELD(log_request, duration_ms, LOG_INT64),
    FIELD(log_request, first_token_ms, LOG_INT64),
    FIELD(log_request, own_us, LOG_INT64),
    FIELD(log_request, prompt_tokens, LOG_INT64),
    FIELD(log_request, output_tokens, LOG_INT64),
    FIELD(log_request, thought_tokens, LOG_INT64),
    FIELD(log_request, cached_tokens, LOG_INT64),
    FIELD(log_request, error, LOG_STRING),
    FIELD(log_request, uncounted, LOG_FLAG),
};

static const struct log_field attempt_fields[] = {
    FIELD(log_attempt, request_id, LOG_INT64),
    FIELD(log_attempt, number, LOG_INT),
    FIELD(log_attempt, time_ms, LOG_INT64),
    FIELD(log_attempt, key_id, LOG_INT64),
    NAMED(log_attempt, model, "model"),
    NAMED(log_attempt, proxy, "proxy"),
    NAMED(log_attempt, outcome, "outcome"),
    FIELD(log_attempt, status, LOG_INT),
    NAMED(log_attempt, rule, "rule"),
    NAMED(log_attempt, effect, "effect"),
    FIELD(log_attempt, duration_ms, LOG_INT64),
    FIELD(log_attempt, first_byte_ms, LOG_INT64),
    FIELD(log_attempt, prompt_tokens, LOG_INT64),
    FIELD(log_attempt, output_tokens, LOG_INT64),
    FIELD(log_attempt, thought_tokens, LOG_INT64),
    FIELD(log_attempt, cached_tokens, LOG_INT64),
    FIELD(log_attempt, error, LOG_STRING),
};

const struct log_shape log_request_shape = {request_fields, ARRAY_LEN(request_fields)};
const struct log_shape log_attempt_shape = {attempt_fields, ARRAY_LEN(attempt_fields)};

_Static_assert(sizeof(struct log_request) < LOG_PACKED_MAX &&
                   sizeof(struct log_attempt) < LOG_PACKED_MAX,
               "a packed row is never longer than the row itself");

static bool is_text(const struct log_field *field)
{
    return field->type == LOG_STRING || field->type == LOG_NAMED;
}

size_t log_pack(const struct log_shape *shape, const void *row,
                unsigned char packed[LOG_PACKED_MAX])
{
    unsigned char *out = packed;
    for (size_t i = 0; i < shape->count; i++) {
        const struct log_field *field = &shape->fields[i];
        const char *from = (const char *)row + field->offset;
        size_t len = is_text(field) ? strnlen(from, field->size - 1u) : field->size;
        memcpy(out, from, len);
        out += len;
        if (is_text(field))
            *out++ = '\0';
    }
    return (size_t)(out - packed);
}

void log_unpack(const struct log_shape *shape, const unsigned char *packed, void *row)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct log_field *field = &shape->fields[i];
        size_t len = is_text(field) ? strlen((const char *)packed) + 1 : field->size;
        memcpy((char *)row + field->offset, packed, len);
        packed += len;
    }
}

static int64_t field_int(const struct log_field *field, const void *at)
{
    switch (field->type) {
    case LOG_INT:
        return *(const int *)at;
    case LOG_BOOL:
        return *(const bool *)at;
    default:
        return *(const int64_t *)at;
    }
}

int log_bind(const struct log_shape *shape, const void *row, struct sql_stmt *stmt,
             struct log_name_source *source, struct err *err)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct log_field *field = &shape->fields[i];
        const void *at = (const char *)row + field->offset;
        if (field->type == LOG_FLAG)
            continue;
        if (field->type == LOG_STRING) {
            sql_bind_text(stmt, field->column, at);
        } else if (field->type == LOG_NAMED) {
            int64_t id = names_id(source->names, source->tx,
                                  &(struct name_asked){field->kind, at, false}, err);
            if (id < 0)
                return -1;
            sql_bind_int(stmt, field->column, id);
        } else {
            sql_bind_int(stmt, field->column, field_int(field, at));
        }
    }
    return 0;
}

void log_read(const struct log_shape *shape, struct sql_stmt *stmt, void *row)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct log_field *field = &shape->fields[i];
        void *at = (char *)row + field->offset;
        if (field->type == LOG_FLAG) {
            *(bool *)at = false;
        } else if (is_text(field)) {
            const char *text = sql_col_text(stmt, field->name);
            text_copy(at, field->size, text != NULL ? text : "");
        } else if (field->type == LOG_INT) {
            *(int *)at = (int)sql_col_int(stmt, field->name);
        } else if (field->type == LOG_BOOL) {
            *(bool *)at = sql_col_int(stmt, field->name) != 0;
        } else {
            *(int64_t *)at = sql_col_int(stmt, field->name);
        }
    }
}

int log_each_attempt(struct sql_stmt *stmt, store_log_attempt_visit *visit, void *ctx,
                     struct err *err)
{
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        struct log_attempt row;
        log_read(&log_attempt_shape, stmt, &row);
        if (visit(ctx, &row) != 0)
            return 0;
    }
    return rc;
}
