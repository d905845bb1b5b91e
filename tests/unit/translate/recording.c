#include "recording.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

#define RECORDINGS GB_SRCDIR "/../shared/recordings/gemini"
enum { RECORDING_MAX = 1024 * 1024 };

/* --- files ----------------------------------------------------------------------------------- */

static size_t run_file(const char *path, void (*run)(const char *, const char *, size_t))
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    FREE_AUTO char *text = xcalloc(1, RECORDING_MAX);
    size_t len = fread(text, 1, RECORDING_MAX - 1, file);
    fclose(file);
    run(path, text, len);
    return 1;
}

size_t recording_each(const char *part, const char *ending,
                      void (*run)(const char *path, const char *text, size_t len))
{
    static const char *const folders[] = {"googleai", "vertexai"};
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        FREE_AUTO char *folder = xasprintf("%s/%s", RECORDINGS, folders[i]);
        DIR *dir = opendir(folder);
        for (struct dirent *entry; dir && (entry = readdir(dir));) {
            FREE_AUTO char *path = xasprintf("%s/%s", folder, entry->d_name);
            if (strstr(entry->d_name, part) && text_ends(entry->d_name, ending))
                count += run_file(path, run);
        }
        if (dir)
            closedir(dir);
    }
    if (count == 0) {
        print_message("no recordings under %s: skipped\n", RECORDINGS);
        skip();
    }
    return count;
}

/* --- Google's side --------------------------------------------------------------------------- */

void recorded_init(struct recorded *recorded)
{
    *recorded = (struct recorded){.names = json_object_new_array()};
    strbuf_init(&recorded->text, RECORDING_MAX);
    strbuf_init(&recorded->thoughts, RECORDING_MAX);
}

void recorded_free(struct recorded *recorded)
{
    strbuf_free(&recorded->text);
    strbuf_free(&recorded->thoughts);
    json_object_put(recorded->names);
}

static void recorded_part(struct recorded *recorded, json_object *part)
{
    const char *text = json_get_str(part, "text", "");
    json_object *call = json_get_obj(part, "functionCall");
    bool thought = json_get_bool(part, "thought", false);
    strbuf_puts(thought ? &recorded->thoughts : &recorded->text, text);
    recorded->code |= json_member(part, "executableCode") || json_member(part, "inlineData") ||
                      json_member(part, "codeExecutionResult");
    if (call)
        json_object_array_add(recorded->names,
                              json_object_new_string(json_get_str(call, "name", "")));
    recorded->calls += call != NULL;
}

void recorded_add(struct recorded *recorded, json_object *answer)
{
    json_object *candidate = json_path(answer, "candidates.0");
    json_object *parts = json_path(candidate, "content.parts");
    json_object *usage = json_get_obj(answer, "usageMetadata");
    const char *finish = json_get_str(candidate, "finishReason", "");
    for (size_t i = 0; parts && i < json_object_array_length(parts); i++)
        recorded_part(recorded, json_object_array_get_idx(parts, i));
    if (*finish)
        text_copy(recorded->finish, sizeof(recorded->finish), finish);
    if (!usage)
        return;
    recorded->prompt = json_get_int(usage, "promptTokenCount", 0) +
                       json_get_int(usage, "toolUsePromptTokenCount", 0);
    recorded->output = json_get_int(usage, "candidatesTokenCount", 0) +
                       json_get_int(usage, "thoughtsTokenCount", 0);
    recorded->total = json_get_int(usage, "totalTokenCount", 0);
}

/* --- the client's side ----------------------------------------------------------------------- */

void received_init(struct received *received)
{
    *received = (struct received){.names = json_object_new_array()};
    strbuf_init(&received->text, RECORDING_MAX);
    strbuf_init(&received->thoughts, RECORDING_MAX);
}

void received_free(struct received *received)
{
    strbuf_free(&received->text);
    strbuf_free(&received->thoughts);
    json_object_put(received->names);
}

static void need(bool condition, const char *path, const char *what)
{
    if (!condition)
        fail_msg("%s: %s", path, what);
}

static void take_calls(struct received *received, const char *path, json_object *calls,
                       bool indexed)
{
    for (size_t i = 0; calls && i < json_object_array_length(calls); i++) {
        json_object *call = json_object_array_get_idx(calls, i);
        json_object *name = json_path(call, "function.name");
        size_t known = json_object_array_length(received->names);
        need(!indexed || json_is_num(json_member(call, "index")), path, "a call has no index");
        if (!name)
            continue;
        need(!indexed || json_get_int(call, "index", -1) == (int64_t)known, path,
             "indices do not count up");
        need(*json_get_str(call, "id", "") != '\0', path, "a call has no id");
        json_object_array_add(received->names, json_object_get(name));
    }
}

