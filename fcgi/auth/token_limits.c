#include "auth/token_limits.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "store/store_usage.h"

enum { READ_EVERY_MS = 1000 };

/* What a token has used in one minute or day, of all processes by the store and of ours. */
struct window {
    int64_t bucket;
    int64_t stored_requests, stored_tokens;
    int64_t own_requests; /* admitted here */
};

struct token_entry {
    int64_t id;
    int64_t under_way;
    int64_t read_ms; /* when the store was read; 0: never */
    struct window minute, day;
};

struct token_limits {
    struct store *store;
    pthread_mutex_t lock; /* never held over I/O */
    struct {
        struct token_entry *items;
        size_t len, cap;
    } entries;
};

struct token_limits *token_limits_create(struct store *store)
{
    struct token_limits *limits = xcalloc(1, sizeof(*limits));
    limits->store = store;
    pthread_mutex_init(&limits->lock, NULL);
    return limits;
}

void token_limits_destroy(struct token_limits **limits)
{
    if (!*limits)
        return;
    VEC_FREE(&(*limits)->entries);
    pthread_mutex_destroy(&(*limits)->lock);
    free(*limits);
    *limits = NULL;
}

/* Call with the lock held; the entry may move with the next new one. */
static struct token_entry *entry_of(struct token_limits *limits, int64_t id)
{
    for (size_t i = 0; i < limits->entries.len; i++)
        if (limits->entries.items[i].id == id)
            return &limits->entries.items[i];
    const struct token_entry fresh = {.id = id};
    VEC_PUSH(&limits->entries, fresh);
    return &limits->entries.items[limits->entries.len - 1];
}

static void turn(struct window *window, int64_t bucket)
{
    if (window->bucket != bucket)
        *window = (struct window){.bucket = bucket};
}

static void turn_both(struct token_entry *entry, int64_t now_ms)
{
    turn(&entry->minute, store_usage_bucket(USAGE_TOKEN, USAGE_MINUTE, now_ms));
    turn(&entry->day, store_usage_bucket(USAGE_TOKEN, USAGE_DAY, now_ms));
}

/* --- what the store knows ---------------------------------------------------------------------- */

static int add_row(void *ctx, const struct usage_row *row)
{
    struct window *window = ctx;
    window->stored_requests += row->counters.requests;
    window->stored_tokens +=
        row->counters.prompt_tokens + row->counters.output_tokens + row->counters.thought_tokens;
    return 0;
}

static int read_window(struct store *store, int64_t id, enum usage_span span, struct window *window,
                       struct err *err)
{
    const struct usage_query query = {.subject = USAGE_TOKEN,
                                      .span = span,
                                      .from = window->bucket,
                                      .to = window->bucket + 1,
                                      .id = id,
                                      .group = USAGE_BY_BUCKET};
    return store_usage_each(store, &query, add_row, window, err);
}

/* True for one caller in each second, who then reads. */
static bool claim(struct token_limits *limits, int64_t id, int64_t now_ms)
{
    LOCK_SCOPE(&limits->lock);
    struct token_entry *entry = entry_of(limits, id);
    int64_t age_ms = now_ms - entry->read_ms;
    bool turned = entry->minute.bucket != store_usage_bucket(USAGE_TOKEN, USAGE_MINUTE, now_ms);
    if (!turned && age_ms >= 0 && age_ms < READ_EVERY_MS)
        return false;
    entry->read_ms = now_ms;
    turn_both(entry, now_ms);
    return true;
}

static void keep(struct window *window, const struct window *read)
{
    if (window->bucket != read->bucket)
        return;
    window->stored_requests = read->stored_requests;
    window->stored_tokens = read->stored_tokens;
}

static void refresh(struct token_limits *limits, int64_t id, int64_t now_ms)
{
    struct err err = ERR_INIT;
    struct window minute = {.bucket = store_usage_bucket(USAGE_TOKEN, USAGE_MINUTE, now_ms)};
    struct window day = {.bucket = store_usage_bucket(USAGE_TOKEN, USAGE_DAY, now_ms)};
    if (!claim(limits, id, now_ms))
        return;
    if (read_window(limits->store, id, USAGE_MINUTE, &minute, &err) < 0 ||
        read_window(limits->store, id, USAGE_DAY, &day, &err) < 0) {
        char quoted[200];
        log_event(LOG_WARNING, "tokens.usage_unread", "token=%lld error=%s", (long long)id,
                  log_quote(err.text, quoted, sizeof(quoted)));
        return;
    }
    LOCK_SCOPE(&limits->lock);
    struct token_entry *entry = entry_of(limits, id);
    keep(&entry->minute, &minute);
    keep(&entry->day, &day);
}

/* --- admitting --------------------------------------------------------------------------------- */

/* Ours may be missing in the store, the others' are only there. */
static int64_t requests_of(const struct token_entry *entry, const struct window *window)
{
    int64_t known = window->stored_requests + entry->under_way;
    return known > window->own_requests ? known : window->own_requests;
}

static int refuse(int64_t limit, const char *what, int64_t now_ms, int64_t span_ms,
                  int *retry_after_s_r, struct err *err)
{
    *retry_after_s_r = (int)((span_ms - now_ms % span_ms + SECOND_MS - 1) / SECOND_MS);
    return err_set(err, ERR_BUSY, "this client token may use %lld %s; it may come again in %d s",
                   (long long)limit, what, *retry_after_s_r);
}

static int judge(const struct token_entry *entry, const struct principal *principal, int64_t now_ms,
                 int *retry_after_s_r, struct err *err)
{
    int64_t per_minute = principal->requests_per_minute;
    int64_t per_day = principal->requests_per_day;
    int64_t tokens = principal->tokens_per_day;
    if (per_day > 0 && requests_of(entry, &entry->day) >= per_day)
        return refuse(per_day, "requests a day", now_ms, DAY_MS, retry_after_s_r, err);
    if (tokens > 0 && entry->day.stored_tokens >= tokens)
        return refuse(tokens, "tokens a day", now_ms, DAY_MS, retry_after_s_r, err);
    if (per_minute > 0 && requests_of(entry, &entry->minute) >= per_minute)
        return refuse(per_minute, "requests a minute", now_ms, MINUTE_MS, retry_after_s_r, err);
    return 0;
}

int token_limits_admit(struct token_limits *limits, struct principal *principal, int64_t now_ms,
                       int *retry_after_s_r, struct err *err)
{
    if (!principal->requests_per_minute && !principal->requests_per_day &&
        !principal->tokens_per_day)
        return 0;
    refresh(limits, principal->token_id, now_ms);
    LOCK_SCOPE(&limits->lock);
    struct token_entry *entry = entry_of(limits, principal->token_id);
    turn_both(entry, now_ms);
    if (judge(entry, principal, now_ms, retry_after_s_r, err) < 0)
        return -1;
    entry->under_way++;
    entry->minute.own_requests++;
    entry->day.own_requests++;
    principal->admitted = true;
    return 0;
}

void token_limits_release(struct token_limits *limits, const struct principal *principal)
{
    if (!principal || !principal->admitted)
        return;
    LOCK_SCOPE(&limits->lock);
    entry_of(limits, principal->token_id)->under_way--;
}
