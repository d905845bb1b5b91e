#include "translate/chat_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/data_url.h"
#include "translate/json_list.h"
#include "translate/markdown_image.h"
#include "translate/media.h"

#define FILES_BASE "https://generativelanguage.googleapis.com/v1beta/"

/* One part of a message, being translated. */
struct part_work {
    struct chat_build *build;
    json_object *parts; /* Gemini's, to append to */
    json_object *part;  /* OpenAI's */
    const char *where;
};

typedef int part_rule(struct part_work *work);

static int fault(struct part_work *work, const char *field, const char *text)
{
    char param[64];
    snprintf(param, sizeof(param), "%s%s%s", work->where, *field ? "." : "", field);
    return err_set_param(work->build->err, ERR_INVALID, param, "%s", text);
}

/* --- text --------------------------------------------------------------------------------------
 */

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

/* A new part with inlineData; consumes `data`. */
static json_object *inline_part(const char *type, json_object *data)
{
    json_object *part = json_object_new_object();
    json_object *inline_data = json_object_new_object();
    json_add_str(inline_data, "mimeType", type);
    json_add(inline_data, "data", data);
    json_add(part, "inlineData", inline_data);
    return part;
}

/* Images that an earlier answer carried as Markdown come back as text: they are made images
 * again, or each would cost a hundred thousand tokens. */
static void add_text_with_images(json_object *parts, json_object *text)
{
    const char *at = json_object_get_string(text);
    const char *end = at + json_object_get_string_len(text);
    struct markdown_image image;
    if (!markdown_image_find(at, end, &image)) {
        chat_parts_add_text_ref(parts, text);
        return;
    }
    while (markdown_image_find(at, end, &image)) {
        struct data_url url;
        json_object *data =
            data_url_parse(image.url, image.url_len, &url) == 1 ? data_url_base64(&url) : NULL;
        if (data) {
            chat_parts_add_text(parts, at, (size_t)(image.start - at));
            json_object_array_add(
                parts, inline_part(*url.type ? url.type : media_type_default(MEDIA_IMAGE), data));
        } else {
            chat_parts_add_text(parts, at, (size_t)(image.end - at));
        }
        at = image.end;
    }
    chat_parts_add_text(parts, at, (size_t)(end - at));
}

