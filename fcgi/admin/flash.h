/* What an action has to say, carried by the redirect that follows it.
 *
 * It travels as a query parameter that holds a code, some numbers and the masked forms of keys,
 * signed for the session: nobody else can make a page say something, and no text of a request is
 * shown again. */
#ifndef ADMIN_FLASH_H
#define ADMIN_FLASH_H

#include <stdbool.h>

#include "http/request.h"
#include "store/store_sessions.h"

#define FLASH_COUNTS 8
#define FLASH_HINTS 8

enum flash_code {
    FLASH_NONE,
    FLASH_ADDED,  /* counts: added, known, repeated, rejected; then as FLASH_VERIFIED */
    FLASH_PAUSED, /* counts: done, missing; the same for the next three */
    FLASH_RESUMED,
    FLASH_RESET,
    FLASH_DELETED,
    FLASH_EDITED,
    FLASH_NOTHING_SELECTED,
    FLASH_NO_KEYS,
    FLASH_SETTINGS_SAVED, /* hints: the names; the same for the next ones */
    FLASH_SETTINGS_SAME,
    FLASH_SETTINGS_WRONG,
    FLASH_SETTING_RESET,
    FLASH_SETTING_UNDONE,
    FLASH_LOG_DELETED, /* counts: entries */
    FLASH_LOG_CLEARED,
    FLASH_LOG_ON,
    FLASH_LOG_OFF,
    FLASH_NO_ROW_SELECTED,
    FLASH_TOKEN_SAVED,
    FLASH_TOKEN_PAUSED,
    FLASH_TOKEN_RESUMED,
    FLASH_TOKEN_DELETED,
    FLASH_VERIFIED, /* counts: work, rest, dead, could not be told */
    FLASH_KEY_SAVED,
    FLASH_MODELS_FRESH,
    FLASH_MODELS_FAILED,
    FLASH_CODE_COUNT
};

struct flash {
    enum flash_code code;
    int64_t counts[FLASH_COUNTS];
    const char *hints[FLASH_HINTS]; /* redacted keys, names of settings */
    size_t hint_count;
};

/* The query that carries it: "flash=...&sig=..."; in the arena. */
const char *flash_query(struct arena *arena, const struct vault *vault,
                        const struct store_session *session, const struct flash *flash);
/* Reads it from a request. False when there is none or it is not ours. */
bool flash_read(struct http_request *req, const struct vault *vault,
                const struct store_session *session, struct flash *flash_r);

#endif
