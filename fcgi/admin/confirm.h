/* The page that asks before something that cannot be taken back, for browsers without scripts: it
 * holds the form that was posted, and posts it again with `confirm`. */
#ifndef ADMIN_CONFIRM_H
#define ADMIN_CONFIRM_H

#include "admin/page.h"

struct confirm {
    const char *question;
    const char *explanation;
    const char *path;   /* that the form goes to */
    const char *button; /* what the button says */
    const char *back;   /* path to return to */
};

/* True when the form says `confirm`. */
bool confirm_given(const struct http_call *call);
/* Sends the page. Returns the status. */
int confirm_ask(struct http_call *call, const struct confirm *confirm);

#endif
