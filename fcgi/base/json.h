/* json-c, with typed getters and release at the end of a scope.
 *
 * Getters look at one member of an object and never change reference counts: what they
 * return is borrowed from the object. A JSON null counts as absent everywhere. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"

/* JSON_AUTO json_object *doc = ...; drops one reference when the scope ends. */
void json_scope_put(json_object **object);
#define JSON_AUTO CLEANUP(json_scope_put)

/* Parses exactly one JSON text of `len` bytes, nested at most LIMIT_JSON_DEPTH deep, valid
 * UTF-8. Returns an object to put, or NULL with ERR_INVALID and a text that says where.
 * A text that is the literal null is an error too: no caller wants it. */
json_object *json_parse_text(const char *text, size_t len, struct err *err);

/* Member `name`, or NULL when `object` is no object, has no such member, or it is null. */
json_object *json_member(json_object *object, const char *name);
/* The first of two spellings that is present (Google takes camelCase and snake_case). */
json_object *json_member2(json_object *object, const char *camel, const char *snake);
/* Walks "a.b.c" through objects; a number walks into an array. NULL where it ends early. */
json_object *json_path(json_object *object, const char *path);

const char *json_get_str(json_object *object, const char *name, const char *fallback);
/* Takes a double too (cut towards zero), and a string of digits: Google writes int64 so. */
int64_t json_get_int(json_object *object, const char *name, int64_t fallback);
double json_get_num(json_object *object, const char *name, double fallback);
bool json_get_bool(json_object *object, const char *name, bool fallback);
/* NULL unless the member is an object / an array. */
json_object *json_get_obj(json_object *object, const char *name);
json_object *json_get_arr(json_object *object, const char *name);
bool json_is_str(json_object *value);
bool json_is_num(json_object *value); /* int or double */

/* Adders. A name that is a literal is referred to, any other is copied; most are literals. */
#define JSON_NAME_KIND(name) (__builtin_constant_p(name) ? JSON_C_OBJECT_KEY_IS_CONSTANT : 0)
/* Consumes `value`. */
#define json_add(object, name, value) \
    json_object_object_add_ex(object, name, value, JSON_NAME_KIND(name))
/* NULL adds nothing. */
#define json_add_str(object, name, value) json_add_text(object, name, value, JSON_NAME_KIND(name))
#define json_add_strn(object, name, value, len) json_add(object, name, json_new_strn(value, len))
#define json_add_int(object, name, value) json_add(object, name, json_object_new_int64(value))
/* With the fewest digits that read back as the same number; infinity and NaN become null. */
#define json_add_num(object, name, value) json_add(object, name, json_new_num(value))
#define json_add_bool(object, name, value) json_add(object, name, json_object_new_boolean(value))
#define json_add_null(object, name) json_add(object, name, NULL)
/* Adds another reference to `value` (the object keeps its own). */
#define json_add_ref(object, name, value) json_add(object, name, json_object_get(value))

/* What the adders are made of. */
json_object *json_new_strn(const char *value, size_t len);
json_object *json_new_num(double value);
void json_add_text(json_object *object, const char *name, const char *value, unsigned name_kind);

/* A value that is written as `text`, which has to be JSON and is taken (freed with the value): for
 * what was written once and is used as it is. Nothing but its text can be asked of it. */
json_object *json_raw_take(char *text);
/* The same of a text that is borrowed, and has to outlive the value. */
json_object *json_raw_ref(const char *text);

/* Appends the value without spaces and without escaping slashes. json-c keeps the text of numbers
 * with a point in the value, so an object that threads share must not be written by two at once. */
void json_write(struct strbuf *out, json_object *value);
/* Appends one text, quoted and escaped. */
void json_write_text(struct strbuf *out, const char *text, size_t len);
void json_write_int(struct strbuf *out, int64_t number);
/* Members of an object that is written without a tree: a comma where one stands before, the name,
 * which is one that needs no escape, and the value. The brackets are the caller's. */
void json_put_name(struct strbuf *out, const char *name);
void json_put_str(struct strbuf *out, const char *name, const char *value);
void json_put_strn(struct strbuf *out, const char *name, const char *value, size_t len);
void json_put_int(struct strbuf *out, const char *name, int64_t number);
void json_put_value(struct strbuf *out, const char *name, json_object *value); /* NULL: null */
/* How many bytes at the front need no escape inside of a quoted text. */
size_t json_plain_len(const char *text, size_t len);
char *json_to_arena(struct arena *arena, json_object *value, size_t *len_r);

#endif
