/* Time. Spans are in milliseconds; wall time is milliseconds since 1970 UTC.
 *
 * Only the edges of the program (http, upstream, exchange, jobs, main) read the clock;
 * pool, translate and verdict are handed the time. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define SECOND_MS ((int64_t)1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

int64_t clock_wall_ms(void);
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void); /* microseconds, for timings */

/* The next midnight in America/Los_Angeles strictly after `wall_ms`: when Google's daily
 * quotas begin anew. Follows the US daylight-saving rule (second Sunday of March to first
 * Sunday of November) without needing a time zone database. */
int64_t clock_next_pacific_midnight(int64_t wall_ms);
/* The Pacific calendar day of `wall_ms` as days since 1970-01-01. */
int64_t clock_pacific_day(int64_t wall_ms);

/* "2026-11-23T08:15:02.123Z"; returns buf. */
const char *clock_iso(int64_t wall_ms, char *buf, size_t buf_size);
/* The same in local time (TZ), with its distance from UTC: "2026-11-23T16:15:02.123+08:00"; "Z" where
 * there is none. */
const char *clock_iso_local(int64_t wall_ms, char *buf, size_t buf_size);
/* Local time (TZ) as "2026-11-23 16:15:02"; returns buf. */
const char *clock_local(int64_t wall_ms, char *buf, size_t buf_size);
/* Parses a protobuf Duration string ("48s", "34.4s", "27ms", "156h14m36.7s") into ms,
 * rounded up. Returns 0, or -1 if it is none. (google.rpc.RetryInfo.retryDelay and "Please retry in
 * ...") */
int clock_parse_duration(const char *text, int64_t *ms_r);

#endif
