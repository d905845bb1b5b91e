#include "admin/settings_save.h"

#include "admin/audit.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

/* What follows from values that are in the store now. A new admin token ends what the old one
 * opened, except here. */
static int settings_saved(struct http_call *call, const struct store_setting_change *changes,
                          size_t count)
{
    STRBUF_AUTO struct strbuf names = STRBUF_INIT(16 * KIB);
    bool new_token = false;
    for (size_t i = 0; i < count; i++) {
        strbuf_printf(&names, "%s%s", i ? " " : "", changes[i].name);
        new_token = new_token || text_eq(changes[i].name, "AUTH_TOKEN");
    }
    admin_audit(call, "settings.save", count == 1 ? changes[0].name : "", strbuf_str(&names));
    if (call->admin->settings_changed)
        call->admin->settings_changed(call->admin->ctx);
    if (!new_token)
        return 0;
    const struct store_session *session = admin_session(call);
    return store_sessions_delete_others(call->admin->store, session ? session->id_hash : "",
                                        &call->err);
}

int settings_save(struct http_call *call, const struct store_setting_change *changes, size_t count)
{
    if (store_settings_save(call->admin->store, changes, count, admin_who(call), clock_wall_ms(),
                            &call->err) < 0)
        return -1;
    return settings_saved(call, changes, count);
}
