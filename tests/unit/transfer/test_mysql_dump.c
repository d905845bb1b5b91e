/* Rows out of a dump's text, and out of no end of broken ones. */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "transfer/mysql_dump.h"

static const struct dump_case {
    const char *name, *text;
    const char *rows; /* "column=value|...;" for each, NULL as (null) */
    int rc;
} cases[] = {
    {"empty", "", "", 0},
    {"another table", "INSERT INTO `other` (`a`) VALUES (1);", "", 0},
    {"names in the statement", "INSERT INTO `t` (`a`, `b`) VALUES (1,'x'),(2,NULL);",
     "a=1|b=x|;a=2|b=(null)|;", 1},
    {"names from the table",
     "CREATE TABLE `t` (\n `a` int NOT NULL DEFAULT '1,2)' COMMENT 'a ; b',\n `b` enum('x','y'),\n"
     " PRIMARY KEY (`a`), KEY `k` (`b`)\n) ENGINE=InnoDB;\nINSERT INTO `t` VALUES (-1,'y');",
     "a=-1|b=y|;", 1},
    {"of a database", "INSERT INTO `db`.`t` (`a`) VALUES (1);", "a=1|;", 1},
    {"plain names", "insert ignore into t (a) values (1.5e3)", "a=1.5e3|;", 1},
    {"replace", "REPLACE INTO `t` (`a`) VALUES (true);", "a=true|;", 1},
    {"escapes", "INSERT INTO `t` (`a`) VALUES ('it\\'s ''so'' \\\\ \\n\\\"q\\\" \\%');",
     "a=it's 'so' \\ \n\"q\" %|;", 1},
    {"what looks like an end",
     "INSERT INTO `t` (`a`) VALUES ('1);\\n-- no comment /* nor */ this');",
     "a=1);\n-- no comment /* nor */ this|;", 1},
    {"hexadecimal", "INSERT INTO `t` (`a`,`b`) VALUES (0x41c3a9,_binary 'x');", "a=A\xC3\xA9|b=x|;",
     1},
    {"comments between",
     "-- one; two\n/*!40000 ALTER TABLE `t` DISABLE KEYS */;\n# three\n"
     "INSERT INTO /* here */ `t` (`a`) VALUES (1), -- and\n(2);",
     "a=1|;a=2|;", 1},
    {"other statements",
     "SET @a='x;y'; UPDATE z SET b='(' WHERE c=1; INSERT INTO `t` (`a`) VALUES (1);", "a=1|;", 1},
    {"fewer values than names", "INSERT INTO `t` (`a`,`b`) VALUES (1);", "a=1|;", 1},
    {"two statements", "INSERT INTO `t` (`a`) VALUES (1);INSERT INTO `t` (`a`) VALUES (2);",
     "a=1|;a=2|;", 1},
    {"names of one statement only",
     "CREATE TABLE `t` (`a` int, `b` int);INSERT INTO `t` (`b`,`a`) VALUES (1,2);"
     "INSERT INTO `t` VALUES (3,4);",
     "b=1|a=2|;a=3|b=4|;", 1},
    {"ansi quotes",
     "CREATE TABLE \"t\" (\"a\" int, KEY \"k\" (\"a\"));INSERT INTO \"t\" VALUES (1);", "a=1|;", 1},
    {"no names at all", "INSERT INTO `t` VALUES (1);", "", -1},
    {"a text that does not end", "INSERT INTO `t` (`a`) VALUES ('x", "", -1},
    {"a row that does not end", "INSERT INTO `t` (`a`) VALUES (1", "", -1},
    {"no values", "INSERT INTO `t` (`a`) SELECT 1;", "", -1},
};

static int write_row(void *ctx, const struct foreign_row *row)
{
    for (size_t i = 0; i < row->count; i++)
        strbuf_printf(ctx, "%s=%s|", row->names[i], row->values[i] ? row->values[i] : "(null)");
    strbuf_putc(ctx, ';');
    return 0;
}

static int read_text(const char *text, size_t len, struct strbuf *rows, struct err *err)
{
    char path[] = "/tmp/mysql-dump-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, text, len) == (ssize_t)len);
    close(fd);
    int rc = mysql_dump_each(path, "t", write_row, rows, err);
    unlink(path);
    return rc;
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        STRBUF_AUTO struct strbuf rows = STRBUF_INIT(10000);
        struct err err = ERR_INIT;
        int rc = read_text(cases[i].text, strlen(cases[i].text), &rows, &err);
        UNIT_ROW(rc == cases[i].rc, cases[i].name);
        UNIT_ROW(rc < 0 || strcmp(strbuf_str(&rows), cases[i].rows) == 0, cases[i].name);
        UNIT_ROW(rc >= 0 || strstr(err.text, "line 1") != NULL, cases[i].name);
    }
}

/* Cut anywhere it ends by itself, and says either rows or an error. */
static void test_cut_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (size_t len = 0; len < strlen(cases[i].text); len++) {
            STRBUF_AUTO struct strbuf rows = STRBUF_INIT(10000);
            struct err err = ERR_INIT;
            int rc = read_text(cases[i].text, len, &rows, &err);
            UNIT_ROW(rc >= 0 || err.code == ERR_INVALID, cases[i].name);
        }
}

static void test_no_file(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_int_equal(mysql_dump_each("/nonexistent/dump.sql", "t", write_row, NULL, &err), -1);
    assert_int_equal(err.code, ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_no_file),
    };
    return UNIT_RUN(tests);
}
