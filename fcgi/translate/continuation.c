#include "translate/continuation.h"

#include <string.h>

#include "base/json.h"
#include "translate/gemini_scan.h"
#include "translate/model_family.h"

/* The last byte before `end` that is no white space. */
static char byte_before(const char *body, size_t end)
{
    while (end > 0 && memchr(" \t\r\n", body[end - 1], 4))
        end--;
    return end > 0 ? body[end - 1] : '\0';
}

int continuation_by_token(struct strbuf *out, const char *body, size_t len, const char *token,
                          struct err *err)
{
    size_t start, end;
    JSON_AUTO json_object *text = json_object_new_string(token);
    int known = gemini_scan_member(body, len, "continuationToken", &start, &end);
    if (known < 0)
        return err_set(err, ERR_INVALID, "the request is no JSON object");
    if (known == 1) {
        strbuf_append(out, body, start);
        json_write(out, text);
        strbuf_append(out, body + end, len - end);
        return 0;
    }
    /* Last, so that the comma is right whatever stands before: a request has contents. */
    size_t closing = len;
    while (body[closing - 1] != '}')
        closing--;
    if (byte_before(body, closing - 1) == '{')
        return err_set(err, ERR_INVALID, "the request is empty");
    strbuf_append(out, body, closing - 1);
    strbuf_puts(out, ",\"continuationToken\":");
    json_write(out, text);
    strbuf_append(out, body + closing - 1, len - closing + 1);
    return 0;
}

static json_object *turn(const char *role, const char *text, size_t len)
{
    json_object *content = json_object_new_object();
    json_object *parts = json_object_new_array();
    json_object *part = json_object_new_object();
    json_add_strn(part, "text", text, len);
    json_object_array_add(parts, part);
    json_add_str(content, "role", role);
    json_add(content, "parts", parts);
    return content;
}

static void write_turn(struct strbuf *out, json_object *content)
{
    strbuf_putc(out, ',');
    json_write(out, content);
    json_object_put(content);
}

int continuation_by_text(struct strbuf *out, const char *body, size_t len,
                         const struct broken_answer *answer, struct err *err)
{
    size_t start, end;
    if (gemini_scan_member(body, len, "contents", &start, &end) != 1 || body[start] != '[')
        return err_set(err, ERR_INVALID, "the request has no list of contents");
    size_t closing = end - 1; /* of the list */
    if (byte_before(body, closing) == '[')
        return err_set(err, ERR_INVALID, "the request has no contents");
    strbuf_append(out, body, closing);
    write_turn(out, turn("model", strbuf_str(answer->text), answer->text->len));
    if (!model_family_has(model_family_of(answer->model), FAMILY_MODEL_TURN_LAST))
        write_turn(out, turn("user", CONTINUATION_DEMAND, strlen(CONTINUATION_DEMAND)));
    strbuf_append(out, body + closing, len - closing);
    return 0;
}
