/* Recorded answers of Google's, as upstream gives them: the native dialect passes every byte, whole
 * and when they come one at a time. Skipped where the recordings are not. */
#include "exchange_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"

#define RECORDINGS GB_SRCDIR "/../shared/recordings/gemini"

static struct strbuf recording; /* the answer being played */
static int recording_status;
static bool byte_by_byte;

static void play(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    size_t piece = byte_by_byte ? 1 : recording.len;
    (void)request;
    (void)ctx;
    fake_print(conn, "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
               recording_status,
               text_starts(recording.data, "data:") ? "text/event-stream" : "application/json",
               recording.len);
    for (size_t at = 0; at < recording.len; at += piece)
        fake_write(conn, recording.data + at, piece);
}

static void load(const char *path)
{
    char buf[8192];
    size_t got;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    strbuf_clear(&recording);
    while ((got = fread(buf, 1, sizeof(buf), file)) > 0)
        strbuf_append(&recording, buf, got);
    fclose(file);
    JSON_AUTO json_object *doc = json_parse_text(recording.data, recording.len, NULL);
    json_object *error = doc ? json_get_obj(doc, "error") : NULL;
    recording_status = error ? (int)json_get_int(error, "code", 500) : 200;
}

/* What was recorded is followed by nothing, or by an error of ours where it was not whole. */
static void check_stream(struct fx *fx, const char *name)
{
    const char *got = fx_body(fx);
    if (fx->outcome.committed)
        UNIT_ROW(text_starts(got, recording.data), name);
    if (text_starts(fx->outcome.rule, "ok") || text_starts(fx->outcome.rule, "answer.blocked") ||
        text_starts(fx->outcome.rule, "upstream."))
        UNIT_ROW(strcmp(got, recording.data) == 0, name);
    else
        UNIT_ROW(strstr(got, "\"error\"") != NULL, name);
}

static void check_whole(struct fx *fx, const char *name)
{
    bool ours = text_starts(fx->outcome.rule, "key.") ||
                text_starts(fx->outcome.rule, "answer.un") ||
                text_starts(fx->outcome.rule, "answer.malformed");
    if (ours)
        UNIT_ROW(strstr(fx_body(fx), "\"error\"") != NULL, name);
    else
        UNIT_ROW(strcmp(fx_body(fx), recording.data) == 0, name);
}

static void play_one(const char *folder, const char *name)
{
    char path[1024];
    char url[160];
    struct fx fx;
    snprintf(path, sizeof(path), "%s/%s/%s", RECORDINGS, folder, name);
    load(path);
    bool stream = text_starts(name, "streaming-");
    fx_open(&fx, stream ? FX_NATIVE_STREAM : FX_NATIVE_UNARY, play, 1,
            "MAX_RETRIES=0\nLOG_LEVEL=ERROR");
    bool generation =
        strstr(recording.data, "\"candidates\"") || strstr(recording.data, "\"promptFeedback\"");
    if (!stream && !generation) {
        snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1beta/models/x:predict",
                 fake_server_port(fx.server));
        fx.request.url = url;
    }
    fx_run(&fx);
    if (!byte_by_byte)
        print_message("  %-20s %d %s/%s\n", fx.outcome.rule, fx.client.status, folder, name);
    assert_int_equal(fx.outcome.attempts, 1);
    assert_int_equal(fx.client.begun, 1);
    if (stream)
        check_stream(&fx, name);
    else
        check_whole(&fx, name);
    fx_close(&fx);
}

static int play_folder(const char *folder)
{
    char path[1024];
    int count = 0;
    snprintf(path, sizeof(path), "%s/%s", RECORDINGS, folder);
    DIR *dir = opendir(path);
    if (!dir)
        return 0;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (!text_starts(entry->d_name, "streaming-") && !text_starts(entry->d_name, "unary-"))
            continue;
        play_one(folder, entry->d_name);
        count++;
    }
    closedir(dir);
    return count;
}

static void play_all(bool slowly)
{
    strbuf_init(&recording, MIB);
    byte_by_byte = slowly;
    int count = play_folder("googleai") + play_folder("vertexai");
    strbuf_free(&recording);
    if (count > 0)
        return;
    print_message("no recordings at %s: skipped\n", RECORDINGS);
    skip();
}

static void whole(void **state)
{
    (void)state;
    play_all(false);
}

static void one_byte_at_a_time(void **state)
{
    (void)state;
    play_all(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),
        cmocka_unit_test(one_byte_at_a_time),
    };
    return UNIT_RUN(tests);
}
