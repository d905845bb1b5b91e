#include "../unit.h"

#include <stdio.h>

#include "base/text.h"
#include "config/settings.h"

#define EACH_SETTING(def)          \
    const struct setting_def *def; \
    for (size_t i = 0; i < setting_count() && (def = setting_at(i)); i++)

static void names_are_unique_and_found_in_any_case(void **state)
{
    (void)state;
    EACH_SETTING(def)
    {
        UNIT_ROW(setting_find(def->name) == def, def->name);
        UNIT_ROW(strspn(def->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(def->name),
                 def->name);
        UNIT_ROW(strlen(def->name) < sizeof(((struct err *)0)->param), def->name);
    }
    assert_ptr_equal(setting_find("max_Retries"), setting_find("MAX_RETRIES"));
    assert_null(setting_find("NO_SUCH_SETTING"));
    assert_null(setting_find(""));
}

static void defaults_pass_their_own_check(void **state)
{
    (void)state;
    EACH_SETTING(def)
    {
        struct err err = ERR_INIT;
        if (setting_check(def, def->fallback, &err))
            fail_msg("%s", err.text);
    }
}

static void flags_say_once_when_a_setting_is_read(void **state)
{
    (void)state;
    EACH_SETTING(def)
    {
        unsigned when = def->flags & (SET_LIVE | SET_START | SET_SEED | SET_ACCEPTED);
        UNIT_ROW(when && (when & (when - 1)) == 0, def->name);
        UNIT_ROW(!(def->flags & SET_ENV_ONLY) || (def->flags & SET_START), def->name);
        UNIT_ROW(def->group >= 0 && def->group < GROUP_COUNT, def->name);
    }
}

static void ranges_and_choices_fit_the_type(void **state)
{
    (void)state;
    EACH_SETTING(def)
    {
        bool numeric = def->type == SETTING_INT || def->type == SETTING_NUM;
        bool limited = def->min != 0 || def->max != 0;
        UNIT_ROW(def->min <= def->max, def->name);
        UNIT_ROW(!numeric || limited, def->name);
        UNIT_ROW(def->type != SETTING_STR || def->max > 0, def->name);
        UNIT_ROW((def->type == SETTING_CHOICE) == (def->choices != NULL), def->name);
    }
}

/* Three bytes that begin with E4..E9 are a CJK ideograph in UTF-8. */
static bool has_ideograph(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0xe4 && (unsigned char)*text <= 0xe9)
            return true;
    return false;
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static void help_is_there_in_both_languages(void **state)
{
    (void)state;
    EACH_SETTING(def)
    {
        UNIT_ROW(strlen(def->help_en) > 10 && text_ends(def->help_en, "."), def->name);
        UNIT_ROW(is_ascii(def->help_en), def->name);
        UNIT_ROW(has_ideograph(def->help_zh) && text_ends(def->help_zh, "。"), def->name);
        UNIT_ROW(strlen(def->help_en) < 320 && strlen(def->help_zh) < 400, def->name);
    }
}

static void secrets_are_marked(void **state)
{
    static const char *const names[] = {
        "API_KEYS",          "VERTEX_API_KEYS",
        "PAID_KEY",          "ALLOWED_TOKENS",
        "AUTH_TOKEN",        "SECRET_KEY",
        "SMMS_SECRET_TOKEN", "PICGO_API_KEY",
        "OSS_ACCESS_KEY",    "OSS_ACCESS_KEY_SECRET",
        "MYSQL_PASSWORD",    "CLOUDFLARE_IMGBED_AUTH_CODE",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        UNIT_ROW(setting_find(names[i])->flags & SET_SECRET, names[i]);
}

/* Every name of gemini-balance 2.2.8. */
static void the_reference_is_covered(void **state)
{
    static const char *const names[] = {
        "DATABASE_TYPE",
        "SQLITE_DATABASE",
        "MYSQL_HOST",
        "MYSQL_PORT",
        "MYSQL_USER",
        "MYSQL_PASSWORD",
        "MYSQL_DATABASE",
        "MYSQL_SOCKET",
        "API_KEYS",
        "ALLOWED_TOKENS",
        "AUTH_TOKEN",
        "BASE_URL",
        "MAX_FAILURES",
        "MAX_RETRIES",
        "TEST_MODEL",
        "TIME_OUT",
        "PROXIES",
        "PROXIES_USE_CONSISTENCY_HASH_BY_API_KEY",
        "VERTEX_API_KEYS",
        "VERTEX_EXPRESS_BASE_URL",
        "URL_NORMALIZATION_ENABLED",
        "CUSTOM_HEADERS",
        "SEARCH_MODELS",
        "IMAGE_MODELS",
        "FILTERED_MODELS",
        "TOOLS_CODE_EXECUTION_ENABLED",
        "URL_CONTEXT_ENABLED",
        "URL_CONTEXT_MODELS",
        "SHOW_SEARCH_LINK",
        "SHOW_THINKING_PROCESS",
        "THINKING_MODELS",
        "THINKING_BUDGET_MAP",
        "TTS_MODEL",
        "TTS_VOICE_NAME",
        "TTS_SPEED",
        "PAID_KEY",
        "CREATE_IMAGE_MODEL",
        "UPLOAD_PROVIDER",
        "SMMS_SECRET_TOKEN",
        "PICGO_API_KEY",
        "PICGO_API_URL",
        "CLOUDFLARE_IMGBED_URL",
        "CLOUDFLARE_IMGBED_AUTH_CODE",
        "CLOUDFLARE_IMGBED_UPLOAD_FOLDER",
        "OSS_ENDPOINT",
        "OSS_ENDPOINT_INNER",
        "OSS_ACCESS_KEY",
        "OSS_ACCESS_KEY_SECRET",
        "OSS_BUCKET_NAME",
        "OSS_REGION",
        "STREAM_OPTIMIZER_ENABLED",
        "STREAM_MIN_DELAY",
        "STREAM_MAX_DELAY",
        "STREAM_SHORT_TEXT_THRESHOLD",
        "STREAM_LONG_TEXT_THRESHOLD",
        "STREAM_CHUNK_SIZE",
        "FAKE_STREAM_ENABLED",
        "FAKE_STREAM_EMPTY_DATA_INTERVAL_SECONDS",
        "CHECK_INTERVAL_HOURS",
        "TIMEZONE",
        "GITHUB_REPO_OWNER",
        "GITHUB_REPO_NAME",
        "LOG_LEVEL",
        "ERROR_LOG_RECORD_REQUEST_BODY",
        "AUTO_DELETE_ERROR_LOGS_ENABLED",
        "AUTO_DELETE_ERROR_LOGS_DAYS",
        "AUTO_DELETE_REQUEST_LOGS_ENABLED",
        "AUTO_DELETE_REQUEST_LOGS_DAYS",
        "SAFETY_SETTINGS",
        "FILES_CLEANUP_ENABLED",
        "FILES_CLEANUP_INTERVAL_HOURS",
        "FILES_USER_ISOLATION_ENABLED",
        "ADMIN_SESSION_EXPIRE",
        "TZ",
        "ENABLE_TTS",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        UNIT_ROW(setting_find(names[i]), names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_unique_and_found_in_any_case),
        cmocka_unit_test(defaults_pass_their_own_check),
        cmocka_unit_test(flags_say_once_when_a_setting_is_read),
        cmocka_unit_test(ranges_and_choices_fit_the_type),
        cmocka_unit_test(help_is_there_in_both_languages),
        cmocka_unit_test(secrets_are_marked),
        cmocka_unit_test(the_reference_is_covered),
    };
    return UNIT_RUN(tests);
}
