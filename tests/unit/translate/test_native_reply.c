#include "../unit.h"

#include "base/json.h"
#include "translate/reply.h"

struct fixture {
    struct reply_filter *filter;
    struct strbuf out;
    struct reply_facts facts;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    f->filter = gemini_reply_filter_create();
    strbuf_init(&f->out, 64 * 1024);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->filter->ops->destroy(f->filter);
    strbuf_free(&f->out);
    free(f);
    return 0;
}

static void event(struct fixture *f, const char *data, const char *raw)
{
    assert_int_equal(f->filter->ops->event(f->filter, data, strlen(data), raw, strlen(raw), &f->out,
                                           &f->facts, NULL),
                     0);
}

#define ANSWER "{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"Hi\"}]}}]}"

static void bytes_pass(void **state)
{
    struct fixture *f = *state;
    event(f, ANSWER, "data: " ANSWER "\r\n\r\n");
    assert_true(f->facts.meaningful);
    assert_int_equal(f->filter->ops->end(f->filter, &f->out, NULL), 0);
    assert_string_equal(strbuf_str(&f->out), "data: " ANSWER "\r\n\r\n");
}

static void an_array_is_closed(void **state)
{
    struct fixture *f = *state;
    event(f, ANSWER, "[" ANSWER);
    event(f, ANSWER, ",\r\n" ANSWER);
    assert_int_equal(f->filter->ops->end(f->filter, &f->out, NULL), 0);
    assert_string_equal(strbuf_str(&f->out), "[" ANSWER ",\r\n" ANSWER "\n]\n");
}

static void an_array_that_is_closed_stays(void **state)
{
    struct fixture *f = *state;
    event(f, ANSWER, "[" ANSWER "\n]\n");
    assert_int_equal(f->filter->ops->end(f->filter, &f->out, NULL), 0);
    assert_string_equal(strbuf_str(&f->out), "[" ANSWER "\n]\n");
}

#define ERROR "{\"error\":{\"code\":503,\"message\":\"overloaded\",\"status\":\"UNAVAILABLE\"}}"

static void a_failure_in_events(void **state)
{
    struct fixture *f = *state;
    struct err why = {.code = ERR_IO, .text = "overloaded"};
    event(f, ANSWER, "data: " ANSWER "\r\n\r\n");
    strbuf_clear(&f->out);
    (f->filter->ops->fail)(f->filter, 503, &why, &f->out);
    assert_string_equal(strbuf_str(&f->out), "data: " ERROR "\r\n\r\n");
}

static void a_failure_in_an_array(void **state)
{
    struct fixture *f = *state;
    struct err why = {.code = ERR_IO, .text = "overloaded"};
    event(f, ANSWER, "[" ANSWER);
    strbuf_clear(&f->out);
    (f->filter->ops->fail)(f->filter, 503, &why, &f->out);
    assert_string_equal(strbuf_str(&f->out), ",\r\n" ERROR "\n]\n");
}

static void a_failure_after_a_comma(void **state)
{
    struct fixture *f = *state;
    struct err why = {.code = ERR_IO, .text = "overloaded"};
    event(f, ANSWER, "[" ANSWER ",\r\n");
    strbuf_clear(&f->out);
    (f->filter->ops->fail)(f->filter, 503, &why, &f->out);
    assert_string_equal(strbuf_str(&f->out), ERROR "\n]\n");
}

static void a_whole_answer(void **state)
{
    struct fixture *f = *state;
    static const char body[] = "{\n  \"totalTokens\": 31\n}\n";
    assert_int_equal(f->filter->ops->whole(f->filter, body, strlen(body), &f->out, &f->facts, NULL),
                     0);
    assert_string_equal(strbuf_str(&f->out), body);
    assert_false(f->facts.malformed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_pass, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_array_is_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_array_that_is_closed_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_in_events, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_in_an_array, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_after_a_comma, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_whole_answer, set_up, tear_down),
    };
    return UNIT_RUN(tests);
}
