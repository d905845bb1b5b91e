#include "golden.h"

#include "base/text.h"
#include "translate/imagen.h"
#include "translate/openai_images.h"
#include "translate/openai_speech.h"
#include "translate/openai_transcription.h"

#define TEXT_MAX (1024 * 1024)

static json_object *parse_buffer(const struct strbuf *text)
{
    json_object *value = json_parse_text(strbuf_str(text), text->len, NULL);
    assert_non_null(value);
    return value;
}

/* --- images ------------------------------------------------------------------------------------ */

static int parse_image(struct golden_case *test, struct image_request *request, struct err *err)
{
    bool edit = json_get_bool(test->head, "edit", false);
    return image_request_parse(request, json_get_obj(test->head, "body"), edit, err);
}

static json_object *image_calls(struct golden_case *test, const struct image_request *request)
{
    const char *model = json_get_str(test->head, "model", "gemini-3.1-flash-image");
    json_object *calls = json_object_new_array();
    int count = imagen_is(model) ? imagen_call_count(request) : 1;
    for (int i = 0; i < count; i++) {
        STRBUF_AUTO struct strbuf body = STRBUF_INIT(TEXT_MAX);
        if (imagen_is(model))
            imagen_write(request, model, i, &body);
        else
            image_request_write(request, model, NULL, &body);
        json_object_array_add(calls, parse_buffer(&body));
    }
    return calls;
}

void golden_image_request(struct golden_case *test)
{
    struct image_request request;
    struct err err = ERR_INIT;
    int rc = parse_image(test, &request, &err);
    if (!golden_refused(test, rc, &err)) {
        JSON_AUTO json_object *actual = json_object_new_object();
        json_add_int(actual, "count", request.count);
        json_add_bool(actual, "url", request.url);
        json_add_bool(actual, "stream", request.stream);
        json_add(actual, "calls", image_calls(test, &request));
        golden_expect_json(test, actual);
    }
    image_request_free(&request);
}

void golden_image_reply(struct golden_case *test)
{
    struct image_request request;
    struct image_result results[IMAGEN_CALL_MAX] = {{.reason = ""}};
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf answer = STRBUF_INIT(TEXT_MAX);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(TEXT_MAX);
    const char *url = json_get_str(test->head, "url", NULL);
    assert_int_equal(parse_image(test, &request, &err), 0);
    json_write(&answer, json_get_obj(test->head, "answer"));
    int count = 1;
    if (json_get_bool(test->head, "imagen", false))
        count = imagen_read(strbuf_str(&answer), answer.len, results);
    else
        image_result_read(&results[0], strbuf_str(&answer), answer.len);
    json_object *data = json_object_new_array();
    for (int i = 0; i < count; i++)
        if (results[i].base64)
            json_object_array_add(data, image_entry(&request, &results[i], url));
    bool made = json_object_array_length(data) > 0;
    JSON_AUTO json_object *whole = images_answer(&request, data, 1700000000, 7, 1290);
    if (!made)
        images_refusal(&results[0], &out);
    else if (request.stream)
        images_stream(&request, whole, IMAGE_ALONE, &out);
    else
        json_write(&out, whole);
    strbuf_putc(&out, '\n');
    golden_expect_text(test, strbuf_str(&out), out.len);
    for (int i = 0; i < count; i++)
        image_result_free(&results[i]);
    image_request_free(&request);
}

/* --- speech ------------------------------------------------------------------------------------ */

static int parse_speech(struct golden_case *test, struct speech_request *request, struct err *err)
{
    const struct speech_defaults defaults = {.voice = json_get_str(test->head, "voice", "Zephyr"),
                                             .speed = json_get_str(test->head, "speed", "normal")};
    return speech_request_parse(request, json_get_obj(test->head, "body"), &defaults, err);
}

void golden_speech_request(struct golden_case *test)
{
    struct speech_request request;
    struct err err = ERR_INIT;
    const char *model = json_get_str(test->head, "model", "gemini-3.8-flash-tts");
    int rc = parse_speech(test, &request, &err);
    if (!golden_refused(test, rc, &err)) {
        STRBUF_AUTO struct strbuf body = STRBUF_INIT(TEXT_MAX);
        JSON_AUTO json_object *actual = json_object_new_object();
        speech_request_write(&request, model, &body);
        json_add_str(actual, "type", speech_content_type(&request));
        json_add_bool(actual, "flows", speech_flows(&request, model));
        json_add(actual, "request", parse_buffer(&body));
        golden_expect_json(test, actual);
    }
    speech_request_free(&request);
}

