#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/vec.h"
#include "store/store_settings.h"
#include "transfer/reference_private.h"

/* What the reference has where nobody chose anything: it writes all of these into its database at its
 * first start, so that there a row is no sign of a choice. */
static const struct {
    const char *name, *value;
} defaults[] = {
    {"BASE_URL", "https://generativelanguage.googleapis.com/v1beta"},
    {"MAX_FAILURES", "3"},
    {"MAX_RETRIES", "3"},
    {"TEST_MODEL", "gemini-2.5-flash-lite"},
    {"TIME_OUT", "300"},
    {"PROXIES", "[]"},
    {"PROXIES_USE_CONSISTENCY_HASH_BY_API_KEY", "true"},
    {"VERTEX_EXPRESS_BASE_URL", "https://aiplatform.googleapis.com/v1beta1/publishers/google"},
    {"URL_NORMALIZATION_ENABLED", "false"},
    {"CUSTOM_HEADERS", "{}"},
    {"SEARCH_MODELS", "[\"gemini-2.5-flash\",\"gemini-2.5-pro\"]"},
    {"IMAGE_MODELS", "[\"gemini-2.0-flash-exp\",\"gemini-2.5-flash-image-preview\"]"},
    {"TOOLS_CODE_EXECUTION_ENABLED", "false"},
    {"URL_CONTEXT_ENABLED", "false"},
    {"SHOW_SEARCH_LINK", "true"},
    {"SHOW_THINKING_PROCESS", "true"},
    {"THINKING_MODELS", "[]"},
    {"THINKING_BUDGET_MAP", "{}"},
    {"TTS_MODEL", "gemini-2.5-flash-preview-tts"},
    {"TTS_VOICE_NAME", "Zephyr"},
    {"TTS_SPEED", "normal"},
    {"CREATE_IMAGE_MODEL", "imagen-3.0-generate-002"},
    {"UPLOAD_PROVIDER", "smms"},
    {"PICGO_API_URL", "https://www.picgo.net/api/1/upload"},
    {"STREAM_OPTIMIZER_ENABLED", "false"},
    {"STREAM_MIN_DELAY", "0.016"},
    {"STREAM_MAX_DELAY", "0.024"},
    {"STREAM_SHORT_TEXT_THRESHOLD", "10"},
    {"STREAM_LONG_TEXT_THRESHOLD", "50"},
    {"STREAM_CHUNK_SIZE", "5"},
    {"FAKE_STREAM_ENABLED", "false"},
    {"FAKE_STREAM_EMPTY_DATA_INTERVAL_SECONDS", "5"},
    {"CHECK_INTERVAL_HOURS", "1"},
    {"TIMEZONE", "Asia/Shanghai"},
    {"LOG_LEVEL", "INFO"},
    {"ERROR_LOG_RECORD_REQUEST_BODY", "false"},
    {"AUTO_DELETE_ERROR_LOGS_ENABLED", "true"},
    {"AUTO_DELETE_ERROR_LOGS_DAYS", "7"},
    {"AUTO_DELETE_REQUEST_LOGS_ENABLED", "false"},
    {"AUTO_DELETE_REQUEST_LOGS_DAYS", "30"},
    {"SAFETY_SETTINGS",
     "[{\"category\":\"HARM_CATEGORY_HARASSMENT\",\"threshold\":\"OFF\"},"
     "{\"category\":\"HARM_CATEGORY_HATE_SPEECH\",\"threshold\":\"OFF\"},"
     "{\"category\":\"HARM_CATEGORY_SEXUALLY_EXPLICIT\",\"threshold\":\"OFF\"},"
     "{\"category\":\"HARM_CATEGORY_DANGEROUS_CONTENT\",\"threshold\":\"OFF\"},"
     "{\"category\":\"HARM_CATEGORY_CIVIC_INTEGRITY\",\"threshold\":\"BLOCK_NONE\"}]"},
    {"FILES_CLEANUP_ENABLED", "true"},
    {"FILES_CLEANUP_INTERVAL_HOURS", "1"},
    {"FILES_USER_ISOLATION_ENABLED", "true"},
    {"ADMIN_SESSION_EXPIRE", "3600"},
};

