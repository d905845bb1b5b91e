/* Which part of the request log a page shows: read from a query or a form, written into links. */
#ifndef ADMIN_LOG_FILTER_H
#define ADMIN_LOG_FILTER_H

#include "http/form.h"
#include "store/store_log_list.h"

struct log_view {
    bool errors;           /* the page of failures */
    const char *range;     /* "1h", "24h", "7d", "30d"; "" all */
    const char *from, *to; /* as a browser writes them: "2026-11-23T08:15"; "" none */
    const char *model, *route, *error;
    int64_t token_id; /* -1 any */
    int64_t key_id;   /* 0 any */
    int status;       /* 0 any */
    int size;         /* 20 to 500 */
    struct log_cursor before;
};

#define LOG_RANGES 4
extern const char *const log_ranges[LOG_RANGES];
#define LOG_SIZES 4
extern const int log_sizes[LOG_SIZES];

/* What is absent or odd takes its default. Besides our own names the reference's are understood:
 * error_search, error_code_search, start_date, end_date. Texts live as long as the form's. */
struct log_view log_view_read(const struct http_form *form, bool errors);
/* "/requests?model=..." with all of it; the cursor only where it is set. */
const char *log_view_path(struct arena *arena, const struct log_view *view, const char *base);
/* "2026-11-23T08:15", with seconds and parts of them or without, in local time, or in UTC where a Z
 * follows; 0 when it is none. */
int64_t log_moment(const char *text);
/* For the store; `error` is put into lower case in the arena. */
struct log_filter log_view_filter(const struct log_view *view, struct arena *arena, int64_t now_ms);

#endif
