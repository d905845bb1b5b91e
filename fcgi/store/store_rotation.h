/* What processes share of the rotation: for each model and key how far the key has progressed. */
#ifndef STORE_STORE_ROTATION_H
#define STORE_STORE_ROTATION_H

#include "store/store.h"

struct store_progress {
    int64_t key_id;
    double progress;
};

/* Plans a block of picks under one write transaction: `plan` is handed the stored progress of every
 * key that has some for the model, by key id, and returns (in *changed_r, allocated, freed by the
 * caller of plan) the rows to write; rows of keys that are gone are left out. It does not use the
 * store. When it returns other than 0 nothing is written and the lease fails. Two processes never
 * plan at once, so that together they rotate evenly. Waits for other writers at most `timeout_ms`.
 * Returns 0 or -1. */
typedef int store_rotation_plan(void *ctx, const struct store_progress *stored, size_t count,
                                struct store_progress **changed_r, size_t *changed_count_r);
int store_rotation_lease_within(struct store *store, int timeout_ms, const char *model,
                                store_rotation_plan *plan, void *ctx, struct err *err);
/* The same with the store's own patience. */
int store_rotation_lease(struct store *store, const char *model, store_rotation_plan *plan,
                         void *ctx, struct err *err);
/* Only lets `plan` see what is stored; nothing is written, so that it works while others write. */
int store_rotation_peek(struct store *store, const char *model, store_rotation_plan *plan,
                        void *ctx, struct err *err);

#endif