static void take_message(struct received *received, json_object *message)
{
    strbuf_puts(&received->text, json_get_str(message, "content", ""));
    strbuf_puts(&received->thoughts, json_get_str(message, "reasoning_content", ""));
    received->refusal |= json_is_str(json_member(message, "refusal"));
}

static void take_usage(struct received *received, json_object *usage)
{
    received->prompt = json_get_int(usage, "prompt_tokens", -1);
    received->completion = json_get_int(usage, "completion_tokens", -1);
    received->total = json_get_int(usage, "total_tokens", -1);
}

static void take_finish(struct received *received, const char *path, json_object *choice)
{
    static const char *const words[] = {"stop", "length", "tool_calls", "content_filter"};
    const char *finish = json_get_str(choice, "finish_reason", NULL);
    bool known = false;
    if (!finish)
        return;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        known |= text_eq(words[i], finish);
    need(known, path, "an unknown finish_reason");
    need(!*received->finish, path, "a second finish_reason");
    text_copy(received->finish, sizeof(received->finish), finish);
}

static void need_frame(const char *path, json_object *chunk, const char *object)
{
    need(text_eq(json_get_str(chunk, "id", ""), "chatcmpl-r"), path, "another id");
    need(text_eq(json_get_str(chunk, "object", ""), object), path, "another object");
    need(json_get_int(chunk, "created", 0) == 1700000000, path, "another time");
    need(text_eq(json_get_str(chunk, "model", ""), "gemini-2.5-flash"), path, "another model");
    need(json_get_arr(chunk, "choices") != NULL, path, "no choices");
}

static void take_chunk(struct received *received, const char *path, json_object *chunk)
{
    json_object *choices = json_get_arr(chunk, "choices");
    json_object *choice = json_object_array_get_idx(choices, 0);
    need_frame(path, chunk, "chat.completion.chunk");
    if (!choice) {
        need(json_get_obj(chunk, "usage") != NULL, path, "neither choice nor usage");
        take_usage(received, json_get_obj(chunk, "usage"));
        return;
    }
    json_object *delta = json_get_obj(choice, "delta");
    need(delta && json_get_int(choice, "index", -1) == 0, path, "no delta or no index");
    need(!*received->finish, path, "something follows the finish_reason");
    take_message(received, delta);
    take_calls(received, path, json_get_arr(delta, "tool_calls"), true);
    take_finish(received, path, choice);
}

void received_stream(struct received *received, const char *path, const struct strbuf *out)
{
    const char *at = strbuf_str(out);
    while (!text_eq(at, "data: [DONE]\n\n")) {
        const char *end = strstr(at, "\n\n");
        need(text_starts(at, "data: {") && end, path, "no event of JSON");
        JSON_AUTO json_object *chunk = json_parse_text(at + 6, (size_t)(end - at - 6), NULL);
        need(chunk != NULL, path, "a chunk is no JSON");
        take_chunk(received, path, chunk);
        at = end + 2;
    }
}

void received_whole(struct received *received, const char *path, const struct strbuf *out)
{
    JSON_AUTO json_object *answer = json_parse_text(strbuf_str(out), out->len, NULL);
    json_object *choice = json_path(answer, "choices.0");
    json_object *message = json_get_obj(choice, "message");
    need(answer != NULL, path, "no JSON");
    need_frame(path, answer, "chat.completion");
    need(message != NULL, path, "no message");
    take_message(received, message);
    take_calls(received, path, json_get_arr(message, "tool_calls"), false);
    take_finish(received, path, choice);
    take_usage(received, json_get_obj(answer, "usage"));
}

/* --- both ------------------------------------------------------------------------------------ */

static const char *wanted_finish(const struct recorded *recorded)
{
    if (recorded->calls)
        return "tool_calls";
    if (text_eq(recorded->finish, "STOP"))
        return "stop";
    return text_eq(recorded->finish, "MAX_TOKENS") ? "length" : NULL;
}

void recording_compare(const char *path, const struct recorded *recorded,
                       const struct received *received)
{
    const char *finish = wanted_finish(recorded);
    need(recorded->code || text_eq(strbuf_str(&recorded->text), strbuf_str(&received->text)), path,
         "another text");
    need(text_eq(strbuf_str(&recorded->thoughts), strbuf_str(&received->thoughts)), path,
         "other thoughts");
    need(json_object_equal(recorded->names, received->names), path, "other calls");
    need(*received->finish != '\0', path, "no finish_reason");
    need(!finish || text_eq(finish, received->finish), path, "another finish_reason");
    need(received->prompt == recorded->prompt, path, "other prompt_tokens");
    need(received->completion == recorded->output, path, "other completion_tokens");
    need(!recorded->total || received->total == recorded->total, path, "another total");
}
