#include "../unit.h"

#include <stdlib.h>

#include "base/json.h"
#include "config/settings.h"

struct sources {
    struct setting_rows environment, stored;
};

static int start(void **state)
{
    *state = xcalloc(1, sizeof(struct sources));
    return 0;
}

static int stop(void **state)
{
    struct sources *sources = *state;
    setting_rows_free(&sources->environment);
    setting_rows_free(&sources->stored);
    free(sources);
    return 0;
}

static const struct settings *build(struct sources *sources)
{
    struct err err = ERR_INIT;
    struct settings *set = settings_build(&sources->environment, &sources->stored, &err);
    if (!set)
        fail_msg("%s", err.text);
    return set;
}

static enum setting_source source_of(const struct settings *set, const char *name)
{
    return setting_source_of(set, setting_find(name));
}

static void defaults_alone(void **state)
{
    (void)state;
    const struct settings *set = settings_build(NULL, NULL, NULL);
    assert_int_equal(set->max_retries, 3);
    assert_true(set->time_out > 299 && set->time_out < 301);
    assert_true(set->pool_affinity);
    assert_false(set->fake_stream_enabled);
    assert_string_equal(set->auth_token, "");
    assert_string_equal(set->log_level, "INFO");
    assert_string_equal(set->database_type, "sqlite");
    assert_int_equal(set->api_keys.len, 0);
    assert_true(setting_list_has(&set->cors_allowed_origins, "*"));
    assert_false(setting_list_has(&set->cors_allowed_origins, "x"));
    assert_int_equal(json_object_object_length(set->custom_headers), 0);
    assert_null(set->rate_limits);
    assert_int_equal(json_object_array_length(set->safety_settings), 4);
    assert_string_equal(json_get_str(set->model_aliases, "gemini-pro", ""), "gemini-3.8-flash");
    for (size_t i = 0; i < setting_count(); i++)
        assert_int_equal(setting_source_of(set, setting_at(i)), SOURCE_DEFAULT);
    settings_unref(&set);
    assert_null(set);
}

static void the_store_goes_before_the_environment(void **state)
{
    struct sources *sources = *state;
    setting_rows_add(&sources->environment, "MAX_RETRIES", "4");
    setting_rows_add(&sources->environment, "max_failures", "5");
    setting_rows_add(&sources->environment, "TEST_MODEL", "from-file");
    setting_rows_add(&sources->environment, "TEST_MODEL", "from-environment");
    setting_rows_add(&sources->environment, "NO_SUCH_SETTING", "x");
    setting_rows_add(&sources->stored, "max_retries", "6");
    setting_rows_add(&sources->stored, "ALSO_UNKNOWN", "x");
    const struct settings *set = build(sources);
    assert_int_equal(set->max_retries, 6);
    assert_int_equal(set->max_failures, 5);
    assert_string_equal(set->test_model, "from-environment");
    assert_int_equal(source_of(set, "MAX_RETRIES"), SOURCE_STORE);
    assert_int_equal(source_of(set, "MAX_FAILURES"), SOURCE_ENVIRONMENT);
    assert_int_equal(source_of(set, "TIME_OUT"), SOURCE_DEFAULT);
    settings_unref(&set);
}

static void empty_means_default_or_empty(void **state)
{
    struct sources *sources = *state;
    setting_rows_add(&sources->environment, "MAX_RETRIES", "");
    setting_rows_add(&sources->environment, "TEST_MODEL", " ");
    setting_rows_add(&sources->environment, "SEARCH_MODELS", "");
    setting_rows_add(&sources->environment, "MODEL_ALIASES", "");
    setting_rows_add(&sources->environment, "CA_FILE", "/etc/ca.pem");
    setting_rows_add(&sources->stored, "CA_FILE", "");
    const struct settings *set = build(sources);
    assert_int_equal(set->max_retries, 3);
    assert_int_equal(source_of(set, "MAX_RETRIES"), SOURCE_DEFAULT);
    assert_string_equal(set->test_model, "gemini-3.5-flash-lite");
    assert_int_equal(set->search_models.len, 0);
    assert_int_equal(source_of(set, "SEARCH_MODELS"), SOURCE_ENVIRONMENT);
    assert_true(json_object_object_length(set->model_aliases) > 5);
    assert_string_equal(set->ca_file, "");
    settings_unref(&set);
}

static void of_a_safety_category_the_last_row_is_sent(void **state)
{
    struct sources *sources = *state;
    setting_rows_add(&sources->environment, "SAFETY_SETTINGS",
                     "[{\"category\":\"A\",\"threshold\":\"OFF\"},"
                     "{\"category\":\"B\", \"threshold\":\"OFF\"},"
                     "{\"category\":\"A\",\"threshold\":\"BLOCK_NONE\"}]");
    const struct settings *set = build(sources);
    assert_string_equal(set->safety_text, "[{\"category\":\"B\",\"threshold\":\"OFF\"},"
                                          "{\"category\":\"A\",\"threshold\":\"BLOCK_NONE\"}]");
    settings_unref(&set);
    setting_rows_add(&sources->environment, "SAFETY_SETTINGS", "[]");
    set = build(sources);
    assert_null(set->safety_text);
    settings_unref(&set);
}

