#include "http/target.h"

#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/text.h"

/* What needs no escape in a path besides the unreserved characters, and in a mount, which
 * stands in Location and in a cookie's Path too. */
#define PATH_CHARACTERS "/:@!$&'()*+,;="
#define MOUNT_CHARACTERS "/:@"

static bool is_escaped_slash(const char *text)
{
    return text[0] == '%' && text[1] == '2' && (text[2] == 'F' || text[2] == 'f');
}

char *http_decode_path(struct arena *arena, const char *raw, size_t len)
{
    char *out = arena_strndup(arena, raw, len);
    char *to = out;
    for (const char *from = out; *from;) {
        if (*from != '%' || is_escaped_slash(from)) {
            *to++ = *from++;
            continue;
        }
        char escape[3] = {from[0], from[1], from[2]};
        url_decode(escape, sizeof(escape), false);
        *to++ = escape[0];
        from += 3;
    }
    *to = '\0';
    return out;
}

/* Decodes all of `raw`; NULL when an escape is broken or hides a NUL. */
static char *decode_whole(struct arena *arena, const char *raw)
{
    char *plain = arena_strdup(arena, raw);
    int64_t len = url_decode(plain, strlen(plain), false);
    if (len < 0)
        return NULL;
    plain[len] = '\0';
    return plain;
}

static bool has_control_character(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    }
    return false;
}

static int check_target(const struct http_target *target, struct err *err)
{
    if (has_control_character(target->plain) || has_control_character(target->query))
        return err_set(err, ERR_INVALID, "the address has a control character");
    if (!utf8_valid(target->plain, strlen(target->plain)))
        return err_set(err, ERR_INVALID, "the path is not UTF-8");
    return 0;
}

static const char *encoded(struct arena *arena, const char *text, const char *keep)
{
    struct strbuf out STRBUF_AUTO = STRBUF_INIT(4 * LIMIT_HEADERS);
    url_encode(&out, text, strlen(text), keep);
    return arena_strdup(arena, strbuf_str(&out));
}

/* The first `len` bytes of `path` as the prefix of links: encoded, and with one slash in front,
 * since a browser takes "//name" for another site. */
static const char *as_mount(struct arena *arena, const char *path, size_t len)
{
    const char *mount = encoded(arena, arena_strndup(arena, path, len), MOUNT_CHARACTERS);
    while (mount[0] == '/' && mount[1] == '/')
        mount++;
    return mount;
}

/* Where the path begins in a request target, which may be a whole URL or "*". */
static const char *path_of_uri(const char *uri)
{
    if (*uri == '/')
        return uri;
    const char *scheme_end = strstr(uri, "://");
    if (scheme_end && scheme_end < uri + strcspn(uri, "/?")) {
        const char *path = strpbrk(scheme_end + 3, "/?");
        return path ? path : "";
    }
    return strcmp(uri, "*") == 0 ? "" : uri;
}

/* Splits REQUEST_URI into target->raw (always with a slash in front) and target->query. */
static void split_uri(struct http_target *target, struct arena *arena, const char *uri)
{
    const char *path = path_of_uri(uri);
    size_t len = strcspn(path, "?");
    target->query = path[len] == '?' ? path + len + 1 : "";
    char *raw = arena_strndup(arena, path, len);
    target->raw = *path == '/' ? raw : arena_join(arena, "/", raw);
}

/* A path as web servers tidy it: single slashes, "." and ".." resolved. In place. */
static char *tidy(char *path)
{
    char *to = path;
    for (const char *from = path; *from;) {
        from += strspn(from, "/");
        size_t len = strcspn(from, "/");
        bool is_last = from[len] == '\0';
        if (len == 2 && from[0] == '.' && from[1] == '.') {
            while (to > path && *--to != '/')
                ;
        } else if (len > 0 && !(len == 1 && from[0] == '.')) {
            *to++ = '/';
            memmove(to, from, len);
            to += len;
        }
        from += len;
        if (is_last && (len == 0 || to == path))
            *to++ = '/';
    }
    *to = '\0';
    return path;
}

/* `path` with a slash for each "%2F": Apache decodes all but those (AllowEncodedSlashes
 * NoDecode), and then its paths differ from ours by nothing else. */
static char *without_escaped_slashes(struct arena *arena, const char *path)
{
    char *out = arena_strdup(arena, path);
    char *to = out;
    for (const char *from = path; *from; from += is_escaped_slash(from) ? 3 : 1)
        *to++ = is_escaped_slash(from) ? '/' : *from;
    *to = '\0';
    return out;
}

/* Whether `front`, as the web server has it, is our `plain` path, perhaps tidied. */
static bool same_path(struct arena *arena, const char *plain, const char *front)
{
    const char *unescaped = without_escaped_slashes(arena, front);
    if (strcmp(plain, front) == 0 || strcmp(plain, unescaped) == 0)
        return true;
    const char *tidied = tidy(arena_strdup(arena, plain));
    return strcmp(tidied, tidy(arena_strdup(arena, front))) == 0 ||
           strcmp(tidied, tidy(arena_strdup(arena, unescaped))) == 0;
}

/* How many bytes at the end of `plain` are PATH_INFO; 0 when it does not stand there. */
static size_t info_at_end(struct arena *arena, const char *plain, const char *info)
{
    if (*info != '/')
        return 0;
    if (!text_ends(plain, info))
        info = without_escaped_slashes(arena, info);
    return text_ends(plain, info) ? strlen(info) : 0;
}

