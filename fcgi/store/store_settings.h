/* Settings that were saved in the admin: rows of name and value, with their history. */
#ifndef STORE_STORE_SETTINGS_H
#define STORE_STORE_SETTINGS_H

#include "store/store.h"

typedef int store_setting_visit(void *ctx, const char *name, const char *value);

/* Walks all saved settings by name; `secret` ones come opened (one that does not open is left
 * out, and that is logged). */
int store_settings_each(struct store *store, store_setting_visit *visit, void *ctx,
                        struct err *err);

struct store_setting_change {
    const char *name;
    const char *value; /* NULL: back to the default */
    bool secret;       /* sealed in the store, hidden in the history */
};
/* Writes all changes or none, and their history (who: "admin", "gbctl", "import"). What is saved
 * already is left as it is. */
int store_settings_save(struct store *store, const struct store_setting_change *changes,
                        size_t count, const char *who, int64_t now_ms, struct err *err);
/* A number that grows with every save, by whichever process: tells when to read anew. */
int64_t store_settings_generation(struct store *store);

struct store_setting_event {
    int64_t id, time_ms;
    const char *who, *name;
    bool secret;                       /* both values are NULL then */
    const char *old_value, *new_value; /* NULL: the default */
};
typedef int store_setting_event_visit(void *ctx, const struct store_setting_event *event);
/* Walks the history, newest first, from ids below `before_id` (0: the newest). */
int store_settings_history(struct store *store, int64_t before_id, store_setting_event_visit *visit,
                           void *ctx, struct err *err);

#endif
