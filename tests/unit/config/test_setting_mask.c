/* Passwords inside settings that are no secrets: how they are shown, and what comes back for them. */
#include "../unit.h"

#include "base/scope.h"
#include "config/setting_mask.h"

static void assert_masked(const char *name, const char *text, const char *expected)
{
    FREE_AUTO char *shown = setting_mask(setting_find(name), text);
    if (strcmp(shown, expected) != 0)
        fail_msg("%s: %s", text, shown);
}

static void urls_lose_their_passwords(void **state)
{
    (void)state;
    static const struct {
        const char *real, *shown;
    } rows[] = {
        {"socks5://me:hunter2@host:1080", "socks5://me:***@host:1080"},
        {"http://host:8080", "http://host:8080"},
        {"http://host:8080/@path", "http://host:8080/@path"},
        {"http://[::1]:8080/@path", "http://[::1]:8080/@path"},
        {"http://token@host", "http://***@host"},
        {"http://me:@host", "http://me:@host"},
        {"http://@host", "http://@host"},
        {"http://me:p@ss:word@host:1", "http://me:***@host:1"},
        {"http://me:pa/ss@host:1", "http://me:***@host:1"},
        {"http://me:pa?ss#x@host:1", "http://me:***@host:1"},
        {"https://relay/v1?key=abc&alt=sse&access_token=x#end",
         "https://relay/v1?key=***&alt=sse&access_token=***#end"},
        {"https://relay/v1?key=&debug", "https://relay/v1?key=&debug"},
        {"no url", "no url"},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        FREE_AUTO char *shown = setting_mask_url(rows[i].real);
        if (strcmp(shown, rows[i].shown) != 0)
            fail_msg("%s: %s", rows[i].real, shown);
        assert_masked("BASE_URL", rows[i].real, rows[i].shown);
    }
}

static void every_type_is_masked(void **state)
{
    (void)state;
    assert_masked("PROXIES", "http://a:1", "http://a:1");
    assert_masked("PROXIES", "http://a:1\nhttp://me:p@b:2",
                  "[\"http://a:1\",\"http://me:***@b:2\"]");
    assert_masked("PROXIES", "[\"http://me:p@b:2\"]", "[\"http://me:***@b:2\"]");
    assert_masked("PROXIES", "[broken http://me:p@b:2", "");
    assert_masked("CUSTOM_HEADERS", "{\"X-Team\":\"red\"}", "{\"X-Team\":\"red\"}");
    assert_masked("CUSTOM_HEADERS",
                  "{\"Authorization\":\"Bearer "
                  "abc\",\"x-goog-API-Key\":\"k\",\"X-Team\":\"red\",\"Cookie\":\"a=b\","
                  "\"Referer\":\"http://me:p@h\",\"X-Auth\":\"\"}",
                  "{\"Authorization\":\"***\",\"x-goog-API-Key\":\"***\",\"X-Team\":\"red\","
                  "\"Cookie\":\"***\","
                  "\"Referer\":\"http://me:***@h\",\"X-Auth\":\"\"}");
    assert_masked("CUSTOM_HEADERS", "", "");
    assert_masked("AUTH_TOKEN", "anything", "***");
    assert_masked("MAX_RETRIES", "3", "3");
}

struct back {
    const char *name, *text, *current, *expected; /* NULL: refused */
};

static void check_back(const struct back *row)
{
    struct err err = ERR_INIT;
    FREE_AUTO char *real = NULL;
    int result = setting_unmask(setting_find(row->name), row->text, row->current, &real, &err);
    if (result != (row->expected ? 0 : -1) || (row->expected && strcmp(real, row->expected) != 0))
        fail_msg("%s: %s", row->text, real ? real : err.text);
    if (row->expected)
        return;
    assert_string_equal(err.param, row->name);
    assert_non_null(strstr(err.text, "***"));
    assert_null(strstr(err.text, "hunter2"));
}

static void masks_stand_for_what_is_stored(void **state)
{
    (void)state;
    static const char two[] = "[\"http://me:hunter2@a:1\",\"http://me:other@a:1\"]";
    static const struct back rows[] = {
        {"PROXIES", "http://me:***@a:1", two, "[\"http://me:hunter2@a:1\"]"},
        {"PROXIES", "http://new:2\nhttp://me:***@a:1\nhttp://me:***@a:1", two,
         "[\"http://new:2\",\"http://me:hunter2@a:1\",\"http://me:other@a:1\"]"},
        {"PROXIES", "http://me:***@a:1, http://me:***@a:1, http://me:***@a:1", two, NULL},
        {"PROXIES", "http://me:***@elsewhere:1", two, NULL},
        {"PROXIES", "http://you:***@a:1", two, NULL},
        {"PROXIES", "http://me:typed@a:1", two, "http://me:typed@a:1"},
        {"PROXIES", "http://me:***@a:1", "[]", NULL},
        {"PROXIES", "", two, ""},
        {"PROXIES", "[broken ***", two, "[broken ***"},
        {"BASE_URL", "https://me:***@relay/v1", "https://me:hunter2@relay/v1",
         "https://me:hunter2@relay/v1"},
        {"BASE_URL", "https://me:***@other/v1", "https://me:hunter2@relay/v1", NULL},
        {"BASE_URL", "https://relay/***", "https://me:hunter2@relay/v1", "https://relay/***"},
        {"CUSTOM_HEADERS", "{\"authorization\":\"***\",\"X-Note\":\"***\",\"N\":1}",
         "{\"Authorization\":\"Bearer hunter2\"}",
         "{\"authorization\":\"Bearer hunter2\",\"X-Note\":\"***\",\"N\":1}"},
        {"CUSTOM_HEADERS", "{\"Cookie\":\"***\"}", "{\"Authorization\":\"Bearer hunter2\"}", NULL},
        {"CUSTOM_HEADERS", "{\"Authorization\":\"***\"}", "", NULL},
        {"AUTH_TOKEN", "http://me:***@a:1", "whatever", "http://me:***@a:1"},
        {"MAX_RETRIES", "***", "3", "***"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_back(&rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_lose_their_passwords),
        cmocka_unit_test(every_type_is_masked),
        cmocka_unit_test(masks_stand_for_what_is_stored),
    };
    return UNIT_RUN(tests);
}
