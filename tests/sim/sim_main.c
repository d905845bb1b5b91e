/* Plays the scenarios, prints the table, and checks the bounds that the pool promises. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/text.h"
#include "sim.h"
#include "sim_scenarios.h"

/* What is promised; and that no client is turned away while a key could have served, and no key taken for one
 * of a project that is another's. */
static const double SHARE_KNOWN = 0.99, SHARE_LEARNED = 0.97; /* of what the oracle serves */
static const double WASTED_FOR_ONE_SERVED = 0.01;

enum { SEEDS = 3, HOURS_OF_MORE_SEEDS = 26 }; /* over the end of a day, also of one of 25 hours */

static double percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

static void print_result(const char *name, const struct sim_result *result,
                         const struct sim_result *oracle)
{
    double served = (double)result->served;
    printf("  %-22s %8.0f %8.2f %8.2f %8lld %8lld %8.2f %6.0f ms %6.1f %8.1f\n", name, served,
           percent(served, (double)oracle->served),
           percent((double)result->tokens, (double)oracle->tokens), (long long)result->turned_away,
           (long long)result->wrongly_away, percent((double)result->wasted, served),
           served > 0 ? result->wait_sum_ms / served : 0,
           percent((double)result->faithful_turns, (double)result->later_turns),
           percent((double)result->paid, served));
}

static void print_refusals(const struct sim_result *pool)
{
    static const char *const names[] = {"",          "minute's requests", "minute's tokens",
                                        "day",       "limit 0",           "invalid key",
                                        "throttled", "overloaded"};
    printf("  the pool's wasted calls:");
    for (size_t kind = 1; kind < ARRAY_LEN(names); kind++)
        if (pool->refused_by[kind])
            printf(" %s %lld", names[kind], (long long)pool->refused_by[kind]);
    printf("\n");
}

static bool holds(const char *what, double value, double bound, bool at_least)
{
    bool held = at_least ? value >= bound : value <= bound;
    if (!held)
        printf("  FAIL: %s is %.5f, the bound %.5f\n", what, value, bound);
    return held;
}

/* What is held against the bounds. */
struct figures {
    double share, wasted;
    int64_t wrongly, misjoined;
};

static struct figures figures_of(const struct sim_result *pool, const struct sim_result *oracle)
{
    return (struct figures){.share = (double)pool->served / (double)oracle->served,
                            .wasted = (double)pool->wasted / (double)pool->served,
                            .wrongly = pool->wrongly_away,
                            .misjoined = pool->misjoined};
}

static bool check(const struct sim_scenario *scenario, const struct figures *figures)
{
    bool share = holds("share of the oracle", figures->share,
                       scenario->limits_known ? SHARE_KNOWN : SHARE_LEARNED, true);
    bool wasted =
        holds("wasted calls for one served", figures->wasted, WASTED_FOR_ONE_SERVED, false);
    bool wrongly = holds("clients turned away wrongly", (double)figures->wrongly, 0, false);
    bool joined = holds("keys taken for another project's", (double)figures->misjoined, 0, false);
    return share && wasted && wrongly && joined;
}

static bool play(const struct sim_scenario *scenario, bool compare)
{
    static const struct contender *const others[] = {&contender_round_robin, &contender_random};
    struct sim_result oracle = sim_run(scenario, &contender_oracle);
    struct sim_result pool = sim_run(scenario, &contender_pool);
    printf("\n%s: %d keys, limits %s, %.0f %% of capacity, %lld requests in %d hours\n",
           scenario->name, scenario->key_count, scenario->limits_known ? "known" : "to be learned",
           scenario->demand * 100, (long long)oracle.asked, scenario->hours);
    printf("  %-22s %8s %8s %8s %8s %8s %8s %9s %6s %8s\n", "", "served", "% oracle", "% tokens",
           "errors", "wrongly", "wasted %", "mean wait", "same %", "paid %");
    print_result(contender_oracle.name, &oracle, &oracle);
    print_result(contender_pool.name, &pool, &oracle);
    for (size_t i = 0; compare && i < ARRAY_LEN(others); i++) {
        struct sim_result result = sim_run(scenario, others[i]);
        print_result(others[i]->name, &result, &oracle);
    }
    print_refusals(&pool);
    fflush(stdout);
    struct figures figures = figures_of(&pool, &oracle);
    return check(scenario, &figures);
}

/* The same with other seeds: only the worst of each figure is told. */
static bool play_seeds(int index, int seeds)
{
    struct figures worst = {.share = 1e9};
    bool all_hold = true;
    for (int seed = 1; seed < seeds; seed++) {
        struct sim_scenario scenario;
        sim_scenario_fill(&scenario, index, seed);
        scenario.hours = HOURS_OF_MORE_SEEDS;
        struct sim_result oracle = sim_run(&scenario, &contender_oracle);
        struct sim_result pool = sim_run(&scenario, &contender_pool);
        struct figures figures = figures_of(&pool, &oracle);
        worst.share = figures.share < worst.share ? figures.share : worst.share;
        worst.wasted = figures.wasted > worst.wasted ? figures.wasted : worst.wasted;
        worst.wrongly += figures.wrongly;
        if (check(&scenario, &figures))
            continue;
        all_hold = false;
        printf("  with seed %d\n", seed);
    }
    if (seeds > 1)
        printf("  %d more seeds, %d hours each, at worst: %.2f %% of the oracle, %.2f wasted; %lld "
               "turned away wrongly\n",
               seeds - 1, HOURS_OF_MORE_SEEDS, worst.share * 100, worst.wasted * 100,
               (long long)worst.wrongly);
    fflush(stdout);
    return all_hold;
}

/* Where each step costs many (a sanitizer, valgrind) a part is played, for its memory's sake only. */
static bool is_slow(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#else
    const char *preload = getenv("LD_PRELOAD");
    return preload && strstr(preload, "vgpreload");
#endif
}

/* How many seeds the environment asks for; 0 when it does not. */
static int seeds_asked_for(void)
{
    int64_t count = 0;
    const char *word = getenv("SIM_SEEDS");
    return word && text_to_int(word, &count) == 0 && count > 0 && count < 100000 ? (int)count : 0;
}

/* Without arguments all scenarios, the pool and the oracle only; with --compare the others too; a word
 * chooses the scenarios whose name has it. SIM_SEEDS=N plays N seeds instead of a few. */
int main(int argc, char **argv)
{
    bool compare = argc > 1 && strcmp(argv[1], "--compare") == 0;
    const char *word = argc > 1 + compare ? argv[1 + compare] : "";
    bool slow = is_slow();
    int asked = seeds_asked_for();
    bool all_hold = true;
    puts("% tokens: of the oracle's, of the prompts served. errors: clients turned away. wrongly: "
         "of these, while a key could have served.\n"
         "wasted: calls of Google that came back refused, for 100 served. same: turns of a\n"
         "conversation on the key of the turn before.");
    for (int i = 0; i < sim_scenario_count(); i++) {
        struct sim_scenario scenario;
        sim_scenario_fill(&scenario, i, 0);
        if (!strstr(scenario.name, word))
            continue;
        if (slow)
            scenario.hours = 4;
        all_hold &= play(&scenario, compare);
        all_hold &= play_seeds(i, asked ? asked : slow ? 1 : SEEDS);
    }
    return all_hold || slow ? EXIT_SUCCESS : EXIT_FAILURE;
}
