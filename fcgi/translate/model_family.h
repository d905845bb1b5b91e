/* What each family of models takes and refuses: one table, first fitting row.
 *
 * A new model is a new row in model_family.c. A gemini-* name that no row knows counts as the
 * newest generation; any other unknown name gets the least that all models take. */
#ifndef TRANSLATE_MODEL_FAMILY_H
#define TRANSLATE_MODEL_FAMILY_H

#include <stdbool.h>
#include <stdint.h>

enum thinking_control {
    THINKING_NONE,   /* thinkingConfig is refused or useless */
    THINKING_BUDGET, /* thinkingConfig.thinkingBudget, in tokens */
    THINKING_LEVEL   /* thinkingConfig.thinkingLevel */
};

/* In rising order; a family's set of them is a mask of 1 << level. */
enum thinking_level {
    LEVEL_MINIMAL,
    LEVEL_LOW,
    LEVEL_MEDIUM,
    LEVEL_HIGH,
    LEVEL_XHIGH,
    LEVEL_COUNT
};

enum family_flags {
    FAMILY_CAN_BE_OFF = 1 << 0,      /* thinkingBudget 0 is taken */
    FAMILY_OFF_BY_DEFAULT = 1 << 1,  /* thinks only when asked to */
    FAMILY_TAKES_BUDGET = 1 << 2,    /* a level family that also takes a budget above 0 */
    FAMILY_IMAGE = 1 << 3,           /* draws: responseModalities IMAGE */
    FAMILY_AUDIO = 1 << 4,           /* speaks: responseModalities AUDIO */
    FAMILY_NO_JSON = 1 << 5,         /* refuses responseMimeType application/json */
    FAMILY_JSON_WITH_TOOLS = 1 << 6, /* takes JSON together with tools, in mode AUTO */
    FAMILY_PENALTIES = 1 << 7,       /* takes presencePenalty and frequencyPenalty */
    FAMILY_MODEL_TURN_LAST = 1 << 8, /* contents may end with a model turn */
    FAMILY_CONTINUATION = 1 << 9,    /* finishReason CONTINUATION and continuationToken */
    FAMILY_SIGNATURES = 1 << 10,     /* wants thoughtSignature on replayed calls */
    FAMILY_CALL_IDS = 1 << 11,       /* functionCall.id and functionResponse.id */
    FAMILY_MIXED_TOOLS = 1 << 12,    /* built-in tools beside functionDeclarations */
    FAMILY_JSON_SCHEMA = 1 << 13,    /* parametersJsonSchema and responseJsonSchema */
    FAMILY_VALIDATED = 1 << 14,      /* functionCallingConfig.mode VALIDATED */
    FAMILY_MEDIA_RESULTS = 1 << 15,  /* functionResponse.parts with media */
    FAMILY_RESOLUTION = 1 << 16,     /* mediaResolution of a part */
    FAMILY_FILE_URLS = 1 << 17,      /* fileData.fileUri with any https address */
    FAMILY_NO_SYSTEM = 1 << 18,      /* systemInstruction is refused */
    FAMILY_NO_FUNCTIONS = 1 << 19,   /* functionDeclarations are refused */
    FAMILY_CANDIDATES = 1 << 20      /* candidateCount above 1 */
};

struct model_family {
    const char *pattern; /* `*` stands for anything; matched against the bare id */
    enum thinking_control thinking;
    int budget_min, budget_max; /* of a budget above 0 */
    unsigned levels;            /* mask of the levels that are taken */
    unsigned flags;
};

/* Never NULL. `model` is a bare id. */
const struct model_family *model_family_of(const char *model);
bool model_family_has(const struct model_family *family, enum family_flags flag);

/* The level nearest to `wish` that the family takes, rounded up where it lies between two. */
enum thinking_level model_family_level(const struct model_family *family, enum thinking_level wish);
/* A budget above 0, moved into the family's range. */
int64_t model_family_budget(const struct model_family *family, int64_t wish);
/* A level family's level for a budget, and a budget family's budget for a level. */
enum thinking_level model_family_level_for_budget(const struct model_family *family,
                                                  int64_t budget);
int64_t model_family_budget_for_level(const struct model_family *family, enum thinking_level level);
/* Google's word: "low". */
const char *thinking_level_word(enum thinking_level level);

#endif
