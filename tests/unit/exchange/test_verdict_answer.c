/* Answers with status 200, transport outcomes, and the guards around all retries. */
#include "verdict_fixture.h"

#include <stdio.h>

#include "base/text.h"

/* A streamed one, by way of a proxy. */
static struct evidence evidence_of(const struct upstream_result *transport,
                                   const struct reply_facts *facts)
{
    struct evidence evidence = ordinary_call(transport);
    evidence.facts = facts;
    evidence.streamed = true;
    evidence.egress = "http://proxy";
    return evidence;
}

static const struct upstream_result ok = {.outcome = UPSTREAM_OK, .status = 200, .sent = true};

/* --- answers --------------------------------------------------------------------------------- */

#define FINISH(word) .finished = true, .finish_reason = word

static const struct answer_case {
    const char *name, *rule;
    struct reply_facts facts;
    enum key_effect_kind effect;
    enum retry retry;
    int client_status;
    bool usable, relay;
    bool unary; /* the same verdict when the answer is not streamed */
} answers[] = {
    {"text",
     "ok",
     {.meaningful = true, .visible = true, FINISH("STOP")},
     EFFECT_SUCCESS,
     RETRY_STOP,
     0,
     true,
     true,
     true},
    {"refused, and the dialect has no words for it",
     "answer.refused",
     {.refused = true, .block_reason = "SAFETY"},
     EFFECT_SUCCESS,
     RETRY_STOP,
     400,
     false,
     false,
     true},
    {"cut by MAX_TOKENS",
     "ok",
     {.meaningful = true, .visible = true, FINISH("MAX_TOKENS")},
     EFFECT_SUCCESS,
     RETRY_STOP,
     0,
     true,
     true,
     true},
    {"thinking ate the budget",
     "ok",
     {FINISH("MAX_TOKENS")},
     EFFECT_SUCCESS,
     RETRY_STOP,
     0,
     true,
     true,
     true},
    {"blocked prompt",
     "answer.blocked",
     {.block_reason = "SAFETY"},
     EFFECT_SUCCESS,
     RETRY_STOP,
     0,
     true,
     true,
     true},
    {"filtered answer", "ok", {FINISH("SAFETY")}, EFFECT_SUCCESS, RETRY_STOP, 0, true, true, true},
    {"recitation", "ok", {FINISH("RECITATION")}, EFFECT_SUCCESS, RETRY_STOP, 0, true, true, true},
    {"prohibited",
     "ok",
     {FINISH("PROHIBITED_CONTENT")},
     EFFECT_SUCCESS,
     RETRY_STOP,
     0,
     true,
     true,
     true},
    {"image refused",
     "ok",
     {FINISH("IMAGE_SAFETY")},
     EFFECT_SUCCESS,
     RETRY_STOP,
     0,
     true,
     true,
     true},
    {"an unknown reason after content",
     "ok",
     {.meaningful = true, .visible = true, FINISH("SOMETHING_NEW")},
     EFFECT_SUCCESS,
     RETRY_STOP,
     0,
     true,
     true,
     true},
    {"an unknown reason and nothing else",
     "answer.empty",
     {FINISH("SOMETHING_NEW")},
     EFFECT_SUCCESS,
     RETRY_NEXT_KEY,
     502,
     false,
     true,
     true},
    {"too many calls of tools",
     "answer.empty",
     {FINISH("TOO_MANY_TOOL_CALLS")},
     EFFECT_SUCCESS,
     RETRY_NEXT_KEY,
     502,
     false,
     true,
     true},
    {"a reason about the language",
     "ok",
     {FINISH("LANGUAGE")},
     EFFECT_SUCCESS,
     RETRY_STOP,
     0,
     true,
     true,
     true},
    {"empty STOP",
     "answer.empty",
     {FINISH("STOP")},
     EFFECT_SUCCESS,
     RETRY_NEXT_KEY,
     502,
     false,
     true,
     true},
    {"thoughts and an empty STOP",
     "answer.empty",
     {.meaningful = true, FINISH("STOP")},
     EFFECT_SUCCESS,
     RETRY_NEXT_KEY,
     502,
     false,
     true,
     true},
    {"OTHER without content",
     "answer.empty",
     {FINISH("OTHER")},
     EFFECT_SUCCESS,
     RETRY_NEXT_KEY,
     502,
     false,
     true,
     true},
    {"OTHER after content",
     "ok",
     {.meaningful = true, .visible = true, FINISH("OTHER")},
     EFFECT_SUCCESS,
     RETRY_STOP,
     0,
     true,
     true,
     true},
    {"no image",
     "answer.empty",
     {FINISH("NO_IMAGE")},
     EFFECT_SUCCESS,
     RETRY_NEXT_KEY,
     502,
     false,
     true,
     true},
    {"malformed call",
     "answer.bad_call",
     {FINISH("MALFORMED_FUNCTION_CALL")},
     EFFECT_SUCCESS,
     RETRY_NEXT_KEY,
     502,
     false,
     true,
     true},
    {"malformed call after text",
     "answer.bad_call",
     {.meaningful = true, .visible = true, FINISH("MALFORMED_FUNCTION_CALL")},
     EFFECT_SUCCESS,
     RETRY_NEXT_KEY,
     502,
     false,
     true,
     true},
    {"unexpected call",
     "answer.bad_call",
     {FINISH("UNEXPECTED_TOOL_CALL")},
     EFFECT_SUCCESS,
     RETRY_NEXT_KEY,
     502,
     false,
     true,
     true},
    {"not JSON",
     "answer.malformed",
     {.malformed = true},
     EFFECT_NONE,
     RETRY_NEXT_KEY,
     502,
     false,
     false,
     true},
    {"only usage",
     "answer.unfinished",
     {.usage = {.known = true, .prompt = 3}},
     EFFECT_NONE,
     RETRY_NEXT_KEY,
     502,
     false,
     false,
     false},
    {"no finish reason",
     "answer.unfinished",
     {.meaningful = true, .visible = true},
     EFFECT_NONE,
     RETRY_NEXT_KEY,
     502,
     false,
     false,
     false},
};

