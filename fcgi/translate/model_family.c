#include "translate/model_family.h"

#include "base/scope.h"
#include "base/text.h"

#define LEVELS_MLMH (1u << LEVEL_MINIMAL | 1u << LEVEL_LOW | 1u << LEVEL_MEDIUM | 1u << LEVEL_HIGH)
#define LEVELS_LMH (1u << LEVEL_LOW | 1u << LEVEL_MEDIUM | 1u << LEVEL_HIGH)
#define LEVELS_LH (1u << LEVEL_LOW | 1u << LEVEL_HIGH)

/* What the generations brought. */
#define GEN_2 (FAMILY_PENALTIES | FAMILY_MODEL_TURN_LAST | FAMILY_CANDIDATES)
#define GEN_25                                                                           \
    (FAMILY_JSON_SCHEMA | FAMILY_VALIDATED | FAMILY_MODEL_TURN_LAST | FAMILY_FILE_URLS | \
     FAMILY_CANDIDATES)
#define GEN_36                                                                           \
    (FAMILY_JSON_SCHEMA | FAMILY_VALIDATED | FAMILY_FILE_URLS | FAMILY_JSON_WITH_TOOLS | \
     FAMILY_SIGNATURES | FAMILY_CALL_IDS | FAMILY_MIXED_TOOLS | FAMILY_MEDIA_RESULTS |   \
     FAMILY_RESOLUTION | FAMILY_PENALTIES | FAMILY_TAKES_BUDGET)
#define GEN_3 (GEN_36 | FAMILY_MODEL_TURN_LAST)
#define GEN_4 ((GEN_36 & ~FAMILY_TAKES_BUDGET) | FAMILY_CONTINUATION)

#define DRAWS (FAMILY_IMAGE | FAMILY_NO_JSON | FAMILY_NO_FUNCTIONS)
#define SPEAKS (FAMILY_AUDIO | FAMILY_NO_JSON | FAMILY_NO_FUNCTIONS | FAMILY_NO_SYSTEM)

static const struct model_family families[] = {
    /* image and speech models come first: their names begin like those of the chat models */
    {"gemini-2.5-flash-image*", THINKING_NONE, 0, 0, 0,
     (GEN_25 & ~FAMILY_CANDIDATES) | DRAWS | FAMILY_NO_SYSTEM},
    {"gemini-3-pro-image*", THINKING_BUDGET, 128, 32768, 0, GEN_3 | DRAWS},
    {"nano-banana-pro*", THINKING_BUDGET, 128, 32768, 0, GEN_3 | DRAWS},
    {"gemini-3.1-flash-image*", THINKING_LEVEL, 0, 0, LEVELS_MLMH, GEN_3 | DRAWS},
    {"gemini-3.1-flash-lite-image*", THINKING_LEVEL, 0, 0, LEVELS_MLMH, GEN_3 | DRAWS},
    {"*nano-banana*", THINKING_NONE, 0, 0, 0, GEN_36 | DRAWS},
    {"gemini-2.5-*-tts*", THINKING_NONE, 0, 0, 0, (GEN_25 & ~FAMILY_CANDIDATES) | SPEAKS},
    {"*-tts*", THINKING_NONE, 0, 0, 0, GEN_36 | SPEAKS},
    {"gemini-2.0*-image*", THINKING_NONE, 0, 0, 0, GEN_2 | DRAWS | FAMILY_NO_SYSTEM},
    {"gemini-*-image*", THINKING_NONE, 0, 0, 0, GEN_36 | DRAWS},

    {"gemini-2.5-pro*", THINKING_BUDGET, 128, 32768, 0, GEN_25},
    {"gemini-2.5-flash-lite*", THINKING_BUDGET, 512, 24576, 0,
     GEN_25 | FAMILY_CAN_BE_OFF | FAMILY_OFF_BY_DEFAULT},
    {"gemini-2.5-flash*", THINKING_BUDGET, 1, 24576, 0, GEN_25 | FAMILY_CAN_BE_OFF},

    {"gemini-3-pro-preview*", THINKING_LEVEL, 0, 0, LEVELS_LH, GEN_3},
    {"gemini-3.1-pro*", THINKING_LEVEL, 0, 0, LEVELS_LMH, GEN_3},
    {"gemini-3-flash*", THINKING_LEVEL, 0, 0, LEVELS_MLMH, GEN_3},
    {"gemini-3.1-flash*", THINKING_LEVEL, 0, 0, LEVELS_MLMH, GEN_3},
    {"gemini-3.5-flash*", THINKING_LEVEL, 0, 0, LEVELS_MLMH, GEN_3},
    {"gemini-3.6-flash*", THINKING_LEVEL, 0, 0, LEVELS_MLMH, GEN_36},
    {"gemini-3*-flash-lite*", THINKING_LEVEL, 0, 0, LEVELS_MLMH, GEN_36},
    {"gemini-flash-lite-latest*", THINKING_LEVEL, 0, 0, LEVELS_MLMH, GEN_36},
    {"gemini-flash-latest*", THINKING_LEVEL, 0, 0, LEVELS_LMH, GEN_36},
    {"gemini-pro-latest*", THINKING_LEVEL, 0, 0, LEVELS_LMH, GEN_36},
    {"gemini-3*", THINKING_LEVEL, 0, 0, LEVELS_LMH, GEN_36},

    {"gemini-4-hydrogen*", THINKING_LEVEL, 0, 0, LEVELS_LMH | 1u << LEVEL_XHIGH, GEN_4},
    {"gemini-4-*", THINKING_LEVEL, 0, 0, LEVELS_LMH, GEN_4},

    {"gemini-1.*", THINKING_NONE, 0, 0, 0, GEN_2},
    {"gemini-2.*", THINKING_NONE, 0, 0, 0, GEN_2},
    {"gemini-exp-*", THINKING_NONE, 0, 0, 0, GEN_2},
    {"gemma-*", THINKING_NONE, 0, 0, 0,
     FAMILY_PENALTIES | FAMILY_MODEL_TURN_LAST | FAMILY_NO_SYSTEM | FAMILY_NO_JSON},
    {"gemini-*", THINKING_LEVEL, 0, 0, LEVELS_LMH, GEN_4},
};

