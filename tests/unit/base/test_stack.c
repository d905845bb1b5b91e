/* A thread that has called deep gives its stack back, and goes on as if nothing had been. */
#include "../unit.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/stack.h"

enum { DEEP = 128 * 1024, OURS = 3000 };

struct seen {
    size_t before, deep, after; /* pages of the stack in memory */
    bool intact;
};

static size_t resident_pages(void)
{
    static unsigned char is_resident[8 * LIMIT_WORKER_STACK / 4096];
    pthread_attr_t attributes;
    void *bottom;
    size_t size;
    size_t count = 0;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    assert_int_equal(pthread_getattr_np(pthread_self(), &attributes), 0);
    pthread_attr_getstack(&attributes, &bottom, &size);
    pthread_attr_destroy(&attributes);
    size_t pages = size / page;
    assert_true(pages <= sizeof(is_resident));
    assert_int_equal(mincore(bottom, pages * page, is_resident), 0);
    for (size_t i = 0; i < pages; i++)
        count += is_resident[i] & 1;
    return count;
}

__attribute__((noinline)) static void call_deep(void)
{
    volatile char room[DEEP];
    for (size_t i = 0; i < sizeof(room); i += 512)
        room[i] = 1;
}

static bool is_filled(const volatile unsigned char *room, unsigned char with)
{
    for (size_t i = 0; i < OURS; i++)
        if (room[i] != with)
            return false;
    return true;
}

static void *work(void *ctx)
{
    struct seen *seen = ctx;
    volatile unsigned char ours[OURS];
    for (size_t i = 0; i < sizeof(ours); i++)
        ours[i] = 0xa5;
    seen->before = resident_pages();
    call_deep();
    seen->deep = resident_pages();
    stack_release();
    seen->after = resident_pages();
    seen->intact = is_filled(ours, 0xa5);
    call_deep(); /* there is a stack again as soon as it is needed */
    seen->intact = seen->intact && is_filled(ours, 0xa5);
    return NULL;
}

static void run_on_thread(struct seen *seen)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 8 * LIMIT_WORKER_STACK);
    assert_int_equal(pthread_create(&thread, &attributes, work, seen), 0);
    pthread_attr_destroy(&attributes);
    pthread_join(thread, NULL);
}

static void what_lies_below_is_given_back(void **state)
{
    struct seen seen;
    size_t deep_pages = DEEP / (size_t)sysconf(_SC_PAGESIZE);
    (void)state;
    if (unit_slow() > 1)
        skip(); /* emulators may keep what is given back */
    run_on_thread(&seen);
    assert_true(seen.deep >= seen.before + deep_pages / 2);
    assert_true(seen.after + deep_pages / 2 <= seen.deep);
}

static void what_lies_above_stays(void **state)
{
    struct seen seen;
    (void)state;
    run_on_thread(&seen);
    assert_true(seen.intact);
}

static void the_first_thread_keeps_its_own(void **state)
{
    volatile char room[64];
    (void)state;
    memset((char *)room, 7, sizeof(room));
    call_deep();
    stack_release();
    assert_int_equal(room[63], 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_lies_below_is_given_back),
        cmocka_unit_test(what_lies_above_stays),
        cmocka_unit_test(the_first_thread_keeps_its_own),
    };
    return UNIT_RUN(tests);
}
