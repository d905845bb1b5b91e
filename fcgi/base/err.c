#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/text.h"

/* Cuts on a character's boundary. Line breaks inside a text of others would break the promise of
 * one line. */
static void store_text(struct err *err, const char *text)
{
    size_t len = strnlen(text, sizeof(err->text) - 1);
    len = utf8_prefix(text, len);
    memcpy(err->text, text, len);
    err->text[len] = '\0';
    for (char *p = err->text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
}

/* Formats before anything is stored, because an argument may be err->text itself. */
static void PRINTF_LIKE(4, 0)
    set_all(struct err *err, enum err_code code, const char *param, const char *fmt, va_list args)
{
    char text[sizeof(err->text)];
    char name[sizeof(err->param)];
    vsnprintf(text, sizeof(text), fmt, args);
    text_copy(name, sizeof(name), param);
    err->code = code;
    text_copy(err->param, sizeof(err->param), name);
    store_text(err, text);
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    if (!err)
        return -1;
    va_list args;
    va_start(args, fmt);
    set_all(err, code, "", fmt, args);
    va_end(args);
    return -1;
}

int err_set_param(struct err *err, enum err_code code, const char *param, const char *fmt, ...)
{
    if (!err)
        return -1;
    va_list args;
    va_start(args, fmt);
    set_all(err, code, param, fmt, args);
    va_end(args);
    return -1;
}

int err_prefix(struct err *err, const char *fmt, ...)
{
    if (!err)
        return -1;
    char text[2 * sizeof(err->text)];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(err->text), fmt, args);
    va_end(args);
    size_t len = strlen(text);
    snprintf(text + len, sizeof(text) - len, ": %s", err->text);
    store_text(err, text);
    return -1;
}

void err_clear(struct err *err)
{
    if (err)
        *err = (struct err)ERR_INIT;
}
