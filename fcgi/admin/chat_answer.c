#include "admin/chat_answer.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"

#define TEXT_MAX (4 * MIB)
#define ERROR_MAX (16 * KIB)

static const char event_start[] = "data: ";

static void take_choice(struct chat_answer *answer, json_object *choice)
{
    json_object *part = json_get_obj(choice, "delta");
    if (!part)
        part = json_get_obj(choice, "message");
    strbuf_puts(&answer->text, json_get_str(part, "content", ""));
    strbuf_puts(&answer->thoughts, json_get_str(part, "reasoning_content", ""));
}

static void take(struct chat_answer *answer, const char *json, size_t len)
{
    JSON_AUTO json_object *value = json_parse_text(json, len, NULL);
    json_object *choices = json_get_arr(value, "choices");
    json_object *usage = json_get_obj(value, "usage");
    json_object *error = json_get_obj(value, "error");
    if (choices && json_object_array_length(choices) > 0)
        take_choice(answer, json_object_array_get_idx(choices, 0));
    if (usage) {
        answer->prompt_tokens = json_get_int(usage, "prompt_tokens", -1);
        answer->output_tokens = json_get_int(usage, "completion_tokens", -1);
    }
    if (error)
        strbuf_puts(&answer->error, json_get_str(error, "message", "?"));
}

static void take_events(struct chat_answer *answer, const char *body, const char *end)
{
    while (body < end) {
        const char *stop = memchr(body, '\n', (size_t)(end - body));
        size_t len = (size_t)((stop ? stop : end) - body);
        size_t skipped = strlen(event_start);
        if (len > skipped && memcmp(body, event_start, skipped) == 0)
            take(answer, body + skipped, len - skipped);
        body += len + 1;
    }
}

void chat_answer_read(struct chat_answer *answer, const char *body, size_t len)
{
    *answer = (struct chat_answer){.prompt_tokens = -1, .output_tokens = -1};
    strbuf_init(&answer->text, TEXT_MAX);
    strbuf_init(&answer->thoughts, TEXT_MAX);
    strbuf_init(&answer->error, ERROR_MAX);
    if (len > 0 && *body == '{')
        take(answer, body, len);
    else
        take_events(answer, body, body + len);
}

void chat_answer_free(struct chat_answer *answer)
{
    strbuf_free(&answer->text);
    strbuf_free(&answer->thoughts);
    strbuf_free(&answer->error);
}
