/* How a person wants to see the pages: language and appearance.
 *
 * Each comes from the query (?lang=zh, ?theme=dark), which is remembered in a cookie, else from the
 * cookie, else from the browser. */
#ifndef ADMIN_PREFERENCES_H
#define ADMIN_PREFERENCES_H

#include "admin/strings.h"
#include "http/response.h"

enum theme { THEME_AUTO, THEME_LIGHT, THEME_DARK, THEME_COUNT };

struct preferences {
    enum language language;
    enum theme theme;
};

struct preferences preferences_of(struct http_request *req, struct http_response *res);

const char *theme_word(enum theme theme);          /* "auto", "light", "dark" */
const char *language_word(enum language language); /* "en", "zh", as in ?lang= */
/* The best of our languages for an Accept-Language header; English when it is NULL or names none.
 */
enum language language_accepted(const char *accept_language);

#endif
