#include "config/setting_text.h"

#include <string.h>

#include "base/text.h"

static bool is_chinese(const char *language)
{
    return text_istarts(language, "zh");
}

const char *setting_help(const struct setting_def *def, const char *language)
{
    return is_chinese(language) ? def->help_zh : def->help_en;
}

const char *setting_group_title(enum setting_group group, const char *language)
{
    static const struct {
        const char *en, *zh;
    } titles[GROUP_COUNT] = {
        [GROUP_KEYS] = {"Keys", "密钥"},
        [GROUP_ACCESS] = {"Access", "访问控制"},
        [GROUP_UPSTREAM] = {"The way to Google", "上游请求"},
        [GROUP_POOL] = {"Pool", "密钥池"},
        [GROUP_MODELS] = {"Models", "模型"},
        [GROUP_CHAT] = {"Chat", "对话"},
        [GROUP_STREAM] = {"Streams", "流式输出"},
        [GROUP_IMAGES] = {"Images", "图片"},
        [GROUP_SPEECH] = {"Speech", "语音"},
        [GROUP_FILES] = {"Files", "文件"},
        [GROUP_LOGS] = {"Logs", "日志"},
        [GROUP_SERVER] = {"Server", "服务器"},
    };
    return is_chinese(language) ? titles[group].zh : titles[group].en;
}

/* --- ranges ---------------------------------------------------------------------------------- */

/* What a value of each type is, and what its range counts (NULL: the value itself). */
static const struct type_words {
    const char *noun_en, *unit_en, *noun_zh, *unit_zh;
} words[] = {
    [SETTING_BOOL] = {"true or false", NULL, "true 或 false", NULL},
    [SETTING_INT] = {"a whole number", NULL, "整数", NULL},
    [SETTING_NUM] = {"a number", NULL, "数字", NULL},
    [SETTING_STR] = {"a text", "bytes", "文本", "字节"},
    [SETTING_LIST] = {"a list", "items", "列表", "项"},
    [SETTING_MAP] = {"an object in JSON", "members", " JSON 对象", "项"},
    [SETTING_JSON] = {"JSON", NULL, "JSON", NULL},
};

static void choices_text(struct strbuf *out, const char *choices, bool chinese)
{
    strbuf_puts(out, chinese ? "以下之一:" : "one of ");
    for (const char *p = choices; *p; p++) {
        if (*p == '|')
            strbuf_puts(out, chinese ? "、" : ", ");
        else
            strbuf_putc(out, *p);
    }
}

static void range_english(struct strbuf *out, const struct setting_def *def)
{
    const struct type_words *word = &words[def->type];
    if (def->min > 0 && !*def->fallback && def->type == SETTING_STR)
        strbuf_puts(out, "empty or ");
    strbuf_puts(out, word->noun_en);
    if (def->min == 0 && def->max == 0)
        return;
    if (!word->unit_en)
        strbuf_printf(out, " from %.15g to %.15g", def->min, def->max);
    else if (def->min > 0)
        strbuf_printf(out, " of %.15g to %.15g %s", def->min, def->max, word->unit_en);
    else
        strbuf_printf(out, " of at most %.15g %s", def->max, word->unit_en);
}

static void range_chinese(struct strbuf *out, const struct setting_def *def)
{
    const struct type_words *word = &words[def->type];
    const char *unit = word->unit_zh ? word->unit_zh : "";
    if (def->min > 0 && !*def->fallback && def->type == SETTING_STR)
        strbuf_puts(out, "空或 ");
    if (def->min == 0 && def->max == 0)
        strbuf_puts(out, word->noun_zh);
    else if (def->min > 0 || !word->unit_zh)
        strbuf_printf(out, "%.15g 到 %.15g %s的%s", def->min, def->max, unit, word->noun_zh);
    else
        strbuf_printf(out, "最多 %.15g %s的%s", def->max, unit, word->noun_zh);
}

void setting_range_text(struct strbuf *out, const struct setting_def *def, const char *language)
{
    if (def->type == SETTING_CHOICE)
        choices_text(out, def->choices, is_chinese(language));
    else if (is_chinese(language))
        range_chinese(out, def);
    else
        range_english(out, def);
}