static void check_answer(const struct answer_case *c, bool streamed)
{
    struct evidence e = evidence_of(&ok, &c->facts);
    e.streamed = streamed;
    struct verdict v = verdict_of(&e);
    if (strcmp(v.rule, c->rule) != 0)
        fail_msg("%s gave %s", c->name, v.rule);
    UNIT_ROW(v.effect.kind == c->effect, c->name);
    UNIT_ROW(v.retry == c->retry, c->name);
    UNIT_ROW(v.client_status == c->client_status, c->name);
    UNIT_ROW(v.usable == c->usable, c->name);
    UNIT_ROW(v.relay_body == c->relay, c->name);
    UNIT_ROW(v.usable || v.origin == (c->facts.refused ? ORIGIN_CLIENT : ORIGIN_MODEL), c->name);
}

static void every_kind_of_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        check_answer(&answers[i], true);
        if (answers[i].unary)
            check_answer(&answers[i], false);
    }
}

static void a_whole_answer_needs_content_and_no_finish_reason(void **state)
{
    struct reply_facts facts = {.meaningful = true, .visible = true};
    struct evidence e = evidence_of(&ok, &facts);
    (void)state;
    e.streamed = false;
    assert_string_equal(verdict_of(&e).rule, "ok");
    facts.visible = false;
    assert_string_equal(verdict_of(&e).rule, "answer.empty");
}

static void an_answer_that_is_not_judged_is_good(void **state)
{
    struct evidence e = evidence_of(&ok, NULL);
    (void)state;
    assert_string_equal(verdict_of(&e).rule, "ok");
    assert_true(verdict_of(&e).usable);
    assert_int_equal(verdict_of(&e).effect.prompt_tokens, -1);
}

static void usage_is_told_to_the_ledger(void **state)
{
    struct reply_facts facts = {
        .visible = true,
        FINISH("STOP"),
        .usage = {.known = true, .prompt = 100, .tool_use = 7, .output = 20, .thoughts = 30}};
    struct evidence e = evidence_of(&ok, &facts);
    (void)state;
    assert_int_equal(verdict_of(&e).effect.prompt_tokens, 107);
    assert_int_equal(verdict_of(&e).effect.output_tokens, 50);
    assert_string_equal(verdict_of(&e).effect.egress, "http://proxy");
}

/* --- transport ------------------------------------------------------------------------------- */