/* "events" go through the filter one after the other, "answer" as a whole. */
static int run_speech(struct golden_case *test, struct reply_filter *filter, struct strbuf *out,
                      struct reply_facts *all, struct err *err)
{
    json_object *events = json_get_arr(test->head, "events");
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(TEXT_MAX);
    for (size_t i = 0; events && i < json_object_array_length(events); i++) {
        struct reply_facts facts = {0};
        strbuf_clear(&text);
        json_write(&text, json_object_array_get_idx(events, i));
        if (filter->ops->event(filter, strbuf_str(&text), text.len, "", 0, out, &facts, err) < 0)
            return -1;
        reply_facts_merge(all, &facts);
    }
    if (events)
        return all->refused ? 0 : filter->ops->end(filter, out, err);
    json_write(&text, json_get_obj(test->head, "answer"));
    return filter->ops->whole(filter, strbuf_str(&text), text.len, out, all, err);
}

void golden_speech_reply(struct golden_case *test)
{
    struct speech_request request;
    struct reply_facts facts = {0};
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(TEXT_MAX);
    assert_int_equal(parse_speech(test, &request, &err), 0);
    struct reply_filter *filter = speech_filter_create(&request);
    int rc = run_speech(test, filter, &out, &facts, &err);
    if (facts.refused)
        rc = err_set_param(&err, ERR_INVALID, "refused", "%s%s", facts.block_reason,
                           facts.finish_reason);
    if (!golden_refused(test, rc, &err))
        golden_expect_text(test, strbuf_str(&out), out.len);
    filter->ops->destroy(filter);
    speech_request_free(&request);
}

/* --- transcription ----------------------------------------------------------------------------- */

static int parse_transcription(struct golden_case *test, struct transcription_request *request,
                               struct err *err)
{
    return transcription_request_parse(request, json_get_obj(test->head, "fields"),
                                       json_get_bool(test->head, "translate", false), err);
}

void golden_transcription_request(struct golden_case *test)
{
    struct transcription_request request;
    struct err err = ERR_INIT;
    const struct recording recording = {.type = "audio/wav",
                                        .uri = json_get_str(test->head, "uri", NULL)};
    int rc = parse_transcription(test, &request, &err);
    if (!golden_refused(test, rc, &err)) {
        STRBUF_AUTO struct strbuf body = STRBUF_INIT(TEXT_MAX);
        STRBUF_AUTO struct strbuf whole = STRBUF_INIT(TEXT_MAX);
        size_t place = transcription_request_write(&request, &recording, &body);
        assert_int_equal(place == 0, recording.uri != NULL);
        strbuf_append(&whole, body.data, place);
        strbuf_puts(&whole, place ? "UklGRg==" : "");
        strbuf_append(&whole, body.data + place, body.len - place);
        JSON_AUTO json_object *actual = parse_buffer(&whole);
        golden_expect_json(test, actual);
    }
    transcription_request_free(&request);
}

void golden_transcription_reply(struct golden_case *test)
{
    struct transcription_request request;
    struct err err = ERR_INIT;
    const struct transcript_usage usage = {.input = 9, .output = 4};
    STRBUF_AUTO struct strbuf answer = STRBUF_INIT(TEXT_MAX);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(TEXT_MAX);
    assert_int_equal(parse_transcription(test, &request, &err), 0);
    json_write(&answer, json_get_obj(test->head, "answer"));
    const char *type =
        transcription_answer(&request, strbuf_str(&answer), answer.len, &usage, &out, &err);
    if (!golden_refused(test, type ? 0 : -1, &err)) {
        assert_string_equal(type, json_get_str(test->head, "type", ""));
        strbuf_putc(&out, '\n');
        golden_expect_text(test, strbuf_str(&out), out.len);
    }
    transcription_request_free(&request);
}
