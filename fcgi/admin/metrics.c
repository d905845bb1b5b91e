/* GET /metrics: the counters in the text format of Prometheus; with ?keys=true those of each key, too. */
#include <inttypes.h>
#include <string.h>

#include "admin/page.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/store_log_list.h"
#include "store/store_tallies.h"
#include "store/store_usage.h"

static void describe(struct strbuf *out, const char *name, const char *type, const char *help)
{
    strbuf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct strbuf *out, const char *name, const char *help, int64_t value)
{
    describe(out, name, "gauge", help);
    strbuf_printf(out, "%s %" PRId64 "\n", name, value);
}

static int add_up(void *ctx, const struct usage_row *row)
{
    struct usage_counters *sum = ctx;
    const struct usage_counters *one = &row->counters;
    sum->requests += one->requests;
    sum->successes += one->successes;
    sum->failed_429 += one->failed_429;
    sum->failed_403 += one->failed_403;
    sum->failed_400 += one->failed_400;
    sum->failed_5xx += one->failed_5xx;
    sum->failed_other += one->failed_other;
    sum->prompt_tokens += one->prompt_tokens;
    sum->output_tokens += one->output_tokens;
    sum->thought_tokens += one->thought_tokens;
    sum->cached_tokens += one->cached_tokens;
    sum->first_ms_sum += one->first_ms_sum;
    sum->first_count += one->first_count;
    sum->duration_ms_sum += one->duration_ms_sum;
    return 0;
}

/* Days are kept for ever, so that their sum only grows. */
static int read_sum(struct store *store, struct usage_counters *sum, struct err *err)
{
    const struct usage_query query = {.subject = USAGE_TOTAL,
                                      .span = USAGE_DAY,
                                      .to = INT64_MAX,
                                      .id = -1,
                                      .group = USAGE_BY_BUCKET};
    *sum = (struct usage_counters){0};
    return store_usage_each(store, &query, add_up, sum, err);
}

static void add_requests(struct strbuf *out, const struct usage_counters *sum)
{
    const struct {
        const char *result;
        int64_t count;
    } rows[] = {{"success", sum->successes}, {"429", sum->failed_429},
                {"403", sum->failed_403},    {"400", sum->failed_400},
                {"5xx", sum->failed_5xx},    {"other", sum->failed_other}};
    describe(out, "gb_requests_total", "counter", "Requests of clients by result.");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        strbuf_printf(out, "gb_requests_total{result=\"%s\"} %" PRId64 "\n", rows[i].result,
                      rows[i].count);
}

static void add_tokens(struct strbuf *out, const struct usage_counters *sum)
{
    const struct {
        const char *kind;
        int64_t count;
    } rows[] = {{"prompt", sum->prompt_tokens},
                {"output", sum->output_tokens},
                {"thought", sum->thought_tokens},
                {"cached", sum->cached_tokens}};
    describe(out, "gb_tokens_total", "counter", "Tokens by kind.");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        strbuf_printf(out, "gb_tokens_total{kind=\"%s\"} %" PRId64 "\n", rows[i].kind,
                      rows[i].count);
}

/* --- what the store has tallied ---------------------------------------------------------------- */

struct histogram {
    int64_t counts[TALLY_BOUNDS + 1]; /* the last one: above all bounds */
    int64_t sum_ms;
};

struct tallies {
    struct strbuf *rules; /* a line for each */
    struct histogram first, whole;
};

static void take_time(struct histogram *histogram, const char *bound, int64_t value)
{
    int64_t ms;
    if (text_eq(bound, "sum"))
        histogram->sum_ms = value;
    else if (text_eq(bound, "inf"))
        histogram->counts[TALLY_BOUNDS] = value;
    for (size_t i = 0; text_to_int(bound, &ms) == 0 && i < TALLY_BOUNDS; i++) {
        if (ms == tally_bounds_ms[i])
            histogram->counts[i] = value;
    }
}

static int take_tally(void *ctx, const char *name, int64_t value)
{
    struct tallies *tallies = ctx;
    if (text_starts(name, "first."))
        take_time(&tallies->first, name + strlen("first."), value);
    else if (text_starts(name, "whole."))
        take_time(&tallies->whole, name + strlen("whole."), value);
    else if (text_starts(name, "rule."))
        strbuf_printf(tallies->rules, "gb_attempts_total{rule=\"%s\"} %" PRId64 "\n",
                      name + strlen("rule."), value);
    return 0;
}

static void add_histogram(struct strbuf *out, const char *name, const char *help,
                          const struct histogram *histogram)
{
    int64_t count = 0;
    describe(out, name, "histogram", help);
    for (size_t i = 0; i < TALLY_BOUNDS; i++) {
        count += histogram->counts[i];
        strbuf_printf(out, "%s_bucket{le=\"%g\"} %" PRId64 "\n", name,
                      (double)tally_bounds_ms[i] / 1000, count);
    }
    count += histogram->counts[TALLY_BOUNDS];
    strbuf_printf(out, "%s_bucket{le=\"+Inf\"} %" PRId64 "\n%s_sum %.3f\n%s_count %" PRId64 "\n",
                  name, count, name, (double)histogram->sum_ms / 1000, name, count);
}

static int add_tallies(struct strbuf *out, struct store *store, struct err *err)
{
    STRBUF_AUTO struct strbuf rules = STRBUF_INIT(64 * KIB);
    struct tallies tallies = {.rules = &rules};
    if (store_tallies_each(store, take_tally, &tallies, err) < 0)
        return -1;
    describe(out, "gb_attempts_total", "counter", "Attempts on keys by the rule of their verdict.");
    strbuf_append(out, strbuf_str(&rules), rules.len);
    add_histogram(out, "gb_first_token_seconds", "Time to the first token.", &tallies.first);
    add_histogram(out, "gb_request_seconds", "Time of whole answers that succeeded.",
                  &tallies.whole);
    return 0;
}

