#include "config/bootstrap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "config/dotenv.h"
#include "config/literal.h"

/* --- .env and environment -------------------------------------------------------------------- */

static void close_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

/* Appends the file; one that is not there is empty. */
static int read_file(const char *path, struct strbuf *text, struct err *err)
{
    CLEANUP(close_file) FILE *file = fopen(path, "re");
    if (!file)
        return errno == ENOENT ? 0 : err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    char block[8192];
    size_t len;
    while ((len = fread(block, 1, sizeof(block), file)) > 0)
        strbuf_append(text, block, len);
    secret_wipe(block, sizeof(block));
    if (ferror(file))
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (!strbuf_ok(text))
        return err_set(err, ERR_TOO_LARGE, "%s is larger than %zu bytes", path, text->max);
    return 0;
}

static int read_env_file(struct setting_rows *rows, struct setting_rows *unknown, const char *path,
                         struct err *err)
{
    struct strbuf text = STRBUF_INIT(LIMIT_SETTING_TEXT);
    int result = read_file(path, &text, err);
    if (result == 0 && dotenv_parse(rows, unknown, strbuf_str(&text), text.len, err))
        result = err_prefix(err, "%s", path);
    strbuf_wipe(&text);
    return result;
}

/* Some tools (docker run --env-file) hand over the quotes of a value as part of it. */
static void add_variable(struct setting_rows *rows, const struct setting_def *def,
                         const char *value)
{
    size_t len = strlen(value);
    char *copy = xstrndup(value, len);
    setting_rows_add(rows, def->name, literal_unquote(text_trim(copy)));
    secret_wipe(copy, len);
    free(copy);
}

static void read_environment(struct setting_rows *rows, char **environ_list)
{
    for (; environ_list && *environ_list; environ_list++) {
        const char *equals = strchr(*environ_list, '=');
        if (!equals)
            continue;
        FREE_AUTO char *name = xstrndup(*environ_list, (size_t)(equals - *environ_list));
        const struct setting_def *def = setting_find(name);
        if (def)
            add_variable(rows, def, equals + 1);
    }
}

int bootstrap_read(struct setting_rows *rows, const char *path, char **environ_list,
                   struct err *err)
{
    if (path && read_env_file(rows, NULL, path, err))
        return -1;
    read_environment(rows, environ_list);
    return 0;
}

int bootstrap_read_file(struct setting_rows *rows, struct setting_rows *unknown, const char *path,
                        struct err *err)
{
    struct stat found; /* not access(): it asks for who we were */
    if (stat(path, &found) != 0)
        return err_set(err, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    return read_env_file(rows, unknown, path, err);
}

/* --- placeholders ---------------------------------------------------------------------------- */

static bool has_foreign_character(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text >= 0x7f)
            return true;
    return false;
}

/* Words that example files use. Each is so long that a random key does not hold it by chance. */
static bool has_example_word(const char *text)
{
    static const char *const words[] = {
        "your_",    "your-",     "yourkey",     "yourtoken", "example", "placeholder",
        "changeme", "change-me", "change_me",   "replace",   "api_key", "api-key",
        "xxxxxx",   "...",       "insert-your", "****",      "<",       "secret_key",
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (text_ifind(text, words[i]))
            return true;
    size_t len = strlen(text);
    return len >= 4 && text_ieq(text + len - 4, "xxxx");
}

/* What follows the part that real keys and tokens of a kind begin with. */
static const char *skip_prefix(const char *text)
{
    static const char *const prefixes[] = {"AIzaSy", "AIza", "AQ.Ab", "AQ.", "sk-"};
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (text_istarts(text, prefixes[i]))
            return text + strlen(prefixes[i]);
    return text;
}

/* "aaaa", "123456", "" after a prefix: somebody's finger, not a random text. */
static bool is_monotonous(const char *text)
{
    size_t same = 1, rising = 1;
    size_t len = strlen(text);
    for (size_t i = 1; i < len; i++) {
        same += text[i] == text[0];
        rising += text[i] == text[i - 1] + 1 || (text[i] == '0' && text[i - 1] == '9');
    }
    return (len >= 3 && same == len) || (len >= 6 && rising == len);
}

bool bootstrap_is_placeholder(const char *secret)
{
    if (text_empty(secret))
        return false;
    const char *body = skip_prefix(secret);
    return has_foreign_character(secret) || has_example_word(secret) || !*body ||
           is_monotonous(body);
}