static const struct transport_case {
    enum upstream_outcome outcome;
    bool sent;
    const char *rule;
    enum origin origin;
    enum key_effect_kind effect;
    enum retry retry;
    int client_status;
} outcomes[] = {
    {UPSTREAM_RESOLVE, false, "net.resolve", ORIGIN_EGRESS, EFFECT_NOT_SENT, RETRY_NEXT_KEY, 502},
    {UPSTREAM_CONNECT, false, "net.connect", ORIGIN_EGRESS, EFFECT_NOT_SENT, RETRY_NEXT_KEY, 502},
    {UPSTREAM_TLS, false, "net.tls", ORIGIN_EGRESS, EFFECT_NOT_SENT, RETRY_NEXT_KEY, 502},
    {UPSTREAM_PROXY, false, "net.proxy", ORIGIN_EGRESS, EFFECT_NOT_SENT, RETRY_NEXT_KEY, 502},
    {UPSTREAM_SEND, true, "net.send", ORIGIN_UPSTREAM, EFFECT_NONE, RETRY_NEXT_KEY, 502},
    {UPSTREAM_SEND, false, "net.send", ORIGIN_UPSTREAM, EFFECT_NOT_SENT, RETRY_NEXT_KEY, 502},
    {UPSTREAM_FIRST_BYTE, true, "net.first_byte", ORIGIN_UPSTREAM, EFFECT_NONE, RETRY_NEXT_KEY,
     504},
    {UPSTREAM_IDLE, true, "net.idle", ORIGIN_UPSTREAM, EFFECT_NONE, RETRY_NEXT_KEY, 504},
    {UPSTREAM_TOTAL, true, "net.total", ORIGIN_UPSTREAM, EFFECT_NONE, RETRY_NEXT_KEY, 504},
    {UPSTREAM_CUT, true, "net.cut", ORIGIN_UPSTREAM, EFFECT_NONE, RETRY_NEXT_KEY, 502},
    {UPSTREAM_BAD_ANSWER, true, "net.bad_answer", ORIGIN_UPSTREAM, EFFECT_NONE, RETRY_NEXT_KEY,
     502},
    {UPSTREAM_CLIENT_GONE, true, "client.gone", ORIGIN_CLIENT, EFFECT_NONE, RETRY_STOP, 499},
    {UPSTREAM_CLIENT_GONE, false, "client.gone", ORIGIN_CLIENT, EFFECT_NOT_SENT, RETRY_STOP, 499},
    {UPSTREAM_ABORTED, true, "us.aborted", ORIGIN_US, EFFECT_NONE, RETRY_STOP, 500},
    {UPSTREAM_OURS, false, "us.call", ORIGIN_US, EFFECT_NOT_SENT, RETRY_STOP, 500},
};

static void every_transport_outcome(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
        const struct transport_case *c = &outcomes[i];
        struct upstream_result transport = {.outcome = c->outcome, .sent = c->sent};
        struct evidence e = evidence_of(&transport, NULL);
        struct verdict v = verdict_of(&e);
        UNIT_ROW(strcmp(v.rule, c->rule) == 0, v.rule);
        UNIT_ROW(v.origin == c->origin, c->rule);
        UNIT_ROW(v.effect.kind == c->effect, c->rule);
        UNIT_ROW(v.retry == c->retry, c->rule);
        UNIT_ROW(v.client_status == c->client_status, c->rule);
        UNIT_ROW(!v.usable && !v.relay_body, c->rule);
    }
}

static void a_cut_beats_what_had_come_so_far(void **state)
{
    struct reply_facts facts = {.meaningful = true, .visible = true, FINISH("STOP")};
    struct upstream_result cut = {.outcome = UPSTREAM_CUT, .status = 200, .sent = true};
    struct evidence e = evidence_of(&cut, &facts);
    (void)state;
    assert_string_equal(verdict_of(&e).rule, "net.cut");
}

static void unless_all_was_said(void **state)
{
    struct reply_facts facts = {.meaningful = true, .visible = true, FINISH("STOP")};
    struct upstream_result cut = {.outcome = UPSTREAM_CUT, .status = 200, .sent = true};
    struct evidence e = evidence_of(&cut, &facts);
    (void)state;
    e.streamed = e.ended = true;
    assert_true(verdict_of(&e).usable);
    assert_int_equal(verdict_of(&e).effect.kind, EFFECT_SUCCESS);
    text_copy(facts.finish_reason, sizeof(facts.finish_reason), "MALFORMED_FUNCTION_CALL");
    assert_string_equal(verdict_of(&e).rule, "answer.bad_call");
}

static void an_error_counts_even_when_its_end_is_missing(void **state)
{
    struct upstream_result cut = {.outcome = UPSTREAM_CUT, .status = 503, .sent = true};
    struct google_error error = {.retry_delay_ms = -1};
    struct evidence e = evidence_of(&cut, NULL);
    (void)state;
    e.error = &error;
    assert_string_equal(verdict_of(&e).rule, "upstream.overloaded");
    cut.outcome = UPSTREAM_CLIENT_GONE;
    assert_string_equal(verdict_of(&e).rule, "client.gone");
}

