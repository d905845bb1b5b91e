/* Values, sections and includes of one page. */
#include "view_fixture.h"

static char *render(const char *page, const char *part, void (*fill)(struct view_dict *dict))
{
    struct template_dir dir;
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(PAGE_MAX);

    template_dir_make(&dir);
    template_dir_add(&dir, "page.tpl", page);
    template_dir_add(&dir, "part.tpl", part);
    struct view *view = template_dir_open(&dir);
    struct view_dict *dict = view_dict_create("page");
    fill(dict);
    assert_int_equal(view_render(view, "page.tpl", dict, &out, &err), 0);
    view_dict_destroy(&dict);
    view_close(&view);
    template_dir_remove(&dir);
    return strbuf_take(&out, NULL);
}

static void fill_values(struct view_dict *dict)
{
    view_set(dict, "NONE", NULL);
    view_set_int(dict, "BIG", INT64_MIN);
    view_setf(dict, "FORMATTED", "%d of %d", 3, 4);
}

static void test_values(void **state)
{
    (void)state;
    FREE_AUTO char *page =
        render(VIEW_PRAGMA "[{{NONE}}] {{BIG}} {{FORMATTED}}", VIEW_PRAGMA, fill_values);
    assert_string_equal(page, "[] -9223372036854775808 3 of 4");
}

static void fill_rows(struct view_dict *dict)
{
    view_set(dict, "UNIT", "ms");
    for (int i = 1; i <= 3; i++)
        view_set_int(view_section(dict, "ROW"), "N", i);
    view_show(dict, "SHOWN");
}

static void test_sections_repeat_and_look_outwards(void **state)
{
    (void)state;
    FREE_AUTO char *page = render(VIEW_PRAGMA "{{#ROW}}{{N}}{{UNIT}} {{/ROW}}"
                                              "{{#SHOWN}}yes{{/SHOWN}}{{#HIDDEN}}no{{/HIDDEN}}",
                                  VIEW_PRAGMA, fill_rows);
    assert_string_equal(page, "1ms 2ms 3ms yes");
}

static void fill_include(struct view_dict *dict)
{
    view_share(dict, "SHARED", "<shared>");
    view_share_section(dict, "BOTH");
    view_set(dict, "OWN", "outside");
    struct view_dict *part = view_include(dict, "PART", "part.tpl");
    view_set(part, "INNER", "<inner>");
}

static void test_include_sees_what_is_shared(void **state)
{
    (void)state;
    FREE_AUTO char *page =
        render(VIEW_PRAGMA "{{OWN}}:{{>PART}}",
               VIEW_PRAGMA "{{INNER}} {{SHARED}} [{{OWN}}]{{#BOTH}} both{{/BOTH}}", fill_include);
    assert_string_equal(page, "outside:&lt;inner&gt; &lt;shared&gt; [] both");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_sections_repeat_and_look_outwards),
        cmocka_unit_test(test_include_sees_what_is_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
