/* Rows of name and text, as the sources of settings give them. */
#include <string.h>

#include "base/crypto.h"
#include "base/text.h"
#include "base/vec.h"
#include "config/settings.h"

void setting_rows_add(struct setting_rows *rows, const char *name, const char *value)
{
    struct setting_row row = {xstrdup(name), xstrdup(value)};
    VEC_PUSH(rows, row);
}

void setting_rows_free(struct setting_rows *rows)
{
    for (size_t i = 0; i < rows->len; i++) {
        secret_wipe(rows->items[i].value, strlen(rows->items[i].value));
        free(rows->items[i].value);
        free(rows->items[i].name);
    }
    VEC_FREE(rows);
}

const char *setting_rows_get(const struct setting_rows *rows, const char *name)
{
    for (size_t i = rows->len; i > 0; i--)
        if (text_ieq(rows->items[i - 1].name, name))
            return rows->items[i - 1].value;
    return NULL;
}
