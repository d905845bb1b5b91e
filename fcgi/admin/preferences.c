#include "admin/preferences.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "http/cookie.h"

#define ONE_YEAR_S (365 * 24 * 3600)

static const char *const theme_words[THEME_COUNT] = {"auto", "light", "dark"};
static const char *const language_words[LANGUAGE_COUNT] = {"en", "zh"};

const char *theme_word(enum theme theme)
{
    return theme_words[theme];
}

const char *language_word(enum language language)
{
    return language_words[language];
}

/* Index of `word`, or -1. */
static int index_of(const char *const *words, int count, const char *word)
{
    for (int i = 0; word && i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
    }
    return -1;
}

static void remember(struct http_response *res, const char *cookie_name, const char *value)
{
    const struct http_cookie cookie = {
        .name = cookie_name, .value = value, .max_age_s = ONE_YEAR_S, .same_site = "Lax"};
    http_response_cookie(res, &cookie);
}

/* What the query or the cookie chose, or -1. */
static int chosen(struct http_request *req, struct http_response *res, const char *parameter,
                  const char *cookie_name, const char *const *words, int count)
{
    int index = index_of(words, count, http_request_query(req, parameter));
    if (index >= 0) {
        remember(res, cookie_name, words[index]);
        return index;
    }
    return index_of(words, count, http_request_cookie(req, cookie_name));
}

static double quality(const char *entry, size_t len)
{
    const char *mark = memmem(entry, len, "q=", 2);
    return mark ? strtod(mark + 2, NULL) : 1.0;
}

enum language language_accepted(const char *accept_language)
{
    enum language best = LANGUAGE_ENGLISH;
    double best_quality = 0;
    const char *entry = accept_language ? accept_language : "";
    while (*entry) {
        entry += strspn(entry, ", \t");
        size_t len = strcspn(entry, ",");
        for (int i = 0; i < LANGUAGE_COUNT; i++) {
            if (text_istarts(entry, language_words[i]) && quality(entry, len) > best_quality) {
                best = (enum language)i;
                best_quality = quality(entry, len);
            }
        }
        entry += len;
    }
    return best;
}

struct preferences preferences_of(struct http_request *req, struct http_response *res)
{
    int language = chosen(req, res, "lang", "gb_lang", language_words, LANGUAGE_COUNT);
    int theme = chosen(req, res, "theme", "gb_theme", theme_words, THEME_COUNT);
    return (struct preferences){
        .language = language >= 0 ? (enum language)language
                                  : language_accepted(http_request_header(req, "Accept-Language")),
        .theme = theme >= 0 ? (enum theme)theme : THEME_AUTO};
}
