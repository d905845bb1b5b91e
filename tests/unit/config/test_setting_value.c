#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/setting_value.h"

static const struct good {
    const char *name, *text, *printed;
} good_values[] = {
    {"POOL_AFFINITY", "True", "true"},
    {"POOL_AFFINITY", "'false'", "false"},
    {"POOL_AFFINITY", " 0 ", "false"},
    {"POOL_AFFINITY", "ON", "true"},
    {"POOL_AFFINITY", "", "true"},
    {"FAKE_STREAM_ENABLED", "no", "false"},
    {"MAX_RETRIES", "0", "0"},
    {"MAX_RETRIES", "10", "10"},
    {"MAX_RETRIES", "'3'", "3"},
    {"MAX_RETRIES", "\"3\"", "3"},
    {"MAX_RETRIES", "3.0", "3"},
    {"MAX_RETRIES", "  ", "3"},
    {"MAX_REQUEST_BODY", "4294967296", "4294967296"},
    {"TIME_OUT", "300.0", "300"},
    {"TIME_OUT", "'300'", "300"},
    {"TIME_OUT", "1.5", "1.5"},
    {"STREAM_MIN_DELAY", "0.016", "0.016"},
    {"STREAM_MIN_DELAY", "1.6e-2", "0.016"},
    {"STREAM_MIN_DELAY", "", "0.016"},
    {"CONNECT_TIMEOUT", "0.1", "0.1"},
    {"AUTH_TOKEN", "", ""},
    {"AUTH_TOKEN", "  sk-abc \n", "sk-abc"},
    {"AUTH_TOKEN", "'quoted'", "'quoted'"},
    {"TEST_MODEL", "gemini-x", "gemini-x"},
    {"TEST_MODEL", "", "gemini-3.5-flash-lite"},
    {"SECRET_KEY", "", ""},
    {"SECRET_KEY", "0123456789abcdef", "0123456789abcdef"},
    {"TTS_VOICE_NAME", "声音", "声音"},
    {"LOG_LEVEL", "info", "INFO"},
    {"LOG_LEVEL", "'Debug'", "DEBUG"},
    {"LOG_LEVEL", "", "INFO"},
    {"UPLOAD_PROVIDER", "Aliyun_OSS", "aliyun_oss"},
    {"DATABASE_TYPE", "MySQL", "mysql"},
    {"FILTERED_MODELS", "", "[]"},
    {"FILTERED_MODELS", "a", "[\"a\"]"},
    {"FILTERED_MODELS", "a, b", "[\"a\",\"b\"]"},
    {"FILTERED_MODELS", "('a','b')", "[\"a\",\"b\"]"},
    {"FILTERED_MODELS", "'[\"a\"]'", "[\"a\"]"},
    {"SEARCH_MODELS", "", "[]"},
    {"CUSTOM_HEADERS", "", "{}"},
    {"CUSTOM_HEADERS", "{'X-A': 'b', 'X-N': 2, 'X-Z': None}", "{\"X-A\":\"b\",\"X-N\":2}"},
    {"MODEL_ALIASES", "{}", "{}"},
    {"API_KEYS", "AQ.New1_k9Qw3ZrT7uLp2VbN5; AQ.New2_m8Ew2YsR6tKo1UaM4;,AQ.New3_k9Qw3ZrT7uLp2VbN5",
     "[\"AQ.New1_k9Qw3ZrT7uLp2VbN5\",\"AQ.New2_m8Ew2YsR6tKo1UaM4\",\"AQ.New3_k9Qw3ZrT7uLp2VbN5\"]"},
    {"VERTEX_API_KEYS", "[\"AQ.New1_k9Qw3ZrT7uLp2VbN5  AQ.New2_m8Ew2YsR6tKo1UaM4\"]",
     "[\"AQ.New1_k9Qw3ZrT7uLp2VbN5\",\"AQ.New2_m8Ew2YsR6tKo1UaM4\"]"},
    {"API_KEYS", "put your own key here", "[\"put your own key here\"]"},
    {"ALLOWED_TOKENS", "a token of many words; and another one of them",
     "[\"a token of many words; and another one of them\"]"},
    {"THINKING_BUDGET_MAP", "{\"m\": 4000.0}", "{\"m\":4000.0}"},
    {"SAFETY_SETTINGS", "[]", "[]"},
    {"RATE_LIMITS", "", ""},
    {"RATE_LIMITS", "{'free':{'*':{'rpm':5}}}", "{\"free\":{\"*\":{\"rpm\":5}}}"},
};

static void good_values_are_read_and_printed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good_values); i++) {
        const struct good *row = &good_values[i];
        const struct setting_def *def = setting_find(row->name);
        union setting_value value;
        struct err err = ERR_INIT;
        struct strbuf text STRBUF_AUTO = STRBUF_INIT(4096);
        if (setting_value_parse(def, row->text, &value, &err))
            fail_msg("%s=%s: %s", row->name, row->text, err.text);
        setting_value_print(def, &value, &text);
        if (strcmp(strbuf_str(&text), row->printed) != 0)
            fail_msg("%s=%s gave %s", row->name, row->text, strbuf_str(&text));
        setting_value_release(def, &value);
    }
}