/* Another host, to which upstream led: nothing that it says is the key's doing. */
static void what_lies_elsewhere_is_no_fault_of_the_key(void **state)
{
    static const struct {
        enum upstream_outcome outcome;
        int status;
        const char *rule;
        int client_status;
    } cases[] = {
        {UPSTREAM_OK, 200, "ok", 0},
        {UPSTREAM_OK, 206, "ok", 0},
        {UPSTREAM_OK, 404, "elsewhere.missing", 0},
        {UPSTREAM_OK, 416, "elsewhere.missing", 0},
        {UPSTREAM_OK, 401, "elsewhere.failed", 502},
        {UPSTREAM_OK, 403, "elsewhere.failed", 502},
        {UPSTREAM_OK, 429, "elsewhere.failed", 502},
        {UPSTREAM_OK, 503, "elsewhere.failed", 502},
        {UPSTREAM_CONNECT, 0, "elsewhere.failed", 502},
        {UPSTREAM_BAD_ANSWER, 302, "elsewhere.failed", 502},
        {UPSTREAM_CLIENT_GONE, 200, "client.gone", 499},
    };
    struct google_error error = {.retry_delay_ms = -1};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct upstream_result transport = {
            .outcome = cases[i].outcome, .status = cases[i].status, .sent = true};
        struct evidence e = evidence_of(&transport, NULL);
        e.elsewhere = true;
        e.error = cases[i].status >= 300 ? &error : NULL;
        struct verdict v = verdict_of(&e);
        UNIT_ROW(strcmp(v.rule, cases[i].rule) == 0, v.rule);
        UNIT_ROW(v.client_status == cases[i].client_status, cases[i].rule);
        UNIT_ROW(v.effect.kind == EFFECT_NONE || v.effect.kind == EFFECT_SUCCESS, cases[i].rule);
        UNIT_ROW(v.retry == RETRY_STOP, cases[i].rule);
    }
}

static void a_status_can_be_an_answer_for_once(void **state)
{
    struct upstream_result incomplete = {.outcome = UPSTREAM_OK, .status = 308, .sent = true};
    struct evidence e = evidence_of(&incomplete, NULL);
    (void)state;
    assert_string_equal(verdict_of(&e).rule, "upstream.redirect");
    e.accepted = true;
    assert_true(verdict_of(&e).usable);
    assert_int_equal(verdict_of(&e).effect.kind, EFFECT_SUCCESS);
}

/* --- guards ---------------------------------------------------------------------------------- */

static const struct upstream_result overloaded = {
    .outcome = UPSTREAM_OK, .status = 503, .sent = true};
static const struct upstream_result internal = {
    .outcome = UPSTREAM_OK, .status = 500, .sent = true};
static const struct upstream_result throttled = {
    .outcome = UPSTREAM_OK, .status = 429, .sent = true};
static const struct upstream_result silent = {.outcome = UPSTREAM_FIRST_BYTE, .sent = true};
static const struct upstream_result refused = {.outcome = UPSTREAM_CONNECT};
static const struct reply_facts empty = {FINISH("STOP")};

