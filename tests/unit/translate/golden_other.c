#include "golden.h"

#include "base/text.h"
#include "translate/error_body.h"
#include "translate/openai_models.h"
#include "translate/schema_clean.h"

static json_object *parse_buffer(const struct strbuf *text)
{
    json_object *value = json_parse_text(strbuf_str(text), text->len, NULL);
    assert_non_null(value);
    return value;
}

void golden_error_body(struct golden_case *test)
{
    STRBUF_AUTO struct strbuf google = STRBUF_INIT(1024 * 1024);
    STRBUF_AUTO struct strbuf openai = STRBUF_INIT(1024 * 1024);
    STRBUF_AUTO struct strbuf gemini = STRBUF_INIT(1024 * 1024);
    JSON_AUTO json_object *actual = json_object_new_object();
    json_object *why_given = json_get_obj(test->head, "why");
    json_object *body = json_member(test->head, "google");
    struct err why = {.code = ERR_INVALID};
    int status = (int)json_get_int(test->head, "status", 500);
    text_copy(why.text, sizeof(why.text), json_get_str(why_given, "text", ""));
    text_copy(why.param, sizeof(why.param), json_get_str(why_given, "param", ""));
    if (json_is_str(body))
        strbuf_puts(&google, json_object_get_string(body));
    else if (body)
        json_write(&google, body);
    openai_error_body(&openai, status, &why, google.data, google.len);
    gemini_error_body(&gemini, status, &why);
    json_add(actual, "openai", parse_buffer(&openai));
    if (why_given)
        json_add(actual, "gemini", parse_buffer(&gemini));
    golden_expect_json(test, actual);
}

void golden_model_list(struct golden_case *test)
{
    json_object *set = json_get_obj(test->head, "rules");
    json_object *models = json_get_arr(test->head, "models");
    struct model_list_rules rules = {
        .filtered = json_get_arr(set, "filtered"),
        .search = json_get_arr(set, "search"),
        .image = json_get_arr(set, "image"),
        .non_thinking = json_get_arr(set, "non_thinking"),
        .aliases = json_get_obj(set, "aliases"),
        .image_chat = json_get_str(set, "image_chat", ""),
    };
    JSON_AUTO json_object *actual = json_object_new_object();
    json_add(actual, "openai", openai_models_from_gemini(models, &rules, 1700000000));
    json_add(actual, "gemini", gemini_models_with_rules(models, &rules));
    golden_expect_json(test, actual);
}

void golden_schema(struct golden_case *test)
{
    JSON_AUTO json_object *actual = json_object_new_object();
    json_object *schema = json_member(test->head, "schema");
    int nodes = SCHEMA_NODES_MAX;
    json_add(actual, "json", schema_clean(schema, SCHEMA_JSON, &nodes));
    json_add(actual, "openapi", schema_clean(schema, SCHEMA_OPENAPI, &nodes));
    golden_expect_json(test, actual);
}
