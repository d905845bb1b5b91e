/* Threads render from one view at once. */
#include <pthread.h>

#include "view_fixture.h"

enum { THREADS = 8, PAGES = 200 };

static void *render_pages(void *arg)
{
    struct view *view = arg;
    size_t wrong = 0;
    for (int i = 0; i < PAGES; i++) {
        char expected[64];
        STRBUF_AUTO struct strbuf page = STRBUF_INIT(PAGE_MAX);
        struct view_dict *dict = view_dict_create("page");
        view_set_int(dict, "N", i);
        view_include(dict, "PART", "part.tpl");
        snprintf(expected, sizeof(expected), "<p>%d</p><b>part</b>", i);
        if (view_render(view, "page.tpl", dict, &page, NULL) < 0 ||
            strcmp(strbuf_str(&page), expected) != 0)
            wrong++;
        view_dict_destroy(&dict);
    }
    return (void *)wrong;
}

static void test_threads_share_a_view(void **state)
{
    (void)state;
    struct template_dir dir;
    pthread_t threads[THREADS];

    template_dir_make(&dir);
    template_dir_add(&dir, "page.tpl", VIEW_PRAGMA "<p>{{N}}</p>{{>PART}}");
    template_dir_add(&dir, "part.tpl", VIEW_PRAGMA "<b>part</b>");
    struct view *view = template_dir_open(&dir);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, render_pages, view), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong = NULL;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    view_close(&view);
    template_dir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads_share_a_view)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
