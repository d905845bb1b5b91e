/* What cannot be read, parsed or held is an error with a name, never a crash or half a page. */
#include "view_fixture.h"

static void expect_refused(const char *name, const char *text, enum err_code code)
{
    struct template_dir dir;
    struct err err = ERR_INIT;

    template_dir_make(&dir);
    template_dir_add(&dir, name, text);
    assert_null(view_open(dir.path, &err));
    assert_int_equal(err.code, code);
    template_dir_remove(&dir);
}

static void test_open_refuses(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_null(view_open("/nonexistent/templates", &err));
    assert_int_equal(err.code, ERR_IO);
    expect_refused("page.txt", VIEW_PRAGMA "not a template", ERR_IO);
    expect_refused("page.tpl", "<p>{{V}}</p>", ERR_INVALID);
    expect_refused("page.tpl", VIEW_PRAGMA "<p>{{#OPEN}}</p>", ERR_INVALID);
}

static void test_render_refuses(void **state)
{
    (void)state;
    struct template_dir dir;
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf page = STRBUF_INIT(PAGE_MAX);
    STRBUF_AUTO struct strbuf small = STRBUF_INIT(8);

    template_dir_make(&dir);
    template_dir_add(&dir, "page.tpl", VIEW_PRAGMA "<p>a page of some length</p>{{>PART}}");
    struct view *view = template_dir_open(&dir);
    struct view_dict *dict = view_dict_create("page");
    strbuf_puts(&page, "kept");

    assert_int_equal(view_render(view, "absent.tpl", dict, &page, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_int_equal(view_render(view, "page.tpl", dict, &small, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    view_include(dict, "PART", "absent.tpl");
    assert_int_equal(view_render(view, "page.tpl", dict, &page, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(strbuf_str(&page), "kept");

    view_dict_destroy(&dict);
    view_close(&view);
    template_dir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_refuses),
        cmocka_unit_test(test_render_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
