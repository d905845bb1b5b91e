#include "exchange/fan_out.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/crew.h"
#include "base/limits.h"
#include "base/text.h"

struct fan_out {
    const struct exchange_env *env;
    struct fan_out_part *parts;
    int count;
    int client_fd;
    const struct log_request *log_row; /* read only, until all threads have ended */
    pthread_mutex_t lock;
    int next; /* the first part that nobody has taken */
};

/* --- a part as the client of its exchange ------------------------------------------------------ */

static bool is_passed(const struct fan_out_part *part)
{
    return part->pass.write && part->status < 400;
}

static int part_begin(void *ctx, int status, const char *content_type)
{
    struct fan_out_part *part = ctx;
    part->status = status;
    text_copy(part->content_type, sizeof(part->content_type), content_type ? content_type : "");
    return is_passed(part) ? part->pass.begin(part->pass.ctx, status, content_type) : 0;
}

static void part_header(void *ctx, const char *name, const char *value)
{
    struct fan_out_part *part = ctx;
    int64_t seconds = 0;
    if (text_ieq(name, "Retry-After") && text_to_int(value, &seconds) == 0)
        part->retry_after_s = seconds;
    if (text_ieq(name, "x-should-retry"))
        part->hopeless = text_eq(value, "false");
}

static int part_write(void *ctx, const void *data, size_t len)
{
    struct fan_out_part *part = ctx;
    if (is_passed(part))
        return part->pass.write(part->pass.ctx, data, len);
    strbuf_append(&part->body, data, len);
    return strbuf_ok(&part->body) ? 0 : -1;
}

static int part_flush(void *ctx)
{
    struct fan_out_part *part = ctx;
    return is_passed(part) ? part->pass.flush(part->pass.ctx) : 0;
}

static bool part_unwanted(void *ctx)
{
    const struct fan_out_watch *watch = ((struct fan_out_part *)ctx)->watch;
    return watch->unwanted(watch->ctx);
}

static void call_part(const struct fan_out *fan, struct fan_out_part *part)
{
    struct exchange_client client = {.ctx = part,
                                     .fd = fan->client_fd,
                                     .begin = part_begin,
                                     .header = part_header,
                                     .write = part_write,
                                     .flush = part_flush,
                                     .unwanted = part->watch ? part_unwanted : NULL};
    struct log_request row = *fan->log_row;
    exchange_run(fan->env, &part->request, &client, &row, &part->outcome);
    part->status = part->outcome.status;
}

static void run_part(const struct fan_out *fan, int index)
{
    struct fan_out_part *part = &fan->parts[index];
    const struct fan_out_watch *watch = part->watch;
    strbuf_init(&part->body, LIMIT_UNARY_ANSWER);
    if (part->request.part == 0)
        part->request.part = index + 1;
    if (watch && watch->unwanted(watch->ctx))
        part->status = 499;
    else
        call_part(fan, part);
    if (watch)
        watch->ended(watch->ctx, part);
}

/* --- all of them ------------------------------------------------------------------------------- */

static int take_next(struct fan_out *fan)
{
    LOCK_SCOPE(&fan->lock);
    return fan->next < fan->count ? fan->next++ : -1;
}

static void *work(void *ctx)
{
    struct fan_out *fan = ctx;
    for (int index = take_next(fan); index >= 0; index = take_next(fan))
        run_part(fan, index);
    return NULL;
}

static void add_usage(struct log_request *row, const struct token_usage *usage)
{
    row->prompt_tokens += usage->prompt + usage->tool_use;
    row->output_tokens += usage->output;
    row->thought_tokens += usage->thoughts;
    row->cached_tokens += usage->cached;
}

static int sum_up(struct fan_out *fan, struct log_request *row, int64_t whole_us)
{
    int failed = -1;
    int64_t upstream_us = 0;
    for (int i = 0; i < fan->count; i++) {
        const struct fan_out_part *part = &fan->parts[i];
        row->attempts += part->outcome.attempts;
        add_usage(row, &part->outcome.facts.usage);
        if (part->outcome.upstream_us > upstream_us)
            upstream_us = part->outcome.upstream_us;
        if (failed < 0 && (part->status < 200 || part->status >= 300))
            failed = i;
    }
    row->duration_ms = whole_us / 1000;
    row->own_us = whole_us > upstream_us ? whole_us - upstream_us : 0;
    row->status = failed < 0 ? 200 : fan->parts[failed].status;
    if (failed >= 0)
        text_copy(row->error, sizeof(row->error), fan->parts[failed].outcome.error);
    return failed;
}

int fan_out_run(const struct exchange_env *env, struct fan_out_part *parts, int count,
                int client_fd, struct log_request *log_row)
{
    struct fan_out fan = {
        .env = env, .parts = parts, .count = count, .client_fd = client_fd, .log_row = log_row};
    int64_t began_us = clock_mono_us();
    pthread_mutex_init(&fan.lock, NULL);
    crew_run(count < FAN_OUT_THREADS ? count : FAN_OUT_THREADS, work, &fan);
    pthread_mutex_destroy(&fan.lock);
    return sum_up(&fan, log_row, clock_mono_us() - began_us);
}

void fan_out_free(struct fan_out_part *parts, int count)
{
    for (int i = 0; i < count; i++)
        strbuf_free(&parts[i].body);
}
