#include "admin/csv.h"

#include <string.h>

static void begin_cell(struct strbuf *out)
{
    if (out->len > 0 && out->data[out->len - 1] != '\n')
        strbuf_putc(out, ',');
}

void csv_number(struct strbuf *out, int64_t number)
{
    begin_cell(out);
    strbuf_printf(out, "%lld", (long long)number);
}

/* A spreadsheet takes what begins so for a formula. */
static int is_formula(const char *text)
{
    return *text && strchr("=+-@\t\r", *text) != NULL;
}

void csv_text(struct strbuf *out, const char *text)
{
    begin_cell(out);
    strbuf_putc(out, '"');
    if (is_formula(text))
        strbuf_putc(out, '\'');
    for (; *text; text++) {
        if (*text == '"')
            strbuf_putc(out, '"');
        strbuf_putc(out, *text);
    }
    strbuf_putc(out, '"');
}

void csv_end(struct strbuf *out)
{
    strbuf_puts(out, "\r\n");
}