static const struct bad {
    const char *name, *text, *message;
} bad_values[] = {
    {"POOL_AFFINITY", "maybe", "POOL_AFFINITY must be true or false, not \"maybe\""},
    {"MAX_RETRIES", "11", "MAX_RETRIES must be a whole number from 0 to 10, not \"11\""},
    {"MAX_RETRIES", "-1", "from 0 to 10"},
    {"MAX_RETRIES", "2.5", "a whole number"},
    {"MAX_RETRIES", "three", "not \"three\""},
    {"MAX_RETRIES", "None", "not \"None\""},
    {"MAX_RETRIES", "1e999", "from 0 to 10"},
    {"MAX_RETRIES", "0x3", "from 0 to 10"},
    {"TIME_OUT", "0", "TIME_OUT must be a number from 1 to 3600, not \"0\""},
    {"TIME_OUT", "nan", "not \"nan\""},
    {"TIME_OUT", "inf", "not \"inf\""},
    {"TEST_MODEL", "a\nb", "TEST_MODEL must be a text of 1 to 256 bytes: it holds a control"},
    {"TEST_MODEL", "\xb2\xe2", "not UTF-8"},
    {"SECRET_KEY", "short", "SECRET_KEY must be empty or a text of 16 to 1024 bytes"},
    {"LOG_LEVEL", "verbose", "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not"},
    {"LOG_LEVEL", "DEBUG|INFO", "must be one of"},
    {"TTS_SPEED", "slo", "one of slow, normal, fast"},
    {"FILTERED_MODELS", "[\"a\"", "FILTERED_MODELS must be a list of at most 1000 items: invalid"},
    {"FILTERED_MODELS", "{\"a\":1}", "an object, not a list"},
    {"FILTERED_MODELS", "[[\"a\"]]", "item 1 is no text"},
    {"FILTERED_MODELS", "[\"a\",\"b\\u0007\"]", "item 2 holds a control character"},
    {"CUSTOM_HEADERS", "X-A: b", "CUSTOM_HEADERS must be an object in JSON"},
    {"CUSTOM_HEADERS", "[\"a\"]", "an object in JSON"},
    {"CUSTOM_HEADERS", "{\"a\":{}}", "its values are texts or numbers"},
    {"CUSTOM_HEADERS", "{\"a\":\"x\\r\\nb: c\"}", "control character"},
    {"RATE_LIMITS", "{", "RATE_LIMITS must be JSON: invalid JSON"},
};

static void bad_values_are_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad_values); i++) {
        const struct bad *row = &bad_values[i];
        struct err err = ERR_INIT;
        UNIT_ROW(setting_check(setting_find(row->name), row->text, &err) == -1, row->text);
        if (!strstr(err.text, row->message))
            fail_msg("%s: the error is: %s", row->text, err.text);
        assert_string_equal(err.param, row->name);
        assert_int_equal(err.code, ERR_INVALID);
        assert_int_equal(setting_check(setting_find(row->name), row->text, NULL), -1);
    }
}

static void secrets_are_redacted_in_errors(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char token[400];
    memset(token, 'q', sizeof(token));
    token[sizeof(token) - 1] = '\0';
    assert_int_equal(setting_check(setting_find("AUTH_TOKEN"), token, &err), -1);
    assert_null(strstr(err.text, "qqqqqqqqqqqq"));
    assert_int_equal(setting_check(setting_find("SECRET_KEY"), "hunter2hunter2", &err), -1);
    assert_null(strstr(err.text, "hunter2"));
    assert_int_equal(setting_check(setting_find("API_KEYS"), "[\"AIzaSySecretKey0001\"", &err), -1);
    assert_null(strstr(err.text, "AIzaSySecretKey"));
    assert_int_equal(setting_check(setting_find("PROXIES"), "[\"http://u:hunter2@h:1", &err), -1);
    assert_null(strstr(err.text, "hunter2"));
}

static void long_values_are_cut_in_errors(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char value[300];
    memset(value, 'v', sizeof(value));
    value[sizeof(value) - 1] = '\0';
    assert_int_equal(setting_check(setting_find("MAX_RETRIES"), value, &err), -1);
    assert_non_null(strstr(err.text, "vvv...\""));
    assert_true(strlen(err.text) < 150);
}

static void the_size_of_lists_and_maps_is_bounded(void **state)
{
    (void)state;
    struct strbuf list STRBUF_AUTO = STRBUF_INIT(100000);
    struct strbuf map STRBUF_AUTO = STRBUF_INIT(100000);
    strbuf_puts(&list, "a");
    strbuf_puts(&map, "{\"m0\":1");
    for (int i = 1; i <= 256; i++) {
        strbuf_printf(&list, ",10.0.0.%d", i % 256);
        strbuf_printf(&map, ",\"m%d\":1", i);
    }
    strbuf_puts(&map, "}");
    struct err err = ERR_INIT;
    assert_int_equal(
        setting_check(setting_find("MEDIA_FETCH_ALLOWED_HOSTS"), strbuf_str(&list), &err), -1);
    assert_non_null(strstr(err.text, "at most 256 items"));
    assert_int_equal(
        setting_check(setting_find("FIRST_TOKEN_TIMEOUT_MODELS"), strbuf_str(&map), &err), -1);
    assert_non_null(strstr(err.text, "at most 256 members"));
}

/* A value of the maximal length goes through; one that is longer is refused, not cut. */
static void texts_are_bounded_by_bytes(void **state)
{
    (void)state;
    char text[258];
    memset(text, 'm', sizeof(text));
    text[256] = '\0';
    assert_int_equal(setting_check(setting_find("TEST_MODEL"), text, NULL), 0);
    text[256] = 'm';
    text[257] = '\0';
    assert_int_equal(setting_check(setting_find("TEST_MODEL"), text, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_values_are_read_and_printed),
        cmocka_unit_test(bad_values_are_refused_with_a_reason),
        cmocka_unit_test(secrets_are_redacted_in_errors),
        cmocka_unit_test(long_values_are_cut_in_errors),
        cmocka_unit_test(the_size_of_lists_and_maps_is_bounded),
        cmocka_unit_test(texts_are_bounded_by_bytes),
    };
    return UNIT_RUN(tests);
}
