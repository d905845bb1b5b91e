/* What is played: a row for each scenario. */
#include "sim_scenarios.h"

#include <string.h>

#include "base/clock.h"
#include "base/scope.h"

enum pool_shape {
    SHAPE_FREE,   /* 20 good free keys (two of one project), 3 dead, 2 that Google gives no quota */
    SHAPE_PAID,   /* 5 paid keys, bounded by the minute only */
    SHAPE_BOTH,   /* 12 free and 2 paid */
    SHAPE_TOKENS, /* 6 free keys of a model whose tokens are scarce */
    SHAPE_KIN,    /* 12 free keys, of which nobody has said that 5 are of one project */
    SHAPE_KIN_PAID /* 9 paid ones, the same */
};

static const struct row {
    const char *name;
    enum pool_shape shape;
    enum sim_windows windows;
    bool limits_known;
    bool spells;
    bool failures_count;
    double demand, swing;
    int hours; /* 0: three days */
} rows[] = {
    {"free keys, calm", SHAPE_FREE, WINDOWS_SLIDING, true, false, false, 0.6, 0.3, 0},
    {"free keys, at capacity", SHAPE_FREE, WINDOWS_SLIDING, true, false, false, 1.0, 0.6, 0},
    {"free keys, too many calls, trouble", SHAPE_FREE, WINDOWS_MIXED, true, true, false, 1.3, 0.6,
     0},
    {"free keys, at capacity", SHAPE_FREE, WINDOWS_SLIDING, false, false, false, 1.0, 0.6, 0},
    {"free keys, too many calls, trouble", SHAPE_FREE, WINDOWS_MIXED, false, true, false, 1.3, 0.6,
     0},
    {"paid keys, sliding minutes", SHAPE_PAID, WINDOWS_SLIDING, true, true, true, 1.0, 0.2, 0},
    {"paid keys, too many calls, fixed minutes", SHAPE_PAID, WINDOWS_FIXED, true, true, false, 1.3,
     0.2, 0},
    {"paid keys, too many calls, sliding minutes", SHAPE_PAID, WINDOWS_SLIDING, false, true, false,
     1.3, 0.2, 0},
    {"paid keys, too many calls, fixed minutes", SHAPE_PAID, WINDOWS_FIXED, false, true, false, 1.3,
     0.2, 0},
    {"free and paid keys", SHAPE_BOTH, WINDOWS_MIXED, false, true, true, 1.3, 0.4, 0},
    {"scarce tokens, sliding minutes", SHAPE_TOKENS, WINDOWS_SLIDING, true, false, false, 1.0, 0.5,
     0},
    {"scarce tokens, fixed minutes", SHAPE_TOKENS, WINDOWS_FIXED, false, true, false, 1.3, 0.5, 0},
    {"five free keys of one project", SHAPE_KIN, WINDOWS_SLIDING, false, true, false, 1.0, 0.6, 26},
    {"five paid keys of one project", SHAPE_KIN_PAID, WINDOWS_MIXED, false, true, true, 1.3, 0.2,
     26},
};

int sim_scenario_count(void)
{
    return (int)ARRAY_LEN(rows);
}

static const struct sim_model free_models[] = {
    {"gemini-3.8-flash", {{5, 250000, 20}, {0, 0, 0}}, 6000, 0},
    {"gemini-3.5-flash-lite", {{15, 250000, 500}, {0, 0, 0}}, 3000, 0},
    {"gemini-embedding-2", {{100, 30000, 1000}, {0, 0, 0}}, 250, 0},
};

static const struct sim_model paid_models[] = {
    {"gemini-4-argon", {{0, 0, 0}, {5, 400000, 0}}, 9000, 0},
    {"gemini-3.8-flash", {{5, 250000, 20}, {10, 1000000, 0}}, 6000, 0},
};

static const struct sim_model both_models[] = {
    {"gemini-3.8-flash", {{5, 250000, 20}, {10, 1000000, 0}}, 6000, 0},
    {"gemini-3.5-flash-lite", {{15, 250000, 500}, {15, 1000000, 0}}, 3000, 0},
};

static const struct sim_model token_models[] = {
    {"gemma-4-31b-it", {{30, 16000, 14400}, {0, 0, 0}}, 2500, 0},
};

static const struct {
    const struct sim_model *models;
    size_t count;
} shapes[] = {
    [SHAPE_FREE] = {free_models, ARRAY_LEN(free_models)},
    [SHAPE_PAID] = {paid_models, ARRAY_LEN(paid_models)},
    [SHAPE_BOTH] = {both_models, ARRAY_LEN(both_models)},
    [SHAPE_TOKENS] = {token_models, ARRAY_LEN(token_models)},
    [SHAPE_KIN] = {free_models, ARRAY_LEN(free_models)},
    [SHAPE_KIN_PAID] = {paid_models, ARRAY_LEN(paid_models)},
};

enum { KIN = 5 };

static void add_keys(struct sim_scenario *scenario, int count, struct sim_key like)
{
    for (int i = 0; i < count; i++) {
        like.id = scenario->key_count + 1;
        like.project = scenario->project_count++;
        scenario->keys[scenario->key_count++] = like;
    }
}

