/* Stands for admin/ and view/ in a program that was configured with --disable-admin: no pages, no
 * templates, no C++. gbctl does their work. */
#include "app.h"

const struct route admin_routes[] = {{0, NULL, ACCESS_PUBLIC, DIALECT_PAGE, NULL, NULL}};

int admin_check_access(struct http_call *call UNUSED)
{
    return 404;
}

int admin_write_error(struct http_call *call UNUSED, int status)
{
    return status;
}

struct view *view_open(const char *dir UNUSED, struct err *err)
{
    err_set(err, ERR_UNSUPPORTED, "this program was built without the admin");
    return NULL;
}

void view_close(struct view **view UNUSED)
{
}
