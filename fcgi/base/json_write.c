/* json-c's trees to JSON text.
 *
 * json-c would write into a buffer of the object, which grows from 32 bytes and stays, and from
 * there the text would be copied. This walk writes where the text is wanted. */
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

/* One bit in each byte of a word. */
#define LOW_BITS UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)

/* --- texts ----------------------------------------------------------------------------------- */

/* Not 0 when a byte of the word is less than `n` (at most 128): subtracting sets the highest bit of
 * such a byte, and `~word` leaves out those that had it before. (What a byte borrows from the next
 * can only add bits where there is one already.) */
static uint64_t bytes_below(uint64_t word, uint64_t n)
{
    return (word - LOW_BITS * n) & ~word & HIGH_BITS;
}

static bool is_plain_word(const char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof(word));
    return !(bytes_below(word, ' ') | bytes_below(word ^ LOW_BITS * '"', 1) |
             bytes_below(word ^ LOW_BITS * '\\', 1));
}

/* Nearly all of what passes is such text, up to whole pictures, so it is looked at in words. */
size_t json_plain_len(const char *text, size_t len)
{
    size_t at = 0;
    while (len - at >= sizeof(uint64_t) && is_plain_word(text + at))
        at += sizeof(uint64_t);
    while (at < len && (unsigned char)text[at] >= ' ' && text[at] != '"' && text[at] != '\\')
        at++;
    return at;
}

static void write_escape(struct strbuf *out, char c)
{
    static const char letters[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                   ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\'};
    if (letters[(unsigned char)c]) {
        const char escape[] = {'\\', letters[(unsigned char)c]};
        strbuf_append(out, escape, sizeof(escape));
    } else {
        strbuf_printf(out, "\\u%04x", (unsigned)c);
    }
}

/* Text that needs no escape, quoted. */
static void write_plain(struct strbuf *out, const char *text, size_t len)
{
    char *quoted = strbuf_extend(out, len + 2);
    if (!quoted)
        return;
    quoted[0] = '"';
    if (len)
        memcpy(quoted + 1, text, len);
    quoted[len + 1] = '"';
}

void json_write_text(struct strbuf *out, const char *text, size_t len)
{
    size_t plain = json_plain_len(text, len);
    if (plain == len) {
        write_plain(out, text, len);
        return;
    }
    strbuf_putc(out, '"');
    for (; plain < len; plain = json_plain_len(text, len)) {
        strbuf_append(out, text, plain);
        write_escape(out, text[plain++]);
        text += plain;
        len -= plain;
    }
    strbuf_append(out, text, len);
    strbuf_putc(out, '"');
}

/* --- numbers --------------------------------------------------------------------------------- */

static void write_as_json_c_does(struct strbuf *out, json_object *value)
{
    size_t len;
    const char *text = json_object_to_json_string_length(value, JSON_C_TO_STRING_PLAIN, &len);
    strbuf_append(out, text, len);
}

/* Above INT64_MAX json-c keeps numbers of its own kind, which read as INT64_MAX. */
static void write_int(struct strbuf *out, json_object *value)
{
    int64_t number = json_object_get_int64(value);
    if (number == INT64_MAX)
        write_as_json_c_does(out, value);
    else
        json_write_int(out, number);
}

void json_write_int(struct strbuf *out, int64_t number)
{
    char digits[TEXT_INT];
    char *end = digits + sizeof(digits);
    char *first = text_of_int(end, number);
    strbuf_append(out, first, (size_t)(end - first));
}

/* A number that was read keeps the text that it was read from, as its user's data. */
static void write_double(struct strbuf *out, json_object *value)
{
    const char *text = json_object_get_userdata(value);
    if (text)
        strbuf_puts(out, text);
    else
        write_as_json_c_does(out, value);
}

/* Like such a number. */
static json_object *new_raw(char *text, json_object_delete_fn *release)
{
    json_object *value = json_object_new_double(0);
    json_object_set_serializer(value, json_object_userdata_to_json_string, text, release);
    return value;
}

json_object *json_raw_take(char *text)
{
    return new_raw(text, json_object_free_userdata);
}

json_object *json_raw_ref(const char *text)
{
    return new_raw((char *)text, NULL); /* what is never released is never written to, either */
}

/* --- trees ----------------------------------------------------------------------------------- */

static void write_array(struct strbuf *out, json_object *array)
{
    size_t count = json_object_array_length(array);
    strbuf_putc(out, '[');
    for (size_t i = 0; i < count && strbuf_ok(out); i++) {
        if (i)
            strbuf_putc(out, ',');
        json_write(out, json_object_array_get_idx(array, i));
    }
    strbuf_putc(out, ']');
}

static void write_object(struct strbuf *out, json_object *object)
{
    bool first = true;
    strbuf_putc(out, '{');
    json_object_object_foreach(object, name, member)
    {
        if (!strbuf_ok(out))
            return;
        if (!first)
            strbuf_putc(out, ',');
        first = false;
        json_write_text(out, name, strlen(name));
        strbuf_putc(out, ':');
        json_write(out, member);
    }
    strbuf_putc(out, '}');
}

void json_write(struct strbuf *out, json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_object:
        write_object(out, value);
        break;
    case json_type_array:
        write_array(out, value);
        break;
    case json_type_string:
        json_write_text(out, json_object_get_string(value),
                        (size_t)json_object_get_string_len(value));
        break;
    case json_type_int:
        write_int(out, value);
        break;
    case json_type_boolean:
        strbuf_puts(out, json_object_get_boolean(value) ? "true" : "false");
        break;
    case json_type_null:
        strbuf_puts(out, "null");
        break;
    case json_type_double:
        write_double(out, value);
    }
}

/* --- member by member ------------------------------------------------------------------------ */

void json_put_name(struct strbuf *out, const char *name)
{
    bool first = out->len == 0 || out->data[out->len - 1] == '{';
    size_t len = strlen(name);
    char *at = strbuf_extend(out, len + (first ? 3 : 4));
    if (!at)
        return;
    if (!first)
        *at++ = ',';
    *at++ = '"';
    memcpy(at, name, len);
    at[len] = '"';
    at[len + 1] = ':';
}

void json_put_strn(struct strbuf *out, const char *name, const char *value, size_t len)
{
    json_put_name(out, name);
    json_write_text(out, value, len);
}

void json_put_str(struct strbuf *out, const char *name, const char *value)
{
    json_put_strn(out, name, value, strlen(value));
}

void json_put_int(struct strbuf *out, const char *name, int64_t number)
{
    json_put_name(out, name);
    json_write_int(out, number);
}

void json_put_value(struct strbuf *out, const char *name, json_object *value)
{
    json_put_name(out, name);
    json_write(out, value);
}

char *json_to_arena(struct arena *arena, json_object *value, size_t *len_r)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(SIZE_MAX);
    json_write(&text, value);
    if (len_r)
        *len_r = text.len;
    return arena_strndup(arena, strbuf_str(&text), text.len);
}
