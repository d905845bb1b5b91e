/* The line between "nobody could have known" and "a key could have served", by which the simulator judges who
 * was turned away wrongly. Each exemption ends where its sentence in sim.h says that it does: were one wider,
 * faults of the pool would pass for lack of foresight. */
#include "../unit/unit.h"

#include "base/clock.h"
#include "sim.h"

enum { RPM = 3, TOKENS = 100 };

/* One key, one model, sliding minutes, limits known; the day began long ago. */
static struct sim_scenario simple(void)
{
    struct sim_scenario scenario = {.name = "simple",
                                    .model_count = 1,
                                    .key_count = 1,
                                    .project_count = 1,
                                    .limits_known = true,
                                    .start_ms = (int64_t)20640 * DAY_MS + 7 * HOUR_MS,
                                    .hours = 1};
    scenario.models[0] = (struct sim_model){.name = "m", .limits = {{RPM, 1000, 100}, {0}}};
    scenario.keys[0].id = 1;
    return scenario;
}

static int64_t noon(const struct sim_scenario *scenario)
{
    return scenario->start_ms + 12 * HOUR_MS;
}

static bool has_room(struct sim_google *google, int64_t now_ms)
{
    return sim_google_has_room(google, 0, 0, TOKENS, 0, now_ms);
}

static void test_told_to_come_back(void **state)
{
    (void)state;
    struct sim_scenario scenario = simple();
    struct sim_google *google = sim_google_create(&scenario);
    int64_t now = noon(&scenario);
    assert_true(has_room(google, now));
    sim_google_told(google, 0, 0, 20 * SECOND_MS, now);
    assert_false(has_room(google, now + 22 * SECOND_MS - 1));
    assert_true(has_room(google, now + 22 * SECOND_MS));
    sim_google_destroy(&google);
}

/* It is the hearing of a refusal that counts, not the refusal. */
static void test_a_refusal_tells_when_it_is_heard(void **state)
{
    (void)state;
    struct sim_scenario scenario = simple();
    struct sim_google *google = sim_google_create(&scenario);
    int64_t now = noon(&scenario);
    for (int i = 0; i < RPM; i++)
        assert_int_equal(sim_google_call(google, 0, 0, TOKENS, now).kind, ANSWER_OK);
    struct sim_answer answer = sim_google_call(google, 0, 0, TOKENS, now + 50 * SECOND_MS);
    assert_int_equal(answer.kind, ANSWER_MINUTE_REQUESTS);
    assert_int_equal(answer.retry_delay_ms, 10 * SECOND_MS);
    assert_false(has_room(google, now + MINUTE_MS + SECOND_MS - 1)); /* a second of grace */
    assert_true(has_room(google, now + MINUTE_MS + SECOND_MS));
    sim_google_told(google, 0, 0, answer.retry_delay_ms, now + 50 * SECOND_MS + 80);
    assert_false(has_room(google, now + MINUTE_MS + 2 * SECOND_MS + 79));
    assert_true(has_room(google, now + MINUTE_MS + 2 * SECOND_MS + 80));
    sim_google_destroy(&google);
}

/* Only a spell that spares nobody excuses, and for ten seconds after. */
static void test_spells(void **state)
{
    (void)state;
    struct sim_scenario scenario = simple();
    int64_t start = noon(&scenario), end = start + MINUTE_MS;
    scenario.spells[0] = (struct sim_spell){TROUBLE_OVERLOAD, 0, start, end, 1.0};
    scenario.spells[1] =
        (struct sim_spell){TROUBLE_OVERLOAD, 0, end + HOUR_MS, end + 2 * HOUR_MS, 0.3};
    scenario.spell_count = 2;
    struct sim_google *google = sim_google_create(&scenario);
    assert_true(has_room(google, start - 1));
    assert_false(has_room(google, start));
    assert_false(has_room(google, end + 10 * SECOND_MS - 1));
    assert_true(has_room(google, end + 10 * SECOND_MS));
    assert_true(has_room(google, end + HOUR_MS + 1));
    sim_google_destroy(&google);
}

/* Where a spell spares some, three overloaded calls in a row excuse; two do not, nor three with one between
 * that was served. */
