/* What every unit test includes first: cmocka with the headers it asks for. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Runs a table of CMUnitTest; the value of main(). */
#define UNIT_RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

/* How many times slower than usual this machine is, as under an emulator: GB_SLOW of the environment, at least 1.
 * What may take some time at most is multiplied by it. */
static inline int unit_slow(void)
{
    const char *text = getenv("GB_SLOW");
    long times = text != NULL ? strtol(text, NULL, 10) : 1;
    return times > 1 ? (int)times : 1;
}

/* What is done at once may take so long on a machine that is busy with other things. */
#define UNIT_AT_ONCE_MS (10000 * unit_slow())

/* In a loop over a table: tells the row before a failing assertion ends the test. */
#define UNIT_ROW(worked, what)                  \
    do {                                        \
        if (!(worked))                          \
            fail_msg("row failed: %s", (what)); \
    } while (0)

#endif
