#include "api/pins.h"

#include <string.h>

#include "api/api.h"
#include "api/resource_scan.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"
#include "store/store_pins.h"

#define CONTINUATION_MS DAY_MS

static const char *host_of_url(const char *url, struct arena *arena)
{
    const char *host = strstr(url, "://");
    return host ? arena_strndup(arena, host + 3, strcspn(host + 3, "/?#")) : "";
}

void pins_init(struct pins *pins, struct http_call *http)
{
    const struct settings *set = http->settings;
    const struct principal *principal = http->principal;
    bool admin = principal && principal->admin;
    *pins = (struct pins){.http = http,
                          .token_id = principal ? principal->token_id : 0,
                          .apart = set->files_user_isolation_enabled && !admin};
    pins->hosts[0] = host_of_url(set->base_url, http->req->arena);
    pins->hosts[1] = http->req->host;
}

void pins_speak_for(struct pins *pins, int64_t token_id)
{
    pins->token_id = token_id;
}

/* --- what a request names -------------------------------------------------------------------- */

static bool is_recent(struct pins *pins, const char *name)
{
    for (size_t i = 0; i < PINS_RECENT; i++)
        if (text_eq(pins->recent[i], name))
            return true;
    pins->recent[pins->next++ % PINS_RECENT] = arena_strdup(pins->http->req->arena, name);
    return false;
}

/* 1 found, 0 unknown, -1 the store cannot be read (latched). */
static int look_up(struct pins *pins, struct store_pin *pin)
{
    struct err err = ERR_INIT;
    int found =
        store_pin_get(pins->http->api->store, clock_wall_ms(), pins->http->req->arena, pin, &err);
    if (found >= 0 || pins->status)
        return found;
    pins->status = 503;
    err_set(&pins->http->err, ERR_BUSY, "what belongs to which key cannot be read now");
    return -1;
}

/* Google's words for both: it does not tell either. */
static void refuse_foreign(struct pins *pins, const char *name)
{
    bool file = text_starts(name, "files/");
    pins->status = 403;
    err_set(&pins->http->err, ERR_INVALID,
            "You do not have permission to access the %s %s or it may not exist.",
            file ? "File" : "resource", file ? name + strlen("files/") : name);
}

static void bind(struct pins *pins, const char *name, int64_t key_id)
{
    if (pins->key_id == 0) {
        pins->key_id = key_id;
        pins->first = name;
    }
    if (pins->key_id == key_id)
        return;
    pins->status = 409;
    err_set(&pins->http->err, ERR_EXISTS,
            "%s and %s belong to different keys of this server, so that no key can use both: make "
            "one of them again in a request that names the other",
            pins->first, name);
}

static bool is_guarded(const char *name)
{
    const struct native_collection *collection = native_collection_find(name, strcspn(name, "/"));
    return collection ? collection->guarded : text_starts(name, "models/");
}

static void need(struct pins *pins, const char *name, bool guarded)
{
    struct store_pin pin = {.name = name};
    if (pins->status || is_recent(pins, name))
        return;
    int found = look_up(pins, &pin);
    bool own = found == 1 && pin.token_id == pins->token_id;
    if (found < 0)
        return;
    if (pins->apart && guarded && !own)
        refuse_foreign(pins, name);
    else if (found == 1)
        bind(pins, pin.name, pin.key_id);
}

void pins_need(struct pins *pins, const char *name)
{
    need(pins, name, is_guarded(name));
}

void pins_need_text(struct pins *pins, const char *text)
{
    const char *name = native_resource_of(text, pins->hosts, pins->http->req->arena);
    if (name)
        pins_need(pins, name);
}

static const char *continuation_name(struct pins *pins, const char *token)
{
    char hex[SHA256_HEX];
    sha256_hex(token, strlen(token), hex);
    return arena_printf(pins->http->req->arena, "continuations/%s", hex);
}

void pins_need_continuation(struct pins *pins, const char *token)
{
    need(pins, continuation_name(pins, token), false);
}

static void see_reference(void *ctx, enum resource_word word, int depth, const char *text)
{
    (void)depth;
    if (word == WORD_REFERENCE)
        pins_need_text(ctx, text);
}

int pins_of_body(struct http_call *http, const char *body, size_t len, int64_t *key_id_r)
{
    struct pins pins;
    struct resource_scan scan;
    *key_id_r = 0;
    /* Every name of a resource has a slash in it, and json_write() leaves slashes as they are. */
    if (!memchr(body, '/', len))
        return 0;
    pins_init(&pins, http);
    resource_scan_init(&scan, SIDE_REQUEST, see_reference, &pins);
    resource_scan_push(&scan, body, len);
    resource_scan_free(&scan);
    *key_id_r = pins.key_id;
    return pins.status;
}

bool pins_may_see(struct pins *pins, const char *name)
{
    struct store_pin pin = {.name = name};
    if (!pins->apart)
        return true;
    return look_up(pins, &pin) == 1 && pin.token_id == pins->token_id;
}

/* --- what an answer tells of ----------------------------------------------------------------- */

static void note(struct pins *pins, const char *name, const char *kind, int64_t key_id,
                 int64_t keep_ms)
{
    struct err err = ERR_INIT;
    struct store *store = pins->http->api->store;
    int64_t now_ms = clock_wall_ms();
    struct store_pin known = {.name = name};
    if (key_id <= 0 || is_recent(pins, arena_printf(pins->http->req->arena, "+%s", name)))
        return;
    if (store_pin_get(store, now_ms, pins->http->req->arena, &known, &err) == 1 &&
        known.key_id == key_id)
        return;
    struct store_pin pin = {.name = name,
                            .kind = kind,
                            .key_id = key_id,
                            .token_id = pins->token_id,
                            .created_ms = now_ms,
                            .expires_ms = now_ms + keep_ms,
                            .detail = ""};
    if (store_pin_put(store, &pin, &err) < 0)
        log_event(LOG_WARNING, "pin.lost", "name=%s code=%d", name, (int)err.code);
}

void pins_note(struct pins *pins, const char *name, int64_t key_id)
{
    const struct native_collection *collection = native_collection_find(name, strcspn(name, "/"));
    if (collection)
        note(pins, name, collection->kind, key_id, collection->keep_ms);
    else if (text_starts(name, "models/"))
        note(pins, name, "operation", key_id, 60 * DAY_MS);
}

void pins_note_text(struct pins *pins, const char *text, int64_t key_id)
{
    const char *name = native_resource_of(text, pins->hosts, pins->http->req->arena);
    if (name)
        pins_note(pins, name, key_id);
}

void pins_note_continuation(struct pins *pins, const char *token, int64_t key_id)
{
    note(pins, continuation_name(pins, token), "continuation", key_id, CONTINUATION_MS);
}

void pins_forget(struct pins *pins, const char *name)
{
    struct err err = ERR_INIT;
    store_pin_delete(pins->http->api->store, name, &err);
}