/* Makes `path`, to which the web server has rewritten the request, the target. */
static void take_rewritten(struct http_target *target, struct arena *arena, const char *path)
{
    target->raw = encoded(arena, path, PATH_CHARACTERS);
    target->plain = path;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Whether SCRIPT_NAME stands for the running program, not for some part of the path. */
static bool names_the_program(const struct cgi_vars *vars, bool is_cgi)
{
    const char *script = cgi_var(vars, CGI_SCRIPT_NAME);
    if ((is_cgi && *script) || text_ends(script, ".fcgi") || text_ends(script, ".cgi"))
        return true;
    const char *file = file_name(cgi_var(vars, CGI_SCRIPT_FILENAME));
    return strcmp(file, program_invocation_short_name) == 0;
}

/* SCRIPT_NAME is the program: the mount is what stands before PATH_INFO, in the client's
 * spelling where the two agree ("/app" for /app/v1 rewritten to /app/program.fcgi/v1). */
static void split_at_program(struct http_target *target, struct arena *arena,
                             const struct cgi_vars *vars)
{
    const char *script = cgi_var(vars, CGI_SCRIPT_NAME);
    const char *info = cgi_var(vars, CGI_PATH_INFO);
    const char *front = arena_join(arena, script, info);
    size_t plain_len = strlen(target->plain);
    size_t info_len = info_at_end(arena, target->plain, info);
    if (info_len > 0) {
        target->mount_len = plain_len - info_len;
    } else if (*info == '\0' && strcmp(target->plain, script) == 0) {
        target->mount_len = plain_len;
    } else {
        take_rewritten(target, arena, front);
        target->mount_len = strlen(script);
    }
}

/* SCRIPT_NAME proves nothing: the mount is the root unless the router finds otherwise. */
static void split_at_root(struct http_target *target, struct arena *arena,
                          const struct cgi_vars *vars)
{
    const char *script = cgi_var(vars, CGI_SCRIPT_NAME);
    const char *info = cgi_var(vars, CGI_PATH_INFO);
    const char *front = arena_join(arena, script, info);
    if (*front == '/' && !same_path(arena, target->plain, front))
        take_rewritten(target, arena, front);
    if (*script && *info == '/' && text_starts(target->plain, script) &&
        target->plain[strlen(script)] == '/')
        target->hint_len = strlen(script);
}

/* GB_MOUNT: cut off where the path begins with it; a front that has cut it off itself needs it
 * for links only. */
static void apply_mount(struct http_target *target, struct arena *arena, const char *wanted)
{
    size_t len = strlen(wanted);
    while (len && wanted[len - 1] == '/')
        len--;
    const char *prefix =
        arena_printf(arena, "%s%.*s", *wanted == '/' || len == 0 ? "" : "/", (int)len, wanted);
    size_t prefix_len = strlen(prefix);
    char after = text_starts(target->plain, prefix) ? target->plain[prefix_len] : 'x';
    if (after == '/' || after == '\0')
        target->mount_len = prefix_len;
    target->mount = as_mount(arena, prefix, prefix_len);
    target->hint_len = 0;
}

/* Fills raw, plain and query. */
static int read_whole(struct http_target *target, struct arena *arena, const struct cgi_vars *vars,
                      struct err *err)
{
    const char *uri = cgi_var(vars, CGI_REQUEST_URI);
    if (*uri) {
        split_uri(target, arena, uri);
        target->plain = decode_whole(arena, target->raw);
    } else {
        const char *path = arena_printf(arena, "%s%s", cgi_var(vars, CGI_SCRIPT_NAME),
                                        cgi_var(vars, CGI_PATH_INFO));
        take_rewritten(target, arena, *path == '/' ? path : "/");
        target->query = cgi_var(vars, CGI_QUERY_STRING);
    }
    return target->plain ? 0 : err_set(err, ERR_INVALID, "the path has a broken percent escape");
}

int http_target_read(struct http_target *target, struct arena *arena, const struct cgi_vars *vars,
                     bool is_cgi, struct err *err)
{
    *target = (struct http_target){0};
    if (read_whole(target, arena, vars, err) != 0)
        return -1;
    if (names_the_program(vars, is_cgi))
        split_at_program(target, arena, vars);
    else
        split_at_root(target, arena, vars);
    if (check_target(target, err) != 0)
        return -1;
    target->mount = as_mount(arena, target->plain, target->mount_len);
    if (vars->value[CGI_GB_MOUNT])
        apply_mount(target, arena, vars->value[CGI_GB_MOUNT]);
    return 0;
}

/* Where `plain_len` decoded bytes end in the encoded path. */
static const char *raw_after(const char *raw, size_t plain_len)
{
    while (plain_len-- && *raw)
        raw += *raw == '%' ? 3 : 1;
    return raw;
}

static void mount_as(struct http_request *req, const char *mount, size_t mount_len)
{
    const char *raw = raw_after(req->target->raw, mount_len);
    if (*raw != '/')
        raw = arena_join(req->arena, "/", raw);
    req->script_name = mount;
    req->raw_path = raw;
    req->path = http_decode_path(req->arena, raw, strlen(raw));
}

void http_request_mount(struct http_request *req)
{
    mount_as(req, req->target->mount, req->target->mount_len);
}

void http_request_mount_at(struct http_request *req, size_t mount_len)
{
    mount_as(req, as_mount(req->arena, req->target->plain, mount_len), mount_len);
}
