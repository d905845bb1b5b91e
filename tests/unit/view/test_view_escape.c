/* Each value is escaped for the place where it stands, whatever it holds. */
#include "view_fixture.h"

#define HOSTILE "<script>alert('x')</script>\"&"

static const struct escape_case {
    const char *name;
    const char *body; /* of a template with one value V */
    const char *value;
    const char *expected;
} cases[] = {
    {"text", "<p>{{V}}</p>", HOSTILE,
     "<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;</p>"},
    {"attribute", "<p title=\"{{V}}\">x</p>", "\" onclick=\"evil()",
     "<p title=\"&quot; onclick=&quot;evil()\">x</p>"},
    {"textarea", "<textarea>{{V}}</textarea>", "</textarea><b>",
     "<textarea>&lt;/textarea&gt;&lt;b&gt;</textarea>"},
    {"title", "<title>{{V}}</title>", "</title><b>", "<title>&lt;/title&gt;&lt;b&gt;</title>"},
    {"link of ours", "<a href=\"{{V}}\">x</a>", "/keys?state=dead&page=2",
     "<a href=\"/keys?state=dead&amp;page=2\">x</a>"},
    {"link to a script", "<a href=\"{{V}}\">x</a>", "javascript:alert(1)", "<a href=\"#\">x</a>"},
    {"link to a script, in capitals", "<a href=\"{{V}}\">x</a>", "JaVaScRiPt:alert(1)",
     "<a href=\"#\">x</a>"},
    {"link to data", "<a href=\"{{V}}\">x</a>", "data:text/html,<b>", "<a href=\"#\">x</a>"},
    {"part of a link", "<a href=\"/keys?q={{V}}\">x</a>", "a&b=c\"<",
     "<a href=\"/keys?q=a&amp;b=c&quot;&lt;\">x</a>"},
    {"string in a script", "<script>var v = '{{V}}';</script>", "';evil();//</script>",
     "<script>var v = '\\x27;evil();//\\x3c/script\\x3e';</script>"},
    {"Chinese", "<p>{{V}}</p>", "密钥", "<p>密钥</p>"},
};

static void render_case(const struct escape_case *row)
{
    struct template_dir dir;
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(PAGE_MAX);
    STRBUF_AUTO struct strbuf page = STRBUF_INIT(PAGE_MAX);

    strbuf_printf(&text, "%s%s", VIEW_PRAGMA, row->body);
    template_dir_make(&dir);
    template_dir_add(&dir, "page.tpl", strbuf_str(&text));
    struct view *view = template_dir_open(&dir);
    struct view_dict *dict = view_dict_create("page");
    view_set(dict, "V", row->value);
    assert_int_equal(view_render(view, "page.tpl", dict, &page, &err), 0);
    if (strcmp(strbuf_str(&page), row->expected) != 0)
        print_error("case %s\n", row->name);
    assert_string_equal(strbuf_str(&page), row->expected);
    view_dict_destroy(&dict);
    view_close(&view);
    template_dir_remove(&dir);
}

static void test_value_is_escaped_for_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        render_case(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_is_escaped_for_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