static void seeds_and_places_are_not_taken_from_the_store(void **state)
{
    struct sources *sources = *state;
    setting_rows_add(&sources->environment, "API_KEYS", "[\"a\",\"b\"]");
    setting_rows_add(&sources->environment, "DATA_DIR", "/srv/data");
    setting_rows_add(&sources->stored, "API_KEYS", "[\"c\"]");
    setting_rows_add(&sources->stored, "DATA_DIR", "/elsewhere");
    setting_rows_add(&sources->stored, "AUTH_TOKEN", "from-store");
    const struct settings *set = build(sources);
    assert_int_equal(set->api_keys.len, 2);
    assert_string_equal(set->api_keys.items[1], "b");
    assert_string_equal(set->data_dir, "/srv/data");
    assert_string_equal(set->auth_token, "from-store");
    settings_unref(&set);
}

static void a_bad_value_fails_the_whole(void **state)
{
    struct sources *sources = *state;
    struct err err = ERR_INIT;
    setting_rows_add(&sources->environment, "API_KEYS", "a,b");
    setting_rows_add(&sources->environment, "MAX_RETRIES", "4");
    setting_rows_add(&sources->environment, "WORKERS", "many");
    assert_null(settings_build(&sources->environment, NULL, &err));
    assert_string_equal(err.text, "WORKERS must be a whole number from 1 to 4096, not \"many\" "
                                  "(from .env or the environment)");
    assert_string_equal(err.param, "WORKERS");
    assert_null(settings_build(&sources->environment, NULL, NULL));
}

static void an_error_names_its_source(void **state)
{
    struct sources *sources = *state;
    struct err err = ERR_INIT;
    setting_rows_add(&sources->environment, "MAX_RETRIES", "4");
    setting_rows_add(&sources->stored, "MAX_RETRIES", "40");
    assert_null(settings_build(&sources->environment, &sources->stored, &err));
    assert_string_equal(err.text, "MAX_RETRIES must be a whole number from 0 to 10, not \"40\" "
                                  "(saved in the admin)");
}

static void what_nothing_reads_cannot_fail(void **state)
{
    struct sources *sources = *state;
    setting_rows_add(&sources->environment, "MYSQL_PORT", "none");
    setting_rows_add(&sources->environment, "ENABLE_TTS", "perhaps");
    setting_rows_add(&sources->environment, "MYSQL_PASSWORD", "a\tb");
    const struct settings *set = build(sources);
    assert_int_equal(set->mysql_port, 3306);
    assert_string_equal(set->mysql_password, "");
    settings_unref(&set);
}

static const struct {
    const char *name, *text;
} samples[] = {
    {"API_KEYS", "[\"a\\\"b\",\"\u5bc6\"]"},
    {"AUTH_TOKEN", "sk-\"quoted\" \\ #"},
    {"MAX_RETRIES", "7"},
    {"TIME_OUT", "12.25"},
    {"STREAM_MIN_DELAY", "0.1"},
    {"POOL_AFFINITY", "false"},
    {"LOG_LEVEL", "ERROR"},
    {"SEARCH_MODELS", "[]"},
    {"MODEL_ALIASES", "{}"},
    {"CUSTOM_HEADERS", "{\"X-A\":\"b/c\"}"},
    {"SAFETY_SETTINGS", "[]"},
    {"RATE_LIMITS", "{\"free\":{\"a*\":{\"rpm\":1}}}"},
    {"MAX_REQUEST_BODY", "4294967296"},
};

/* What a snapshot prints builds the same snapshot again. */
static void values_print_and_read_back(void **state)
{
    struct sources *sources = *state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++)
        setting_rows_add(&sources->environment, samples[i].name, samples[i].text);
    const struct settings *set = build(sources);
    struct setting_rows printed = {0};
    for (size_t i = 0; i < setting_count(); i++) {
        char *text = setting_value_text(set, setting_at(i));
        setting_rows_add(&printed, setting_at(i)->name, text);
        free(text);
    }
    for (size_t i = 0; i < ARRAY_LEN(samples); i++)
        assert_string_equal(setting_rows_get(&printed, samples[i].name), samples[i].text);
    const struct settings *again = settings_build(&printed, NULL, NULL);
    assert_non_null(again);
    for (size_t i = 0; i < setting_count(); i++) {
        char *text = setting_value_text(again, setting_at(i));
        assert_string_equal(text, setting_rows_get(&printed, setting_at(i)->name));
        free(text);
    }
    settings_unref(&again);
    settings_unref(&set);
    setting_rows_free(&printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_alone),
        cmocka_unit_test_setup_teardown(the_store_goes_before_the_environment, start, stop),
        cmocka_unit_test_setup_teardown(empty_means_default_or_empty, start, stop),
        cmocka_unit_test_setup_teardown(of_a_safety_category_the_last_row_is_sent, start, stop),
        cmocka_unit_test_setup_teardown(seeds_and_places_are_not_taken_from_the_store, start, stop),
        cmocka_unit_test_setup_teardown(a_bad_value_fails_the_whole, start, stop),
        cmocka_unit_test_setup_teardown(an_error_names_its_source, start, stop),
        cmocka_unit_test_setup_teardown(what_nothing_reads_cannot_fail, start, stop),
        cmocka_unit_test_setup_teardown(values_print_and_read_back, start, stop),
    };
    return UNIT_RUN(tests);
}
