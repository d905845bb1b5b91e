/* What the tests of the store share: a directory of their own, a store in it, children. */
#ifndef STORE_TEST_H
#define STORE_TEST_H

#include "../unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

struct fixture {
    char dir[256];
    struct vault *vault;
    struct store *store;
};

/* Opens the store in the directory of the fixture; fails the test when it does not open. */
static inline struct store *fixture_open(const struct fixture *fixture)
{
    struct store_options options = {
        .dir = fixture->dir, .vault = fixture->vault, .busy_timeout_ms = 10000, .readers = 4};
    struct err err = ERR_INIT;
    struct store *store = store_open(&options, &err);
    if (store == NULL)
        fprintf(stderr, "store_open: %s\n", err.text);
    return store;
}

/* A directory and a vault; the store is not open yet. */
static inline int fixture_dir(void **state)
{
    struct fixture *fixture = xcalloc(1, sizeof(*fixture));
    const char *base = getenv("TMPDIR");
    snprintf(fixture->dir, sizeof(fixture->dir), "%s/store-test-XXXXXX",
             base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(fixture->dir));
    fixture->vault = vault_create("a master key of the tests", 25);
    *state = fixture;
    return 0;
}

static inline int fixture_set_up(void **state)
{
    fixture_dir(state);
    struct fixture *fixture = *state;
    fixture->store = fixture_open(fixture);
    return fixture->store != NULL ? 0 : -1;
}

static inline int fixture_tear_down(void **state)
{
    struct fixture *fixture = *state;
    store_close(&fixture->store);
    vault_destroy(&fixture->vault);
    DIR *dir = opendir(fixture->dir);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char path[600];
        snprintf(path, sizeof(path), "%s/%s", fixture->dir, entry->d_name);
        unlink(path);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(fixture->dir);
    free(fixture);
    return 0;
}

static inline struct store *fixture_store(void **state)
{
    return ((struct fixture *)*state)->store;
}

static inline char *fixture_path(const struct fixture *fixture, const char *name)
{
    return xasprintf("%s/%s", fixture->dir, name);
}

static inline void assert_ok(int64_t rc, const struct err *err)
{
    if (rc < 0)
        print_error("error %d: %s\n", (int)err->code, err->text);
    assert_true(rc >= 0);
}

/* Waits for a child and returns its exit status, or minus the signal that ended it. */
static inline int child_wait(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* A statement of the test itself. */
#define SQL(sql)                                              \
    ({                                                        \
        static const struct sql_text text_ = {"test", (sql)}; \
        &text_;                                               \
    })

/* The column "value" of the first row; -1 when there is none. */
static inline int64_t query_int(struct sql_db *db, const struct sql_text *text)
{
    struct err err = ERR_INIT;
    struct sql_stmt *stmt = sql_query(db, text, &err);
    int64_t value = stmt != NULL && sql_step(stmt, &err) == 1 ? sql_col_int(stmt, "value") : -1;
    assert_ok(err.code == ERR_NONE ? 0 : -1, &err);
    sql_stmt_done(&stmt);
    return value;
}

/* Runs one write in a transaction of its own: the rows changed, or -1. */
static inline int64_t execute(struct sql_db *db, const struct sql_text *text, struct err *err)
{
    struct sql_tx *tx = sql_begin(db, err);
    struct sql_stmt *stmt = tx != NULL ? sql_tx_stmt(tx, text, err) : NULL;
    int64_t changes = stmt != NULL && sql_run(stmt, err) == 0 ? sql_changes(stmt) : -1;
    sql_stmt_done(&stmt);
    if (changes < 0)
        sql_rollback(&tx);
    else if (sql_commit(&tx, err) != 0)
        return -1;
    return changes;
}

/* A test with an open store of its own. */
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

#endif
