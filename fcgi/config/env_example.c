#include "config/env_example.h"

#include <string.h>

#include "base/text.h"
#include "config/setting_text.h"

enum { WIDTH = 96 };

static const char *pick(const char *language, const char *english, const char *chinese)
{
    return text_istarts(language, "zh") ? chinese : english;
}

/* Writes a comment, broken between words into lines of at most WIDTH bytes. A Chinese text has no
 * spaces to break at and stays whole. */
static void comment(struct strbuf *out, const char *text)
{
    size_t column = 0;
    while (*text) {
        size_t len = strcspn(text, " ");
        if (column == 0 || column + 1 + len > WIDTH) {
            strbuf_puts(out, column ? "\n#" : "#");
            column = 1;
        }
        strbuf_putc(out, ' ');
        strbuf_append(out, text, len);
        column += 1 + len;
        text += len + (text[len] == ' ');
    }
    strbuf_putc(out, '\n');
}

static void range_comment(struct strbuf *out, const struct setting_def *def, const char *language)
{
    struct strbuf line STRBUF_AUTO = STRBUF_INIT(1024);
    strbuf_puts(&line, pick(language, "Takes ", "取值:"));
    setting_range_text(&line, def, language);
    strbuf_puts(&line, pick(language, ".", "。"));
    comment(out, strbuf_str(&line));
}

/* Lists are shown as JSON, so that a person sees how to write the next item. */
static const char *default_text(const struct setting_def *def)
{
    switch (def->type) {
    case SETTING_LIST:
        return *def->fallback ? def->fallback : "[]";
    case SETTING_MAP:
        return *def->fallback ? def->fallback : "{}";
    default:
        return def->fallback;
    }
}

static void print_setting(struct strbuf *out, const struct setting_def *def, const char *language)
{
    strbuf_putc(out, '\n');
    comment(out, setting_help(def, language));
    range_comment(out, def, language);
    strbuf_printf(out, "#%s=%s\n", def->name, default_text(def));
}

static void print_group(struct strbuf *out, enum setting_group group, const char *language)
{
    strbuf_printf(out, "\n# ---- %s ----\n", setting_group_title(group, language));
    for (size_t i = 0; i < setting_count(); i++) {
        const struct setting_def *def = setting_at(i);
        if (def->group == group && !(def->flags & SET_ACCEPTED))
            print_setting(out, def, language);
    }
}

void settings_print_env_example(struct strbuf *out, const char *language)
{
    comment(out,
            pick(language,
                 "Settings of Gemini Balance. Remove the # before a name to set it; what stays "
                 "commented out keeps its default. Variables of the environment go before "
                 "this file, and what is saved in the admin goes before both.",
                 "Gemini Balance 的设置。去掉名称前的 # "
                 "即可设置,保持注释则使用默认值。环境变量优先于本文件,"
                 "后台保存的设置优先于两者。"));
    for (int group = 0; group < GROUP_COUNT; group++)
        print_group(out, (enum setting_group)group, language);
}
