#include "translate/data_url.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/scope.h"
#include "base/text.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Whether the parameters between the type and the comma hold the word base64. */
static bool says_base64(const char *parameters, size_t len)
{
    static const char word[] = "base64";
    for (size_t i = 0; i + sizeof(word) - 1 <= len; i++)
        if (text_istarts(parameters + i, word))
            return true;
    return false;
}

int data_url_parse(const char *url, size_t len, struct data_url *data_r)
{
    const char *end = url + len;
    while (url < end && is_space(*url))
        url++;
    if (!text_istarts(url, "data:"))
        return 0;
    const char *type = url + strlen("data:");
    const char *comma = memchr(type, ',', (size_t)(end - type));
    if (!comma)
        return 0;
    size_t head = (size_t)(comma - type);
    const char *semicolon = memchr(type, ';', head);
    *data_r = (struct data_url){.data = comma + 1, .len = (size_t)(end - comma - 1)};
    data_r->base64 = semicolon && says_base64(semicolon, (size_t)(comma - semicolon));
    if (!text_istarts(type, "base64"))
        media_type_tidy(type, head, data_r->type);
    else
        data_r->base64 = true;
    return 1;
}

static const unsigned char plain_letters[256] = {
    ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1, ['0' ... '9'] = 1, ['+'] = 1, ['/'] = 1};

static bool is_clean(const char *text, size_t len)
{
    if (len % 4)
        return false;
    while (len && text[len - 1] == '=' && len % 4 != 2)
        len--;
    for (size_t i = 0; i < len; i++)
        if (!plain_letters[(unsigned char)text[i]])
            return false;
    return len > 0;
}

/* Undoes percent escapes, URL-safe letters, white space and padding. False on any other byte. */
static bool mend(struct strbuf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        unsigned char decoded;
        if (c == '%' && i + 2 < len) {
            char digits[3] = {text[i + 1], text[i + 2], '\0'};
            if (hex_decode(&decoded, 1, digits) < 0)
                return false;
            c = (char)decoded;
            i += 2;
        }
        if (c == '=' || is_space(c))
            continue;
        if (c == '-' || c == '_')
            c = c == '-' ? '+' : '/';
        if (!plain_letters[(unsigned char)c])
            return false;
        strbuf_putc(out, c);
    }
    return out->len > 0 && out->len % 4 != 1 && strbuf_ok(out);
}

json_object *base64_json(const char *text, size_t len)
{
    if (is_clean(text, len))
        return json_object_new_string_len(text, (int)len);
    STRBUF_AUTO struct strbuf mended = STRBUF_INIT(len + 4);
    if (!strbuf_reserve(&mended, len + 2) || !mend(&mended, text, len))
        return NULL;
    while (mended.len % 4)
        strbuf_putc(&mended, '=');
    return json_object_new_string_len(mended.data, (int)mended.len);
}

/* "data:text/plain,Hello%20World" */
static json_object *percent_json(const char *text, size_t len)
{
    FREE_AUTO char *decoded = xstrndup(text, len);
    int64_t decoded_len = url_decode(decoded, len, false);
    STRBUF_AUTO struct strbuf encoded = STRBUF_INIT(2 * len + 4);
    if (decoded_len <= 0)
        return NULL;
    base64_encode(&encoded, decoded, (size_t)decoded_len);
    return json_object_new_string_len(encoded.data, (int)encoded.len);
}

json_object *data_url_base64(const struct data_url *data)
{
    return data->base64 ? base64_json(data->data, data->len) : percent_json(data->data, data->len);
}
