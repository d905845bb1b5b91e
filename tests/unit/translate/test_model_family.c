#include "../unit.h"

#include "base/scope.h"
#include "translate/model_family.h"

static void families(void **state)
{
    static const struct {
        const char *model;
        const char *pattern;
    } rows[] = {
        {"gemini-2.5-flash", "gemini-2.5-flash*"},
        {"gemini-2.5-flash-lite", "gemini-2.5-flash-lite*"},
        {"gemini-2.5-flash-image", "gemini-2.5-flash-image*"},
        {"gemini-2.5-flash-preview-tts", "gemini-2.5-*-tts*"},
        {"gemini-2.5-pro", "gemini-2.5-pro*"},
        {"gemini-3-pro-preview", "gemini-3-pro-preview*"},
        {"gemini-3-pro-image", "gemini-3-pro-image*"},
        {"gemini-3.1-pro-preview-customtools", "gemini-3.1-pro*"},
        {"gemini-3.1-flash-image", "gemini-3.1-flash-image*"},
        {"gemini-3.1-flash-tts-preview", "*-tts*"},
        {"gemini-3.5-flash", "gemini-3.5-flash*"},
        {"gemini-3.5-flash-lite", "gemini-3.5-flash*"},
        {"gemini-3.6-flash", "gemini-3.6-flash*"},
        {"gemini-3.7-flash-lite", "gemini-3*-flash-lite*"},
        {"gemini-3.8-flash", "gemini-3*"},
        {"gemini-3.8-flash-tts", "*-tts*"},
        {"gemini-4-hydrogen-eap", "gemini-4-hydrogen*"},
        {"gemini-4-argon", "gemini-4-*"},
        {"gemini-5-helium", "gemini-*"},
        {"gemini-flash-latest", "gemini-flash-latest*"},
        {"gemini-nano-banana-2.1", "*nano-banana*"},
        {"gemma-4-31b-it", "gemma-*"},
        {"gpt-4o", "*"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(model_family_of(rows[i].model)->pattern, rows[i].pattern) != 0)
            fail_msg("%s: %s", rows[i].model, model_family_of(rows[i].model)->pattern);
}

static void who_may_end_with_the_model(void **state)
{
    static const struct {
        const char *model;
        bool may;
    } rows[] = {
        {"gemini-2.5-pro", true},
        {"gemini-3-flash-preview", true},
        {"gemini-3.5-flash", true},
        {"gemini-3.5-flash-lite", true},
        {"gemini-3.1-pro-preview", true},
        {"gemini-3.6-flash", false},
        {"gemini-3.8-flash", false},
        {"gemini-4-argon", false},
        {"gemini-7", false},
        {"gemma-4-31b-it", true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        UNIT_ROW(model_family_has(model_family_of(rows[i].model), FAMILY_MODEL_TURN_LAST) ==
                     rows[i].may,
                 rows[i].model);
}

static void levels(void **state)
{
    const struct model_family *low_high = model_family_of("gemini-3-pro-preview");
    const struct model_family *hydrogen = model_family_of("gemini-4-hydrogen");
    (void)state;
    assert_int_equal(model_family_level(low_high, LEVEL_MINIMAL), LEVEL_LOW);
    assert_int_equal(model_family_level(low_high, LEVEL_MEDIUM), LEVEL_HIGH);
    assert_int_equal(model_family_level(low_high, LEVEL_XHIGH), LEVEL_HIGH);
    assert_int_equal(model_family_level(hydrogen, LEVEL_XHIGH), LEVEL_XHIGH);
    assert_int_equal(model_family_level_for_budget(hydrogen, 32768), LEVEL_HIGH);
    assert_int_equal(model_family_level_for_budget(hydrogen, 1), LEVEL_LOW);
    assert_int_equal(model_family_level_for_budget(hydrogen, 8192), LEVEL_MEDIUM);
}

static void budgets(void **state)
{
    const struct model_family *pro = model_family_of("gemini-2.5-pro");
    (void)state;
    assert_int_equal(model_family_budget(pro, 1), 128);
    assert_int_equal(model_family_budget(pro, 1000000), 32768);
    assert_int_equal(model_family_budget_for_level(pro, LEVEL_XHIGH), 32768);
    assert_int_equal(model_family_budget_for_level(pro, LEVEL_HIGH), 24576);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families),
        cmocka_unit_test(who_may_end_with_the_model),
        cmocka_unit_test(levels),
        cmocka_unit_test(budgets),
    };
    return UNIT_RUN(tests);
}