static void fill_keys(struct sim_scenario *scenario, enum pool_shape shape)
{
    if (shape == SHAPE_FREE) {
        add_keys(scenario, 3, (struct sim_key){.dead = true});
        add_keys(scenario, 2, (struct sim_key){.not_entitled = true});
        add_keys(scenario, 20, (struct sim_key){0});
        scenario->keys[12].project = scenario->keys[6].project;
    } else if (shape == SHAPE_PAID) {
        add_keys(scenario, 5, (struct sim_key){.paid = true});
    } else if (shape == SHAPE_BOTH) {
        add_keys(scenario, 12, (struct sim_key){0});
        add_keys(scenario, 2, (struct sim_key){.paid = true});
    } else if (shape == SHAPE_TOKENS) {
        add_keys(scenario, 6, (struct sim_key){0});
    } else {
        bool paid = shape == SHAPE_KIN_PAID;
        add_keys(scenario, paid ? 9 : 12, (struct sim_key){.paid = paid});
        for (int i = 1; i < KIN; i++)
            scenario->keys[2 * i].project = scenario->keys[0].project;
    }
}

/* As many calls a day as the projects' limits allow. */
static double capacity(const struct sim_scenario *scenario, const struct sim_model *model)
{
    bool counted[SIM_KEYS_MAX] = {false};
    double sum = 0;
    for (int i = 0; i < scenario->key_count; i++) {
        const struct sim_key *key = &scenario->keys[i];
        const struct sim_limits *limits = &model->limits[key->paid];
        if (key->dead || key->not_entitled || counted[key->project] || !limits->rpm)
            continue;
        counted[key->project] = true;
        double day = (double)limits->rpm * 1440;
        double by_tokens = (double)limits->tpm / model->mean_tokens * 1440;
        day = by_tokens < day ? by_tokens : day;
        day = limits->rpd && (double)limits->rpd < day ? (double)limits->rpd : day;
        sum += day;
    }
    return sum;
}

static void add_spell(struct sim_scenario *scenario, struct sim_spell spell, double start_hours,
                      double minutes)
{
    spell.start_ms = scenario->start_ms + (int64_t)(start_hours * (double)HOUR_MS);
    spell.end_ms = spell.start_ms + (int64_t)(minutes * (double)MINUTE_MS);
    scenario->spells[scenario->spell_count++] = spell;
}

static void fill_spells(struct sim_scenario *scenario)
{
    const struct sim_spell dead_model = {TROUBLE_OVERLOAD, 0, 0, 0, 1.0};
    const struct sim_spell busy_model = {TROUBLE_OVERLOAD, 1, 0, 0, 0.3};
    const struct sim_spell throttled = {TROUBLE_EGRESS, -1, 0, 0, 1.0};
    add_spell(scenario, dead_model, 3, 4);
    add_spell(scenario, busy_model, 8, 10);
    add_spell(scenario, throttled, 15, 3);
    add_spell(scenario, throttled, 33.5, 2);
    add_spell(scenario, dead_model, 40, 6);
    add_spell(scenario, busy_model, 58, 10);
}

/* Midnights Pacific: of a day in March before daylight saving begins, of the day on which it does, of the
 * one on which it ends, and of a day between. */
static const int64_t starts_ms[] = {
    (int64_t)20514 * DAY_MS + 8 * HOUR_MS,
    (int64_t)20520 * DAY_MS + 8 * HOUR_MS,
    (int64_t)20758 * DAY_MS + 7 * HOUR_MS,
    (int64_t)20640 * DAY_MS + 7 * HOUR_MS,
};

enum { CLOCKS_APART_MS = 250 };

/* Another seed is other traffic in another season, and clocks that are apart. */
static void vary(struct sim_scenario *scenario, int index, int seed)
{
    uint64_t random = scenario->seed = 20260 + (uint64_t)index + (uint64_t)seed * 1000;
    double apart = seed ? 2 * sim_uniform(&random) - 1 : 0;
    scenario->start_ms = starts_ms[(size_t)seed % ARRAY_LEN(starts_ms)];
    scenario->clock_ahead_ms = (int64_t)(CLOCKS_APART_MS * apart);
}

void sim_scenario_fill(struct sim_scenario *scenario_r, int index, int seed)
{
    const struct row *row = &rows[index];
    *scenario_r = (struct sim_scenario){
        .name = row->name,
        .windows = row->windows,
        .limits_known = row->limits_known,
        .failures_count = row->failures_count,
        .demand = row->demand,
        .swing = row->swing,
        .hours = row->hours ? row->hours : 72,
    };
    vary(scenario_r, index, seed);
    scenario_r->model_count = (int)shapes[row->shape].count;
    memcpy(scenario_r->models, shapes[row->shape].models,
           shapes[row->shape].count * sizeof(scenario_r->models[0]));
    fill_keys(scenario_r, row->shape);
    for (int i = 0; i < scenario_r->model_count; i++)
        scenario_r->models[i].demand_per_day = capacity(scenario_r, &scenario_r->models[i]);
    if (row->spells)
        fill_spells(scenario_r);
}
