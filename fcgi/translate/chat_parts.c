#include "translate/chat_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/chat_media_in.h"
#include "translate/data_url.h"
#include "translate/json_list.h"
#include "translate/markdown_image.h"

typedef int part_rule(struct part_work *work);

/* --- text ------------------------------------------------------------------------------------ */

void chat_parts_add_text_ref(json_object *parts, json_object *text)
{
    if (!json_is_str(text) || json_object_get_string_len(text) == 0)
        return;
    json_object *part = json_object_new_object();
    json_add_ref(part, "text", text);
    json_object_array_add(parts, part);
}

void chat_parts_add_text(json_object *parts, const char *text, size_t len)
{
    if (len == 0)
        return;
    json_object *part = json_object_new_object();
    json_add_strn(part, "text", text, len);
    json_object_array_add(parts, part);
}

/* Images that an earlier answer carried as Markdown come back as text: they are made images
 * again, or each would cost a hundred thousand tokens. */
static void add_text_with_images(json_object *parts, json_object *text)
{
    const char *from = json_object_get_string(text); /* what is not added yet */
    const char *end = from + json_object_get_string_len(text);
    struct markdown_image image;
    bool split = false;
    for (const char *at = from; markdown_image_find(at, end, &image); at = image.end) {
        struct data_url url;
        json_object *data =
            data_url_parse(image.url, image.url_len, &url) == 1 ? data_url_base64(&url) : NULL;
        if (!data)
            continue;
        chat_parts_add_text(parts, from, (size_t)(image.start - from));
        json_object_array_add(parts,
                              inline_part(media_best_type(MEDIA_IMAGE, url.type, data), data));
        from = image.end;
        split = true;
    }
    if (split)
        chat_parts_add_text(parts, from, (size_t)(end - from));
    else
        chat_parts_add_text_ref(parts, text);
}

static int text_rule(struct part_work *work)
{
    json_object *text = json_member(work->part, "text");
    if (text && !json_is_str(text))
        return part_fault(work, "text", "the text of a part must be a string");
    if (text)
        add_text_with_images(work->parts, text);
    return 0;
}

static int refusal_rule(struct part_work *work)
{
    chat_parts_add_text_ref(work->parts, json_member(work->part, "refusal"));
    return 0;
}

/* Thoughts of earlier answers are not told to the model again. */
static int skip_rule(struct part_work *work)
{
    (void)work;
    return 0;
}

/* --- the table ------------------------------------------------------------------------------- */

static const struct part_type {
    const char *type;
    part_rule *rule;
    bool media;
} part_types[] = {
    {"text", text_rule, false},
    {"input_text", text_rule, false},
    {"output_text", text_rule, false},
    {"refusal", refusal_rule, false},
    {"thinking", skip_rule, false},
    {"redacted_thinking", skip_rule, false},
    {"reasoning", skip_rule, false},
    {"image_url", image_url_part, true},
    {"input_image", image_url_part, true},
    {"image", image_part, true},
    {"input_audio", input_audio_part, true},
    {"audio_url", audio_url_part, true},
    {"input_video", input_video_part, true},
    {"video_url", video_url_part, true},
    {"file", file_part, true},
    {"input_file", file_part, true},
    {"file_url", file_url_part, true},
    {"document", document_part, true},
};

static const struct part_type *find_type(const char *type)
{
    for (size_t i = 0; i < ARRAY_LEN(part_types); i++)
        if (text_eq(part_types[i].type, type))
            return &part_types[i];
    return NULL;
}

static int add_part(struct part_work *work)
{
    if (json_is_str(work->part)) {
        chat_parts_add_text_ref(work->parts, work->part);
        return 0;
    }
    if (!json_object_is_type(work->part, json_type_object))
        return part_fault(work, "type", "a content part must be an object");
    const struct part_type *type = find_type(json_get_str(work->part, "type", "text"));
    if (type)
        return type->rule(work);
    if (json_is_str(json_member(work->part, "text")))
        return text_rule(work);
    return part_fault(work, "type", "this type of content part is not known");
}

static int add_list(struct chat_build *build, json_object *parts, json_object *content,
                    const char *where, bool media_only)
{
    char place[64];
    size_t count = json_list_len(content);
    for (size_t i = 0; i < count; i++) {
        struct part_work work = {build, parts, json_list_at(content, i), place};
        const struct part_type *type = find_type(json_get_str(work.part, "type", "text"));
        snprintf(place, sizeof(place), "%s[%zu]", where, i);
        if (media_only && !(type && type->media))
            continue;
        if (add_part(&work) < 0)
            return -1;
        if (type && type->media)
            json_object_array_put_idx(content, i, NULL);
    }
    return 0;
}

int chat_parts_add(struct chat_build *build, json_object *parts, json_object *content,
                   const char *where)
{
    if (!content)
        return 0;
    if (json_is_str(content)) {
        add_text_with_images(parts, content);
        return 0;
    }
    if (!json_object_is_type(content, json_type_array))
        return err_set_param(build->err, ERR_INVALID, where,
                             "content must be a string or a list of parts");
    return add_list(build, parts, content, where, false);
}

int chat_parts_add_media(struct chat_build *build, json_object *parts, json_object *content,
                         const char *where)
{
    if (!json_object_is_type(content, json_type_array))
        return 0;
    return add_list(build, parts, content, where, true);
}

json_object *chat_parts_text(json_object *content)
{
    if (json_is_str(content))
        return json_object_get(content);
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    size_t count = json_list_len(content);
    for (size_t i = 0; i < count; i++) {
        json_object *part = json_list_at(content, i);
        json_object *piece = json_is_str(part) ? part : json_member(part, "text");
        if (!json_is_str(piece))
            continue;
        if (text.len)
            strbuf_putc(&text, '\n');
        strbuf_append(&text, json_object_get_string(piece),
                      (size_t)json_object_get_string_len(piece));
    }
    return json_object_new_string_len(strbuf_str(&text), (int)text.len);
}
