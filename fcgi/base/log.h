/* One line an event on standard error:
 *
 *     2026-11-23T08:15:02.123Z INFO pool.rest key=12 model=gemini-3.8-flash until=...
 *
 * An event has a dotted name and fields `name=value`; a value with a space, a quote or a
 * control character is quoted and escaped, so a line is always one line. Keys and tokens
 * appear only through redact(). Thread-safe; one write(2) a line. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/scope.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_CRITICAL, LOG_OFF };

void log_set_level(enum log_level level); /* takes effect at once, in every thread */
bool log_enabled(enum log_level level);
/* DEBUG INFO WARNING ERROR CRITICAL (any case, WARN too). Returns 0, or -1 if unknown. */
int log_level_parse(const char *name, enum log_level *level_r);

/* `fmt` gives the fields: log_event(LOG_INFO, "pool.rest", "key=%lld model=%s", id, model).
 * The formatted text is made safe (control characters escaped) and cut at 2,000 bytes. For a
 * value that may hold spaces use log_quote(). */
void log_event(enum log_level level, const char *event, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Quotes `value` for a field into `buf` where needed, cut to fit; returns buf. */
const char *log_quote(const char *value, char *buf, size_t buf_size);

#endif
