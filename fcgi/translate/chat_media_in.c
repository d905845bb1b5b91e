#include "translate/chat_media_in.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/data_url.h"
#include "translate/json_list.h"
#include "translate/media.h"

#define FILES_BASE "https://generativelanguage.googleapis.com/v1beta/"

int part_fault(const struct part_work *work, const char *field, const char *text)
{
    char param[64];
    snprintf(param, sizeof(param), "%s%s%s", work->where, *field ? "." : "", field);
    return err_set_param(work->build->err, ERR_INVALID, param, "%s", text);
}

json_object *inline_part(const char *type, json_object *data)
{
    json_object *part = json_object_new_object();
    json_object *inline_data = json_object_new_object();
    json_add_str(inline_data, "mimeType", type);
    json_add(inline_data, "data", data);
    json_add(part, "inlineData", inline_data);
    return part;
}

/* --- media by link --------------------------------------------------------------------------- */

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

static json_object *link_part(const char *uri, const char *type)
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
    json_object_array_add(work->parts, link_part(uri, NULL));
    note_resource(work->build, name, len);
}

static json_object *add_web_link(struct part_work *work, enum media_kind kind, const char *link)
{
    const char *type = media_type_of_name(link);
    json_object *part = link_part(link, type ? type : media_type_default(kind));
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
        json_object_array_add(work->parts, link_part(link, NULL));
    else if (text_starts(link, "gs://"))
        json_object_array_add(work->parts,
                              link_part(link, media_type_of_name(link) ? media_type_of_name(link)
                                                                       : media_type_default(kind)));
    else if (text_istarts(link, "https://") || text_istarts(link, "http://"))
        add_web_link(work, kind, link);
    else
        return part_fault(work, "",
                          "this is neither a data: URL, an http(s) link nor a file of Google's");
    return 0;
}

/* --- media by value -------------------------------------------------------------------------- */

static bool is_telling(const char *type)
{
    return !text_empty(type) && !text_eq(type, "application/octet-stream");
}

const char *media_best_type(enum media_kind kind, const char *told, json_object *data)
{
    const char *type = is_telling(told) ? told : media_type_of_base64(json_object_get_string(data));
    return type ? type : media_type_default(kind);
}

/* `type` is what stands beside a data: URL that names none; NULL nothing. */
static int add_url(struct part_work *work, enum media_kind kind, json_object *holder,
                   const char *member, const char *type)
{
    json_object *url = json_member(holder, member);
    struct data_url data;
    if (!json_is_str(url))
        return part_fault(work, member, "an address is missing here");
    if (!data_url_parse(json_object_get_string(url), (size_t)json_object_get_string_len(url),
                        &data))
        return add_link(work, kind, json_object_get_string(url));
    json_object *base64 = data_url_base64(&data);
    if (!base64)
        return part_fault(work, member, "the data: URL holds no valid base64");
    json_object_array_add(
        work->parts,
        inline_part(media_best_type(kind, is_telling(data.type) ? data.type : type, base64),
                    base64));
    json_object_object_del(holder, member);
    return 0;
}

/* Bare base64, or a data: URL, with its type told beside it. */
static int add_base64(struct part_work *work, enum media_kind kind, json_object *holder,
                      const char *member, const char *type)
{
    char tidy[MEDIA_TYPE_SIZE] = "";
    json_object *text = json_member(holder, member);
    if (!json_is_str(text))
        return part_fault(work, member, "the data is missing here");
    if (text_istarts(json_object_get_string(text), "data:"))
        return add_url(work, kind, holder, member, type);
    json_object *data =
        base64_json(json_object_get_string(text), (size_t)json_object_get_string_len(text));
    if (!data)
        return part_fault(work, member, "this is no valid base64");
    if (type)
        media_type_tidy(type, strlen(type), tidy);
    json_object_array_add(work->parts, inline_part(media_best_type(kind, tidy, data), data));
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
    int rc = add_url(work, kind, holder, json_is_str(value) ? member : "url", NULL);
    if (rc == 0 && kind == MEDIA_IMAGE)
        add_detail(work, json_get_str(holder, "detail", json_get_str(work->part, "detail", "")));
    return rc;
}

static int add_file_id(struct part_work *work, const char *id)
{
    size_t len;
    const char *name = file_name_in(id, &len);
    if (!name)
        return part_fault(work, "file_id",
                          "only files of Google's Files API (files/...) can be named");
    add_google_file(work, name, len);
    return 0;
}

int image_url_part(struct part_work *work)
{
    const char *file_id = json_get_str(work->part, "file_id", NULL);
    if (file_id && !json_member(work->part, "image_url"))
        return add_file_id(work, file_id);
    return url_member(work, MEDIA_IMAGE, "image_url");
}

int audio_url_part(struct part_work *work)
{
    return url_member(work, MEDIA_AUDIO, "audio_url");
}

int video_url_part(struct part_work *work)
{
    return url_member(work, MEDIA_VIDEO, "video_url");
}

int file_url_part(struct part_work *work)
{
    return url_member(work, MEDIA_FILE, "file_url");
}

/* {"source":{"type":"base64","media_type","data"}} or {"source":{"type":"url","url"}} */
static int add_source(struct part_work *work, enum media_kind kind, json_object *source)
{
    if (json_member(source, "url"))
        return add_url(work, kind, source, "url", NULL);
    return add_base64(work, kind, source, "data", json_get_str(source, "media_type", NULL));
}

/* The part type "image" of several vendors: an address, bare base64, or a source. */
int image_part(struct part_work *work)
{
    json_object *source = json_get_obj(work->part, "source");
    const char *image = json_get_str(work->part, "image", NULL);
    if (source)
        return add_source(work, MEDIA_IMAGE, source);
    if (!image)
        return url_member(work, MEDIA_IMAGE, "image_url");
    if (text_istarts(image, "data:") || text_istarts(image, "http"))
        return add_url(work, MEDIA_IMAGE, work->part, "image", NULL);
    return add_base64(work, MEDIA_IMAGE, work->part, "image",
                      json_get_str(work->part, "mimeType", NULL));
}

int document_part(struct part_work *work)
{
    json_object *source = json_get_obj(work->part, "source");
    if (!source)
        return part_fault(work, "source", "the document has no source");
    return add_source(work, MEDIA_FILE, source);
}

static int formatted(struct part_work *work, enum media_kind kind, const char *member)
{
    json_object *input = json_get_obj(work->part, member);
    const char *format = json_get_str(input, "format", NULL);
    const char *type = format ? media_type_of_format(kind, format) : NULL;
    if (!input)
        return part_fault(work, member, "the data is missing here");
    if (format && !type)
        return part_fault(work, member, "this format is not known");
    return add_base64(work, kind, input, "data", type);
}

int input_audio_part(struct part_work *work)
{
    return formatted(work, MEDIA_AUDIO, "input_audio");
}

int input_video_part(struct part_work *work)
{
    return formatted(work, MEDIA_VIDEO, "input_video");
}

int file_part(struct part_work *work)
{
    json_object *file = json_get_obj(work->part, "file");
    if (!file)
        file = work->part;
    const char *name = json_get_str(file, "filename", NULL);
    if (json_member(file, "file_data"))
        return add_base64(work, MEDIA_FILE, file, "file_data", media_type_of_name(name));
    if (json_member(file, "file_url"))
        return add_url(work, MEDIA_FILE, file, "file_url", NULL);
    if (json_is_str(json_member(file, "file_id")))
        return add_file_id(work, json_get_str(file, "file_id", ""));
    return part_fault(work, "file", "a file needs file_data, file_url or file_id");
}
