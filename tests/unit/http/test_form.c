/* Forms and query strings. */
#include "front.h"

#include "base/limits.h"
#include "http/form.h"

static void fields(void **state)
{
    static const char text[] = "a=1&b=x+y%26z&&a=2&empty=&bare&=anonymous&%6E=%C3%A9&c=1=2";
    struct arena *arena = arena_create(1024);
    struct http_form form;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(http_form_parse(&form, arena, text, strlen(text), &err), 0);
    assert_int_equal(form.count, 8);
    assert_string_equal(http_form_get(&form, "a"), "1");
    assert_string_equal(http_form_get_nth(&form, "a", 0), "1");
    assert_string_equal(http_form_get_nth(&form, "a", 1), "2");
    assert_null(http_form_get_nth(&form, "a", 2));
    assert_string_equal(http_form_get(&form, "b"), "x y&z");
    assert_string_equal(http_form_get(&form, "empty"), "");
    assert_string_equal(http_form_get(&form, "bare"), "");
    assert_string_equal(http_form_get(&form, ""), "anonymous");
    assert_string_equal(http_form_get(&form, "n"), "\xC3\xA9");
    assert_string_equal(http_form_get(&form, "c"), "1=2");
    assert_null(http_form_get(&form, "A"));
    assert_string_equal(form.fields[2].name, "a");
    arena_destroy(&arena);
}

static void empty_forms(void **state)
{
    static const char *const texts[] = {"", "&", "&&&"};
    struct arena *arena = arena_create(1024);
    struct http_form form;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_int_equal(http_form_parse(&form, arena, texts[i], strlen(texts[i]), NULL), 0);
        assert_int_equal(form.count, 0);
        assert_null(http_form_get(&form, ""));
    }
    arena_destroy(&arena);
}

static void broken_forms(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {{"a=%", 3},   {"a=%4", 4},   {"a=%zz", 5}, {"%zz=1", 5},
                {"a=%00", 5}, {"a=b\0c", 5}, {"a\0b", 3}};
    struct arena *arena = arena_create(1024);
    struct http_form form;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = ERR_INIT;
        UNIT_ROW(http_form_parse(&form, arena, rows[i].text, rows[i].len, &err) == -1,
                 rows[i].text);
        assert_int_equal(err.code, ERR_INVALID);
    }
    arena_destroy(&arena);
}

static void number_of_fields_is_bounded(void **state)
{
    struct arena *arena = arena_create(1024);
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_FORM);
    struct http_form form;
    struct err err = ERR_INIT;
    (void)state;
    for (int i = 0; i < LIMIT_FORM_FIELDS; i++)
        strbuf_puts(&text, "k=v&");
    assert_int_equal(http_form_parse(&form, arena, text.data, text.len, &err), 0);
    assert_int_equal(form.count, LIMIT_FORM_FIELDS);
    strbuf_puts(&text, "k=v");
    assert_int_equal(http_form_parse(&form, arena, text.data, text.len, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    arena_destroy(&arena);
}

struct plan {
    const char *type;
    int result;
    enum err_code code;
};

static void read_form(void *ctx, struct http_request *req, struct http_response *res)
{
    const struct plan *plan = ctx;
    struct http_form form;
    struct err err = ERR_INIT;
    (void)res;
    assert_int_equal(http_request_form(req, &form, &err), plan->result);
    assert_int_equal(err.code, plan->code);
    if (plan->result == 0)
        assert_string_equal(http_form_get(&form, "a"), "b c");
    else
        assert_null(http_form_get(&form, "a"));
}

static void form_of_a_request(void **state)
{
    static const struct plan rows[] = {
        {"application/x-www-form-urlencoded", 0, ERR_NONE},
        {"Application/X-WWW-Form-Urlencoded; charset=UTF-8", 0, ERR_NONE},
        {"application/x-www-form-urlencodedx", -1, ERR_INVALID},
        {"application/json", -1, ERR_INVALID},
        {"", -1, ERR_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct front front;
        front_get(&front, "POST", "/");
        front_var(&front, "CONTENT_TYPE", rows[i].type);
        front_body(&front, "a=b+c", "5");
        front_serve(&front, read_form, (void *)(uintptr_t)&rows[i]);
        front_free(&front);
    }
}

static void large_forms_are_refused(void **state)
{
    static const struct plan plan = {"", -1, ERR_TOO_LARGE};
    struct front front;
    FREE_AUTO char *body = xcalloc(1, LIMIT_FORM + 2);
    (void)state;
    memset(body, 'a', LIMIT_FORM + 1);
    front_get(&front, "POST", "/");
    front_var(&front, "CONTENT_TYPE", "application/x-www-form-urlencoded");
    front_body(&front, body, NULL);
    front_serve(&front, read_form, (void *)(uintptr_t)&plan);
    front_free(&front);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(empty_forms),
        cmocka_unit_test(broken_forms),
        cmocka_unit_test(number_of_fields_is_bounded),
        cmocka_unit_test(form_of_a_request),
        cmocka_unit_test(large_forms_are_refused),
    };
    return UNIT_RUN(tests);
}
