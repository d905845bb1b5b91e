/* A request, as curl wants to be told of it. Integer options are longs. */
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/text.h"
#include "upstream/upstream_priv.h"

/* Google's front closes idle connections after about four minutes. */
#define IDLE_CONNECTION_SECONDS 110L
#define CONNECTION_LIFE_SECONDS 900L
/* A request that fits into one such piece goes out in one write; a large one in few. */
#define UPLOAD_PIECE_SMALL (16L * 1024)
#define UPLOAD_PIECE_LARGE (128L * 1024)
/* The answer's pieces. */
#define EVENTS_BUFFER (4L * 1024)
#define ANSWER_BUFFER (16L * 1024)

/* --- headers --------------------------------------------------------------------------------- */

/* True for a token (RFC 9110), so that nobody smuggles in a second header. */
static bool is_header_name(const char *name)
{
    static const char allowed[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return !text_empty(name) && name[strspn(name, allowed)] == '\0';
}

static bool is_header_value(const char *value)
{
    for (const char *p = value; *p; p++)
        if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
            return false;
    return true;
}

/* curl only reads the list: it is made where the call's other texts are, and goes with them. */
struct header_lines {
    struct arena *arena;
    struct curl_slist *first;
    struct curl_slist **end;
};

static void add_line(struct header_lines *lines, char *line)
{
    struct curl_slist *item = arena_alloc(lines->arena, sizeof(*item));
    *item = (struct curl_slist){.data = line};
    *lines->end = item;
    lines->end = &item->next;
}

static void add_fixed(struct header_lines *lines, const char *line)
{
    add_line(lines, arena_strdup(lines->arena, line));
}

/* curl takes "Name:" as an order to leave the header out, "Name;" as one that is empty. */
static void add_header(struct header_lines *lines, const struct upstream_header *header)
{
    if (!is_header_name(header->name) || !header->value || !is_header_value(header->value))
        return;
    const char *between = header->value[0] ? ": " : ";";
    size_t name_len = strlen(header->name);
    size_t between_len = strlen(between);
    size_t value_len = strlen(header->value);
    char *line = arena_alloc(lines->arena, name_len + between_len + value_len + 1);
    memcpy(line, header->name, name_len);
    memcpy(line + name_len, between, between_len);
    memcpy(line + name_len + between_len, header->value, value_len + 1);
    add_line(lines, line);
}

struct curl_slist *upstream_make_headers(const struct upstream_request *request,
                                         struct arena *arena)
{
    struct header_lines lines = {.arena = arena};
    lines.end = &lines.first;
    for (size_t i = 0; i < request->header_count; i++)
        add_header(&lines, &request->headers[i]);
    if (!upstream_header_find(request->headers, request->header_count, "content-type"))
        add_fixed(&lines, "Content-Type:");
    if (request->read_body && request->body_len == SIZE_MAX)
        add_fixed(&lines, "Transfer-Encoding: chunked");
    if (!request->accept_gzip)
        add_fixed(&lines, "Accept-Encoding: identity");
    add_fixed(&lines, "Expect:");
    return lines.first;
}

void upstream_wipe_headers(struct curl_slist *headers)
{
    for (struct curl_slist *item = headers; item; item = item->next)
        secret_wipe(item->data, strlen(item->data));
}

/* --- the body -------------------------------------------------------------------------------- */

static size_t read_piece(char *buf, size_t size, size_t count, void *ctx)
{
    const struct upstream_request *request = ctx;
    int64_t got = request->read_body(request->body_ctx, buf, size * count);
    return got < 0 || (size_t)got > size * count ? CURL_READFUNC_ABORT : (size_t)got;
}

static void set_body(CURL *easy, const struct upstream_request *request)
{
    bool chunked = request->read_body && request->body_len == SIZE_MAX;
    curl_off_t size = chunked ? -1 : (curl_off_t)request->body_len;
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
    if (request->read_body) {
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_piece);
        curl_easy_setopt(easy, CURLOPT_READDATA, (void *)request);
    } else {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body ? request->body : "");
    }
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE,
                     request->body_len > (size_t)UPLOAD_PIECE_LARGE ? UPLOAD_PIECE_LARGE
                                                                    : UPLOAD_PIECE_SMALL);
}

/* An empty body is a body for these: its length is said. */
static bool takes_body(const char *method)
{
    return text_eq(method, "POST") || text_eq(method, "PUT") || text_eq(method, "PATCH");
}

