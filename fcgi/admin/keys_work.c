#include "admin/keys_work.h"

#include <stdlib.h>
#include <string.h>

#include "admin/audit.h"
#include "admin/csv.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "jobs/key_verify.h"

enum { PARALLEL = 6, OTHERS = 3 };
#define STREAM_TYPE "application/x-ndjson"

/* --- verifying -------------------------------------------------------------------------------- */

static struct key_verify_env verify_env(const struct http_call *call)
{
    return (struct key_verify_env){.store = call->admin->store,
                                   .keyring = call->admin->keyring,
                                   .upstream = call->admin->upstream,
                                   .settings = call->settings,
                                   .parallel = PARALLEL};
}

static size_t count_of(enum key_finding finding)
{
    static const size_t places[] = {[KEY_WORKS] = 0,
                                    [KEY_RESTS] = 1,
                                    [KEY_IS_DEAD] = 2,
                                    [KEY_FAULTY] = OTHERS,
                                    [KEY_UNKNOWN] = OTHERS};
    return places[finding];
}

static int tally(void *ctx, const struct key_verify_step *step)
{
    int64_t *counts = ctx;
    counts[count_of(step->check->finding)]++;
    return 0;
}

static void audit(const struct http_call *call, const char *action, const struct key_ids *ids)
{
    struct arena *arena = call->req->arena;
    admin_audit(call, action,
                ids->len == 1 ? arena_printf(arena, "%lld", (long long)ids->items[0]) : "",
                arena_printf(arena, "keys: %zu", ids->len));
}

int keys_verify(struct http_call *call, const struct key_ids *ids, struct flash *flash,
                size_t first)
{
    const struct key_verify_env env = verify_env(call);
    if (!env.upstream || ids->len == 0)
        return 0;
    audit(call, "key.verify", ids);
    return key_verify(&env, ids->items, ids->len, KEY_VERIFY_ALL, tally, &flash->counts[first],
                      &call->err);
}

int keys_verify_each(struct http_call *call, const struct key_ids *ids, key_verify_visit *visit,
                     void *ctx)
{
    const struct key_verify_env env = verify_env(call);
    if (!env.upstream)
        return err_set(&call->err, ERR_BUSY, "this process cannot call Google");
    if (ids->len == 0)
        return 0;
    audit(call, "key.verify", ids);
    return key_verify(&env, ids->items, ids->len, KEY_VERIFY_ALL, visit, ctx, &call->err);
}

bool keys_wants_stream(const struct http_call *call)
{
    return text_eq(http_request_header(call->req, "Accept"), STREAM_TYPE);
}

/* Who looks on. */
struct onlooker {
    struct sink *sink;
    enum language language;
};

/* A finding as the page shows it; the word that scripts read stands beside it. */
static const char *finding_text(enum language language, enum key_finding finding)
{
    static const enum string_id texts[] = {[KEY_WORKS] = STRING_FINDING_WORKS,
                                           [KEY_RESTS] = STRING_FINDING_RESTS,
                                           [KEY_FAULTY] = STRING_FINDING_FAULTY,
                                           [KEY_IS_DEAD] = STRING_STATE_DEAD,
                                           [KEY_UNKNOWN] = STRING_FINDING_UNKNOWN};
    return string_text(language, texts[finding]);
}

/* One line for one key; a client that left ends the work. */
static int tell_step(void *ctx, const struct key_verify_step *step)
{
    const struct onlooker *onlooker = ctx;
    struct sink *sink = onlooker->sink;
    STRBUF_AUTO struct strbuf line = STRBUF_INIT(64 * KIB);
    JSON_AUTO json_object *object = json_object_new_object();
    json_add_int(object, "done", (int64_t)step->done);
    json_add_int(object, "total", (int64_t)step->total);
    json_add_int(object, "id", step->key_id);
    json_add_str(object, "hint", step->hint);
    json_add_str(object, "finding", key_finding_word(step->check->finding));
    json_add_str(object, "word", finding_text(onlooker->language, step->check->finding));
    json_add_int(object, "status", step->check->status);
    json_add_str(object, "text", step->check->text);
    json_write(&line, object);
    strbuf_putc(&line, '\n');
    return sink_write(sink, strbuf_str(&line), line.len) < 0 || sink_flush(sink) < 0;
}

int keys_verify_stream(struct http_call *call, const struct key_ids *ids)
{
    const struct key_verify_env env = verify_env(call);
    if (!env.upstream)
        return err_set(&call->err, ERR_UNSUPPORTED, "this process cannot call Google"), 503;
    audit(call, "key.verify", ids);
    http_response_header(call->res, "X-Accel-Buffering", "no");
    http_response_header(call->res, "Cache-Control", "no-store");
    struct onlooker onlooker = {.language = preferences_of(call->req, call->res).language};
    onlooker.sink = http_response_begin(call->res, 200, STREAM_TYPE);
    key_verify(&env, ids->items, ids->len, KEY_VERIFY_ALL, tell_step, &onlooker, &call->err);
    return 200;
}

/* --- export ----------------------------------------------------------------------------------- */

struct export
{
    const struct key_ids *ids; /* sorted */
    struct strbuf text;
    bool csv;
};

static int by_number(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void add_csv(struct strbuf *out, const struct store_key *key)
{
    static const char *const states[] = {"active", "paused", "dead"};
    char time[40];
    csv_number(out, key->id);
    csv_text(out, keys_kind_word((int)key->kind));
    csv_text(out, key->secret);
    csv_text(out, key->label);
    csv_text(out, key->project);
    csv_text(out, states[key->state]);
    csv_text(out, key->reason);
    csv_number(out, key->failures);
    csv_text(out, key->last_used_ms ? clock_iso(key->last_used_ms, time, sizeof(time)) : "");
    csv_text(out, key->last_error);
    csv_end(out);
}

static int add_key(void *ctx, const struct store_key *key)
{
    struct export *export = ctx;
    if (!key->secret ||
        !bsearch(&key->id, export->ids->items, export->ids->len, sizeof(key->id), by_number))
        return 0;
    if (export->csv)
        add_csv(&export->text, key);
    else
        strbuf_printf(&export->text, "%s\n", key->secret);
    return 0;
}

static void send_export(struct http_call *call, const struct export *export)
{
    struct http_response *res = call->res;
    http_response_header(res, "Content-Disposition",
                         export->csv ? "attachment; filename=\"keys.csv\""
                                     : "attachment; filename=\"keys.txt\"");
    http_response_header(res, "Cache-Control", "no-store");
    http_response_header(res, "X-Content-Type-Options", "nosniff");
    http_response_send(res, 200,
                       export->csv ? "text/csv; charset=utf-8" : "text/plain; charset=utf-8",
                       strbuf_str(&export->text), export->text.len);
}

int keys_export(struct http_call *call, const struct key_ids *ids, bool csv)
{
    static const char *const head[] = {"id",    "kind",   "key",      "label",     "project",
                                       "state", "reason", "failures", "last_used", "last_error"};
    struct export export = {.ids = ids, .text = STRBUF_INIT(LIMIT_SETTING_TEXT), .csv = csv};
    qsort(ids->items, ids->len, sizeof(*ids->items), by_number);
    for (size_t i = 0; csv && i < ARRAY_LEN(head); i++)
        csv_text(&export.text, head[i]);
    if (csv)
        csv_end(&export.text);
    int result = store_keys_each(call->admin->store, true, add_key, &export, &call->err);
    if (result == 0) {
        audit(call, "key.export", ids);
        send_export(call, &export);
    }
    strbuf_wipe(&export.text);
    return result == 0 ? 200 : admin_status_of(&call->err);
}
