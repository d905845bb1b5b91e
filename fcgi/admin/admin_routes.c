/* What the admin answers. app.c puts these rows behind the public ones and below ADMIN_PATH. */
#include "admin/admin.h"

#define PAGE(pattern, handler)                                       \
    {                                                                \
        HTTP_GET, pattern, ACCESS_ADMIN, DIALECT_PAGE, handler, NULL \
    }
#define ACTION(pattern, handler)                                      \
    {                                                                 \
        HTTP_POST, pattern, ACCESS_ADMIN, DIALECT_PAGE, handler, NULL \
    }
#define OPEN(method, pattern, handler)                              \
    {                                                               \
        method, pattern, ACCESS_PUBLIC, DIALECT_PAGE, handler, NULL \
    }

const struct route admin_routes[] = {
    OPEN(HTTP_GET, "/", admin_root),
    OPEN(HTTP_POST, "/auth", admin_login),
    OPEN(HTTP_GET, "/static/{file...}", admin_static),
    ACTION("/logout", admin_logout),

    PAGE("/dashboard", admin_dashboard),

    PAGE("/keys", admin_keys_page),
    PAGE("/keys_status", admin_keys_status),
    ACTION("/keys/add", admin_keys_add),
    ACTION("/keys/action", admin_keys_action),

    PAGE("/config", admin_settings_page),
    ACTION("/config", admin_settings_save),
    PAGE("/config/history", admin_settings_history),
    ACTION("/config/undo", admin_settings_undo),

    {0, NULL, ACCESS_PUBLIC, DIALECT_PAGE, NULL, NULL},
};
