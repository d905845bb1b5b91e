/* What went wrong, for whoever can answer for it.
 *
 * Functions that can fail return 0 or -1 (or a documented 1/0/-1) and fill a caller's
 * `struct err`. `err_set` returns -1, so failing is one line:
 *
 *     return err_set(err, ERR_INVALID, "port %d is out of range", port);
 *
 * Every function taking `struct err *` accepts NULL. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/scope.h"

enum err_code {
    ERR_NONE = 0,
    ERR_INVALID,     /* the input is wrong: 400 */
    ERR_TOO_LARGE,   /* beyond a documented maximum: 413 */
    ERR_NOT_FOUND,   /* 404 */
    ERR_EXISTS,      /* a duplicate: 409 */
    ERR_BUSY,        /* locked, or no room, for now: 503 */
    ERR_FULL,        /* the disk is full: 503 */
    ERR_IO,          /* reading or writing failed */
    ERR_DAMAGED,     /* a file that was kept is not what it was: 503 */
    ERR_UNSUPPORTED, /* understood, but not offered here */
    ERR_GONE,        /* the other side went away */
    ERR_INTERNAL     /* our own fault */
};

struct err {
    enum err_code code;
    char param[64]; /* the field or setting at fault, "" where none is */
    char text[400]; /* one line for a person; never holds a secret */
};

#define ERR_INIT \
    {            \
        0        \
    }

/* Sets code and text (cut to fit). Returns -1. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same, naming the field at fault. Returns -1. */
int err_set_param(struct err *err, enum err_code code, const char *param, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* Puts "what: " before the text that is there. Returns -1. */
int err_prefix(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
void err_clear(struct err *err);

#endif
