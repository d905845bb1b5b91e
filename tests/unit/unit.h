/* What every unit test includes first: cmocka with the headers it asks for. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Runs a table of CMUnitTest; the value of main(). */
#define UNIT_RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

/* In a loop over a table: tells the row before a failing assertion ends the test. */
#define UNIT_ROW(worked, what)                  \
    do {                                        \
        if (!(worked))                          \
            fail_msg("row failed: %s", (what)); \
    } while (0)

#endif
