/* The page /audit: what was done in the admin and with gbctl, newest first. */
#include "admin/page.h"

#include "base/text.h"
#include "store/store_audit.h"

enum { ENTRIES = 100 };

struct listing {
    const struct page *page;
    int64_t count, last_id;
};

static int add_entry(void *ctx, const struct store_audit *entry)
{
    struct listing *listing = ctx;
    struct view_dict *row = view_section(listing->page->content, "ENTRY");
    listing->count++;
    listing->last_id = entry->id;
    page_set_past(listing->page, view_section(row, "WHEN"), entry->time_ms);
    view_set(row, "WHO", entry->who);
    view_set(row, "ADDRESS", entry->address);
    view_set(row, "ACTION", entry->action);
    view_set(row, "SUBJECT", entry->subject);
    view_set(row, "DETAIL", text_eq(entry->detail, entry->subject) ? "" : entry->detail);
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