static int text_rule(struct part_work *work)
{
    json_object *text = json_member(work->part, "text");
    if (text && !json_is_str(text))
        return fault(work, "text", "the text of a part must be a string");
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

/* --- media by link -----------------------------------------------------------------------------
 */

static void note_resource(struct chat_build *build, const char *name, size_t len)
{
    if (!build->request->resources)
        build->request->resources = json_object_new_array();
    json_object_array_add(build->request->resources, json_object_new_string_len(name, (int)len));
}

/* The "files/x" in an address of Google's Files API or in a bare name; NULL when it is neither. */
static const char *file_name_in(const char *link, size_t *len_r)
{
    const char *name = text_starts(link, "files/") ? link : NULL;
    const char *found = strstr(link, "generativelanguage.googleapis.com/");
    if (!name && found)
        name = strstr(found, "/files/") ? strstr(found, "/files/") + 1 : NULL;
    if (!name)
        return NULL;
    *len_r = strlen("files/") + strcspn(name + strlen("files/"), "/:?#");
    return name;
}

static bool is_youtube(const char *link)
{
    static const char *const starts[] = {"https://www.youtube.com/", "https://youtube.com/",
                                         "https://m.youtube.com/",   "https://youtu.be/",
                                         "http://www.youtube.com/",  "http://youtu.be/"};
    for (size_t i = 0; i < ARRAY_LEN(starts); i++)
        if (text_istarts(link, starts[i]))
            return true;
    return false;
}

static json_object *file_part(const char *uri, const char *type)
{
    json_object *part = json_object_new_object();
    json_object *file = json_object_new_object();
    json_add_str(file, "mimeType", type);
    json_add_str(file, "fileUri", uri);
    json_add(part, "fileData", file);
    return part;
}

static void add_google_file(struct part_work *work, const char *name, size_t len)
{
    char uri[LIMIT_MODEL_NAME + sizeof(FILES_BASE)];
    snprintf(uri, sizeof(uri), "%s%.*s", FILES_BASE, (int)len, name);
    json_object_array_add(work->parts, file_part(uri, NULL));
    note_resource(work->build, name, len);
}

static json_object *add_web_link(struct part_work *work, enum media_kind kind, const char *link)
{
    const char *type = media_type_of_name(link);
    json_object *part = file_part(link, type ? type : media_type_default(kind));
    struct media_need need = {.url = (char *)link,
                              .kind = kind,
                              .part = part,
                              .works_as_link = chat_build_has(work->build, FAMILY_FILE_URLS)};
    text_copy(need.param, sizeof(need.param), work->where);
    media_needs_add(&work->build->request->media, &need);
    json_object_array_add(work->parts, part);
    return part;
}

static int add_link(struct part_work *work, enum media_kind kind, const char *link)
{
    size_t len;
    const char *file = file_name_in(link, &len);
    if (file)
        add_google_file(work, file, len);
    else if (is_youtube(link))
        json_object_array_add(work->parts, file_part(link, NULL));
    else if (text_starts(link, "gs://"))
        json_object_array_add(work->parts,
                              file_part(link, media_type_of_name(link) ? media_type_of_name(link)
                                                                       : media_type_default(kind)));
    else if (text_istarts(link, "https://") || text_istarts(link, "http://"))
        add_web_link(work, kind, link);
    else
        return fault(work, "",
                     "this is neither a data: URL, an http(s) link nor a file of Google's");
    return 0;
}

/* --- media by value ----------------------------------------------------------------------------
 */

static int add_data_url(struct part_work *work, enum media_kind kind, const struct data_url *url,
                        const char *name)
{
    json_object *data = data_url_base64(url);
    if (!data)
        return fault(work, "", "the data: URL holds no valid base64");
    const char *type =
        *url->type && !text_eq(url->type, "application/octet-stream") ? url->type : NULL;
    if (!type)
        type = media_type_of_name(name);
    json_object_array_add(work->parts, inline_part(type ? type : media_type_default(kind), data));
    return 0;
}

static int add_url(struct part_work *work, enum media_kind kind, json_object *holder,
                   const char *member)
{
    json_object *url = json_member(holder, member);
    struct data_url data;
    if (!json_is_str(url))
        return fault(work, member, "an address is missing here");
    if (!data_url_parse(json_object_get_string(url), (size_t)json_object_get_string_len(url),
                        &data))
        return add_link(work, kind, json_object_get_string(url));
    int rc = add_data_url(work, kind, &data, NULL);
    json_object_object_del(holder, member);
    return rc;
}

/* Bare base64, its type told beside it. */
static int add_base64(struct part_work *work, enum media_kind kind, json_object *holder,
                      const char *member, const char *type)
{
    char tidy[MEDIA_TYPE_SIZE];
    json_object *text = json_member(holder, member);
    struct data_url url;
    if (!json_is_str(text))
        return fault(work, member, "the data is missing here");
    if (data_url_parse(json_object_get_string(text), (size_t)json_object_get_string_len(text),
                       &url))
        return add_url(work, kind, holder, member);
    json_object *data =
        base64_json(json_object_get_string(text), (size_t)json_object_get_string_len(text));
    if (!data)
        return fault(work, member, "this is no valid base64");
    if (!type)
        type = media_type_default(kind);
    media_type_tidy(type, strlen(type), tidy);
    json_object_array_add(work->parts, inline_part(tidy, data));
    json_object_object_del(holder, member);
    return 0;
}

/* image_url.detail, for models that take it by part. */
static void add_detail(struct part_work *work, const char *detail)
{
    static const struct {
        const char *detail;
        const char *level;
    } levels[] = {{"low", "MEDIA_RESOLUTION_LOW"}, {"high", "MEDIA_RESOLUTION_HIGH"}};
    size_t count = json_list_len(work->parts);
    if (!chat_build_has(work->build, FAMILY_RESOLUTION) || count == 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (!text_eq(levels[i].detail, detail))
            continue;
        json_object *resolution = json_object_new_object();
        json_add_str(resolution, "level", levels[i].level);
        json_add(json_list_at(work->parts, count - 1), "mediaResolution", resolution);
    }
}

/* {"image_url":{"url":...}} and {"image_url":"..."}; the same for audio, video and files. */
static int url_member(struct part_work *work, enum media_kind kind, const char *member)
{
    json_object *value = json_member(work->part, member);
    json_object *holder = json_is_str(value) ? work->part : value;
    int rc = add_url(work, kind, holder, json_is_str(value) ? member : "url");
    if (rc == 0 && kind == MEDIA_IMAGE)
        add_detail(work, json_get_str(holder, "detail", json_get_str(work->part, "detail", "")));
    return rc;
}

static int add_file_id(struct part_work *work, const char *id)
{
    size_t len;
    const char *name = file_name_in(id, &len);
    if (!name)
        return fault(work, "file_id", "only files of Google's Files API (files/...) can be named");
    add_google_file(work, name, len);
    return 0;
}

static int image_url_rule(struct part_work *work)
{
    const char *file_id = json_get_str(work->part, "file_id", NULL);
    if (file_id && !json_member(work->part, "image_url"))
        return add_file_id(work, file_id);
    return url_member(work, MEDIA_IMAGE, "image_url");
}

static int audio_url_rule(struct part_work *work)
{
    return url_member(work, MEDIA_AUDIO, "audio_url");
}

static int video_url_rule(struct part_work *work)
{
    return url_member(work, MEDIA_VIDEO, "video_url");
}

static int file_url_rule(struct part_work *work)
{
    return url_member(work, MEDIA_FILE, "file_url");
}

/* {"source":{"type":"base64","media_type","data"}} or {"source":{"type":"url","url"}} */
static int add_source(struct part_work *work, enum media_kind kind, json_object *source)
{
    if (json_member(source, "url"))
        return add_url(work, kind, source, "url");
    return add_base64(work, kind, source, "data", json_get_str(source, "media_type", NULL));
}

/* The part type "image" of several vendors: an address, bare base64, or a source. */
static int image_rule(struct part_work *work)
{
    json_object *source = json_get_obj(work->part, "source");
    const char *image = json_get_str(work->part, "image", NULL);
    if (source)
        return add_source(work, MEDIA_IMAGE, source);
    if (!image)
        return url_member(work, MEDIA_IMAGE, "image_url");
    if (text_istarts(image, "data:") || text_istarts(image, "http"))
        return add_url(work, MEDIA_IMAGE, work->part, "image");
    return add_base64(work, MEDIA_IMAGE, work->part, "image",
                      json_get_str(work->part, "mimeType", "image/png"));
}

static int document_rule(struct part_work *work)
{
    json_object *source = json_get_obj(work->part, "source");
    if (!source)
        return fault(work, "source", "the document has no source");
    return add_source(work, MEDIA_FILE, source);
}

static int formatted(struct part_work *work, enum media_kind kind, const char *member)
{
    json_object *input = json_get_obj(work->part, member);
    const char *format = json_get_str(input, "format", NULL);
    const char *type = format ? media_type_of_format(kind, format) : NULL;
    if (!input)
        return fault(work, member, "the data is missing here");
    if (format && !type)
        return fault(work, member, "this format is not known");
    return add_base64(work, kind, input, "data", type);
}

static int input_audio_rule(struct part_work *work)
{
    return formatted(work, MEDIA_AUDIO, "input_audio");
}

static int input_video_rule(struct part_work *work)
{
    return formatted(work, MEDIA_VIDEO, "input_video");
}

static int file_rule(struct part_work *work)
{
    json_object *file = json_get_obj(work->part, "file");
    if (!file)
        file = work->part;
    const char *name = json_get_str(file, "filename", NULL);
    if (json_member(file, "file_data"))
        return add_base64(work, MEDIA_FILE, file, "file_data", media_type_of_name(name));
    if (json_member(file, "file_url"))
        return add_url(work, MEDIA_FILE, file, "file_url");
    if (json_is_str(json_member(file, "file_id")))
        return add_file_id(work, json_get_str(file, "file_id", ""));
    return fault(work, "file", "a file needs file_data, file_url or file_id");
}

/* --- the table ----------------------------------------------------------------------------------
 */

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
    {"image_url", image_url_rule, true},
    {"input_image", image_url_rule, true},
    {"image", image_rule, true},
    {"input_audio", input_audio_rule, true},
    {"audio_url", audio_url_rule, true},
    {"input_video", input_video_rule, true},
    {"video_url", video_url_rule, true},
    {"file", file_rule, true},
    {"input_file", file_rule, true},
    {"file_url", file_url_rule, true},
    {"document", document_rule, true},
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
    const struct part_type *type = find_type(json_get_str(work->part, "type", "text"));
    if (type)
        return type->rule(work);
    if (json_is_str(json_member(work->part, "text")))
        return text_rule(work);
    return fault(work, "type", "this type of content part is not known");
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
