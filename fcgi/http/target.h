/* Reads which path a request means and under which prefix the program is mounted, out of what
 * the web servers say. Private to http.
 *
 * REQUEST_URI is the source: it alone is still encoded. SCRIPT_NAME and PATH_INFO tell where the
 * mount ends, but not every front means that by them:
 *
 *   CGI, mod_fcgid, nginx with fastcgi_split_path_info    SCRIPT_NAME is the mount
 *   lighttpd with fix-root-scriptname                      SCRIPT_NAME is empty
 *   nginx by default, mod_proxy_fcgi with ProxyPass        SCRIPT_NAME is the whole path
 *   lighttpd with a prefix and check-local "disable",      SCRIPT_NAME is the prefix and all up
 *   mod_proxy_fcgi with SetHandler                         to the next slash: "/v1" or "/gemini"
 *
 * So SCRIPT_NAME is believed where it names the running program. Else the mount is the root;
 * what SCRIPT_NAME claimed is kept as a hint, which the router follows when the whole path has
 * no route of its own. GB_MOUNT overrules all of it. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "http/cgi_vars.h"
#include "http/request.h"

struct http_target {
    const char *raw;   /* the whole path, encoded */
    const char *plain; /* the same, decoded all through */
    const char *query;
    size_t mount_len;  /* so many bytes of `plain` are the mount */
    const char *mount; /* the mount for links: encoded, without a slash at its end */
    size_t hint_len;   /* so many bytes of `plain` may be the mount after all; 0: no doubt */
};

/* Fills `target` from the variables; `is_cgi` when this process serves this one request.
 * Returns 0, or -1 with ERR_INVALID. */
int http_target_read(struct http_target *target, struct arena *arena, const struct cgi_vars *vars,
                     bool is_cgi, struct err *err);

/* Sets the request's path, raw_path and script_name from its target ... */
void http_request_mount(struct http_request *req);
/* ... or as if mounted where the hint says, or at the root again. */
void http_request_mount_at(struct http_request *req, size_t mount_len);

/* Decodes a path of `len` bytes into the arena, leaving "%2F" as it is. */
char *http_decode_path(struct arena *arena, const char *raw, size_t len);

#endif
