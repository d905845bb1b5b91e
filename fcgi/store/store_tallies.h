/* Sums that only grow over all processes and restarts, by name: attempts by rule, and histograms of
 * times. They are added up in a batch together with the usage counters. */
#ifndef STORE_STORE_TALLIES_H
#define STORE_STORE_TALLIES_H

#include "store/store_log.h"

/* Upper bounds of the histograms' buckets in milliseconds; above the last one lies "inf". */
#define TALLY_BOUNDS 13
extern const int64_t tally_bounds_ms[TALLY_BOUNDS];

typedef int store_tally_visit(void *ctx, const char *name, int64_t value); /* != 0 stops */
/* Walks them by name: "first.50" ... "first.inf", "first.sum", "rule.ok" ..., "whole.50" ... */
int store_tallies_each(struct store *store, store_tally_visit *visit, void *ctx, struct err *err);

/* --- private to store/ --- */

#define TALLY_RULES_MAX 160

/* One histogram; the last bucket is "inf". */
struct tally_times {
    int64_t counts[TALLY_BOUNDS + 1];
    int64_t sum_ms;
};

struct tally_batch {
    struct tally_times first, whole;
    size_t rule_count;
    struct {
        char rule[LOG_TEXT_SHORT];
        int64_t attempts;
    } rules[TALLY_RULES_MAX];
};

/* What does not find room any more is not counted: rules are a fixed table. */
void tally_request(struct tally_batch *batch, const struct log_request *row, bool failed);
void tally_attempt(struct tally_batch *batch, const struct log_attempt *row);

void tally_clear(struct tally_batch *batch);

struct sql_tx;
int tally_write(const struct tally_batch *batch, struct sql_tx *tx, struct err *err);

#endif
