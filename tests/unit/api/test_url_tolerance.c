#include "../unit.h"

#include "api/url_tolerance.h"
#include "base/limits.h"
#include "base/text.h"

static const struct row {
    const char *path;
    const char *target; /* NULL: nobody can say */
} rows[] = {
    /* no version, or one too many */
    {"/chat/completions", "/v1/chat/completions"},
    {"/v1/chat/completions", "/v1/chat/completions"},
    {"/v1/v1/chat/completions", "/v1/chat/completions"},
    {"/v1/v1/v1/chat/completions", "/v1/chat/completions"},
    {"/v1beta/chat/completions", "/v1/chat/completions"},
    {"/v1/v1beta/chat/completions", "/v1/chat/completions"},
    {"/v1beta/v1/chat/completions", "/v1/chat/completions"},
    {"/api/v1/chat/completions", "/v1/chat/completions"},
    {"/api/chat/completions", "/v1/chat/completions"},
    {"/gemini/v1/chat/completions", "/v1/chat/completions"},
    {"/v1/chat/completions/", "/v1/chat/completions"},
    {"/v1//chat//completions", "/v1/chat/completions"},
    {"//v1/v1/chat/completions//", "/v1/chat/completions"},
    {"/V1/Chat/Completions", "/v1/chat/completions"},
    {"/v1/chat/completions%20", "/v1/chat/completions"},
    {"/v1/chat/completions/chat/completions", "/v1/chat/completions"},
    {"/https:/host/v1/chat/completions", "/v1/chat/completions"},
    {"/completions", "/v1/completions"},
    {"/v1/v1/completions", "/v1/completions"},
    {"/embeddings", "/v1/embeddings"},
    {"/v1beta/embeddings", "/v1/embeddings"},
    {"/v1/v1/embeddings", "/v1/embeddings"},
    {"/images/generations", "/v1/images/generations"},
    {"/v1/v1/images/edits", "/v1/images/edits"},
    {"/audio/speech", "/v1/audio/speech"},
    {"/v1/v1/audio/transcriptions", "/v1/audio/transcriptions"},
    {"/v1beta/audio/translations", "/v1/audio/translations"},
    {"/responses", "/v1/responses"},
    {"/messages", "/v1/messages"},
    {"/v1/v1/messages", "/v1/messages"},
    {"/anthropic/v1/messages", "/v1/messages"},
    {"/v1/v1/messages/count_tokens", "/v1/messages/count_tokens"},

    /* Google's OpenAI layer, and the HF prefix */
    {"/openai/chat/completions", "/openai/v1/chat/completions"},
    {"/v1beta/openai/v1/chat/completions", "/openai/v1/chat/completions"},
    {"/openai/v1/v1/chat/completions", "/openai/v1/chat/completions"},
    {"/openai/v1beta/embeddings", "/openai/v1/embeddings"},
    {"/openai/models", "/openai/v1/models"},
    {"/hf/chat/completions", "/hf/v1/chat/completions"},
    {"/hf/v1/v1/chat/completions", "/hf/v1/chat/completions"},
    {"/hf/models", "/hf/v1/models"},

    /* lists of models */
    {"/models", "/v1/models"},
    {"/v1/v1/models", "/v1/models"},
    {"/api/v1/models", "/v1/models"},
    {"/v1beta/v1/models", "/v1/models"},
    {"/v1/v1beta/models", "/v1beta/models"},
    {"/v1beta/v1beta/models", "/v1beta/models"},
    {"/gemini/models", "/v1beta/models"},
    {"/models/gemini-3.8-flash", "/v1/models/gemini-3.8-flash"},
    {"/v1/v1/models/gemini-3.8-flash", "/v1/models/gemini-3.8-flash"},
    {"/v1/v1beta/models/gemini-3.8-flash", "/v1beta/models/gemini-3.8-flash"},
    {"/v1beta/models/models/gemini-3.8-flash", "/v1beta/models/gemini-3.8-flash"},
    {"/vertex-express/models", "/vertex-express/v1beta/models"},

    /* calls of Google's: the verb stays what it is */
    {"/v1beta/models/m:generateContent", "/v1beta/models/m:generateContent"},
    {"/models/m:generateContent", "/v1beta/models/m:generateContent"},
    {"/m:generateContent", "/v1beta/models/m:generateContent"},
    {"/v1beta/m:generateContent", "/v1beta/models/m:generateContent"},
    {"/v1/v1beta/models/m:generateContent", "/v1beta/models/m:generateContent"},
    {"/v1beta/v1beta/models/m:streamGenerateContent", "/v1beta/models/m:streamGenerateContent"},
    {"/v1beta/v1/models/m:countTokens", "/v1beta/models/m:countTokens"},
    {"/v1/v1beta/models/m:countTokens", "/v1beta/models/m:countTokens"},
    {"/v1/v1beta/models/m:embedContent", "/v1beta/models/m:embedContent"},
    {"/v1/v1beta/models/m:batchEmbedContents", "/v1beta/models/m:batchEmbedContents"},
    {"/v1/v1beta/models/m:batchGenerateContent", "/v1beta/models/m:batchGenerateContent"},
    {"/v1beta/models/models/m:countTokens", "/v1beta/models/m:countTokens"},
    {"/v1/v1beta/models/m%3AcountTokens", "/v1beta/models/m:countTokens"},
    {"/v1/v1beta/models/m%3agenerateContent", "/v1beta/models/m:generateContent"},
    {"/v1//v1beta//models//m:generatecontent/", "/v1beta/models/m:generateContent"},
    {"/v1beta/tunedModels/tunedModels/t:generateContent", "/v1beta/tunedModels/t:generateContent"},
    {"/v1beta/v1alpha/models/m:generateContent", "/v1alpha/models/m:generateContent"},
    {"/gemini/models/m:generateContent", "/v1beta/models/m:generateContent"},
    {"/vertex-express/models/m:generateContent", "/vertex-express/v1beta/models/m:generateContent"},
    {"/vertex-express/v1/v1beta/models/m:countTokens",
     "/vertex-express/v1beta/models/m:countTokens"},

    /* Google's other collections */
    {"/v1/v1beta/files/abc", "/v1beta/files/abc"},
    {"/v1beta/v1beta/cachedContents", "/v1beta/cachedContents"},
    {"/cachedContents/c1", "/v1beta/cachedContents/c1"},
    {"/v1beta/upload/v1beta/files", "/upload/v1beta/files"},
    {"/upload/files", "/upload/v1beta/files"},
    {"/upload/v1alpha/files", "/upload/v1alpha/files"},
    {"/v1/v1/cachedContents", "/v1/cachedContents"},
    {"/v1beta/batches/b:cancel", "/v1beta/batches/b:cancel"},
    {"/v1beta/fileSearchStores/s/documents", "/v1beta/fileSearchStores/s/documents"},
    {"/v1beta/dynamic/d:generateContent", NULL},
    {"/files", "/v1/files"},

    /* what nobody can say */
    {"/", NULL},
    {"/v1", NULL},
    {"/robots.txt", NULL},
    {"/login", NULL},
    {"/v1/chat", NULL},
    {"/shop/models", NULL},
    {"/foo/embeddings", NULL},
    {"/v1beta/models/m:bakeBread/x", "/v1beta/models/m:bakeBread/x"},
    {"/%zz/chat/completions", NULL},
    {"/a%00b/chat/completions", NULL},
    {"/vertex-express/v1/chat/completions", NULL},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
        bool found = url_tolerance_target(rows[i].path, 0, &out);
        UNIT_ROW(found == (rows[i].target != NULL), rows[i].path);
        if (found && !text_eq(strbuf_str(&out), rows[i].target))
            fail_msg("%s gave %s", rows[i].path, strbuf_str(&out));
    }
}

