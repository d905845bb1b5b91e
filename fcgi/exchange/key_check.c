#include "exchange/key_check.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/text.h"
#include "translate/model_name.h"

/* Between the two checks of a verdict that has to be said twice. */
#define SECOND_OPINION_MS 1500
#define ANSWER_MAX (64 * KIB)
#define CHECK_TIMEOUT_S 30

static const char check_body[] =
    "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}],"
    "\"generationConfig\":{\"maxOutputTokens\":16}}";

/* --- a source of one key, for one attempt --------------------------------------------------- */

struct single_key {
    const struct key_check_subject *subject;
    struct key_effect effect;
};

static enum acquire_result single_acquire(void *ctx, const struct key_query *query, int64_t now_ms,
                                          struct key_grant *grant_r,
                                          struct key_shortage *shortage_r)
{
    const struct single_key *single = ctx;
    memset(shortage_r, 0, sizeof(*shortage_r));
    shortage_r->total = 1;
    if (query->tried_count > 0)
        return ACQUIRE_TRIED;
    memset(grant_r, 0, sizeof(*grant_r));
    grant_r->lease.key_id = single->subject->id;
    grant_r->lease.taken_ms = now_ms;
    grant_r->kind = single->subject->kind;
    text_copy(grant_r->secret, sizeof(grant_r->secret), single->subject->secret);
    text_copy(grant_r->proxy, sizeof(grant_r->proxy), single->subject->proxy);
    return ACQUIRE_OK;
}

static void single_settle(void *ctx, struct key_grant *grant, const struct key_effect *effect,
                          int64_t now_ms)
{
    struct single_key *single = ctx;
    (void)now_ms;
    single->effect = *effect;
    single->effect.egress = NULL; /* borrowed from the attempt */
    key_grant_wipe(grant);
}

/* --- the call ------------------------------------------------------------------------------- */

static void check_url(struct strbuf *url, const struct settings *set, enum key_kind kind)
{
    const char *base = kind == KEY_VERTEX ? set->vertex_express_base_url : set->base_url;
    const char *model = model_name_alias(set->model_aliases, set->test_model);
    strbuf_append(url, base, text_len_without(base, '/'));
    strbuf_puts(url, "/models/");
    url_encode(url, model, strlen(model), "");
    strbuf_puts(url, ":generateContent");
}

static enum key_finding finding_of(const struct key_effect *effect, int status)
{
    switch (effect->kind) {
    case EFFECT_SUCCESS:
        return KEY_WORKS;
    case EFFECT_DEAD:
        return KEY_IS_DEAD;
    case EFFECT_FAULT:
        return KEY_FAULTY;
    case EFFECT_REST:
        if (effect->reason == REST_FAULT)
            return KEY_FAULTY;
        return effect->scope == SCOPE_MODEL || effect->scope == SCOPE_EGRESS_MODEL ? KEY_UNKNOWN
                                                                                   : KEY_RESTS;
    case EFFECT_NONE:
    case EFFECT_NOT_SENT:
        return status == 200 ? KEY_WORKS : KEY_UNKNOWN;
    }
    return KEY_UNKNOWN;
}

static void check_once(const struct exchange_env *env, const struct key_check_subject *subject,
                       struct key_check *check_r)
{
    struct single_key single = {.subject = subject, .effect = {.kind = EFFECT_NOT_SENT}};
    const struct key_source source = {&single, single_acquire, single_settle, NULL};
    /* A short-tempered copy of the settings; what it points to stays theirs. */
    struct settings brief;
    settings_borrow(&brief, env->settings);
    brief.time_out = brief.time_out < CHECK_TIMEOUT_S ? brief.time_out : CHECK_TIMEOUT_S;
    brief.max_retries = 0;
    struct exchange_env own = {.settings = &brief, .keys = &source, .upstream = env->upstream};
    STRBUF_AUTO struct strbuf url = STRBUF_INIT(8 * KIB);
    STRBUF_AUTO struct strbuf answer = STRBUF_INIT(ANSWER_MAX);
    char words[LOG_TEXT_LONG] = "";
    check_url(&url, env->settings, subject->kind);
    struct exchange_request request = {.method = "POST",
                                       .url = strbuf_str(&url),
                                       .model = env->settings->test_model,
                                       .kind = subject->kind,
                                       .credential = CREDENTIAL_GOOG_HEADER,
                                       .content_type = "application/json",
                                       .body = check_body,
                                       .body_len = sizeof(check_body) - 1,
                                       .framing = FRAMING_RAW,
                                       .idempotent = true,
                                       .words = words};
    struct exchange_outcome outcome = {0};
    struct err err = ERR_INIT;
    int status = exchange_fetch(&own, &request, &answer, &outcome, &err);
    *check_r = (struct key_check){.status = outcome.upstream_status, .effect = single.effect};
    check_r->finding = finding_of(&single.effect, status);
    if (check_r->finding != KEY_WORKS)
        text_copy(check_r->text, sizeof(check_r->text), words[0] ? words : err.text);
    for (char *at = check_r->text; *at; at++)
        if ((unsigned char)*at < ' ')
            *at = ' ';
}

void key_check(const struct exchange_env *env, const struct key_check_subject *subject,
               struct key_check *check_r)
{
    check_once(env, subject, check_r);
    if (check_r->finding != KEY_IS_DEAD || !check_r->effect.confirm_twice)
        return;
    struct timespec span = {.tv_sec = SECOND_OPINION_MS / 1000,
                            .tv_nsec = SECOND_OPINION_MS % 1000 * 1000000L};
    nanosleep(&span, NULL);
    check_once(env, subject, check_r);
}

const char *key_finding_word(enum key_finding finding)
{
    static const char *const words[] = {[KEY_WORKS] = "works",
                                        [KEY_RESTS] = "rests",
                                        [KEY_FAULTY] = "faulty",
                                        [KEY_IS_DEAD] = "dead",
                                        [KEY_UNKNOWN] = "unknown"};
    return words[finding];
}
