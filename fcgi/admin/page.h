/* One page: the layout around a template of its own.
 *
 *   page    made by page_begin(), filled through page->content, ended by page_send(); lives on the
 *           stack of its handler, its texts in the request's arena. */
#ifndef ADMIN_PAGE_H
#define ADMIN_PAGE_H

#include "admin/admin.h"
#include "admin/flash.h"
#include "admin/preferences.h"

struct page {
    struct http_call *call;
    struct arena *arena; /* the request's */
    struct preferences preferences;
    struct view_dict *layout;
    struct view_dict *content; /* what the page's own template shows */
    int64_t now_ms;
};

/* Width of the content. */
enum page_width { PAGE_WIDE, PAGE_MEDIUM, PAGE_NARROW };

/* Starts a page with everything that the layout shows: navigation, language, appearance, banners,
 * and the message that a redirect carried. */
void page_begin(struct page *page, struct http_call *call, const char *file, enum string_id title,
                enum page_width width);
/* Another title than that of page_begin(); `title` lives as long as the page. */
void page_set_title(struct page *page, const char *title);

/* Renders and sends it with the headers that guard pages, and releases it. Returns `status`; when
 * it cannot be rendered, 503 with call->err set, not sent. */
int page_send(struct page *page, int status);
/* Releases it without sending: the handler returns an error status instead. */
void page_abandon(struct page *page);

const char *page_text(const struct page *page, enum string_id id);
/* Sets `name` to a text of the table. */
void page_set_text(const struct page *page, struct view_dict *dict, const char *name,
                   enum string_id id);
/* Sets ISO, LOCAL and WORDS of a moment that is past. */
void page_set_past(const struct page *page, struct view_dict *dict, int64_t when_ms);
/* The same of one to come. */
void page_set_future(const struct page *page, struct view_dict *dict, int64_t when_ms);
/* `path` ("/keys?page=2") below the place where the admin lies; in the arena. */
const char *page_url(const struct http_call *call, const char *path);
/* Leads on to such a path with 303. Returns the status. */
int admin_redirect(struct http_call *call, const char *path);
/* The same, with a message for the page that comes next. */
int admin_redirect_flash(struct http_call *call, const char *path, const struct flash *flash);
/* Shows a message on this page. */
void page_show_flash(struct page *page, const struct flash *flash);

/* HTTP status for an error of the store or of input. */
int admin_status_of(const struct err *err);

#endif