static void test_overloads_in_a_row(void **state)
{
    (void)state;
    struct sim_scenario scenario = simple();
    int64_t now = noon(&scenario);
    scenario.spells[0] = (struct sim_spell){TROUBLE_OVERLOAD, 0, now, now + HOUR_MS, 0.5};
    scenario.spell_count = 1;
    scenario.models[0].limits[0] = (struct sim_limits){1000, 1000000, 100000};
    struct sim_google *google = sim_google_create(&scenario);
    int in_a_row = 0, excused = 0;
    for (int i = 0; i < 2000; i++) {
        now += 60;
        struct sim_answer answer = sim_google_call(google, 0, 0, TOKENS, now);
        in_a_row = answer.kind == ANSWER_OVERLOADED ? in_a_row + 1 : 0;
        if (in_a_row < 3) {
            assert_true(has_room(google, now + 1));
            continue;
        }
        assert_false(has_room(google, now + 10 * SECOND_MS - 1));
        assert_true(has_room(google, now + 10 * SECOND_MS));
        now += 10 * SECOND_MS;
        in_a_row = 0;
        while (sim_google_call(google, 0, 0, TOKENS, now += 60).kind != ANSWER_OK)
            continue;
        now += 10 * SECOND_MS;
        excused++;
    }
    assert_true(excused > 20);
    sim_google_destroy(&google);
}

static void test_a_young_day(void **state)
{
    (void)state;
    struct sim_scenario scenario = simple();
    struct sim_google *google = sim_google_create(&scenario);
    int64_t midnight = scenario.start_ms + DAY_MS;
    assert_true(has_room(google, midnight - 1));
    assert_false(has_room(google, midnight));
    assert_false(has_room(google, midnight + 10 * SECOND_MS - 1));
    assert_true(has_room(google, midnight + 10 * SECOND_MS));
    sim_google_destroy(&google);
}

/* Limits, and how minutes run, are to be known a quarter of an hour after the start. */
static void test_learning(void **state)
{
    (void)state;
    struct sim_scenario scenario = simple();
    int64_t learned = scenario.start_ms + 15 * MINUTE_MS;
    for (int i = 0; i < 3; i++) {
        scenario.limits_known = i > 0;
        scenario.windows = i == 1 ? WINDOWS_FIXED : WINDOWS_SLIDING;
        struct sim_google *google = sim_google_create(&scenario);
        assert_int_equal(has_room(google, learned - 1), i == 2);
        assert_true(has_room(google, learned));
        sim_google_destroy(&google);
    }
}

/* Room for a call larger by the doubt, and by that of those under way; for refusals on their way back. */
static void test_doubt(void **state)
{
    (void)state;
    struct sim_scenario scenario = simple();
    struct sim_google *google = sim_google_create(&scenario);
    int64_t now = noon(&scenario);
    assert_int_equal(sim_google_call(google, 0, 0, 700, now - 2 * SECOND_MS).kind, ANSWER_OK);
    assert_true(sim_google_has_room(google, 0, 0, 100, 200, now));
    assert_false(sim_google_has_room(google, 0, 0, 100, 201, now));
    sim_google_unsized(google, 0, 0, 150);
    assert_true(sim_google_has_room(google, 0, 0, 100, 50, now));
    assert_false(sim_google_has_room(google, 0, 0, 100, 51, now));
    sim_google_destroy(&google);
}

/* Calls whose refusal has not been heard count, with their tokens; no longer than that. */
static void test_refusals_under_way(void **state)
{
    (void)state;
    struct sim_scenario scenario = simple();
    struct sim_google *google = sim_google_create(&scenario);
    int64_t now = noon(&scenario);
    assert_int_equal(sim_google_call(google, 0, 0, 700, now - 2 * SECOND_MS).kind, ANSWER_OK);
    sim_google_refusal_under_way(google, 0, 0, 1, 200);
    assert_true(sim_google_has_room(google, 0, 0, 100, 0, now));
    assert_false(sim_google_has_room(google, 0, 0, 101, 0, now));
    sim_google_refusal_under_way(google, 0, 0, 1, 0);
    assert_false(sim_google_has_room(google, 0, 0, 100, 0, now)); /* three requests */
    sim_google_refusal_under_way(google, 0, 0, -2, -200);
    assert_true(sim_google_has_room(google, 0, 0, 300, 0, now));
    sim_google_destroy(&google);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told_to_come_back),
        cmocka_unit_test(test_a_refusal_tells_when_it_is_heard),
        cmocka_unit_test(test_spells),
        cmocka_unit_test(test_overloads_in_a_row),
        cmocka_unit_test(test_a_young_day),
        cmocka_unit_test(test_learning),
        cmocka_unit_test(test_doubt),
        cmocka_unit_test(test_refusals_under_way),
    };
    return UNIT_RUN(tests);
}
