/* Checking keys against a scripted upstream: what is kept of what was found. */
#include "../store/store_test.h"

#include "../upstream/fake_server.h"
#include "base/clock.h"
#include "jobs/key_verify.h"
#include "upstream/upstream.h"

#define ANSWER                                                                           \
    "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hi\"}],\"role\":\"model\"},"  \
    "\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":1," \
    "\"candidatesTokenCount\":1,\"totalTokenCount\":2}}"
#define ERROR_BODY(code, status, message, details)                                    \
    "{\"error\":{\"code\":" #code ",\"message\":\"" message "\",\"status\":\"" status \
    "\",\"details\":[" details "]}}"
#define INVALID                                                                              \
    ERROR_BODY(400, "INVALID_ARGUMENT", "API key not valid.\\nPlease pass a valid API key.", \
               "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\","                    \
               "\"reason\":\"API_KEY_INVALID\",\"domain\":\"googleapis.com\"}")
#define NO_QUOTA                                                                            \
    ERROR_BODY(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.",               \
               "{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":" \
               "[{\"quotaId\":\"GenerateRequestsPerDayPerProjectPerModel-FreeTier\","       \
               "\"quotaValue\":\"20\"}]}")
#define DISABLED                                                                          \
    ERROR_BODY(403, "PERMISSION_DENIED", "The API has not been used in project 1 before", \
               "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\","                 \
               "\"reason\":\"SERVICE_DISABLED\",\"domain\":\"googleapis.com\"}")

struct stand {
    struct fixture *fixture;
    struct fake_server *server;
    struct upstream *upstream;
    struct settings *settings;
    struct key_verify_env env;
    int at_once, most_at_once, calls;
    int works_from; /* "late" keys are invalid until so many calls of all were made */
};

/* The word that a key's secret begins with says how upstream takes it. */
static void answer(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    struct stand *stand = ctx;
    const char *key = fake_header(request, "x-goog-api-key");
    int now = __atomic_add_fetch(&stand->at_once, 1, __ATOMIC_SEQ_CST);
    int calls = __atomic_add_fetch(&stand->calls, 1, __ATOMIC_SEQ_CST);
    int most = __atomic_load_n(&stand->most_at_once, __ATOMIC_SEQ_CST);
    while (now > most && !__atomic_compare_exchange_n(&stand->most_at_once, &most, now, false,
                                                      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
    fake_sleep(20);
    __atomic_sub_fetch(&stand->at_once, 1, __ATOMIC_SEQ_CST);
    if (strncmp(key, "good", 4) == 0 ||
        (strncmp(key, "late", 4) == 0 && calls >= stand->works_from))
        fake_answer(conn, 200, "application/json", ANSWER);
    else if (strncmp(key, "quota", 5) == 0)
        fake_answer(conn, 429, "application/json", NO_QUOTA);
    else if (strncmp(key, "disabled", 8) == 0)
        fake_answer(conn, 403, "application/json", DISABLED);
    else if (strncmp(key, "cut", 3) == 0)
        fake_reset(conn);
    else if (strncmp(key, "ill", 3) == 0)
        fake_answer(conn, 503, "application/json",
                    ERROR_BODY(503, "UNAVAILABLE", "The model is overloaded.", ""));
    else
        fake_answer(conn, 400, "application/json", INVALID);
}

static int set_up(void **state)
{
    void *fixture;
    if (fixture_set_up(&fixture) != 0)
        return -1;
    struct stand *stand = xcalloc(1, sizeof(*stand));
    struct err err = ERR_INIT;
    char url[80];
    stand->fixture = fixture;
    stand->server = fake_server_start(answer, stand);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1beta", fake_server_port(stand->server));
    struct setting_rows rows = {0};
    setting_rows_add(&rows, "BASE_URL", url);
    stand->settings = settings_build(&rows, NULL, &err);
    setting_rows_free(&rows);
    struct upstream_options options = {.warm_max = 4, .user_agent = "test"};
    stand->upstream = upstream_open(&options, &err);
    stand->env = (struct key_verify_env){.store = stand->fixture->store,
                                         .upstream = stand->upstream,
                                         .settings = stand->settings,
                                         .parallel = 1};
    *state = stand;
    return stand->settings && stand->upstream ? 0 : -1;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;
    void *fixture = stand->fixture;
    const struct settings *set = stand->settings;
    upstream_close(&stand->upstream);
    fake_server_stop(&stand->server);
    settings_unref(&set);
    free(stand);
    return fixture_tear_down(&fixture);
}

static int64_t add(struct stand *stand, const char *secret, enum store_key_state state)
{
    struct store *store = stand->fixture->store;
    int64_t id = 0;
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, secret, "", false, &id, NULL), 1);
    if (state != STORE_KEY_ACTIVE)
        assert_int_equal(store_key_set_state(store, id, state,
                                             state == STORE_KEY_DEAD ? "key.invalid" : "", 1000,
                                             NULL),
                         0);
    return id;
}

struct state_of {
    int64_t id;
    enum store_key_state state;
    char reason[64];
};

static int see_state(void *ctx, const struct store_key *key)
{
    struct state_of *seen = ctx;
    if (key->id != seen->id)
        return 0;
    seen->state = key->state;
    snprintf(seen->reason, sizeof(seen->reason), "%s", key->reason);
    return 1;
}

static enum store_key_state state_of(struct stand *stand, int64_t id)
{
    struct state_of seen = {.id = id};
    assert_int_equal(store_keys_each(stand->fixture->store, false, see_state, &seen, NULL), 0);
    return seen.state;
}

static void verify(struct stand *stand, enum key_verify_choice choice)
{
    struct err err = ERR_INIT;
    assert_ok(key_verify(&stand->env, NULL, 0, choice, NULL, NULL, &err), &err);
}

static void test_what_becomes_of_a_key(void **state)
{
    static const struct {
        const char *secret;
        enum store_key_state before, after;
    } rows[] = {
        {"good-1", STORE_KEY_DEAD, STORE_KEY_ACTIVE},
        {"good-2", STORE_KEY_ACTIVE, STORE_KEY_ACTIVE},
        {"good-3", STORE_KEY_PAUSED, STORE_KEY_PAUSED},
        {"quota-1", STORE_KEY_DEAD, STORE_KEY_ACTIVE},
        {"quota-2", STORE_KEY_ACTIVE, STORE_KEY_ACTIVE},
        {"quota-3", STORE_KEY_PAUSED, STORE_KEY_PAUSED},
        {"bad-1", STORE_KEY_DEAD, STORE_KEY_DEAD},
        {"bad-2", STORE_KEY_ACTIVE, STORE_KEY_DEAD},
        {"bad-3", STORE_KEY_PAUSED, STORE_KEY_PAUSED},
        {"cut-1", STORE_KEY_DEAD, STORE_KEY_DEAD},
        {"cut-2", STORE_KEY_ACTIVE, STORE_KEY_ACTIVE},
        {"ill-1", STORE_KEY_DEAD, STORE_KEY_DEAD},
        {"ill-2", STORE_KEY_ACTIVE, STORE_KEY_ACTIVE},
        {"disabled-1", STORE_KEY_ACTIVE, STORE_KEY_ACTIVE},
    };
    struct stand *stand = *state;
    int64_t ids[ARRAY_LEN(rows)];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ids[i] = add(stand, rows[i].secret, rows[i].before);
    stand->env.parallel = 8;
    verify(stand, KEY_VERIFY_ALL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        UNIT_ROW(state_of(stand, ids[i]) == rows[i].after, rows[i].secret);
}

static void test_invalid_has_to_be_said_twice(void **state)
{
    struct stand *stand = *state;
    int64_t id = add(stand, "late-1", STORE_KEY_ACTIVE);
    stand->works_from = 2;
    verify(stand, KEY_VERIFY_ALL);
    assert_int_equal(state_of(stand, id), STORE_KEY_ACTIVE);
    assert_int_equal(stand->calls, 2);
}

static void test_an_upstream_that_is_gone_changes_nothing(void **state)
{
    struct stand *stand = *state;
    int64_t alive = add(stand, "good-1", STORE_KEY_ACTIVE);
    int64_t dead = add(stand, "good-2", STORE_KEY_DEAD);
    fake_server_stop(&stand->server);
    verify(stand, KEY_VERIFY_ALL);
    assert_int_equal(state_of(stand, alive), STORE_KEY_ACTIVE);
    assert_int_equal(state_of(stand, dead), STORE_KEY_DEAD);
    stand->server = fake_server_start(answer, stand);
}

static void test_no_more_at_once_than_asked_for(void **state)
{
    struct stand *stand = *state;
    for (int i = 0; i < 12; i++) {
        char secret[40];
        snprintf(secret, sizeof(secret), "good-%d", i);
        add(stand, secret, STORE_KEY_ACTIVE);
    }
    stand->env.parallel = 3;
    verify(stand, KEY_VERIFY_ALL);
    assert_int_equal(stand->calls, 12);
    assert_in_range(stand->most_at_once, 2, 3);
}

/* After each check a pause: not all at once where keys are many. */
static void test_checks_are_spread_out(void **state)
{
    enum { CHECKS = 4, PAUSE_MS = 40 };
    struct stand *stand = *state;
    for (int i = 0; i < CHECKS; i++) {
        char secret[40];
        snprintf(secret, sizeof(secret), "good-%d", i);
        add(stand, secret, STORE_KEY_ACTIVE);
    }
    stand->env.parallel = 1;
    stand->env.pause_ms = PAUSE_MS;
    int64_t began = clock_mono_ms();
    verify(stand, KEY_VERIFY_ALL);
    assert_true(clock_mono_ms() - began >= (CHECKS - 1) * PAUSE_MS);
    assert_int_equal(stand->calls, CHECKS);
}

struct progress {
    size_t steps, last_done, total;
    size_t stop_at;
};

static int follow(void *ctx, const struct key_verify_step *step)
{
    struct progress *progress = ctx;
    progress->steps++;
    progress->total = step->total;
    assert_int_equal(step->done, progress->last_done + 1);
    assert_true(step->key_id > 0 && step->hint[0]);
    assert_int_equal(step->check->finding, KEY_WORKS);
    progress->last_done = step->done;
    return progress->stop_at && step->done >= progress->stop_at;
}

static void test_progress_is_told(void **state)
{
    struct stand *stand = *state;
    for (int i = 0; i < 6; i++) {
        char secret[40];
        snprintf(secret, sizeof(secret), "good-%d", i);
        add(stand, secret, STORE_KEY_ACTIVE);
    }
    struct progress progress = {0};
    stand->env.parallel = 2;
    assert_int_equal(key_verify(&stand->env, NULL, 0, KEY_VERIFY_ALL, follow, &progress, NULL), 0);
    assert_int_equal(progress.steps, 6);
    assert_int_equal(progress.total, 6);
    progress = (struct progress){.stop_at = 2};
    stand->env.parallel = 1;
    assert_int_equal(key_verify(&stand->env, NULL, 0, KEY_VERIFY_ALL, follow, &progress, NULL), 0);
    assert_int_equal(progress.steps, 2);
}

static int see_words(void *ctx, const struct key_verify_step *step)
{
    *(int *)ctx = step->check->status;
    assert_non_null(strstr(step->check->text, "not valid"));
    assert_null(strchr(step->check->text, '\n'));
    return 0;
}

static void test_what_upstream_said_is_told(void **state)
{
    struct stand *stand = *state;
    int status = 0;
    add(stand, "bad-1", STORE_KEY_ACTIVE);
    assert_int_equal(key_verify(&stand->env, NULL, 0, KEY_VERIFY_ALL, see_words, &status, NULL), 0);
    assert_int_equal(status, 400); /* not what a client would be told */
}

static void test_only_the_sick_are_asked(void **state)
{
    struct stand *stand = *state;
    int64_t now_ms = clock_wall_ms();
    add(stand, "good-1", STORE_KEY_ACTIVE);
    int64_t dead = add(stand, "good-2", STORE_KEY_DEAD);
    int64_t long_rest = add(stand, "good-3", STORE_KEY_ACTIVE);
    int64_t short_rest = add(stand, "good-4", STORE_KEY_ACTIVE);
    add(stand, "good-5", STORE_KEY_PAUSED);
    struct store_rest rest = {
        .key_id = long_rest, .model = "", .until_ms = now_ms + 5 * HOUR_MS, .reason = "fault"};
    assert_int_equal(store_rest_put(stand->fixture->store, &rest, NULL), 0);
    rest.key_id = short_rest;
    rest.until_ms = now_ms + MINUTE_MS;
    assert_int_equal(store_rest_put(stand->fixture->store, &rest, NULL), 0);
    verify(stand, KEY_VERIFY_SICK);
    assert_int_equal(stand->calls, 2);
    assert_int_equal(state_of(stand, dead), STORE_KEY_ACTIVE);
    assert_int_equal(
        query_int(store_main(stand->fixture->store), SQL("SELECT count(*) AS value FROM rests")),
        1);
}

static void test_only_those_named_are_asked(void **state)
{
    struct stand *stand = *state;
    add(stand, "good-1", STORE_KEY_ACTIVE);
    int64_t ids[] = {add(stand, "good-2", STORE_KEY_DEAD)};
    assert_int_equal(key_verify(&stand->env, ids, 1, KEY_VERIFY_ALL, NULL, NULL, NULL), 0);
    assert_int_equal(stand->calls, 1);
}

#define VERIFY_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VERIFY_TEST(test_what_becomes_of_a_key),
        VERIFY_TEST(test_invalid_has_to_be_said_twice),
        VERIFY_TEST(test_an_upstream_that_is_gone_changes_nothing),
        VERIFY_TEST(test_no_more_at_once_than_asked_for),
        VERIFY_TEST(test_checks_are_spread_out),
        VERIFY_TEST(test_progress_is_told),
        VERIFY_TEST(test_what_upstream_said_is_told),
        VERIFY_TEST(test_only_the_sick_are_asked),
        VERIFY_TEST(test_only_those_named_are_asked),
    };
    return UNIT_RUN(tests);
}
