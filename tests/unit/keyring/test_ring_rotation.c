/* Several processes on one store rotate their keys as one would. */
#include <sys/mman.h>

#include "ring_fixture.h"

#define KEYS 20

struct job {
    enum ring_mode mode;
    int calls;
    int fresh; /* a new ring for so many calls; 0: one for all */
    int (*used)[KEYS + 1];
};

static int work(struct fixture *fixture, int number, void *ctx)
{
    const struct job *job = ctx;
    struct ring ring = {0};
    for (int i = 0; i < job->calls; i++) {
        if (!ring.keyring && ring_open(&ring, fixture, job->mode, NULL) < 0)
            return 1;
        int64_t id = ring_call(&ring, &succeeded);
        if (id < 1 || id > KEYS)
            return 2;
        job->used[number][id]++;
        if (job->fresh && i % job->fresh == job->fresh - 1)
            ring_close(&ring);
        if (job->mode == RING_THREADED)
            pause_ms(1); /* as calls come, not faster than any upstream could answer */
    }
    ring_close(&ring);
    return 0;
}

static void rotate(struct fixture *fixture, int processes, struct job *job)
{
    add_keys(fixture, KEYS);
    size_t size = sizeof(job->used[0]) * (size_t)processes;
    job->used = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(job->used != MAP_FAILED);
    pid_t pids[8];
    for (int i = 0; i < processes; i++)
        pids[i] = child_start(fixture, work, i, job);
    for (int i = 0; i < processes; i++)
        assert_int_equal(child_wait(pids[i]), 0);
    int mean = processes * job->calls / KEYS;
    for (int key = 1; key <= KEYS; key++) {
        int total = 0;
        for (int i = 0; i < processes; i++)
            total += job->used[i][key];
        if (total < mean * 9 / 10 || total > mean * 11 / 10)
            print_error("key %d: %d of a mean of %d\n", key, total, mean);
        assert_in_range(total, mean * 9 / 10, mean * 11 / 10);
    }
    munmap(job->used, size);
}

static void test_one_process(void **state)
{
    rotate(*state, 1, &(struct job){.mode = RING_THREADED, .calls = 1000});
}

static void test_two_processes(void **state)
{
    rotate(*state, 2, &(struct job){.mode = RING_THREADED, .calls = 1000});
}

static void test_four_processes(void **state)
{
    rotate(*state, 4, &(struct job){.mode = RING_THREADED, .calls = 500});
}

static void test_two_processes_without_journal_threads(void **state)
{
    rotate(*state, 2, &(struct job){.mode = RING_UNTHREADED, .calls = 400});
}

static void test_a_process_for_each_request(void **state)
{
    rotate(*state, 2, &(struct job){.mode = RING_SINGLE_USE, .calls = 200, .fresh = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(test_one_process),
        RING_TEST(test_two_processes),
        RING_TEST(test_four_processes),
        RING_TEST(test_two_processes_without_journal_threads),
        RING_TEST(test_a_process_for_each_request),
    };
    return UNIT_RUN(tests);
}
