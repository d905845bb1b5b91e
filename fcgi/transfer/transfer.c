#include "transfer/transfer.h"

#include <stdarg.h>

#include "base/strbuf.h"

#define NOTE_MAX 1000

void transfer_tell(struct transfer_report *report, const char *what, const char *why, ...)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(NOTE_MAX);
    va_list args;
    va_start(args, why);
    strbuf_vprintf(&text, why, args);
    va_end(args);
    if (report->note)
        report->note(report->note_ctx, what, strbuf_str(&text));
}