static const struct model_family stranger = {"*", THINKING_NONE, 0, 0, 0, GEN_2};

const struct model_family *model_family_of(const char *model)
{
    for (size_t i = 0; i < ARRAY_LEN(families); i++)
        if (text_match(families[i].pattern, model))
            return &families[i];
    return &stranger;
}

bool model_family_has(const struct model_family *family, enum family_flags flag)
{
    return family->flags & flag;
}

enum thinking_level model_family_level(const struct model_family *family, enum thinking_level wish)
{
    for (int level = (int)wish; level < LEVEL_COUNT; level++)
        if (family->levels & 1u << level)
            return (enum thinking_level)level;
    for (int level = (int)wish; level > 0; level--)
        if (family->levels & 1u << level)
            return (enum thinking_level)level;
    return LEVEL_MINIMAL;
}

int64_t model_family_budget(const struct model_family *family, int64_t wish)
{
    if (wish < family->budget_min)
        return family->budget_min;
    return wish > family->budget_max ? family->budget_max : wish;
}

/* Google's own figures for the levels of its OpenAI endpoint; minimal and xhigh lie beside them. */
static const int64_t level_budgets[LEVEL_COUNT] = {
    [LEVEL_MINIMAL] = 512, [LEVEL_LOW] = 1024,    [LEVEL_MEDIUM] = 8192,
    [LEVEL_HIGH] = 24576,  [LEVEL_XHIGH] = 32768,
};

enum thinking_level model_family_level_for_budget(const struct model_family *family, int64_t budget)
{
    int level = LEVEL_MINIMAL;
    while (level < LEVEL_HIGH && budget > level_budgets[level])
        level++;
    return model_family_level(family, (enum thinking_level)level);
}

int64_t model_family_budget_for_level(const struct model_family *family, enum thinking_level level)
{
    if (level == LEVEL_XHIGH)
        return family->budget_max;
    return model_family_budget(family, level_budgets[level]);
}

const char *thinking_level_word(enum thinking_level level)
{
    static const char *const words[LEVEL_COUNT] = {"minimal", "low", "medium", "high", "xhigh"};
    return words[level];
}
