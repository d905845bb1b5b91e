/* Pins: what belongs to one key and must go to it (files, caches, batches, operations, uploads),
 * and what had better go to it (conversations). */
#ifndef STORE_STORE_PINS_H
#define STORE_STORE_PINS_H

#include "base/arena.h"
#include "store/store.h"

struct store_pin {
    const char *name; /* "files/abc", "cachedContents/x", ...; unique */
    const char *kind; /* "file", "cache", "batch", "operation", "upload", "conversation" */
    int64_t key_id;
    int64_t token_id; /* who made it; 0 nobody in particular */
    int64_t created_ms;
    int64_t expires_ms;
    const char *detail; /* what else is kept, JSON; "" nothing */
};

typedef int store_pin_visit(void *ctx, const struct store_pin *pin); /* != 0 stops the walk */

/* Makes the pin, or replaces all of it but created_ms. A key that is gone: -1, ERR_NOT_FOUND. */
int store_pin_put(struct store *store, const struct store_pin *pin, struct err *err);
/* Looks for `pin->name` and fills the rest, texts in the arena. 1 found and not expired at
 * `now_ms`, 0 not, -1. */
int store_pin_get(struct store *store, int64_t now_ms, struct arena *arena, struct store_pin *pin,
                  struct err *err);

struct store_pin_filter {
    const char *kind;
    int64_t token_id; /* -1: of anybody */
    int64_t since_ms; /* made then or later */
    int64_t limit;    /* of the walk; 0: none */
};
/* Walks pins, newest first, expired ones too as long as they are there. */
int store_pins_each(struct store *store, const struct store_pin_filter *filter,
                    store_pin_visit *visit, void *ctx, struct err *err);
int store_pin_delete(struct store *store, const char *name, struct err *err);
/* Deletes what expired before `now_ms`: the number deleted, or -1. */
int64_t store_pins_expire(struct store *store, int64_t now_ms, struct err *err);
/* The same for one kind, and for all kinds but that. */
int64_t store_pins_expire_kind(struct store *store, const char *kind, int64_t now_ms,
                               struct err *err);
int64_t store_pins_expire_but(struct store *store, const char *kind, int64_t now_ms,
                              struct err *err);

#endif