/* A value as a snapshot would print it, so that two spellings of one value are the same text; NULL when
 * it is not valid. Free it. */
static char *normal_form(const struct setting_def *def, const char *value)
{
    struct setting_rows rows = {0};
    setting_rows_add(&rows, def->name, value);
    const struct settings *set = settings_build(&rows, NULL, NULL);
    char *text = set ? setting_value_text(set, def) : NULL;
    settings_unref(&set);
    setting_rows_free(&rows);
    return text;
}

bool reference_is_default(const struct setting_def *def, const char *value)
{
    if (text_empty(value))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(defaults); i++) {
        if (!text_eq(defaults[i].name, def->name))
            continue;
        FREE_AUTO char *theirs = normal_form(def, defaults[i].value);
        FREE_AUTO char *given = normal_form(def, value);
        return given && text_eq(theirs, given);
    }
    return false;
}

VEC(changes, struct store_setting_change);

struct taking {
    struct reference *reference;
    const struct settings *now;
    struct changes changes;
    int64_t defaults;
};

/* Why a setting cannot be saved here; NULL when it can. */
static const char *not_saved(const struct setting_def *def)
{
    if (def->flags & SET_ACCEPTED)
        return "not needed here";
    if (text_eq(def->name, "DATABASE_TYPE"))
        return "the store here is SQLite, in DATA_DIR";
    if (def->flags & SET_ENV_ONLY)
        return "is read from the environment only: set it there where it is wanted";
    return NULL;
}

/* Whether a value is short and cannot hold a password, as the URL of a proxy can. */
static bool is_plain(const struct setting_def *def)
{
    return def->type == SETTING_BOOL || def->type == SETTING_INT || def->type == SETTING_NUM ||
           def->type == SETTING_CHOICE;
}

static void take_value(struct taking *taking, const struct setting_def *def, const char *value)
{
    struct transfer_report *report = taking->reference->report;
    struct err err = ERR_INIT;
    if (setting_check(def, value, &err) != 0) {
        report->settings.refused++;
        transfer_tell(report, def->name, "not taken: %s", err.text);
        return;
    }
    FREE_AUTO char *wanted = normal_form(def, value);
    FREE_AUTO char *there = setting_value_text(taking->now, def);
    if (text_eq(wanted, there)) {
        report->settings.there++;
        return;
    }
    struct store_setting_change change = {
        .name = def->name, .value = value, .secret = (def->flags & SET_SECRET) != 0};
    VEC_PUSH(&taking->changes, change);
    report->settings.added++;
    if (is_plain(def))
        transfer_tell(report, def->name, "%s becomes %s", there, wanted);
    else
        transfer_tell(report, def->name, "taken over");
}

static void take_setting(struct taking *taking, const struct setting_def *def)
{
    const char *value = setting_rows_get(&taking->reference->rows, def->name);
    if (!value || (def->flags & SET_SEED))
        return;
    const char *why = not_saved(def);
    if (reference_is_default(def, value))
        taking->defaults += !why;
    else if (why)
        transfer_tell(taking->reference->report, def->name, "%s", why);
    else
        take_value(taking, def, value);
}

int reference_take_settings(struct reference *reference, struct err *err)
{
    struct taking taking = {.reference = reference,
                            .now = settings_holder_acquire(reference->site->settings)};
    for (size_t i = 0; i < setting_count(); i++)
        take_setting(&taking, setting_at(i));
    if (taking.defaults > 0)
        transfer_tell(reference->report, "settings",
                      "%lld are the other program's defaults, and ours stay in their place",
                      (long long)taking.defaults);
    int rc = taking.changes.len == 0
                 ? 0
                 : store_settings_save(reference->site->store, taking.changes.items,
                                       taking.changes.len, "import", reference->now_ms, err);
    settings_unref(&taking.now);
    VEC_FREE(&taking.changes);
    return rc;
}
