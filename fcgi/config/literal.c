#include "config/literal.h"

#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"

/* --- from Python's spelling to JSON ---------------------------------------------------------- */

static void skip_space(const char **at)
{
    *at += strspn(*at, " \t\r\n");
}

/* Copies a text in either quotes as JSON writes it; stops at its end or at that of the input. */
static void relax_string(struct strbuf *out, const char **at)
{
    const char quote = *(*at)++;
    strbuf_putc(out, '"');
    for (; **at && **at != quote; (*at)++) {
        if (**at == '\\' && (*at)[1]) {
            (*at)++;
            if (**at != '\'')
                strbuf_putc(out, '\\');
        } else if (**at == '"') {
            strbuf_putc(out, '\\');
        }
        strbuf_putc(out, **at);
    }
    if (!**at)
        return;
    (*at)++;
    strbuf_putc(out, '"');
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void relax_word(struct strbuf *out, const char **at)
{
    static const struct {
        const char *python, *json;
    } words[] = {{"True", "true"}, {"False", "false"}, {"None", "null"}};
    size_t len = 0;
    while (is_letter((*at)[len]))
        len++;
    FREE_AUTO char *word = xstrndup(*at, len);
    const char *json = word;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (text_eq(word, words[i].python))
            json = words[i].json;
    strbuf_puts(out, json);
    *at += len;
}

/* JSON has no comma before a closing bracket. */
static void relax_comma(struct strbuf *out, const char **at)
{
    (*at)++;
    skip_space(at);
    if (!**at || !strchr(")]}", **at))
        strbuf_putc(out, ',');
}

static void relax(struct strbuf *out, const char *at)
{
    while (*at && strbuf_ok(out)) {
        if (*at == '"' || *at == '\'')
            relax_string(out, &at);
        else if (*at == ',')
            relax_comma(out, &at);
        else if (is_letter(*at))
            relax_word(out, &at);
        else {
            const char *round = strchr("()", *at);
            strbuf_putc(out, round ? (*at == '(' ? '[' : ']') : *at);
            at++;
        }
    }
}

json_object *literal_parse(const char *text, struct err *err)
{
    size_t len = strlen(text);
    if (len > LIMIT_SETTING_TEXT) {
        err_set(err, ERR_TOO_LARGE, "longer than %zu bytes", LIMIT_SETTING_TEXT);
        return NULL;
    }
    json_object *value = json_parse_text(text, len, err);
    if (value)
        return value;
    struct strbuf relaxed = STRBUF_INIT(2 * LIMIT_SETTING_TEXT);
    relax(&relaxed, text);
    value = json_parse_text(strbuf_str(&relaxed), relaxed.len, NULL);
    if (value)
        err_clear(err);
    strbuf_wipe(&relaxed); /* may be a list of keys */
    return value;
}

/* --- quotes around the whole ----------------------------------------------------------------- */

static bool is_bracket_pair(char open, char close)
{
    return (open == '[' && close == ']') || (open == '{' && close == '}') ||
           (open == '(' && close == ')');
}

char *literal_unquote(char *text)
{
    size_t len = strlen(text);
    if (len < 2 || !strchr("\"'", text[0]) || text[len - 1] != text[0])
        return text;
    bool inner_quote = memchr(text + 1, text[0], len - 2);
    if (inner_quote && !is_bracket_pair(text[1], text[len - 2]))
        return text;
    text[len - 1] = '\0';
    return text + 1;
}
