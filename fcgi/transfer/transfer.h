/* Taking over what another program kept, and carrying away what this one keeps.
 *
 *   reference.h     everything that gemini-balance (the Python program) holds: its .env and its
 *                   database, an SQLite file or the text of a mysqldump
 *   site_file.h     a site as one JSON document, out and in; as a .env, out
 *   backup.h        a whole site in one file, and back
 *   mysql_dump.h    the rows of a table in a dump's text
 *
 * Taking over adds and never takes away; what a person deleted here stays deleted; a second run finds
 * everything there. What is done and what is left is told through a transfer_report. */
#ifndef TRANSFER_TRANSFER_H
#define TRANSFER_TRANSFER_H

#include <stdint.h>

#include "base/err.h"

/* What came of one kind of things. */
struct transfer_count {
    int64_t added, there, refused;
};

/* What is worth a line of its own: a thing left behind or changed on the way. Holds no secret. */
typedef void transfer_note(void *ctx, const char *what, const char *why);

struct transfer_report {
    struct transfer_count keys, tokens, settings, files, requests;
    transfer_note *note;
    void *note_ctx;
};

/* Tells a note; `why` is a format. */
void transfer_tell(struct transfer_report *report, const char *what, const char *why, ...)
    PRINTF_LIKE(3, 4);

#endif
