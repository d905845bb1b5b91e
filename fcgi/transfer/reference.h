/* Taking over a gemini-balance (the Python program, up to 2.2.8): its .env and its database.
 *
 * As there, a row of t_settings goes before .env. What is taken: keys and tokens (one that a person
 * deleted here stays deleted), settings (not those that only repeat the reference's default, so that
 * ours holds), records of files that still exist at Google, the request log and the error log. What
 * has no counterpart is told, never dropped in silence. */
#ifndef TRANSFER_REFERENCE_H
#define TRANSFER_REFERENCE_H

#include "site/site.h"
#include "transfer/transfer.h"

struct reference_options {
    const char *env_file; /* NULL: none */
    const char *db_file;  /* SQLite file or text of a mysqldump; NULL: none */
    /* The time zone in which its log was written, for it keeps local times without one: NULL for the
     * TZ of its .env, else UTC (which a container without TZ has). */
    const char *zone;
    bool log; /* its request and error log too */
};

/* 0, or -1: then what was taken until there stays, and a further run goes on. For a program of one
 * thread: TZ is changed for the time of the call. */
int reference_import(struct site *site, const struct reference_options *options,
                     struct transfer_report *report, struct err *err);

#endif
