/* What the tests of the verdict share: the moment they play at, an ordinary call, and an error body
 * judged in the middle of one. */
#ifndef VERDICT_FIXTURE_H
#define VERDICT_FIXTURE_H

#include "../unit.h"

#include "exchange/verdict.h"

#define NOW ((int64_t)1795420800000) /* 2026-11-23 */

/* The first of four attempts, with time left and nothing said to the client. */
UNUSED static struct evidence ordinary_call(const struct upstream_result *transport)
{
    return (struct evidence){.transport = transport,
                             .idempotent = true,
                             .attempt = 1,
                             .attempts_max = 4,
                             .empty_retries_left = 2,
                             .deadline_left_ms = 300000,
                             .now_ms = NOW,
                             .egress = ""};
}

/* The verdict's texts are constants or of the last body judged. */
UNUSED static struct verdict judge_error(int status, const char *body, size_t len)
{
    static struct google_error error;
    struct upstream_result transport = {.outcome = UPSTREAM_OK, .status = status, .sent = true};
    struct evidence evidence = ordinary_call(&transport);
    google_error_parse(&error, body, len);
    evidence.error = &error;
    return verdict_of(&evidence);
}

#endif
