/* Saving settings, and what follows from it. */
#ifndef ADMIN_SETTINGS_SAVE_H
#define ADMIN_SETTINGS_SAVE_H

#include "admin/admin.h"
#include "store/store_settings.h"

/* Writes all changes or none, audits them, and puts them in force in this process. After a new
 * AUTH_TOKEN only the caller's session stays open. 0, or -1 with call->err. */
int settings_save(struct http_call *call, const struct store_setting_change *changes, size_t count);

#endif
