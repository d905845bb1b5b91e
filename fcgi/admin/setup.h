/* The page that a new installation shows as long as no token opens it. */
#ifndef ADMIN_SETUP_H
#define ADMIN_SETUP_H

#include "admin/admin.h"

/* No token is in force: nobody could sign in. */
bool setup_is_due(const struct http_call *call);
/* Shows it in place of the login. Returns the status. */
int setup_show(struct http_call *call);

#endif
