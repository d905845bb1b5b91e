/* Tables for spreadsheets: RFC 4180, and no cell that a spreadsheet would run as a formula. */
#ifndef ADMIN_CSV_H
#define ADMIN_CSV_H

#include <stdint.h>

#include "base/strbuf.h"

/* Each adds one cell; csv_end() ends the line. */
void csv_text(struct strbuf *out, const char *text);
void csv_number(struct strbuf *out, int64_t number);
void csv_end(struct strbuf *out);

#endif
