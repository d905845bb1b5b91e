/* The standard headers come first: the C headers below must not pull them in with C linkage. */
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <dirent.h>
#include <pthread.h>

#include <ctemplate/template.h>

extern "C" {
#include "view/view.h"
}

#include "base/limits.h"

using ctemplate::STRIP_BLANK_LINES;
using ctemplate::TemplateCache;
using ctemplate::TemplateDictionary;
using ctemplate::TemplateString;

/* The cache is filled and frozen before any thread sees it, so that rendering only reads. */
struct view {
    TemplateCache cache;
};

namespace
{

const size_t template_max = MIB;
const char *const suffix = ".tpl";

TemplateDictionary *inner(struct view_dict *dict)
{
    return reinterpret_cast<TemplateDictionary *>(dict);
}

struct view_dict *outer(TemplateDictionary *dict)
{
    return reinterpret_cast<struct view_dict *>(dict);
}

/* Sends what the engine emits straight into the caller's buffer. */
class StrbufEmitter : public ctemplate::ExpandEmitter
{
  public:
    explicit StrbufEmitter(struct strbuf *out) : out_(out)
    {
    }
    void Emit(char c) override
    {
        strbuf_putc(out_, c);
    }
    void Emit(const std::string &s) override
    {
        strbuf_append(out_, s.data(), s.size());
    }
    void Emit(const char *s) override
    {
        strbuf_puts(out_, s);
    }
    void Emit(const char *s, size_t len) override
    {
        strbuf_append(out_, s, len);
    }

  private:
    struct strbuf *out_;
};

/* Runs `body`. The functions that return nothing can fail by want of memory only, which ends the
 * process as everywhere else in the program. */
template <typename Body> auto without_exceptions(Body body) noexcept -> decltype(body())
{
    return body();
}

/* Runs a `body` that returns 0 or -1; an exception becomes ERR_INTERNAL. */
template <typename Body> int caught(struct err *err, Body body)
{
    try {
        return body();
    } catch (const std::exception &e) {
        return err_set(err, ERR_INTERNAL, "template engine: %s", e.what());
    } catch (...) {
        return err_set(err, ERR_INTERNAL, "template engine failed");
    }
}

bool has_suffix(const std::string &name)
{
    size_t len = strlen(suffix);
    return name.size() > len && name.compare(name.size() - len, len, suffix) == 0;
}

int list_templates(const char *dir, std::vector<std::string> *names_r, struct err *err)
{
    std::unique_ptr<DIR, int (*)(DIR *)> handle(opendir(dir), closedir);
    if (!handle)
        return err_set(err, ERR_IO, "template directory %s cannot be read", dir);
    for (const dirent *entry; (entry = readdir(handle.get())) != nullptr;) {
        if (has_suffix(entry->d_name))
            names_r->push_back(entry->d_name);
    }
    if (names_r->empty())
        return err_set(err, ERR_IO, "template directory %s holds no *%s file", dir, suffix);
    return 0;
}

int read_file(const std::string &path, std::string *text_r, struct err *err)
{
    std::unique_ptr<FILE, int (*)(FILE *)> file(fopen(path.c_str(), "re"), fclose);
    if (!file)
        return err_set(err, ERR_IO, "template %s cannot be read", path.c_str());
    char block[8192];
    for (size_t n; (n = fread(block, 1, sizeof(block), file.get())) > 0;) {
        text_r->append(block, n);
        if (text_r->size() > template_max)
            return err_set(err, ERR_TOO_LARGE, "template %s is too large", path.c_str());
    }
    if (ferror(file.get()))
        return err_set(err, ERR_IO, "template %s cannot be read", path.c_str());
    return 0;
}

/* Templates enter the cache by their bare names, which is what {{>INCLUDE}} is filled with. */
int load_template(struct view *view, const std::string &dir, const std::string &name,
                  struct err *err)
{
    std::string text;
    if (read_file(dir + "/" + name, &text, err) < 0)
        return -1;
    if (text.compare(0, strlen(VIEW_PRAGMA), VIEW_PRAGMA) != 0)
        return err_set(err, ERR_INVALID, "template %s does not begin with %s", name.c_str(),
                       VIEW_PRAGMA);
    if (!view->cache.StringToTemplateCache(name, text, STRIP_BLANK_LINES))
        return err_set(err, ERR_INVALID, "template %s has a syntax error", name.c_str());
    return 0;
}

int load_all(struct view *view, const char *dir, struct err *err)
{
    std::vector<std::string> names;
    if (list_templates(dir, &names, err) < 0)
        return -1;
    for (const std::string &name : names) {
        if (load_template(view, dir, name, err) < 0)
            return -1;
    }
    view->cache.Freeze();
    return 0;
}

} // namespace

