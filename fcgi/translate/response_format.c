/* response_format: plain JSON and JSON that follows a schema. */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "translate/chat_build.h"
#include "translate/json_list.h"
#include "translate/schema_clean.h"

json_object *response_format_schema(struct chat_build *build)
{
    return json_get_obj(json_path(build->body, "response_format.json_schema"), "schema");
}

int response_format_read(struct chat_build *build)
{
    json_object *format = json_member(build->body, "response_format");
    const char *type = json_get_str(format, "type", NULL);
    if (!format)
        return 0;
    if (!type)
        return err_set_param(build->err, ERR_INVALID, "response_format",
                             "response_format must be an object with a type");
    if (text_eq(type, "text"))
        return 0;
    if (!text_eq(type, "json_object") && !text_eq(type, "json_schema"))
        return err_set_param(build->err, ERR_INVALID, "response_format.type",
                             "response_format.type must be text, json_object or json_schema");
    if (text_eq(type, "json_schema") && !response_format_schema(build))
        return err_set_param(build->err, ERR_INVALID, "response_format.json_schema",
                             "response_format.json_schema needs a schema");
    build->json_wanted = true;
    return 0;
}

static json_object *cleaned_schema(struct chat_build *build, enum schema_form form)
{
    json_object *schema = response_format_schema(build);
    return schema ? schema_clean(schema, form, &build->schema_nodes) : NULL;
}

/* Models that know no JSON mode are told in words, at the end of the last turn. */
static void ask_in_words(struct chat_build *build)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(1024 * 1024);
    JSON_AUTO json_object *schema = cleaned_schema(build, SCHEMA_JSON);
    json_object *contents = json_get_arr(build->gemini, "contents");
    size_t count = json_list_len(contents);
    json_object *last = json_list_at(contents, count ? count - 1 : 0);
    strbuf_puts(&text, "Answer with JSON only, without Markdown around it.");
    if (schema) {
        strbuf_puts(&text, " It has to follow this JSON Schema: ");
        json_write(&text, schema);
    }
    json_object *part = json_object_new_object();
    json_add_strn(part, "text", strbuf_str(&text), text.len);
    json_object_array_add(json_get_arr(last, "parts"), part);
}

void response_format_build(struct chat_build *build)
{
    bool json_schema = chat_build_has(build, FAMILY_JSON_SCHEMA);
    if (!build->json_wanted || chat_build_has(build, FAMILY_AUDIO) ||
        chat_build_has(build, FAMILY_IMAGE))
        return;
    if (chat_build_has(build, FAMILY_NO_JSON)) {
        ask_in_words(build);
        return;
    }
    json_add_str(build->config, "responseMimeType", "application/json");
    json_object *schema = cleaned_schema(build, json_schema ? SCHEMA_JSON : SCHEMA_OPENAPI);
    if (schema && json_members(schema) > 0)
        json_add_ref(build->config, json_schema ? "responseJsonSchema" : "responseSchema", schema);
    json_object_put(schema);
}
