#include "golden.h"

#include "translate/media.h"
#include "translate/native_request.h"
#include "translate/openai_choices.h"

static void add_flag(json_object *out, const char *name, bool set)
{
    if (set)
        json_add_bool(out, name, true);
}

static void add_media(json_object *out, const struct media_needs *needs)
{
    static const char *const kinds[] = {"image", "audio", "video", "file"};
    if (!needs)
        return;
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < needs->len; i++) {
        json_object *need = json_object_new_object();
        json_add_str(need, "url", needs->items[i].url);
        json_add_str(need, "kind", kinds[needs->items[i].kind]);
        json_add_bool(need, "works_as_link", needs->items[i].works_as_link);
        json_object_array_add(list, need);
    }
    json_add(out, "media", list);
}

/* The bodies of a completion of several prompts, one for each of its choices. */
static json_object *describe_choices(const struct openai_chat_request *request,
                                     const struct strbuf *text)
{
    json_object *list = json_object_new_array();
    for (int i = 0; i < request->choices; i++) {
        STRBUF_AUTO struct strbuf body = STRBUF_INIT(16 * 1024 * 1024);
        assert_int_equal(openai_choice_body(&body, request, text->data, text->len, i), 0);
        json_object_array_add(list, json_parse_text(strbuf_str(&body), body.len, NULL));
    }
    return list;
}

/* The facts of the translation, and the body as it is written. */
static json_object *describe(struct openai_chat_request *request)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(16 * 1024 * 1024);
    json_object *out = json_object_new_object();
    json_add_str(out, "gemini_model", request->gemini_model);
    add_flag(out, "stream", request->stream);
    add_flag(out, "include_usage", request->include_usage);
    add_flag(out, "legacy_functions", request->legacy_functions);
    add_flag(out, "single_call", request->single_call);
    add_flag(out, "search_links", request->search_links);
    add_flag(out, "json_tool", request->json_tool);
    if (request->echo)
        json_add_ref(out, "echo", request->echo);
    json_add_str(out, "audio_format", *request->audio_format ? request->audio_format : NULL);
    if (request->tool_names)
        json_add_ref(out, "tool_names", request->tool_names);
    if (request->custom_tools)
        json_add_ref(out, "custom_tools", request->custom_tools);
    if (request->resources)
        json_add_ref(out, "resources", request->resources);
    add_media(out, request->media);
    openai_chat_request_write(request, &text);
    if (request->prompts)
        json_add(out, "requests", describe_choices(request, &text));
    else
        json_add(out, "request", json_parse_text(strbuf_str(&text), text.len, NULL));
    return out;
}

void golden_chat_request(struct golden_case *test)
{
    struct err err = ERR_INIT;
    struct openai_chat_request request;
    json_object *body = json_member(test->head, "body");
    int rc = golden_parse_body(test, &request, body, &err);
    if (golden_refused(test, rc, &err))
        return;
    JSON_AUTO json_object *actual = describe(&request);
    openai_chat_request_free(&request);
    golden_expect_json(test, actual);
}

void golden_native_request(struct golden_case *test)
{
    char model[256];
    struct err err = ERR_INIT;
    struct native_request_facts facts;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(16 * 1024 * 1024);
    STRBUF_AUTO struct strbuf shown = STRBUF_INIT(16 * 1024 * 1024);
    assert_non_null(test->rest);
    int rc = native_request_splice(&out, test->rest, strlen(test->rest),
                                   json_get_str(test->head, "model", ""), &test->env, model, &facts,
                                   &err);
    if (golden_refused(test, rc, &err))
        return;
    JSON_AUTO json_object *valid = json_parse_text(out.data, out.len, &err);
    if (!valid)
        fail_msg("%s: no valid JSON came out: %s\n%s", test->base, err.text, out.data);
    strbuf_printf(&shown, "%s\n---\n%s", model, out.data);
    golden_expect_text(test, shown.data, shown.len);
}
