#include "../unit.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/scope.h"

static void memory_is_zeroed(void **state)
{
    (void)state;
    FREE_AUTO char *mem = xcalloc(10, 10);
    for (int i = 0; i < 100; i++)
        assert_int_equal(mem[i], 0);
    FREE_AUTO void *none = xcalloc(0, 8);
    assert_non_null(none);
    FREE_AUTO void *nothing = xrealloc(NULL, 0, 8);
    assert_non_null(nothing);
}

static void texts_are_copied(void **state)
{
    (void)state;
    FREE_AUTO char *all = xstrdup("text");
    FREE_AUTO char *part = xstrndup("text", 2);
    FREE_AUTO char *made = xasprintf("%s-%d", "a", 5);
    assert_string_equal(all, "text");
    assert_string_equal(part, "te");
    assert_string_equal(made, "a-5");
    assert_null(xstrdup(NULL));
}

static int lock_and_leave(pthread_mutex_t *lock)
{
    LOCK_SCOPE(lock);
    return pthread_mutex_trylock(lock);
}

static void a_lock_ends_with_its_scope(void **state)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    (void)state;
    assert_int_not_equal(lock_and_leave(&lock), 0);
    assert_int_equal(pthread_mutex_trylock(&lock), 0);
    pthread_mutex_unlock(&lock);
}

/* A size that overflows must end the process, not give a small block. */
static int exit_status_of_overflow(void)
{
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        volatile size_t count = SIZE_MAX / 4;
        _exit(xrealloc(NULL, count, 8) ? 0 : 0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void out_of_memory_ends_the_process(void **state)
{
    (void)state;
    assert_int_equal(exit_status_of_overflow(), EXIT_FAILURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed),
        cmocka_unit_test(texts_are_copied),
        cmocka_unit_test(a_lock_ends_with_its_scope),
        cmocka_unit_test(out_of_memory_ends_the_process),
    };
    return UNIT_RUN(tests);
}
