/* The counters as columns: one list for the statements, the bindings and the reading. Private to
 * store/. */
#ifndef STORE_USAGE_COLUMNS_H
#define STORE_USAGE_COLUMNS_H

/* In the order of the columns; the first stands apart, for lists begin without a comma. */
#define USAGE_FIRST(X) X(requests)
#define USAGE_REST(X) \
    X(successes)      \
    X(failed_429)     \
    X(failed_403)     \
    X(failed_400)     \
    X(failed_5xx)     \
    X(failed_other)   \
    X(prompt_tokens)  \
    X(output_tokens)  \
    X(thought_tokens) \
    X(cached_tokens)  \
    X(first_ms_sum)   \
    X(first_count)    \
    X(duration_ms_sum)
#define USAGE_ALL(X) USAGE_FIRST(X) USAGE_REST(X)

#endif
