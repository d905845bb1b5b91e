#include "exchange_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "translate/error_body.h"
#include "translate/gemini_scan.h"

/* --- the journal ----------------------------------------------------------------------------- */

void journal_request(struct journal *journal, const struct log_request *row)
{
    journal->request = *row;
    journal->requests++;
}

void journal_attempt(struct journal *journal, const struct log_attempt *row)
{
    if (journal->attempt_count < (int)ARRAY_LEN(journal->attempts))
        journal->attempts[journal->attempt_count] = *row;
    journal->attempt_count++;
}

void journal_error_body(struct journal *journal, int64_t request_id, char *body)
{
    (void)request_id;
    free(journal->error_body);
    journal->error_body = body;
}

/* --- the keys -------------------------------------------------------------------------------- */

static bool was_tried(const struct key_query *query, int64_t id)
{
    for (int i = 0; i < query->tried_count; i++)
        if (query->tried[i] == id)
            return true;
    return false;
}

static enum acquire_result no_key(struct fx_pool *pool, const struct key_query *query,
                                  int64_t now_ms, struct key_shortage *shortage)
{
    int alive = 0;
    int tried = 0;
    shortage->total = pool->count;
    for (int i = 0; i < pool->count; i++) {
        const struct fx_key *key = &pool->keys[i];
        shortage->dead += key->dead;
        alive += !key->dead;
        tried += !key->dead && was_tried(query, key->id);
        if (key->dead || key->rests_until_ms <= now_ms)
            continue;
        shortage->resting[key->reason]++;
        if (shortage->earliest_ms == 0 || key->rests_until_ms < shortage->earliest_ms)
            shortage->earliest_ms = key->rests_until_ms;
    }
    if (alive == 0)
        return ACQUIRE_EMPTY;
    if (query->pinned_key)
        return ACQUIRE_PINNED;
    return tried >= alive ? ACQUIRE_TRIED : ACQUIRE_WAIT;
}

static enum acquire_result acquire(void *ctx, const struct key_query *query, int64_t now_ms,
                                   struct key_grant *grant_r, struct key_shortage *shortage_r)
{
    struct fx_pool *pool = ctx;
    LOCK_SCOPE(&pool->lock);
    for (int i = 0; i < pool->count; i++) {
        struct fx_key *key = &pool->keys[pool->next++ % pool->count];
        if (key->dead || key->rests_until_ms > now_ms || was_tried(query, key->id))
            continue;
        if (query->pinned_key && query->pinned_key != key->id)
            continue;
        key->lent++;
        pool->acquired++;
        *grant_r = (struct key_grant){.lease = {.key_id = key->id}, .kind = query->kind};
        snprintf(grant_r->secret, sizeof(grant_r->secret), "KEY%lld.", (long long)key->id);
        text_copy(grant_r->proxy, sizeof(grant_r->proxy), pool->proxy ? pool->proxy : "");
        return ACQUIRE_OK;
    }
    return no_key(pool, query, now_ms, shortage_r);
}

static int64_t default_rest(enum rest_reason reason)
{
    return reason == REST_DAY_QUOTA || reason == REST_NOT_ENTITLED ? DAY_MS : MINUTE_MS;
}

static void settle(void *ctx, struct key_grant *grant, const struct key_effect *effect,
                   int64_t now_ms)
{
    struct fx_pool *pool = ctx;
    LOCK_SCOPE(&pool->lock);
    struct fx_key *key = &pool->keys[grant->lease.key_id - 1];
    assert_true(grant->lease.key_id > 0);
    key->settled++;
    key->effect = *effect;
    key->effect.egress = NULL;
    if (effect->kind == EFFECT_DEAD)
        key->dead = true;
    if (effect->kind == EFFECT_REST && effect->scope != SCOPE_MODEL) {
        key->reason = effect->reason;
        key->rests_until_ms =
            effect->until_ms ? effect->until_ms : now_ms + default_rest(effect->reason);
    }
    grant->lease.key_id = 0;
}

int fx_key_of(const struct fake_request *request)
{
    const char *key = fake_header(request, "x-goog-api-key");
    return text_starts(key, "KEY") ? (int)strtol(key + 3, NULL, 10) : 0;
}

/* --- the client ------------------------------------------------------------------------------ */

static int client_begin(void *ctx, int status, const char *content_type)
{
    struct fx_client *client = ctx;
    assert_int_equal(client->begun++, 0);
    client->status = status;
    snprintf(client->type, sizeof(client->type), "%s", content_type ? content_type : "");
    return 0;
}

static void client_header(void *ctx, const char *name, const char *value)
{
    struct fx_client *client = ctx;
    assert_int_equal(client->begun, 0);
    strbuf_printf(&client->headers, "%s: %s\n", name, value);
}