static const struct guard_case {
    const char *name;
    const struct upstream_result *transport;
    const struct reply_facts *facts;
    bool committed, not_idempotent, pinned;
    int attempt, attempts_max, spared, empties;
    int64_t deadline_ms;
    enum retry retry;
} guards[] = {
    {"the first of four", &overloaded, NULL, 0, 0, 0, 1, 4, 0, 2, 9999, RETRY_NEXT_KEY},
    {"the third of four", &overloaded, NULL, 0, 0, 0, 3, 4, 0, 2, 9999, RETRY_NEXT_KEY},
    {"the last of four", &overloaded, NULL, 0, 0, 0, 4, 4, 0, 2, 9999, RETRY_STOP},
    {"spared ones do not count", &overloaded, NULL, 0, 0, 0, 9, 4, 6, 2, 9999, RETRY_NEXT_KEY},
    {"but the others do", &overloaded, NULL, 0, 0, 0, 10, 4, 6, 2, 9999, RETRY_STOP},
    {"committed", &overloaded, NULL, 1, 0, 0, 1, 4, 0, 2, 9999, RETRY_STOP},
    {"one attempt only", &overloaded, NULL, 0, 0, 0, 1, 1, 0, 2, 9999, RETRY_STOP},
    {"one attempt only, key at fault", &throttled, NULL, 0, 0, 0, 1, 1, 0, 2, 9999, RETRY_STOP},
    {"one attempt only, empty answer", &ok, &empty, 0, 0, 0, 1, 1, 0, 2, 9999, RETRY_STOP},
    {"key at fault beyond the attempts", &throttled, NULL, 0, 0, 0, 9, 4, 8, 2, 9999,
     RETRY_NEXT_KEY},
    {"key at fault without end", &throttled, NULL, 0, 0, 0, 64, 4, 63, 2, 9999, RETRY_STOP},
    {"internal errors: twice again", &internal, NULL, 0, 0, 0, 2, 9, 0, 2, 9999, RETRY_NEXT_KEY},
    {"internal errors: not a third time", &internal, NULL, 0, 0, 0, 3, 9, 0, 2, 9999, RETRY_STOP},
    {"empty again", &ok, &empty, 0, 0, 0, 5, 2, 4, 1, 9999, RETRY_NEXT_KEY},
    {"empty once too often", &ok, &empty, 0, 0, 0, 1, 4, 0, 0, 9999, RETRY_STOP},
    {"no time left", &overloaded, NULL, 0, 0, 0, 1, 4, 0, 2, 0, RETRY_STOP},
    {"no time for the pause", &overloaded, NULL, 0, 0, 0, 1, 4, 0, 2, 100, RETRY_STOP},
    {"no pause needed", &throttled, NULL, 0, 0, 0, 1, 4, 0, 2, 100, RETRY_NEXT_KEY},
    {"pinned", &overloaded, NULL, 0, 0, 1, 1, 4, 0, 2, 9999, RETRY_SAME_KEY},
    {"pinned, key at fault", &throttled, NULL, 0, 0, 1, 1, 4, 0, 2, 9999, RETRY_SAME_KEY},
    {"may have been done", &silent, NULL, 0, 1, 0, 1, 4, 0, 2, 9999, RETRY_STOP},
    {"may have been done, harmless", &silent, NULL, 0, 0, 0, 1, 4, 0, 2, 9999, RETRY_NEXT_KEY},
    {"was refused", &overloaded, NULL, 0, 1, 0, 1, 4, 0, 2, 9999, RETRY_NEXT_KEY},
    {"was never sent", &refused, NULL, 0, 1, 0, 1, 4, 0, 2, 9999, RETRY_NEXT_KEY},
    {"failed midway", &internal, NULL, 0, 1, 0, 1, 4, 0, 2, 9999, RETRY_STOP},
    {"was done, in vain", &ok, &empty, 0, 1, 0, 1, 4, 0, 2, 9999, RETRY_STOP},
};

static void every_guard(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(guards); i++) {
        const struct guard_case *c = &guards[i];
        struct evidence e = evidence_of(c->transport, c->facts);
        e.committed = c->committed;
        e.idempotent = !c->not_idempotent;
        e.pinned = c->pinned;
        e.attempt = c->attempt;
        e.attempts_max = c->attempts_max;
        e.spared = c->spared;
        e.empty_retries_left = c->empties;
        e.deadline_left_ms = c->deadline_ms;
        UNIT_ROW(verdict_of(&e).retry == c->retry, c->name);
    }
}

static void the_pause_grows_and_has_a_bound(void **state)
{
    (void)state;
    int64_t most = 0;
    for (int attempt = 1; attempt <= 10; attempt++) {
        for (int64_t now = 0; now < 50; now++) {
            struct evidence e = evidence_of(&overloaded, NULL);
            e.attempt = attempt;
            e.attempts_max = 20;
            e.now_ms = NOW + now;
            int64_t wait = verdict_of(&e).retry_after_ms;
            assert_in_range(wait, 150, 800);
            assert_true(attempt > 1 || wait <= 200);
            most = wait > most ? wait : most;
        }
    }
    assert_true(most > 700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_answer),
        cmocka_unit_test(a_whole_answer_needs_content_and_no_finish_reason),
        cmocka_unit_test(an_answer_that_is_not_judged_is_good),
        cmocka_unit_test(usage_is_told_to_the_ledger),
        cmocka_unit_test(every_transport_outcome),
        cmocka_unit_test(a_cut_beats_what_had_come_so_far),
        cmocka_unit_test(unless_all_was_said),
        cmocka_unit_test(an_error_counts_even_when_its_end_is_missing),
        cmocka_unit_test(what_lies_elsewhere_is_no_fault_of_the_key),
        cmocka_unit_test(a_status_can_be_an_answer_for_once),
        cmocka_unit_test(every_guard),
        cmocka_unit_test(the_pause_grows_and_has_a_bound),
    };
    return UNIT_RUN(tests);
}
