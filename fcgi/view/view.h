/* Pages: ctemplate behind a C interface.
 *
 *   view         the compiled templates of one directory; shared by threads, lives as long as
 *                the program.
 *   view_dict    the values for one page: texts and sections; belongs to the request.
 *
 * Every template begins with the AUTOESCAPE pragma: a value is escaped for where it stands (text,
 * attribute, URL, script) by the template engine, never by the caller. A URL with a query is built
 * whole by the caller: inside of one the engine guards the attribute and the scheme, it does not
 * percent-encode. No C++ exception leaves this folder. */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

#ifdef __cplusplus
extern "C" {
#endif

struct view;
struct view_dict;

/* Reads and compiles every *.tpl file of the directory; a changed file is seen at the next start.
 * NULL with ERR_IO when the directory cannot be read or holds no template, and with ERR_INVALID,
 * naming the file, when one has a syntax error or does not begin with VIEW_PRAGMA. */
#define VIEW_PRAGMA "{{%AUTOESCAPE context=\"HTML\"}}"
struct view *view_open(const char *dir, struct err *err);
void view_close(struct view **view);

struct view_dict *view_dict_create(const char *name);
void view_dict_destroy(struct view_dict **dict); /* and all its sections */
/* NULL sets "". */
void view_set(struct view_dict *dict, const char *name, const char *value);
void view_set_int(struct view_dict *dict, const char *name, int64_t value);
void view_setf(struct view_dict *dict, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Shows a section once; values inside are looked up outwards. */
void view_show(struct view_dict *dict, const char *section);
/* Adds one repetition of a section; owned by `dict`. */
struct view_dict *view_section(struct view_dict *dict, const char *section);
/* A value that included templates see too (others stop at an include). `value` is not copied: it
 * must outlive the dictionary, as the texts of a language do. */
void view_share(struct view_dict *dict, const char *name, const char *value);
/* Shows a section here and in every included template. */
void view_share_section(struct view_dict *dict, const char *section);
/* Fills an {{>INCLUDE}} with a template file; owned by `dict`. Of the values outside, an included
 * template sees those set with view_share() only. */
struct view_dict *view_include(struct view_dict *dict, const char *name, const char *file);

/* Appends the page. Safe to call from several threads at once. Returns 0, or -1 (and leaves `out`
 * as long as it was) with ERR_NOT_FOUND when there is no such template, ERR_TOO_LARGE when the page
 * does not fit into `out`. */
int view_render(struct view *view, const char *file, struct view_dict *dict, struct strbuf *out,
                struct err *err);

#ifdef __cplusplus
}
#endif

#endif