struct view *view_open(const char *dir, struct err *err)
{
    std::unique_ptr<struct view> view;
    int result = caught(err, [&]() {
        view.reset(new struct view);
        return load_all(view.get(), dir, err);
    });
    return result < 0 ? nullptr : view.release();
}

void view_close(struct view **view)
{
    delete *view;
    *view = nullptr;
}

struct view_dict *view_dict_create(const char *name)
{
    return without_exceptions([&]() { return outer(new TemplateDictionary(name)); });
}

void view_dict_destroy(struct view_dict **dict)
{
    delete inner(*dict);
    *dict = nullptr;
}

/* As a string of its own: the engine does not copy what it takes for a constant of the program, and
 * it guesses so from the address. On MIPS, where a program begins at __start and not at _start, that
 * is everything that lies below the program, the stack too. */
void view_set(struct view_dict *dict, const char *name, const char *value)
{
    without_exceptions([&]() { inner(dict)->SetValue(name, std::string(value ? value : "")); });
}

void view_set_int(struct view_dict *dict, const char *name, int64_t value)
{
    view_setf(dict, name, "%lld", static_cast<long long>(value));
}

void view_setf(struct view_dict *dict, const char *name, const char *fmt, ...)
{
    struct strbuf text;
    strbuf_init(&text, template_max);
    va_list args;
    va_start(args, fmt);
    strbuf_vprintf(&text, fmt, args);
    va_end(args);
    view_set(dict, name, strbuf_str(&text));
    strbuf_free(&text);
}

void view_share(struct view_dict *dict, const char *name, const char *value)
{
    without_exceptions(
        [&]() { inner(dict)->SetTemplateGlobalValueWithoutCopy(name, value ? value : ""); });
}

void view_share_section(struct view_dict *dict, const char *section)
{
    without_exceptions([&]() { inner(dict)->ShowTemplateGlobalSection(section); });
}

void view_show(struct view_dict *dict, const char *section)
{
    without_exceptions([&]() { inner(dict)->ShowSection(section); });
}

struct view_dict *view_section(struct view_dict *dict, const char *section)
{
    return without_exceptions([&]() { return outer(inner(dict)->AddSectionDictionary(section)); });
}

struct view_dict *view_include(struct view_dict *dict, const char *name, const char *file)
{
    return without_exceptions([&]() {
        TemplateDictionary *included = inner(dict)->AddIncludeDictionary(name);
        included->SetFilename(file);
        return outer(included);
    });
}

int view_render(struct view *view, const char *file, struct view_dict *dict, struct strbuf *out,
                struct err *err)
{
    size_t before = out->len;
    int result = caught(err, [&]() {
        StrbufEmitter emitter(out);
        if (!view->cache.ExpandNoLoad(file, STRIP_BLANK_LINES, inner(dict), nullptr, &emitter))
            return err_set(err, ERR_NOT_FOUND, "template %s or one that it includes is missing",
                           file);
        if (!strbuf_ok(out))
            return err_set(err, ERR_TOO_LARGE, "page %s is larger than %zu bytes", file, out->max);
        return 0;
    });
    if (result < 0)
        strbuf_truncate(out, before);
    return result;
}
