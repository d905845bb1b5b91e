#include "../unit.h"

#include "config/setting_value.h"

static const struct row {
    const char *name, *text;
    const char *message; /* NULL: accepted */
} rows[] = {
    {"BASE_URL", "http://127.0.0.1:8080/v1beta", NULL},
    {"BASE_URL", "HTTPS://relay.example.org", NULL},
    {"BASE_URL", "generativelanguage.googleapis.com", "must be a URL that begins with http"},
    {"BASE_URL", "ftp://host/", "must be a URL"},
    {"BASE_URL", "http://", "must be a URL"},
    {"BASE_URL", "http:///v1beta", "must be a URL"},
    {"BASE_URL", "http://a b/", "must be a URL"},
    {"BASE_URL", "://host", "must be a URL"},
    {"CLOUDFLARE_IMGBED_URL", "", NULL},
    {"PROXIES", "http://host:3128,socks5://u:p@[::1]:1080,socks5h://h:1", NULL},
    {"PROXIES", "https://h:1,host:3128", "PROXIES: item 2 must be a URL such as"},
    {"PROXIES", "vmess://abc", "item 1"},
    {"TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/8,::1,fd00::/8,0.0.0.0/0", NULL},
    {"TRUSTED_PROXIES", "10.0.0.0/33", "TRUSTED_PROXIES: item 1 must be an address"},
    {"TRUSTED_PROXIES", "::1,fd00::/129", "item 2"},
    {"TRUSTED_PROXIES", "10.0.0.0/-1", "item 1"},
    {"TRUSTED_PROXIES", "10.0.0.0/", "item 1"},
    {"TRUSTED_PROXIES", "localhost", "item 1"},
    {"ADMIN_PATH", "/", NULL},
    {"ADMIN_PATH", "/admin/pool-1", NULL},
    {"ADMIN_PATH", "admin", "must be a path such as /admin"},
    {"ADMIN_PATH", "/a b", "must be a path"},
    {"ADMIN_PATH", "//a", "must be a path"},
    {"ADMIN_PATH", "/a/../b", "must be a path"},
    {"ADMIN_PATH", "/%61", "must be a path"},
    {"CUSTOM_HEADERS", "{\"X-Api\":\"a b\"}", NULL},
    {"CUSTOM_HEADERS", "{\"X Api\":\"a\"}", "\"X Api\" is no name of a header"},
    {"CUSTOM_HEADERS", "{\"\":\"a\"}", "is no name of a header"},
    {"CUSTOM_HEADERS", "{\"X-A:\":\"a\"}", "is no name of a header"},
    {"MODEL_ALIASES", "{\"gpt-*\":\"gemini-3.8-flash\"}", NULL},
    {"MODEL_ALIASES", "{\"a\":1}", "\"a\" must lead to the name of a model"},
    {"MODEL_ALIASES", "{\"a\":\"\"}", "\"a\" must lead to the name of a model"},
    {"MODEL_FALLBACKS", "{\"gemini-*\":\"gemini-3.5-flash-lite\"}", NULL},
    {"MODEL_FALLBACKS", "{\"a\":5}", "\"a\" must lead to the name of a model"},
    {"METRICS_ALLOWED", "127.0.0.1,10.0.0.0/8", NULL},
    {"METRICS_ALLOWED", "everybody", "METRICS_ALLOWED: item 1 must be an address"},
    {"EMBEDDING_MODEL_MAP", "{\"a\":2}", "\"a\" must lead"},
    {"FIRST_TOKEN_TIMEOUT_MODELS", "{\"gemini-4-*\":90,\"x\":\"1.5\"}", NULL},
    {"FIRST_TOKEN_TIMEOUT_MODELS", "{\"x\":-1}", "\"x\" must be a number from 0 to 3600"},
    {"FIRST_TOKEN_TIMEOUT_MODELS", "{\"x\":\"soon\"}", "must be a number"},
    {"THINKING_BUDGET_MAP", "{\"a\":-1,\"b\":0,\"c\":32767.0}", NULL},
    {"THINKING_BUDGET_MAP", "{\"a\":-2}", "\"a\" must be a number from -1 to 65536"},
    {"SAFETY_SETTINGS", "[{'category':'C','threshold':'OFF'}]", NULL},
    {"SAFETY_SETTINGS", "{}", "it must be a list"},
    {"SAFETY_SETTINGS", "[{\"category\":\"C\"}]", "item 1 must be {\"category\""},
    {"SAFETY_SETTINGS", "[\"OFF\"]", "item 1"},
    {"SAFETY_SETTINGS", "[null]", "item 1"},
    {"RATE_LIMITS", "{\"free\":{\"gemini-3.8-flash\":{\"rpm\":5,\"tpm\":250000,\"rpd\":20}}}",
     NULL},
    {"RATE_LIMITS", "{\"*\":{\"*\":{\"tpd\":0}},\"paid\":{},\"vertex\":{}}", NULL},
    {"RATE_LIMITS", "[]", "it must be an object"},
    {"RATE_LIMITS", "{\"gold\":{}}", "\"gold\" must be free, paid, vertex or *"},
    {"RATE_LIMITS", "{\"free\":5}", "\"free\" must be free"},
    {"RATE_LIMITS", "{\"free\":{\"m\":5}}", "\"m\" must be {\"rpm\""},
    {"RATE_LIMITS", "{\"free\":{\"m\":{\"rpx\":5}}}", "\"m\": \"rpx\" is no limit"},
    {"RATE_LIMITS", "{\"free\":{\"m\":{\"rpm\":-5}}}", "\"rpm\" is no limit"},
    {"RATE_LIMITS", "{\"free\":{\"m\":{\"rpm\":\"5\"}}}", "\"rpm\" is no limit"},
};

static void shapes_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = ERR_INIT;
        int result = setting_check(setting_find(rows[i].name), rows[i].text, &err);
        if (result != (rows[i].message ? -1 : 0))
            fail_msg("%s=%s: %d %s", rows[i].name, rows[i].text, result, err.text);
        if (rows[i].message && !strstr(err.text, rows[i].message))
            fail_msg("%s=%s: the error is: %s", rows[i].name, rows[i].text, err.text);
    }
}

static void numbers_as_texts_become_numbers(void **state)
{
    (void)state;
    const struct setting_def *def = setting_find("THINKING_BUDGET_MAP");
    union setting_value value;
    assert_int_equal(setting_value_parse(def, "{\"m\":\"8192\"}", &value, NULL), 0);
    json_object *budget = json_object_object_get(value.json, "m");
    assert_true(json_object_is_type(budget, json_type_double));
    assert_int_equal(json_object_get_int(budget), 8192);
    setting_value_release(def, &value);
}

static void shape_errors_show_no_password(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_int_equal(setting_check(setting_find("PROXIES"), "ftp://u:hunter2@host", &err), -1);
    assert_null(strstr(err.text, "hunter2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_checked),
        cmocka_unit_test(numbers_as_texts_become_numbers),
        cmocka_unit_test(shape_errors_show_no_password),
    };
    return UNIT_RUN(tests);
}
