#include "../unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "config/settings.h"

enum { READERS = 4, ROUNDS = 200 };

/* A snapshot whose values tell their number in several fields. */
static struct settings *numbered(int number)
{
    struct setting_rows rows = {0};
    char text[32];
    snprintf(text, sizeof(text), "%d", 1024 + number);
    setting_rows_add(&rows, "MAX_REQUEST_BODY", text);
    setting_rows_add(&rows, "AUTH_TOKEN", text);
    setting_rows_add(&rows, "FILTERED_MODELS", text);
    struct settings *set = settings_build(&rows, NULL, NULL);
    setting_rows_free(&rows);
    return set;
}

static bool is_whole(const struct settings *set)
{
    char text[32];
    snprintf(text, sizeof(text), "%lld", (long long)set->max_request_body);
    return text_eq(set->auth_token, text) && setting_list_has(&set->filtered_models, text);
}

struct race {
    struct settings_holder *holder;
    bool stop; /* atomic */
};

/* Returns the number of snapshots that were mixed or older than the one before. */
static void *read_snapshots(void *arg)
{
    struct race *race = arg;
    intptr_t faults = 0;
    int64_t newest = 0;
    while (!__atomic_load_n(&race->stop, __ATOMIC_ACQUIRE)) {
        const struct settings *set = settings_holder_acquire(race->holder);
        const struct settings *second = settings_ref(set);
        faults += !is_whole(set) || set->max_request_body < newest;
        newest = set->max_request_body;
        settings_unref(&set);
        faults += !is_whole(second);
        settings_unref(&second);
    }
    return (void *)faults;
}

static void readers_see_whole_snapshots(void **state)
{
    (void)state;
    struct race race = {.holder = settings_holder_create(numbered(0))};
    pthread_t readers[READERS];
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_snapshots, &race), 0);
    for (int i = 1; i <= ROUNDS; i++)
        settings_holder_publish(race.holder, numbered(i));
    __atomic_store_n(&race.stop, true, __ATOMIC_RELEASE);
    for (int i = 0; i < READERS; i++) {
        void *faults;
        pthread_join(readers[i], &faults);
        assert_null(faults);
    }
    settings_holder_destroy(&race.holder);
    assert_null(race.holder);
}

static void a_held_snapshot_stays(void **state)
{
    (void)state;
    struct settings_holder *holder = settings_holder_create(numbered(1));
    const struct settings *held = settings_holder_acquire(holder);
    settings_holder_publish(holder, numbered(2));
    const struct settings *next = settings_holder_acquire(holder);
    assert_int_equal(held->max_request_body, 1025);
    assert_int_equal(next->max_request_body, 1026);
    settings_holder_destroy(&holder);
    assert_true(is_whole(held) && is_whole(next));
    settings_unref(&held);
    settings_unref(&next);
    settings_unref(&next);
    settings_holder_destroy(&holder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_see_whole_snapshots),
        cmocka_unit_test(a_held_snapshot_stays),
    };
    return UNIT_RUN(tests);
}