static int client_write(void *ctx, const void *data, size_t len)
{
    struct fx_client *client = ctx;
    assert_int_equal(client->begun, 1);
    client->writes++;
    if (client->write_fails_at && client->writes >= client->write_fails_at)
        return -1;
    strbuf_append(&client->body, data, len);
    if (client->writes == client->leaves_after) {
        close(client->pair[1]);
        client->pair[1] = -1;
    }
    return 0;
}

static int client_flush(void *ctx)
{
    ((struct fx_client *)ctx)->flushes++;
    return 0;
}

const char *fx_body(const struct fx *fx)
{
    return strbuf_str(&fx->client.body);
}

bool fx_has_header(const struct fx *fx, const char *line)
{
    return strstr(strbuf_str(&fx->client.headers), line) != NULL;
}

/* --- the toy dialect ------------------------------------------------------------------------- */

struct toy_filter {
    struct reply_filter base;
    struct fx *fx;
};

static void add_text(struct strbuf *out, const char *json, size_t len)
{
    JSON_AUTO json_object *doc = json_parse_text(json, len, NULL);
    json_object *part = doc ? json_path(doc, "candidates.0.content.parts.0") : NULL;
    strbuf_puts(out, json_get_str(part, "text", ""));
}

static int toy_event(struct reply_filter *base, const char *data, size_t len, const char *raw,
                     size_t raw_len, struct strbuf *out, struct reply_facts *facts_r,
                     struct err *err)
{
    (void)base;
    (void)raw;
    (void)raw_len;
    gemini_scan_reply(data, len, facts_r);
    if (facts_r->malformed && !facts_r->has_error)
        return err_set(err, ERR_INVALID, "no Gemini answer");
    strbuf_putc(out, '(');
    add_text(out, data, len);
    strbuf_putc(out, ')');
    return 0;
}

static int toy_end(struct reply_filter *base, struct strbuf *out, struct err *err)
{
    (void)base;
    (void)err;
    strbuf_putc(out, '.');
    return 0;
}

static void toy_fail(struct reply_filter *base, int status, const struct err *why,
                     struct strbuf *out)
{
    (void)base;
    assert_true(why->text[0]);
    strbuf_printf(out, "!%d", status);
}

static int toy_whole(struct reply_filter *base, const char *body, size_t len, struct strbuf *out,
                     struct reply_facts *facts_r, struct err *err)
{
    (void)base;
    (void)err;
    gemini_scan_reply(body, len, facts_r);
    strbuf_putc(out, '[');
    add_text(out, body, len);
    strbuf_putc(out, ']');
    return 0;
}

static void toy_destroy(struct reply_filter *base)
{
    ((struct toy_filter *)base)->fx->filters--;
    free(base);
}

static const struct reply_filter_ops toy_ops = {.event = toy_event,
                                                .end = toy_end,
                                                .fail = toy_fail,
                                                .whole = toy_whole,
                                                .destroy = toy_destroy};

static struct reply_filter *make_toy(void *ctx)
{
    struct toy_filter *filter = xcalloc(1, sizeof(*filter));
    filter->base.ops = &toy_ops;
    filter->fx = ctx;
    filter->fx->filters++;
    return &filter->base;
}

static void write_toy_error(void *ctx, int status, const struct err *why, const char *google_body,
                            size_t google_len, struct strbuf *out)
{
    (void)ctx;
    strbuf_printf(out, "ERROR %d %s|", status, why->text);
    strbuf_append(out, google_body ? google_body : "", google_len);
}

/* --- the native dialect ---------------------------------------------------------------------- */

static struct reply_filter *make_native(void *ctx)
{
    (void)ctx;
    return gemini_reply_filter_create();
}

static void write_native_error(void *ctx, int status, const struct err *why,
                               const char *google_body, size_t google_len, struct strbuf *out)
{
    (void)ctx;
    if (google_body)
        strbuf_append(out, google_body, google_len);
    else
        gemini_error_body(out, status, why);
}

/* --- open, run, close ------------------------------------------------------------------------ */

static struct settings *make_settings(const char *lines)
{
    struct setting_rows rows = {0};
    struct err err = ERR_INIT;
    FREE_AUTO char *text = xstrdup(lines ? lines : "");
    for (char *line = text; *line;) {
        size_t len = strcspn(line, "\n");
        char *next = line + len + (line[len] == '\n');
        line[len] = '\0';
        char *equals = strchr(line, '=');
        if (equals) {
            *equals = '\0';
            setting_rows_add(&rows, line, equals + 1);
        }
        line = next;
    }
    struct settings *set = settings_build(&rows, NULL, &err);
    setting_rows_free(&rows);
    if (!set)
        fail_msg("settings: %s", err.text);
    return set;
}

