#include "translate/media_type.h"

#include <string.h>

#include "base/scope.h"
#include "base/text.h"

struct type_row {
    const char *word;
    const char *type;
};

/* Google reads source code and markup as plain text. */
static const struct type_row extensions[] = {
    {"png", "image/png"},       {"jpg", "image/jpeg"},      {"jpeg", "image/jpeg"},
    {"webp", "image/webp"},     {"heic", "image/heic"},     {"heif", "image/heif"},
    {"gif", "image/gif"},       {"bmp", "image/bmp"},       {"wav", "audio/wav"},
    {"mp3", "audio/mpeg"},      {"flac", "audio/flac"},     {"ogg", "audio/ogg"},
    {"opus", "audio/ogg"},      {"aac", "audio/aac"},       {"m4a", "audio/mp4"},
    {"aiff", "audio/aiff"},     {"aif", "audio/aiff"},      {"mp4", "video/mp4"},
    {"mov", "video/quicktime"}, {"avi", "video/x-msvideo"}, {"webm", "video/webm"},
    {"mpeg", "video/mpeg"},     {"mpg", "video/mpeg"},      {"wmv", "video/x-ms-wmv"},
    {"flv", "video/x-flv"},     {"3gp", "video/3gpp"},      {"mkv", "video/x-matroska"},
    {"pdf", "application/pdf"}, {"html", "text/html"},      {"htm", "text/html"},
    {"css", "text/css"},        {"csv", "text/csv"},        {"xml", "text/xml"},
    {"rtf", "text/rtf"},        {"md", "text/markdown"},    {"txt", "text/plain"},
    {"log", "text/plain"},      {"json", "text/plain"},     {"jsonl", "text/plain"},
    {"yaml", "text/plain"},     {"yml", "text/plain"},      {"toml", "text/plain"},
    {"ini", "text/plain"},      {"js", "text/javascript"},  {"ts", "text/plain"},
    {"py", "text/x-python"},    {"c", "text/plain"},        {"h", "text/plain"},
    {"cpp", "text/plain"},      {"java", "text/plain"},     {"go", "text/plain"},
    {"rs", "text/plain"},       {"sh", "text/plain"},       {"sql", "text/plain"},
    {"tex", "text/plain"},      {"svg", "text/plain"},
};

static const struct type_row audio_formats[] = {
    {"wav", "audio/wav"},
    {"mp3", "audio/mpeg"},
    {"mpeg", "audio/mpeg"},
    {"flac", "audio/flac"},
    {"ogg", "audio/ogg"},
    {"opus", "audio/ogg"},
    {"aac", "audio/aac"},
    {"m4a", "audio/mp4"},
    {"mp4", "audio/mp4"},
    {"webm", "audio/webm"},
    {"aiff", "audio/aiff"},
    {"pcm16", "audio/L16;rate=24000"},
    {"pcm", "audio/L16;rate=24000"},
};

static const struct type_row spellings[] = {
    {"image/jpg", "image/jpeg"},
    {"image/pjpeg", "image/jpeg"},
    {"image/x-png", "image/png"},
    {"image/svg+xml", "text/plain"},
    {"audio/x-wav", "audio/wav"},
    {"audio/wave", "audio/wav"},
    {"audio/vnd.wave", "audio/wav"},
    {"audio/x-aiff", "audio/aiff"},
    {"audio/x-m4a", "audio/mp4"},
    {"audio/m4a", "audio/mp4"},
    {"audio/x-flac", "audio/flac"},
    {"audio/mp3", "audio/mpeg"},
    {"application/x-pdf", "application/pdf"},
    {"application/json", "text/plain"},
    {"application/xml", "text/xml"},
    {"application/x-yaml", "text/plain"},
    {"application/yaml", "text/plain"},
    {"application/javascript", "text/javascript"},
    {"application/rtf", "text/rtf"},
    {"application/csv", "text/csv"},
};

static const char *look_up(const struct type_row *rows, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (text_ieq(rows[i].word, word))
            return rows[i].type;
    return NULL;
}

const char *media_type_of_name(const char *name)
{
    char extension[16];
    if (!name)
        return NULL;
    const char *authority = strstr(name, "://");
    const char *start = authority ? authority + 3 : name;
    size_t len = strcspn(start, "?#");
    const char *dot = NULL;
    for (size_t i = 0; i < len; i++) {
        if (start[i] == '/')
            dot = NULL;
        else if (start[i] == '.')
            dot = start + i + 1;
    }
    size_t extension_len = dot ? (size_t)(start + len - dot) : 0;
    if (extension_len == 0 || extension_len >= sizeof(extension))
        return NULL;
    memcpy(extension, dot, extension_len);
    extension[extension_len] = '\0';
    return look_up(extensions, ARRAY_LEN(extensions), extension);
}

const char *media_type_of_format(enum media_kind kind, const char *format)
{
    if (kind == MEDIA_AUDIO)
        return look_up(audio_formats, ARRAY_LEN(audio_formats), format);
    return look_up(extensions, ARRAY_LEN(extensions), format);
}

const char *media_type_of_base64(const char *base64)
{
    static const struct type_row beginnings[] = {
        {"iVBORw0KGgo", "image/png"}, {"/9j/", "image/jpeg"},  {"UklGR", "image/webp"},
        {"R0lGOD", "image/gif"},      {"Qk0", "image/bmp"},    {"JVBERi0", "application/pdf"},
        {"SUQz", "audio/mpeg"},       {"ZkxhQ", "audio/flac"}, {"T2dnU", "audio/ogg"},
    };
    /* A RIFF file tells what it is at byte 8; its size stands between. */
    if (text_starts(base64, "UklGR") && strnlen(base64, 16) == 16 &&
        memcmp(base64 + 11, "XQVZF", 5) == 0)
        return "audio/wav";
    for (size_t i = 0; i < ARRAY_LEN(beginnings); i++)
        if (text_starts(base64, beginnings[i].word))
            return beginnings[i].type;
    return NULL;
}

const char *media_type_default(enum media_kind kind)
{
    static const char *const types[] = {
        [MEDIA_IMAGE] = "image/jpeg",
        [MEDIA_AUDIO] = "audio/mpeg",
        [MEDIA_VIDEO] = "video/mp4",
        [MEDIA_FILE] = "application/pdf",
    };
    return types[kind];
}

/* The sample rate of raw audio stands in a parameter. */
static bool keeps_parameters(const char *type)
{
    return text_istarts(type, "audio/l16") || text_istarts(type, "audio/pcm");
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t length_without_parameters(const char *type, size_t len)
{
    size_t i = 0;
    while (i < len && !strchr(";, \t\r\n", type[i]))
        i++;
    return i;
}

bool media_type_is_plain(const char *type, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (type[i] < ' ' || type[i] > '~')
            return false;
    return len < MEDIA_TYPE_SIZE;
}

void media_type_tidy(const char *type, size_t len, char buf[MEDIA_TYPE_SIZE])
{
    char text[MEDIA_TYPE_SIZE];
    bool whole = keeps_parameters(type);
    if (!whole)
        len = length_without_parameters(type, len);
    if (!media_type_is_plain(type, len))
        len = 0;
    for (size_t i = 0; i < len; i++)
        text[i] = whole ? type[i] : lower(type[i]);
    text[len] = '\0';
    const char *known = look_up(spellings, ARRAY_LEN(spellings), text);
    text_copy(buf, MEDIA_TYPE_SIZE, known ? known : text);
}
