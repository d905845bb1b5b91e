/* The page /audit: what was done in the admin and with gbctl, newest first. */
#include "admin/page.h"

#include <string.h>

#include "base/text.h"
#include "store/store_audit.h"

enum { ENTRIES = 100 };

struct listing {
    const struct page *page;
    int64_t count, last_id;
};

/* How what stands in the store is said on the page. */
struct wording {
    const char *stored;
    enum string_id id;
};

static const struct wording actions[] = {
    {"session.open", STRING_AUDIT_SESSION_OPEN},
    {"session.close", STRING_AUDIT_SESSION_CLOSE},
    {"session.refused", STRING_AUDIT_SESSION_REFUSED},
    {"setup", STRING_AUDIT_SETUP},
    {"settings.save", STRING_AUDIT_SETTINGS_SAVE},
    {"log.delete", STRING_AUDIT_LOG_DELETE},
    {"key.add", STRING_AUDIT_KEY_ADD},
    {"key.edit", STRING_AUDIT_KEY_EDIT},
    {"key.pause", STRING_AUDIT_KEY_PAUSE},
    {"key.resume", STRING_AUDIT_KEY_RESUME},
    {"key.reset", STRING_AUDIT_KEY_RESET},
    {"key.delete", STRING_AUDIT_KEY_DELETE},
    {"key.verify", STRING_AUDIT_KEY_VERIFY},
    {"key.export", STRING_AUDIT_KEY_EXPORT},
    {"key.reveal", STRING_AUDIT_KEY_REVEAL},
    {"token.add", STRING_AUDIT_TOKEN_ADD},
    {"token.edit", STRING_AUDIT_TOKEN_EDIT},
    {"token.pause", STRING_AUDIT_TOKEN_PAUSE},
    {"token.resume", STRING_AUDIT_TOKEN_RESUME},
    {"token.delete", STRING_AUDIT_TOKEN_DELETE},
    {"token.reveal", STRING_AUDIT_TOKEN_REVEAL},
};

/* One that ends with a space has a number behind it. */
static const struct wording details[] = {
    {"keys: ", STRING_AUDIT_KEYS},
    {"requests: ", STRING_AUDIT_REQUESTS},
    {"failed requests: ", STRING_AUDIT_FAILED_REQUESTS},
    {"failures only", STRING_AUDIT_FAILURES_ONLY},
    {"tries with a wrong token", STRING_AUDIT_WRONG_TOKEN},
    {"signed on by the web server", STRING_AUDIT_BY_THE_FRONT},
    {"the installation was taken over with the setup code", STRING_AUDIT_WITH_THE_CODE},
};

static const char *action_name(const struct page *page, const char *action)
{
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        if (text_eq(action, actions[i].stored))
            return page_text(page, actions[i].id);
    return "";
}

static const char *phrase(const struct page *page, const char *stored)
{
    for (size_t i = 0; i < ARRAY_LEN(details); i++) {
        size_t len = strlen(details[i].stored);
        bool numbered = details[i].stored[len - 1] == ' ';
        if (numbered && text_starts(stored, details[i].stored))
            return string_with_text(page->arena, page->preferences.language, details[i].id,
                                    stored + len);
        if (text_eq(stored, details[i].stored))
            return page_text(page, details[i].id);
    }
    return stored;
}

/* What a person typed (a token's name) is shown as it is. */
static const char *detail_text(const struct page *page, const struct store_audit *entry)
{
    if (text_eq(entry->detail, entry->subject))
        return "";
    return text_starts(entry->action, "token.") ? entry->detail : phrase(page, entry->detail);
}

static int add_entry(void *ctx, const struct store_audit *entry)
{
    struct listing *listing = ctx;
    struct view_dict *row = view_section(listing->page->content, "ENTRY");
    listing->count++;
    listing->last_id = entry->id;
    page_set_past(listing->page, view_section(row, "WHEN"), entry->time_ms);
    view_set(row, "WHO", entry->who);
    view_set(row, "ADDRESS", entry->address);
    view_set(row, "ACTION_NAME", action_name(listing->page, entry->action));
    view_set(row, "ACTION", entry->action);
    view_set(row, "SUBJECT", entry->subject);
    view_set(row, "DETAIL", detail_text(listing->page, entry));
    return 0;
}

int admin_audit_page(struct http_call *call)
{
    struct page page;
    struct listing listing = {.page = &page};
    struct store_audit_page wanted = {.limit = ENTRIES};
    if (text_to_int(http_request_query(call->req, "before"), &wanted.before_id) < 0)
        wanted.before_id = 0;
    page_begin(&page, call, "audit.tpl", STRING_AUDIT, PAGE_WIDE);
    if (store_audit_each(call->admin->store, &wanted, add_entry, &listing, &call->err) < 0) {
        page_abandon(&page);
        return admin_status_of(&call->err);
    }
    if (listing.count == ENTRIES)
        view_set(view_section(page.content, "OLDER"), "HREF",
                 page_url(call, arena_printf(page.arena, "/audit?before=%lld",
                                             (long long)listing.last_id)));
    return page_send(&page, 200);
}