static void expect_choices(const char *path, const char *const *targets)
{
    int choice = 0;
    for (; targets[choice]; choice++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
        assert_true(url_tolerance_target(path, choice, &out));
        assert_string_equal(strbuf_str(&out), targets[choice]);
    }
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
    assert_false(url_tolerance_target(path, choice, &out));
}

static void test_choices(void **state)
{
    (void)state;
    expect_choices("/openai/chat/completions", (const char *const[]){"/openai/v1/chat/completions",
                                                                     "/v1/chat/completions", NULL});
    expect_choices("/v1/v1alpha/models/m:countTokens",
                   (const char *const[]){"/v1alpha/models/m:countTokens",
                                         "/v1beta/models/m:countTokens", NULL});
    expect_choices("/chat/completions", (const char *const[]){"/v1/chat/completions", NULL});
}

/* A target is a fixed point: what is right is not changed any further. */
static void test_targets_stay(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
        if (!rows[i].target)
            continue;
        assert_true(url_tolerance_target(rows[i].target, 0, &out));
        assert_string_equal(strbuf_str(&out), rows[i].target);
    }
}

static void test_long_and_deep_paths(void **state)
{
    (void)state;
    STRBUF_AUTO struct strbuf deep = STRBUF_INIT(2 * LIMIT_HEADERS);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
    for (int i = 0; i < 100; i++)
        strbuf_puts(&deep, "/v1");
    strbuf_puts(&deep, "/models");
    assert_false(url_tolerance_target(strbuf_str(&deep), 0, &out));
    while (deep.len < LIMIT_HEADERS)
        strbuf_puts(&deep, "/v1");
    assert_false(url_tolerance_target(strbuf_str(&deep), 0, &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_targets_stay),
        cmocka_unit_test(test_long_and_deep_paths),
    };
    return UNIT_RUN(tests);
}
