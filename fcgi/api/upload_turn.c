#include "api/upload_turn.h"

#include <string.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "store/store_pins.h"

#define TURN_KIND "turn"
/* A turn lasts for so many times its pause at most. */
#define TURN_PAUSES 6

static int64_t pause_ms(const struct http_call *http)
{
    const struct settings *set = http->settings;
    return set->files_same_key_minutes * MINUTE_MS;
}

static const char *turn_name(struct http_call *http)
{
    const struct principal *principal = http->principal;
    return arena_printf(http->req->arena, "turns/%lld/%s",
                        principal ? (long long)principal->token_id : 0, http->req->remote_addr);
}

/* 1 and *pin when a turn is under way, 0 none. */
static int find_turn(struct http_call *http, struct store_pin *pin)
{
    int64_t now_ms = clock_wall_ms();
    *pin = (struct store_pin){.name = turn_name(http)};
    if (store_pin_get(http->api->store, now_ms, http->req->arena, pin, NULL) != 1)
        return 0;
    return now_ms - pin->created_ms < TURN_PAUSES * pause_ms(http);
}

/* --- the key of a turn that begins ------------------------------------------------------------ */

/* The highest card wins: processes that see the same keys choose the same one, each caller another. */
struct draw {
    uint64_t hand;
    uint64_t best;
    int64_t key_id;
};

/* The finalizer of SplitMix64. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static void draw_card(void *ctx, const struct key_view *view)
{
    struct draw *draw = ctx;
    uint64_t card = mix(draw->hand + (uint64_t)view->id * 0x9e3779b97f4a7c15u);
    if (!view->eligible || (draw->key_id && card <= draw->best))
        return;
    draw->best = card;
    draw->key_id = view->id;
}

/* The next turn of the same caller gets another hand. */
static int64_t draw_key(struct http_call *http)
{
    char hex[SHA256_HEX];
    const char *name = arena_printf(http->req->arena, "%s/%lld", turn_name(http),
                                    (long long)(clock_wall_ms() / (TURN_PAUSES * pause_ms(http))));
    struct draw draw = {0};
    sha256_hex(name, strlen(name), hex);
    for (size_t i = 0; i < 16; i++)
        draw.hand = draw.hand * 31 + (unsigned char)hex[i];
    keyring_each(http->api->keyring, KEY_GEMINI, "", draw_card, &draw);
    return draw.key_id;
}

/* --- the turn --------------------------------------------------------------------------------- */

int64_t upload_turn_key(struct http_call *http)
{
    struct store_pin pin;
    if (pause_ms(http) == 0)
        return 0;
    return find_turn(http, &pin) ? pin.key_id : draw_key(http);
}

void upload_turn_keep(struct http_call *http, int64_t key_id)
{
    struct store_pin pin;
    struct err err = ERR_INIT;
    struct store *store = http->api->store;
    int64_t now_ms = clock_wall_ms();
    if (pause_ms(http) == 0)
        return;
    /* What is over goes first: a record that is written over keeps its beginning. */
    if (!find_turn(http, &pin))
        store_pin_delete(store, turn_name(http), &err);
    const struct principal *principal = http->principal;
    pin = (struct store_pin){.name = turn_name(http),
                             .kind = TURN_KIND,
                             .key_id = key_id,
                             .token_id = principal ? principal->token_id : 0,
                             .created_ms = now_ms,
                             .expires_ms = now_ms + pause_ms(http),
                             .detail = ""};
    if (store_pin_put(store, &pin, &err) < 0)
        log_event(LOG_WARNING, "upload.turn_lost", "code=%d", (int)err.code);
}
