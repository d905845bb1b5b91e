#include "admin/flash.h"

#include <string.h>

#include "base/codec.h"
#include "base/text.h"

enum { SIGNATURE_LEN = 32, PAYLOAD_MAX = 600 };
static const char separator = '~';

/* The text that is signed names its use and its session, so that no other HMAC of the vault fits.
 */
static const char *signature(struct arena *arena, const struct vault *vault,
                             const struct store_session *session, const char *payload)
{
    char hex[SHA256_HEX];
    const char *text = arena_printf(arena, "flash:%s:%s", session->csrf, payload);
    vault_lookup_hash(vault, text, strlen(text), hex);
    return arena_strndup(arena, hex, SIGNATURE_LEN);
}

const char *flash_query(struct arena *arena, const struct vault *vault,
                        const struct store_session *session, const struct flash *flash)
{
    STRBUF_AUTO struct strbuf payload = STRBUF_INIT(PAYLOAD_MAX);
    STRBUF_AUTO struct strbuf query = STRBUF_INIT(4 * PAYLOAD_MAX);

    strbuf_printf(&payload, "%d", flash->code);
    for (size_t i = 0; i < FLASH_COUNTS; i++)
        strbuf_printf(&payload, "%c%lld", separator, (long long)flash->counts[i]);
    for (size_t i = 0; i < flash->hint_count; i++)
        strbuf_printf(&payload, "%c%s", separator, flash->hints[i]);
    strbuf_puts(&query, "flash=");
    url_encode(&query, strbuf_str(&payload), payload.len, "");
    strbuf_printf(&query, "&sig=%s", signature(arena, vault, session, strbuf_str(&payload)));
    return arena_strdup(arena, strbuf_str(&query));
}

/* Cuts the next part off `*rest`; NULL at the end. */
static char *next_part(char **rest)
{
    char *part = *rest;
    if (!part)
        return NULL;
    char *end = strchr(part, separator);
    if (end)
        *end++ = '\0';
    *rest = end;
    return part;
}

static bool next_number(char **rest, int64_t *number_r)
{
    char *part = next_part(rest);
    return part && text_to_int(part, number_r) == 0;
}

static bool parse(char *payload, struct flash *flash)
{
    int64_t code;
    if (!next_number(&payload, &code) || code <= FLASH_NONE || code >= FLASH_CODE_COUNT)
        return false;
    flash->code = (enum flash_code)code;
    for (size_t i = 0; i < FLASH_COUNTS; i++) {
        if (!next_number(&payload, &flash->counts[i]))
            return false;
    }
    while (payload && flash->hint_count < FLASH_HINTS)
        flash->hints[flash->hint_count++] = next_part(&payload);
    return true;
}

bool flash_read(struct http_request *req, const struct vault *vault,
                const struct store_session *session, struct flash *flash_r)
{
    const char *payload = http_request_query(req, "flash");
    const char *presented = http_request_query(req, "sig");
    *flash_r = (struct flash){0};
    if (!payload || !presented || strlen(payload) > PAYLOAD_MAX)
        return false;
    if (!secret_equal(presented, signature(req->arena, vault, session, payload)))
        return false;
    return parse(arena_strdup(req->arena, payload), flash_r);
}
