/* Deleting from the log, and whether there is one at all. */
#include <string.h>

#include "admin/audit.h"
#include "admin/confirm.h"
#include "admin/settings_save.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/vec.h"
#include "store/store_log_list.h"

VEC(request_ids, int64_t);

/* What a form wants to delete. */
struct order {
    struct request_ids ids; /* of `selected` */
    int64_t days;           /* of `age` */
    bool errors;            /* failures only */
    const char *back;
};

/* The page that the form came from; nothing else is believed of it. */
static const char *back_path(const struct http_form *form)
{
    const char *back = http_form_get(form, "back");
    if (text_starts(back, "/errors") || text_starts(back, "/requests?"))
        return back;
    return "/requests";
}

static void read_ids(const struct http_form *form, struct request_ids *ids)
{
    int64_t id;
    for (size_t i = 0; i < form->count; i++) {
        if (text_eq(form->fields[i].name, "id") && text_to_int(form->fields[i].value, &id) == 0)
            VEC_PUSH(ids, id);
    }
}

/* --- three ways to delete: each returns how many, or -1 ----------------------------------------- */

typedef int64_t log_delete(struct http_call *call, const struct order *order);

static int64_t delete_selected(struct http_call *call, const struct order *order)
{
    return store_log_delete(call->admin->store, order->ids.items, order->ids.len, &call->err);
}

static int64_t delete_old(struct http_call *call, const struct order *order)
{
    int64_t before_ms = clock_wall_ms() - order->days * DAY_MS;
    if (order->days < 0 || order->days > 36500)
        return err_set_param(&call->err, ERR_INVALID, "days", "a number of days from 0 to 36500");
    return store_log_retain(call->admin->store, order->errors ? 0 : before_ms, before_ms, 0,
                            &call->err);
}

static int64_t delete_all(struct http_call *call, const struct order *order)
{
    if (order->errors)
        return store_log_retain(call->admin->store, 0, clock_wall_ms() + DAY_MS, 0, &call->err);
    return store_log_clear(call->admin->store, &call->err);
}

static const struct way {
    const char *word;
    log_delete *delete;
    enum string_id question;
    enum flash_code done;
} ways[] = {
    {"selected", delete_selected, STRING_DELETE_LOG_SOME, FLASH_LOG_DELETED},
    {"age", delete_old, STRING_DELETE_LOG_AGE, FLASH_LOG_DELETED},
    {"all", delete_all, STRING_DELETE_LOG_ALL, FLASH_LOG_CLEARED},
};

static int ask(struct http_call *call, const struct way *way, const struct order *order)
{
    enum language language = preferences_of(call->req, call->res).language;
    const struct confirm confirm = {
        .question =
            string_with_number(call->req->arena, language, way->question, (int64_t)order->ids.len),
        .explanation = string_text(language, STRING_DELETE_LOG_EXPLAINED),
        .path = "/requests/delete",
        .button = string_text(language, STRING_DELETE),
        .back = order->back,
    };
    return confirm_ask(call, &confirm);
}

static int carry_out(struct http_call *call, const struct way *way, const struct order *order)
{
    struct flash flash = {.code = way->done};
    if (way->delete == delete_selected && order->ids.len == 0)
        return admin_redirect_flash(call, order->back,
                                    &(struct flash){.code = FLASH_NO_ROW_SELECTED});
    if (!confirm_given(call))
        return ask(call, way, order);
    flash.counts[0] = way->delete (call, order);
    if (flash.counts[0] < 0)
        return admin_status_of(&call->err);
    admin_audit(call, "log.delete", way->word,
                arena_printf(call->req->arena, "%s: %lld",
                             order->errors ? "failed requests" : "requests",
                             (long long)flash.counts[0]));
    return admin_redirect_flash(call, order->back, &flash);
}

int admin_log_delete(struct http_call *call)
{
    const struct http_form *form = admin_form(call);
    const char *what = http_form_get(form, "what");
    struct order order = {.errors = http_form_get(form, "errors") != NULL, .back = back_path(form)};
    if (text_to_int(http_form_get(form, "days"), &order.days) < 0)
        order.days = -1;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        if (!text_eq(what, ways[i].word))
            continue;
        read_ids(form, &order.ids);
        int status = carry_out(call, &ways[i], &order);
        VEC_FREE(&order.ids);
        return status;
    }
    return err_set_param(&call->err, ERR_INVALID, "what", "what is to be deleted?"), 400;
}

int admin_log_keep(struct http_call *call)
{
    bool keep;
    const char *word = http_form_get(admin_form(call), "keep");
    if (text_to_bool(word, &keep) < 0)
        return err_set_param(&call->err, ERR_INVALID, "keep", "true or false"), 400;
    const struct store_setting_change change = {"LOG_REQUESTS", keep ? "true" : "false", false};
    if (settings_save(call, &change, 1) < 0)
        return admin_status_of(&call->err);
    return admin_redirect_flash(call, "/requests",
                                &(struct flash){.code = keep ? FLASH_LOG_ON : FLASH_LOG_OFF});
}
