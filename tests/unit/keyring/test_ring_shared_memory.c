/* What processes share beside the store: conversations stay on their key whichever process serves them, what
 * one found out the others know, and both outlive a restart. */
#include "ring_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "keyring/shared_memory.h"

enum { CONVERSATIONS = 20 };

static int64_t turn(struct ring *ring, uint64_t conversation)
{
    struct key_query query = {.kind = KEY_GEMINI, .model = MODEL, .affinity = conversation};
    return ring_serve(ring, &query);
}

static int other_process(struct fixture *fixture, int number, void *ctx)
{
    const int64_t *ids = ctx;
    struct ring ring;
    if (ring_open(&ring, fixture, number % 2 ? RING_THREADED : RING_SINGLE_USE, NULL) < 0)
        return 1;
    int moved = 0;
    for (int i = 0; i < CONVERSATIONS; i++)
        moved += turn(&ring, (uint64_t)i + 1) != ids[i];
    ring_close(&ring);
    return moved ? 2 : 0;
}

static void test_other_processes_know(void **state)
{
    struct fixture *fixture = *state;
    struct ring ring;
    int64_t ids[CONVERSATIONS];
    add_keys(fixture, 10);
    assert_int_equal(ring_open(&ring, fixture, RING_SINGLE_USE, NULL), 0);
    for (int i = 0; i < CONVERSATIONS; i++)
        ids[i] = turn(&ring, (uint64_t)i + 1);
    for (int number = 1; number <= 4; number++)
        assert_int_equal(child_wait(child_start(fixture, other_process, number, ids)), 0);
    ring_close(&ring);
    assert_int_equal(child_wait(child_start(fixture, other_process, 1, ids)), 0); /* a restart */
}

/* What a call of a thousand tokens, as they are estimated, reserves; it turns out to have `actual`. */
static int64_t reserved(struct ring *ring, int64_t actual)
{
    struct key_query query = {.kind = KEY_GEMINI, .model = MODEL, .tokens = 1000};
    struct key_grant grant;
    if (ring_ask(ring, &query, &grant) != ACQUIRE_OK)
        return -1;
    int64_t tokens = grant.lease.reserved_tokens;
    struct key_effect effect = succeeded;
    effect.prompt_tokens = actual;
    ring_settle(ring, &grant, &effect);
    return tokens;
}

static int another_sizes_calls(struct fixture *fixture, int number, void *ctx)
{
    struct ring ring;
    (void)ctx;
    if (ring_open(&ring, fixture, number % 2 ? RING_THREADED : RING_SINGLE_USE, NULL) < 0)
        return 1;
    int64_t tokens = reserved(&ring, 500);
    ring_close(&ring);
    return tokens > 0 && tokens < 700 ? 0 : 2;
}

static void test_what_one_found_out_others_know(void **state)
{
    struct fixture *fixture = *state;
    struct ring ring;
    add_keys(fixture, 3);
    assert_int_equal(ring_open(&ring, fixture, RING_SINGLE_USE, NULL), 0);
    assert_in_range(reserved(&ring, 500), 1000, 2000);
    for (int i = 0; i < 100; i++)
        assert_true(reserved(&ring, 500) > 0);
    for (int number = 1; number <= 2; number++)
        assert_int_equal(child_wait(child_start(fixture, another_sizes_calls, number, NULL)), 0);
    ring_close(&ring);
    assert_int_equal(child_wait(child_start(fixture, another_sizes_calls, 1, NULL)), 0);
}

static void *open_conversations(const char *dir)
{
    return shared_memory_open(dir, SHARED_CONVERSATIONS, KEY_POOL_AFFINITY_BYTES).memory;
}

static void unmap(void *memory)
{
    struct shared_memory shared = {memory, KEY_POOL_AFFINITY_BYTES};
    shared_memory_close(&shared);
    assert_null(shared.memory);
}

static void test_what_the_file_may_be(void **state)
{
    struct fixture *fixture = *state;
    char path[600];
    struct stat about;
    void *memory = open_conversations(fixture->dir);
    assert_non_null(memory);
    unmap(memory);
    snprintf(path, sizeof(path), "%s/conversations.1", fixture->dir);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(about.st_size, KEY_POOL_AFFINITY_BYTES);
    /* One that was cut off is made whole; what cannot be mapped is done without. */
    assert_int_equal(truncate(path, 100), 0);
    memory = open_conversations(fixture->dir);
    assert_non_null(memory);
    ((char *)memory)[KEY_POOL_AFFINITY_BYTES - 1] = 1;
    unmap(memory);
    /* Nor is one with holes in it taken as it is. */
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(truncate(path, KEY_POOL_AFFINITY_BYTES), 0);
    memory = open_conversations(fixture->dir);
    assert_non_null(memory);
    assert_int_equal(stat(path, &about), 0);
    assert_true(about.st_blocks * 512 >= (off_t)KEY_POOL_AFFINITY_BYTES);
    unmap(memory);
    /* The beginning of a larger one is used, and the rest stays: 64-bit and 32-bit programs have different sizes. */
    assert_int_equal(unlink(path), 0);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(posix_fallocate(fd, 0, 2 * (off_t)KEY_POOL_AFFINITY_BYTES), 0);
    close(fd);
    memory = open_conversations(fixture->dir);
    assert_non_null(memory);
    unmap(memory);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_size, 2 * KEY_POOL_AFFINITY_BYTES);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_null(open_conversations(fixture->dir));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(symlink("/dev/zero", path), 0);
    assert_null(open_conversations(fixture->dir));
    assert_null(open_conversations("/nowhere/at/all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(test_other_processes_know),
        RING_TEST(test_what_one_found_out_others_know),
        RING_TEST(test_what_the_file_may_be),
    };
    return UNIT_RUN(tests);
}
