/* Paths of Google's own API: methods, resources, and what is no name. */
#include "../unit.h"

#include "api/native_path.h"
#include "base/text.h"
#include "http/request.h"

struct row {
    unsigned method;
    const char *rest;
    int status;
    enum native_action action;
    const char *path, *resource, *model;
};

static const struct row rows[] = {
    {HTTP_GET, "files", 0, NATIVE_LIST, "/files", "", ""},
    {HTTP_GET, "//files//", 0, NATIVE_LIST, "/files", "", ""},
    {HTTP_GET, "files/abc-1", 0, NATIVE_PASS, "/files/abc-1", "files/abc-1", ""},
    {HTTP_HEAD, "files/abc", 0, NATIVE_PASS, "/files/abc", "files/abc", ""},
    {HTTP_DELETE, "files/abc", 0, NATIVE_DELETE, "/files/abc", "files/abc", ""},
    {HTTP_GET, "files/abc:download", 0, NATIVE_DOWNLOAD, "/files/abc:download", "files/abc", ""},
    {HTTP_POST, "files:register", 0, NATIVE_PASS, "/files:register", "", ""},
    {HTTP_PATCH, "cachedContents/x", 0, NATIVE_PASS, "/cachedContents/x", "cachedContents/x", ""},
    {HTTP_POST, "batches/x:cancel", 0, NATIVE_PASS, "/batches/x:cancel", "batches/x", ""},
    {HTTP_GET, "models/veo/operations/7", 0, NATIVE_PASS, "/models/veo/operations/7",
     "models/veo/operations/7", "veo"},
    {HTTP_POST, "models/m-1.5:batchGenerateContent", 0, NATIVE_MODEL,
     "/models/m-1.5:batchGenerateContent", "", "m-1.5"},
    {HTTP_POST, "models/m:streamGenerateContent", 0, NATIVE_STREAM,
     "/models/m:streamGenerateContent", "", "m"},
    {HTTP_GET, "fileSearchStores/s/documents/d", 0, NATIVE_PASS, "/fileSearchStores/s/documents/d",
     "fileSearchStores/s", ""},
    {HTTP_GET, "fileSearchStores/s/upload/operations/o", 0, NATIVE_PASS,
     "/fileSearchStores/s/upload/operations/o", "fileSearchStores/s", ""},
    {HTTP_GET, "fileSearchStores/s/media/b", 0, NATIVE_DOWNLOAD, "/fileSearchStores/s/media/b",
     "fileSearchStores/s", ""},
    {HTTP_POST, "interactions", 0, NATIVE_INTERACT, "/interactions", "", ""},
    {HTTP_POST, "interactions/v1_x/cancel", 0, NATIVE_PASS, "/interactions/v1_x/cancel",
     "interactions/v1_x", ""},
    {HTTP_GET, "environments/e/files/a/b/c.txt", 0, NATIVE_DOWNLOAD,
     "/environments/e/files/a/b/c.txt", "environments/e", ""},
    {HTTP_PUT, "files/abc", 405, 0, NULL, NULL, NULL},
    {HTTP_GET, "models/m:generateContent", 405, 0, NULL, NULL, NULL},
    {HTTP_GET, "", 404, 0, NULL, NULL, NULL},
    {HTTP_GET, "nothing", 404, 0, NULL, NULL, NULL},
    {HTTP_POST, "models/m:nothing", 404, 0, NULL, NULL, NULL},
    {HTTP_GET, "files/abc:cancel", 404, 0, NULL, NULL, NULL},
    {HTTP_GET, "files/a/b", 404, 0, NULL, NULL, NULL},
    {HTTP_GET, "a/b/c/d/e/f/g/h/i/j/k/l/m", 404, 0, NULL, NULL, NULL},
    {HTTP_GET, "files/..", 400, 0, NULL, NULL, NULL},
    {HTTP_GET, "files/.", 400, 0, NULL, NULL, NULL},
    {HTTP_GET, "files/a%2Fb", 400, 0, NULL, NULL, NULL},
    {HTTP_GET, "files/a b", 400, 0, NULL, NULL, NULL},
    {HTTP_GET, "files/a\\b", 400, 0, NULL, NULL, NULL},
    {HTTP_GET, "files/a\r\nb", 400, 0, NULL, NULL, NULL},
    {HTTP_GET, "files/a?b", 400, 0, NULL, NULL, NULL},
    {HTTP_GET, "files/\xc3\xa9", 400, 0, NULL, NULL, NULL},
};

static void each_path(void **state)
{
    struct arena *arena = arena_create(1024);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct native_path path;
        struct err err = ERR_INIT;
        unsigned allowed = 0;
        int status = native_path_read(&path, row->rest, row->method, &allowed, arena, &err);
        UNIT_ROW(status == row->status, row->rest);
        UNIT_ROW((status != 0) == (err.code != ERR_NONE), row->rest);
        UNIT_ROW((status == 405) == (status != 0 && allowed != 0), row->rest);
        if (status)
            continue;
        UNIT_ROW(path.method->action == row->action, row->rest);
        UNIT_ROW(text_eq(path.path, row->path), row->rest);
        UNIT_ROW(text_eq(path.resource, row->resource), row->rest);
        UNIT_ROW(text_eq(path.model, row->model), row->rest);
    }
    arena_destroy(&arena);
}

static void resources_in_texts(void **state)
{
    static const struct {
        const char *text, *resource;
    } texts[] = {
        {"files/abc", "files/abc"},
        {"cachedContents/x", "cachedContents/x"},
        {"models/veo/operations/7", "models/veo/operations/7"},
        {"https://generativelanguage.googleapis.com/v1beta/files/abc", "files/abc"},
        {"HTTPS://GenerativeLanguage.googleapis.com/v1/files/abc:download?alt=media", "files/abc"},
        {"http://relay:81/gemini/v1beta/files/abc", "files/abc"},
        {"https://elsewhere.example/v1beta/files/abc", NULL},
        {"https://www.youtube.com/watch?v=files/abc", NULL},
        {"gs://bucket/files/abc", NULL},
        {"models/gemini-3.8-flash", NULL},
        {"files/", NULL},
        {"files", NULL},
        {"files/../x", NULL},
        {"/files/abc", NULL},
        {"Please read files/abc", NULL},
        {"", NULL},
    };
    const char *const hosts[] = {"relay:81", NULL};
    struct arena *arena = arena_create(1024);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        UNIT_ROW(text_eq(native_resource_of(texts[i].text, hosts, arena), texts[i].resource),
                 texts[i].text);
    arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_path),
                                       cmocka_unit_test(resources_in_texts)};
    return UNIT_RUN(tests);
}
