/* What is read of an answer of the chat route, whatever shape it has. */
#include "../unit.h"

#include "admin/chat_answer.h"

static const struct row {
    const char *what, *body, *text, *thoughts, *error;
    int64_t prompt, output;
} rows[] = {
    {"nothing", "", "", "", "", -1, -1},
    {"a page", "<html>no</html>", "", "", "", -1, -1},
    {"whole",
     "{\"choices\":[{\"message\":{\"content\":\"Nine\",\"reasoning_content\":\"Hm\"}}],"
     "\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2}}",
     "Nine", "Hm", "", 4, 2},
    {"no choice", "{\"choices\":[]}", "", "", "", -1, -1},
    {"no text", "{\"choices\":[{\"message\":{\"content\":null}}]}", "", "", "", -1, -1},
    {"an error", "{\"error\":{\"message\":\"No key\"}}", "", "", "No key", -1, -1},
    {"an error without words", "{\"error\":{}}", "", "", "?", -1, -1},
    {"a stream",
     ": waiting\n\ndata: {\"choices\":[{\"delta\":{\"reasoning_content\":\"Hm\"}}]}\n\n"
     "data: {\"choices\":[{\"delta\":{\"content\":\"Ni\"}}]}\r\n\r\n"
     "data: {\"choices\":[{\"delta\":{\"content\":\"ne\"}}]}\n\n"
     "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2}}\n\n"
     "data: [DONE]\n\n",
     "Nine", "Hm", "", 4, 2},
    {"a stream that breaks",
     "data: {\"choices\":[{\"delta\":{\"content\":\"Ni\"}}]}\n\n"
     "data: {\"error\":{\"message\":\"Gone\"}}\n\n",
     "Ni", "", "Gone", -1, -1},
    {"a stream that was cut",
     "data: {\"choices\":[{\"delta\":{\"content\":\"Ni\"}}]}\n\ndata: {\"cho", "Ni", "", "", -1,
     -1},
    {"other shapes", "data: [1]\ndata: 7\ndata: \"x\"\ndata: {\"choices\":7,\"error\":\"x\"}\n", "",
     "", "", -1, -1},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct chat_answer answer;
        print_message("  %s\n", row->what);
        chat_answer_read(&answer, row->body, strlen(row->body));
        assert_string_equal(strbuf_str(&answer.text), row->text);
        assert_string_equal(strbuf_str(&answer.thoughts), row->thoughts);
        assert_string_equal(strbuf_str(&answer.error), row->error);
        assert_int_equal(answer.prompt_tokens, row->prompt);
        assert_int_equal(answer.output_tokens, row->output);
        chat_answer_free(&answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return UNIT_RUN(tests);
}
