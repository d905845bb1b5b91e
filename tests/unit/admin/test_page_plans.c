/* Every statement that any page, file or JSON answer of the admin runs, with every combination of the
 * log's filters, is looked up in the databases' connections and asked for its plan: none walks over a
 * table that grows with use. */
#include "admin_fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "store/sql_private.h"
#include "store/store_private.h"

static const char *const growing[] = {
    "requests",    "attempts",    "error_bodies", "request_rows",     "attempt_rows",   "usage_key",
    "usage_token", "usage_total", "audit",        "settings_history", "login_failures", "pins"};

/* A part of a filter each; all sums of them are asked for. */
static const char *const filters[] = {"range=30d",
                                      "model=m",
                                      "route=%2Fv1%2Fchat%2Fcompletions",
                                      "token=1",
                                      "key=1",
                                      "status=429",
                                      "q=quota",
                                      "from=2020-01-01T00:00",
                                      "status=200"};

static const char *const places[] = {
    "/dashboard",
    "/dashboard?span=1h",
    "/dashboard?span=8h",
    "/dashboard?span=7d",
    "/dashboard?span=30d",
    "/dashboard?code=400",
    "/keys",
    "/keys?q=a",
    "/keys?sort=use",
    "/keys?sort=failures",
    "/keys?state=dead",
    "/keys?why=x&tag=y&in=z&of=paid",
    "/keys/1",
    "/keys/1?span=1h",
    "/keys/1?span=30d",
    "/tokens",
    "/tokens/1",
    "/tokens/1?span=1h",
    "/tokens/1?span=30d",
    "/requests/1",
    "/config",
    "/config/history",
    "/config/models",
    "/config/proxies",
    "/audit",
    "/help",
    "/playground",
    "/metrics",
    "/metrics?keys=true",
    "/api/keys",
    "/api/keys/all",
    "/api/keys/1",
    "/api/tokens",
    "/api/config",
    "/api/stats",
    "/api/stats/details?period=24h",
    "/api/stats/key-details?id=1&period=24h",
    "/api/stats/attention-keys?status_code=429",
    "/api/key-usage-details/1",
    "/api/logs/errors/1/details",
    "/api/logs/errors/lookup?key_id=1&timestamp=2026-01-01T00:00:00Z",
    "/api/logs/requests/1/attempts",
    "/api/version/check"};

static void visit(struct admin_fixture *fixture, const char *uri)
{
    struct front front;
    fixture_request(fixture, &front, uri, NULL);
    UNIT_ROW(front_status(&front) == 200 || front_status(&front) == 404, uri);
    front_free(&front);
}

static void visit_log(struct admin_fixture *fixture, const char *path)
{
    for (unsigned set = 0; set < 1u << ARRAY_LEN(filters); set++) {
        STRBUF_AUTO struct strbuf uri = STRBUF_INIT(1000);
        strbuf_printf(&uri, "%s?before=%s", path, set % 2 ? "1700000000000.1" : "");
        for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
            if (set & (1u << i))
                strbuf_printf(&uri, "&%s", filters[i]);
        }
        visit(fixture, strbuf_str(&uri));
    }
}

/* --- plans ------------------------------------------------------------------------------------- */

/* A walk over what a step before has brought together is none over a table. */
static bool is_gathered(const struct strbuf *plan, const char *name)
{
    FREE_AUTO char *routine = xasprintf("\nCO-ROUTINE %s\n", name);
    FREE_AUTO char *held = xasprintf("\nMATERIALIZE %s\n", name);
    return *name == '(' || strstr(strbuf_str(plan), routine) || strstr(strbuf_str(plan), held);
}

/* The name that a step walks over as a whole; "" where it looks something up. */
static void walked_name(const char *step, char *name, size_t size)
{
    const char *from = text_starts(step, "SCAN ") ? step + strlen("SCAN ") : "";
    snprintf(name, size, "%.*s", (int)strcspn(from, " \n"), from);
}

/* Whether the name, or what it is an alias of (the views of the log have theirs inside), is a table
 * that grows. */
static bool is_growing(const char *name, const char *text)
{
    if ((text_eq(name, "r") && strstr(text, "request_rows")) ||
        (text_eq(name, "a") && strstr(text, "attempt_rows")))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(growing); i++) {
        FREE_AUTO char *alias = xasprintf("%s %s ", growing[i], name);
        if (text_eq(name, growing[i]) || strstr(text, alias))
            return true;
    }
    return false;
}

static bool is_good(const struct strbuf *plan, const char *text)
{
    for (const char *step = strbuf_str(plan); step; step = strchr(step, '\n')) {
        char name[100];
        step += *step == '\n';
        walked_name(step, name, sizeof(name));
        if (*name && !is_gathered(plan, name) && is_growing(name, text))
            return false;
    }
    return true;
}

