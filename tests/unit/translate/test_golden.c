/* Runs every case under tests/golden/; an argument runs only the cases whose path contains it. */
#include "golden.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/vec.h"

static const struct dialect {
    const char *name;
    void (*run)(struct golden_case *test);
} dialects[] = {
    {"chat_request", golden_chat_request},
    {"chat_reply", golden_chat_reply},
    {"chat_stream", golden_chat_stream},
    {"completion_request", golden_chat_request},
    {"completion_reply", golden_chat_reply},
    {"completion_stream", golden_chat_stream},
    {"native_request", golden_native_request},
    {"error_body", golden_error_body},
    {"model_list", golden_model_list},
    {"schema", golden_schema},
    {"image_request", golden_image_request},
    {"image_reply", golden_image_reply},
    {"speech_request", golden_speech_request},
    {"speech_reply", golden_speech_reply},
    {"transcription_request", golden_transcription_request},
    {"transcription_reply", golden_transcription_reply},
};

/* One case, as cmocka's initial state. */
struct case_ref {
    const struct dialect *dialect;
    char *name;
};

VEC(tests, struct CMUnitTest);

static void run_case(void **state)
{
    const struct case_ref *ref = *state;
    struct golden_case test;
    golden_load(&test, ref->dialect->name, ref->name);
    ref->dialect->run(&test);
    golden_free(&test);
}

static void add_case(struct tests *tests, const struct dialect *dialect, const char *file,
                     const char *filter)
{
    struct case_ref *ref = xcalloc(1, sizeof(*ref));
    ref->dialect = dialect;
    ref->name = xstrndup(file, strlen(file) - strlen(".in"));
    char *label = xasprintf("%s/%s", dialect->name, ref->name);
    if (filter && !strstr(label, filter)) {
        free(label);
        free(ref->name);
        free(ref);
        return;
    }
    struct CMUnitTest test = {label, run_case, NULL, NULL, ref};
    VEC_PUSH(tests, test);
}

static int is_case(const struct dirent *entry)
{
    return text_ends(entry->d_name, ".in");
}

static void add_dialect(struct tests *tests, const struct dialect *dialect, const char *filter)
{
    struct dirent **entries;
    FREE_AUTO char *path = xasprintf("%s/tests/golden/%s", GB_SRCDIR, dialect->name);
    int count = scandir(path, &entries, is_case, alphasort);
    for (int i = 0; i < count; i++) {
        add_case(tests, dialect, entries[i]->d_name, filter);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void free_tests(struct tests *tests)
{
    for (size_t i = 0; i < tests->len; i++) {
        struct case_ref *ref = tests->items[i].initial_state;
        free((char *)tests->items[i].name);
        free(ref->name);
        free(ref);
    }
    VEC_FREE(tests);
}

int main(int argc, char **argv)
{
    struct tests tests = {0};
    for (size_t i = 0; i < ARRAY_LEN(dialects); i++)
        add_dialect(&tests, &dialects[i], argc > 1 ? argv[1] : NULL);
    if (tests.len == 0) {
        fprintf(stderr, "no golden case was found\n");
        return 1;
    }
    int failed = _cmocka_run_group_tests("golden", tests.items, tests.len, NULL, NULL);
    printf("%zu golden cases\n", tests.len);
    free_tests(&tests);
    return failed;
}