static void set_method(CURL *easy, const struct upstream_request *request)
{
    const char *implied = "GET";
    if (text_eq(request->method, "HEAD")) {
        implied = "HEAD";
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (request->body || request->read_body || takes_body(request->method)) {
        implied = "POST";
        set_body(easy, request);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    if (!text_eq(request->method, implied))
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* --- the way --------------------------------------------------------------------------------- */

static bool scheme_is_one_of(const char *url, const char *const *schemes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_istarts(url, schemes[i]))
            return true;
    return false;
}

static int set_proxy(CURL *easy, const struct upstream_request *request)
{
    static const char *const schemes[] = {"http://",    "https://",  "socks4://",
                                          "socks4a://", "socks5://", "socks5h://"};
    const char *proxy = request->proxy ? request->proxy : "";
    if (strstr(proxy, "://") && !scheme_is_one_of(proxy, schemes, ARRAY_LEN(schemes)))
        return -1;
    /* An empty text keeps curl from looking into the environment; so does the empty list of hosts
     * that need no proxy. */
    curl_easy_setopt(easy, CURLOPT_PROXY, proxy);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    return 0;
}

static void set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    /* Refused by a curl without HTTP/2, which then stays with 1.1. */
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
}

static CURLcode give_trust(CURL *easy UNUSED, void *ssl_ctx, void *store)
{
    return trust_store_give(store, ssl_ctx) == 0 ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
}

/* What all clients trust together, in the place of what curl would read for this one. */
static void share_trust(CURL *easy, struct trust_store *store)
{
    static const CURLoption own[] = {CURLOPT_CAINFO, CURLOPT_CAPATH, CURLOPT_PROXY_CAINFO,
                                     CURLOPT_PROXY_CAPATH};
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        curl_easy_setopt(easy, own[i], NULL);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* Curl would keep the first one for a day. */
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
#endif
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, store);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, give_trust);
}

static bool needs_tls(const struct upstream_request *request)
{
    return text_istarts(request->url, "https:") ||
           (request->proxy && text_istarts(request->proxy, "https:"));
}

static void set_tls(const struct upstream *upstream, const struct upstream_request *request,
                    CURL *easy)
{
    if (!needs_tls(request))
        return;
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (upstream->trust && trust_store_refresh(upstream->trust)) {
        share_trust(easy, upstream->trust);
    } else if (upstream->ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, upstream->ca_file);
        curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, upstream->ca_file);
    }
}

static void set_connection(CURL *easy, const struct upstream_request *request)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* A call that is cancelled does not wait for the name to be looked up to the end. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, request->in_events ? EVENTS_BUFFER : ANSWER_BUFFER);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_ms);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, IDLE_CONNECTION_SECONDS);
#if LIBCURL_VERSION_NUM >= 0x075000
    curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, CONNECTION_LIFE_SECONDS);
#endif
}

static int refuse(struct upstream_result *result, enum upstream_outcome outcome, const char *text)
{
    result->outcome = outcome;
    snprintf(result->text, sizeof(result->text), "%s", text);
    return -1;
}

/* Curl takes a URL to parts and puts it together again, which is a good part of its work for a
 * request; parts that it is given it only copies. Nearly always they are those of the last request.
 * What has no parts is left for curl to complain about. */
static int set_url(struct warm_client *client, const char *url)
{
    if (!text_eq(client->url_text, url)) {
        free(client->url_text);
        client->url_text = NULL;
        if (curl_url_set(client->url, CURLUPART_URL, url, CURLU_PATH_AS_IS) == CURLUE_OK)
            client->url_text = xstrdup(url);
    }
    if (client->url_text)
        curl_easy_setopt(client->easy, CURLOPT_CURLU, client->url);
    return curl_easy_setopt(client->easy, CURLOPT_URL, url) == CURLE_OK ? 0 : -1;
}

int upstream_set_options(struct upstream *upstream, struct warm_client *client,
                         const struct upstream_request *request, struct curl_slist *headers,
                         struct upstream_result *result)
{
    static const char *const schemes[] = {"http://", "https://"};
    CURL *easy = client->easy;
    if (!scheme_is_one_of(request->url, schemes, ARRAY_LEN(schemes)))
        return refuse(result, UPSTREAM_OURS, "the URL is neither http nor https");
    if (set_proxy(easy, request) < 0)
        return refuse(result, UPSTREAM_PROXY, "this kind of proxy is not known");
    if (set_url(client, request->url) < 0)
        return refuse(result, UPSTREAM_OURS, "the URL cannot be used");
    set_method(easy, request);
    set_protocols(easy);
    set_tls(upstream, request, easy);
    set_connection(easy, request);
    if (upstream->user_agent)
        curl_easy_setopt(easy, CURLOPT_USERAGENT, upstream->user_agent);
    /* Decodes gzip whenever it comes; what is asked for stands in the headers. */
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    return 0;
}