/* The plans live as long as the process: statements are kept by the address of their text. */
static bool plan_is_good(struct sql_db *db, const struct sql_text *text)
{
    static struct sql_text asked[500];
    static size_t count;
    assert_in_range(count, 0, ARRAY_LEN(asked) - 1);
    struct sql_text *question = &asked[count++];
    STRBUF_AUTO struct strbuf plan = STRBUF_INIT(20000);
    *question = (struct sql_text){text->name, xasprintf("EXPLAIN QUERY PLAN %s", text->text)};
    STMT_AUTO struct sql_stmt *stmt = sql_query(db, question, NULL);
    if (!stmt)
        return false;
    strbuf_puts(&plan, "\n");
    while (sql_step(stmt, NULL) == 1)
        strbuf_printf(&plan, "%s\n", sql_col_text(stmt, "detail"));
    if (is_good(&plan, text->text))
        return true;
    print_error("%s:%s\n", text->name, strbuf_str(&plan));
    return false;
}

static size_t texts_of(struct sql_db *db, const struct sql_text **texts_r, size_t most)
{
    const struct sql_lane *lanes[] = {&db->readers, &db->writer};
    size_t count = 0;
    for (size_t lane = 0; lane < ARRAY_LEN(lanes); lane++) {
        for (size_t i = 0; i < lanes[lane]->count; i++) {
            for (struct sql_prepared *each = lanes[lane]->conns[i].prepared; each;
                 each = each->next) {
                assert_in_range(count, 0, most - 1);
                texts_r[count++] = each->text;
            }
        }
    }
    return count;
}

static size_t look_at_plans(struct sql_db *db)
{
    const struct sql_text *texts[400];
    size_t count = texts_of(db, texts, ARRAY_LEN(texts));
    size_t asked = 0;
    for (size_t i = 0; i < count; i++) {
        if (!text_starts(texts[i]->text, "SELECT") && !text_starts(texts[i]->text, "WITH"))
            continue;
        UNIT_ROW(plan_is_good(db, texts[i]), texts[i]->name);
        asked++;
    }
    return asked;
}

static void log_one(struct store *store)
{
    int64_t now_ms = clock_wall_ms();
    struct log_request request = {.id = store_log_id(now_ms), .time_ms = now_ms, .status = 429};
    struct log_attempt attempt = {
        .request_id = request.id, .number = 1, .time_ms = now_ms, .key_id = 1, .status = 429};
    const struct log_batch batch = {&request, 1, &attempt, 1, NULL, 0};
    assert_int_equal(store_log_write(store, &batch, true, NULL), 0);
}

static void test_no_page_walks_over_what_grows(void **state)
{
    struct admin_fixture *fixture = *state;
    fixture_key(fixture, "AIzaSyAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa01", "one");
    log_one(fixture->admin.store);
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        visit(fixture, places[i]);
    visit_log(fixture, "/requests");
    visit_log(fixture, "/errors");
    visit_log(fixture, "/requests.csv");
    visit_log(fixture, "/api/logs/errors");
    size_t of_log = look_at_plans(fixture->admin.store->log);
    size_t of_main = look_at_plans(fixture->admin.store->main);
    /* All lists and their edges, one request, attempts, names, extent, failing keys: they were asked for. */
    assert_true(of_log >= 20);
    assert_true(of_main >= 20);
}

/* The eye that looks at plans sees a walk. */
static void test_a_walk_is_seen(void **state)
{
    struct admin_fixture *fixture = *state;
    static const struct sql_text bad[] = {
        {"count", "SELECT count(*) FROM requests WHERE status = 200"},
        {"alias", "SELECT r.id FROM requests r WHERE r.error LIKE '%x%'"},
        {"view", "SELECT id FROM request_rows WHERE error LIKE '%x%'"},
        {"join", "SELECT a.rule_id FROM attempts a JOIN requests q ON q.id = a.request_id"},
    };
    static const struct sql_text good = {"good", "SELECT id FROM requests WHERE id = 1"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        UNIT_ROW(!plan_is_good(fixture->admin.store->log, &bad[i]), bad[i].name);
    assert_true(plan_is_good(fixture->admin.store->log, &good));
}

int main(void)
{
#define IN(test) cmocka_unit_test_setup_teardown(test, admin_set_up_signed_in, admin_tear_down)
    const struct CMUnitTest tests[] = {
        IN(test_no_page_walks_over_what_grows),
        IN(test_a_walk_is_seen),
    };
    return UNIT_RUN(tests);
}