static void add_keys(struct strbuf *out, struct keyring *ring)
{
    static const struct {
        enum key_kind kind;
        const char *word;
    } kinds[] = {{KEY_GEMINI, "gemini"}, {KEY_VERTEX, "vertex"}, {KEY_PAID, "paid"}};
    describe(out, "gb_keys", "gauge", "Keys by kind and state.");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct key_pool_counts counts = keyring_counts(ring, kinds[i].kind);
        const char *kind = kinds[i].word;
        strbuf_printf(out, "gb_keys{kind=\"%s\",state=\"ready\"} %d\n", kind, counts.ready);
        strbuf_printf(out, "gb_keys{kind=\"%s\",state=\"paused\"} %d\n", kind, counts.paused);
        strbuf_printf(out, "gb_keys{kind=\"%s\",state=\"dead\"} %d\n", kind, counts.dead);
        for (int k = REST_NONE + 1; k < REST_REASON_COUNT; k++)
            strbuf_printf(out, "gb_keys{kind=\"%s\",state=\"%s\"} %d\n", kind,
                          rest_reason_word((enum rest_reason)k), counts.resting[k]);
    }
}

static void add_journal(struct strbuf *out, struct journal *journal)
{
    if (!journal)
        return;
    struct journal_stats stats = journal_stats(journal);
    gauge(out, "gb_journal_queued", "Rows that wait to be written.", (int64_t)stats.queued);
    describe(out, "gb_journal_dropped_total", "counter", "Rows that were lost.");
    strbuf_printf(out, "gb_journal_dropped_total %" PRIu64 "\n", stats.dropped);
}

/* --- each key ---------------------------------------------------------------------------------- */

struct key_lines {
    struct strbuf *requests, *tokens; /* the lines of one name stand together */
};

static int add_key(void *ctx, const struct usage_row *row)
{
    const struct key_lines *lines = ctx;
    const struct usage_counters *sum = &row->counters;
    const struct {
        const char *kind;
        int64_t count;
    } tokens[] = {{"prompt", sum->prompt_tokens},
                  {"output", sum->output_tokens},
                  {"thought", sum->thought_tokens},
                  {"cached", sum->cached_tokens}};
    strbuf_printf(lines->requests,
                  "gb_key_requests_total{key=\"%" PRId64 "\",result=\"success\"} %" PRId64 "\n"
                  "gb_key_requests_total{key=\"%" PRId64 "\",result=\"failed\"} %" PRId64 "\n",
                  row->id, sum->successes, row->id, sum->requests - sum->successes);
    for (size_t i = 0; i < ARRAY_LEN(tokens); i++)
        strbuf_printf(lines->tokens,
                      "gb_key_tokens_total{key=\"%" PRId64 "\",kind=\"%s\"} %" PRId64 "\n", row->id,
                      tokens[i].kind, tokens[i].count);
    return 0;
}

/* Its room is for 30,000 keys that were used today; more are said to be too many, not left out. */
#define EACH_KEY_MAX (8 * MIB)

/* Of the day that Google counts: one day is read at once however long the pool has lived, and what
 * measures over time takes the step back at midnight for a restart, as it is. */
static int add_each_key(struct strbuf *out, struct store *store, struct err *err)
{
    STRBUF_AUTO struct strbuf requests = STRBUF_INIT(EACH_KEY_MAX);
    STRBUF_AUTO struct strbuf tokens = STRBUF_INIT(EACH_KEY_MAX);
    struct key_lines lines = {&requests, &tokens};
    int64_t today = store_usage_bucket(USAGE_KEY, USAGE_DAY, clock_wall_ms());
    const struct usage_query query = {.subject = USAGE_KEY,
                                      .span = USAGE_DAY,
                                      .from = today,
                                      .to = today + 1,
                                      .id = -1,
                                      .group = USAGE_BY_ID};
    if (store_usage_each(store, &query, add_key, &lines, err) < 0)
        return -1;
    if (!strbuf_ok(&requests) || !strbuf_ok(&tokens))
        return err_set(err, ERR_BUSY, "too many keys were used today to list each of them");
    describe(out, "gb_key_requests_total", "counter",
             "Attempts on each key since midnight Pacific, when it begins anew.");
    strbuf_append(out, strbuf_str(&requests), requests.len);
    describe(out, "gb_key_tokens_total", "counter",
             "Tokens of each key since midnight Pacific, when it begins anew.");
    strbuf_append(out, strbuf_str(&tokens), tokens.len);
    return 0;
}

int admin_metrics(struct http_call *call)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(2 * EACH_KEY_MAX + MIB);
    struct usage_counters sum;
    struct log_extent extent;
    if (read_sum(call->admin->store, &sum, &call->err) < 0 ||
        store_log_extent(call->admin->store, &extent, &call->err) < 0)
        return admin_status_of(&call->err);
    add_requests(&out, &sum);
    add_tokens(&out, &sum);
    if (add_tallies(&out, call->admin->store, &call->err) < 0)
        return admin_status_of(&call->err);
    if (text_eq(http_request_query(call->req, "keys"), "true") &&
        add_each_key(&out, call->admin->store, &call->err) < 0)
        return admin_status_of(&call->err);
    add_keys(&out, call->admin->keyring);
    add_journal(&out, call->admin->journal);
    gauge(&out, "gb_log_bytes", "Bytes that the request log holds.", extent.bytes);
    http_response_header(call->res, "Cache-Control", "no-store");
    http_response_send(call->res, 200, "text/plain; version=0.0.4; charset=utf-8", strbuf_str(&out),
                       out.len);
    return 200;
}