static void proxy_result(void *ctx, const char *proxy, bool worked, int64_t now_ms)
{
    struct fx *fx = ctx;
    (void)now_ms;
    snprintf(fx->proxy_told, sizeof(fx->proxy_told), "%s", proxy);
    fx->proxy_worked += worked;
    fx->proxy_failed += !worked;
}

static void fill_request(struct fx *fx, enum fx_kind kind)
{
    static const struct upstream_header headers[] = {{"x-goog-api-client", "test/1"},
                                                     {"X-Goog-Api-Key", "the client's"},
                                                     {"Authorization", "Bearer the client's"}};
    bool streamed = kind == FX_NATIVE_STREAM || kind == FX_NATIVE_ARRAY || kind == FX_TOY_STREAM;
    bool native = kind <= FX_NATIVE_ARRAY;
    snprintf(fx->url, sizeof(fx->url), "http://127.0.0.1:%d/v1beta/models/gemini-x:%s",
             fake_server_port(fx->server),
             kind == FX_NATIVE_ARRAY ? "streamGenerateContent"
             : streamed              ? "streamGenerateContent?alt=sse"
                                     : "generateContent");
    fx->request =
        (struct exchange_request){.method = "POST",
                                  .words = fx->words,
                                  .url = fx->url,
                                  .model = "gemini-x",
                                  .kind = KEY_GEMINI,
                                  .headers = headers,
                                  .header_count = ARRAY_LEN(headers),
                                  .content_type = "application/json",
                                  .body = "{\"contents\":[]}",
                                  .body_len = 15,
                                  .framing = !streamed                 ? FRAMING_RAW
                                             : kind == FX_NATIVE_ARRAY ? FRAMING_JSON_ARRAY
                                                                       : FRAMING_SSE,
                                  .streamed = streamed,
                                  .pass_headers = native,
                                  .idempotent = true,
                                  .heartbeat = kind == FX_TOY_STREAM ? ": wait\n\n" : NULL,
                                  .make_filter = native ? make_native : make_toy,
                                  .write_error = native ? write_native_error : write_toy_error,
                                  .ctx = fx};
}

void fx_open(struct fx *fx, enum fx_kind kind, fake_handler *handler, int keys,
             const char *settings)
{
    struct upstream_options options = {.warm_max = 4, .user_agent = "test/1"};
    memset(fx, 0, sizeof(*fx));
    fx->server = fake_server_start(handler, fx);
    fx->upstream = upstream_open(&options, NULL);
    fx->settings = make_settings(settings);
    pthread_mutex_init(&fx->pool.lock, NULL);
    fx->pool.count = keys;
    for (int i = 0; i < keys; i++)
        fx->pool.keys[i].id = i + 1;
    strbuf_init(&fx->client.headers, 64 * KIB);
    strbuf_init(&fx->client.body, 64 * MIB);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fx->client.pair), 0);
    fx->keys = (struct key_source){.ctx = &fx->pool, .acquire = acquire, .settle = settle};
    fx->env = (struct exchange_env){.settings = fx->settings,
                                    .keys = &fx->keys,
                                    .upstream = fx->upstream,
                                    .journal = &fx->journal,
                                    .proxy_result = proxy_result,
                                    .proxy_ctx = fx};
    fx->log = (struct log_request){.id = 77};
    fill_request(fx, kind);
}

void fx_run(struct fx *fx)
{
    struct exchange_client client = {.ctx = &fx->client,
                                     .fd = fx->client.pair[0],
                                     .begin = client_begin,
                                     .header = client_header,
                                     .write = client_write,
                                     .flush = client_flush};
    exchange_run(&fx->env, &fx->request, &client, &fx->log, &fx->outcome);
}

void fx_play(struct fx *fx, enum fx_kind kind, fake_handler *handler, int keys,
             const char *settings)
{
    fx_open(fx, kind, handler, keys, settings);
    fx_run(fx);
}

void fx_close(struct fx *fx)
{
    for (int i = 0; i < fx->pool.count; i++)
        assert_int_equal(fx->pool.keys[i].lent, fx->pool.keys[i].settled);
    assert_int_equal(fx->filters, 0);
    assert_int_equal(fx->journal.attempt_count, fx->outcome.attempts);
    upstream_close(&fx->upstream);
    fake_server_stop(&fx->server);
    const struct settings *set = fx->settings;
    settings_unref(&set);
    close(fx->client.pair[0]);
    if (fx->client.pair[1] >= 0)
        close(fx->client.pair[1]);
    strbuf_free(&fx->client.headers);
    strbuf_free(&fx->client.body);
    free(fx->journal.error_body);
    pthread_mutex_destroy(&fx->pool.lock);
}
