#include "translate/markdown_image.h"

#include <string.h>

#define OPENING "](data:image/"

/* The "![" that opens the image whose description ends at `bracket`; NULL where none does. A
 * description stays on one line and is short. */
static const char *find_start(const char *from, const char *bracket)
{
    enum { DESCRIPTION_MAX = 500 };
    for (const char *at = bracket; at > from && bracket - at < DESCRIPTION_MAX; at--) {
        if (at[-1] == '\n')
            return NULL;
        if (at[-1] == '[')
            return at - 1 > from && at[-2] == '!' ? at - 2 : NULL;
    }
    return NULL;
}

bool markdown_image_find(const char *at, const char *end, struct markdown_image *image_r)
{
    const char *from = at;
    while (at < end) {
        const char *bracket = memmem(at, (size_t)(end - at), OPENING, strlen(OPENING));
        if (!bracket)
            return false;
        const char *url = bracket + 2;
        const char *start = find_start(from, bracket);
        const char *close = start ? memchr(url, ')', (size_t)(end - url)) : NULL;
        if (start && !close)
            return false;
        if (start) {
            *image_r = (struct markdown_image){start, close + 1, url, (size_t)(close - url)};
            return true;
        }
        at = url;
    }
    return false;
}
