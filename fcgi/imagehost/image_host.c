#include "imagehost/image_host.h"

#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/rand.h"
#include "base/redact.h"
#include "base/text.h"
#include "imagehost/image_host_priv.h"

#define PICGO_URL "https://www.picgo.net/api/1/upload"
#define UPLOAD_MS (30 * SECOND_MS)
#define ANSWER_MAX (256 * KIB)

void upload_header(struct upload *upload, const char *name, const char *value)
{
    if (upload->header_count < IMAGE_HOST_HEADERS)
        upload->headers[upload->header_count++] = (struct upstream_header){name, value};
}

static const char *encoded(struct upload *upload, const char *text)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(16 * KIB);
    url_encode(&out, text, strlen(text), "");
    return arena_strdup(upload->arena, strbuf_str(&out));
}

/* --- SM.MS ------------------------------------------------------------------------------------- */

static bool smms_ready(const struct image_host *host)
{
    return !text_empty(host->smms_token) && !text_empty(host->smms_url);
}

static void smms_prepare(struct upload *upload)
{
    upload->url = upload->host->smms_url;
    upload->field = "smfile";
    upload_header(upload, "Authorization",
                  arena_printf(upload->arena, "Basic %s", upload->host->smms_token));
}

/* An image that is there already comes back as an error that has its address. */
static const char *smms_address(const struct upload *upload, json_object *answer)
{
    (void)upload;
    if (json_get_bool(answer, "success", false))
        return json_get_str(json_get_obj(answer, "data"), "url", "");
    return text_eq(json_get_str(answer, "code", ""), "image_repeated")
               ? json_get_str(answer, "images", "")
               : "";
}

/* --- PicGo and Chevereto ----------------------------------------------------------------------- */

static bool picgo_ready(const struct image_host *host)
{
    return !text_empty(host->picgo_key) && !text_empty(host->picgo_url);
}

static void picgo_prepare(struct upload *upload)
{
    const struct image_host *host = upload->host;
    upload->url = host->picgo_url;
    upload->field = "source";
    upload_header(upload, "X-API-Key", host->picgo_key);
    if (!text_eq(host->picgo_url, PICGO_URL))
        upload->url = arena_printf(upload->arena, "%s%ckey=%s", host->picgo_url,
                                   strchr(host->picgo_url, '?') ? '&' : '?',
                                   encoded(upload, host->picgo_key));
}

static const char *picgo_address(const struct upload *upload, json_object *answer)
{
    (void)upload;
    json_object *result = json_path(answer, "result.0");
    if (json_is_str(result))
        return json_object_get_string(result);
    return json_get_str(json_get_obj(answer, "image"), "url", "");
}

/* --- CloudFlare ImgBed ------------------------------------------------------------------------- */

static bool imgbed_ready(const struct image_host *host)
{
    return !text_empty(host->imgbed_url) && !text_empty(host->imgbed_code);
}

static void imgbed_prepare(struct upload *upload)
{
    const struct image_host *host = upload->host;
    const char *folder =
        text_empty(host->imgbed_folder)
            ? ""
            : arena_printf(upload->arena, "uploadFolder=%s&", encoded(upload, host->imgbed_folder));
    upload->url = arena_printf(upload->arena, "%s?%sauthCode=%s&uploadNameType=origin",
                               host->imgbed_url, folder, encoded(upload, host->imgbed_code));
    upload->field = "file";
    upload->untyped = true;
}

/* A path below the host is made whole with what stands before "/upload". */
static const char *imgbed_address(const struct upload *upload, json_object *answer)
{
    const char *path = json_get_str(
        json_object_is_type(answer, json_type_array) ? json_path(answer, "0") : NULL, "src", "");
    const char *base = upload->host->imgbed_url;
    const char *end = strstr(base, "/upload");
    if (*path != '/')
        return path;
    return arena_printf(upload->arena, "%.*s%s", end ? (int)(end - base) : (int)strlen(base), base,
                        path);
}

/* --- OSS --------------------------------------------------------------------------------------- */

static bool oss_ready(const struct image_host *host)
{
    return !text_empty(host->oss_endpoint) && !text_empty(host->oss_bucket) &&
           !text_empty(host->oss_key) && !text_empty(host->oss_secret);
}

static const struct host_row {
    const char *provider;
    bool (*ready)(const struct image_host *host);
    void (*prepare)(struct upload *upload);
    /* The address in the answer, "" none. NULL: it is where the image was put. */
    const char *(*address)(const struct upload *upload, json_object *answer);
} rows[] = {
    {"smms", smms_ready, smms_prepare, smms_address},
    {"picgo", picgo_ready, picgo_prepare, picgo_address},
    {"cloudflare_imgbed", imgbed_ready, imgbed_prepare, imgbed_address},
    {"aliyun_oss", oss_ready, oss_prepare, NULL},
};

