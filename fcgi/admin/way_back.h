/* Where somebody wanted to go who had to sign in first: a cookie for a few minutes, with a path of ours. */
#ifndef ADMIN_WAY_BACK_H
#define ADMIN_WAY_BACK_H

#include "http/router.h"

/* The call is about to be led to the login: remembers its page. Not of anything but a page that a person opens. */
void way_back_note(struct http_call *call);
/* The page to go to after signing in, below the admin's path: "/dashboard" where nothing is remembered, or nothing that
 * may be. Forgets it. In the arena. */
const char *way_back_take(struct http_call *call);

#endif