static const struct host_row *row_of(const struct image_host *host)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (text_ieq(rows[i].provider, host->provider))
            return &rows[i];
    return NULL;
}

bool image_host_is_ready(const struct image_host *host)
{
    const struct host_row *row = row_of(host);
    return row && row->ready(host);
}

/* --- the upload -------------------------------------------------------------------------------- */

static const char *extension_of(const char *type)
{
    static const char *const types[][2] = {
        {"image/jpeg", "jpg"}, {"image/webp", "webp"}, {"image/gif", "gif"}};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (text_ieq(types[i][0], type))
            return types[i][1];
    return "png";
}

/* "2026/11/23/NAME.png" */
static const char *file_of(struct upload *upload, const char *name)
{
    char day[40];
    clock_iso(upload->now_ms, day, sizeof(day));
    return arena_printf(upload->arena, "%.4s/%.2s/%.2s/%s.%s", day, day + 5, day + 8, name,
                        extension_of(upload->type));
}

static void write_form(struct upload *upload, struct strbuf *body)
{
    char boundary[33];
    const char *slash = strrchr(upload->file, '/');
    rand_token(boundary, sizeof(boundary));
    strbuf_printf(body, "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n",
                  boundary, upload->field, slash ? slash + 1 : upload->file);
    if (!upload->untyped)
        strbuf_printf(body, "Content-Type: %s\r\n", upload->type);
    strbuf_puts(body, "\r\n");
    strbuf_append(body, upload->data, upload->len);
    strbuf_printf(body, "\r\n--%s--\r\n", boundary);
    upload_header(upload, "Content-Type",
                  arena_printf(upload->arena, "multipart/form-data; boundary=%s", boundary));
}

static int on_data(void *ctx, const void *data, size_t len)
{
    struct strbuf *answer = ctx;
    strbuf_append(answer, data, len);
    return strbuf_ok(answer) ? 0 : -1;
}

static int send_upload(struct upstream *upstream, struct upload *upload, struct strbuf *answer,
                       struct err *err)
{
    STRBUF_AUTO struct strbuf form = STRBUF_INIT(upload->len + 4 * KIB);
    struct upstream_events events = {.ctx = answer, .data = on_data};
    struct upstream_result result;
    if (upload->field)
        write_form(upload, &form);
    else
        upload_header(upload, "Content-Type", upload->type);
    struct upstream_request request = {.method = upload->method,
                                       .url = upload->url,
                                       .headers = upload->headers,
                                       .header_count = upload->header_count,
                                       .body = upload->field ? form.data : upload->data,
                                       .body_len = upload->field ? form.len : upload->len,
                                       .client_fd = -1,
                                       .total_ms = UPLOAD_MS};
    upstream_call(upstream, &request, &events, &result);
    if (result.outcome != UPSTREAM_OK)
        return err_set(err, ERR_IO, "%s: %s", upload->host->provider, result.text);
    if (result.status == 200 || result.status == 201)
        return 0;
    err_set(err, ERR_IO, "%s answered %d: %.200s", upload->host->provider, result.status,
            strbuf_str(answer));
    redact_text(err->text);
    return -1;
}

static int find_address(const struct host_row *row, struct upload *upload,
                        const struct strbuf *body, struct strbuf *url, struct err *err)
{
    const char *address = upload->url;
    JSON_AUTO json_object *answer = NULL;
    if (row->address) {
        answer = json_parse_text(strbuf_str(body), body->len, NULL);
        address = row->address(upload, answer);
    }
    if (!text_istarts(address, "https://") && !text_istarts(address, "http://"))
        return err_set(err, ERR_IO, "%s gave no address", row->provider);
    strbuf_puts(url, address);
    return 0;
}

int image_host_upload(struct upstream *upstream, const struct image_host *host, const char *type,
                      const char *name, const void *data, size_t len, struct strbuf *url,
                      struct err *err)
{
    const struct host_row *row = row_of(host);
    if (!row || !row->ready(host))
        return err_set(err, ERR_UNSUPPORTED, "no image host is set up");
    struct upload upload = {.host = host,
                            .arena = arena_create(4 * KIB),
                            .type = type,
                            .data = data,
                            .len = len,
                            .now_ms = clock_wall_ms(),
                            .method = "POST"};
    STRBUF_AUTO struct strbuf answer = STRBUF_INIT(ANSWER_MAX);
    upload.file = file_of(&upload, name);
    row->prepare(&upload);
    int rc = send_upload(upstream, &upload, &answer, err);
    if (rc == 0)
        rc = find_address(row, &upload, &answer, url, err);
    arena_destroy(&upload.arena);
    return rc;
}
