/* Conversations stay on their key whichever process serves them, and over a restart. */
#include "ring_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "keyring/conversations.h"

enum { CONVERSATIONS = 20 };

static int64_t turn(struct ring *ring, uint64_t conversation)
{
    struct key_query query = {.kind = KEY_GEMINI, .model = MODEL, .affinity = conversation};
    struct key_shortage shortage;
    struct key_grant grant;
    if (ring->source->acquire(ring->source->ctx, &query, clock_wall_ms(), &grant, &shortage) !=
        ACQUIRE_OK)
        return 0;
    int64_t id = grant.lease.key_id;
    ring_settle(ring, &grant, &succeeded);
    return id;
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

static void test_what_the_file_may_be(void **state)
{
    struct fixture *fixture = *state;
    char path[600];
    struct stat about;
    void *memory = conversations_open(fixture->dir);
    assert_non_null(memory);
    conversations_close(&memory);
    assert_null(memory);
    snprintf(path, sizeof(path), "%s/conversations.1", fixture->dir);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(about.st_size, KEY_POOL_AFFINITY_BYTES);
    /* One that was cut off is made whole; what cannot be mapped is done without. */
    assert_int_equal(truncate(path, 100), 0);
    memory = conversations_open(fixture->dir);
    assert_non_null(memory);
    ((char *)memory)[KEY_POOL_AFFINITY_BYTES - 1] = 1;
    conversations_close(&memory);
    /* Nor is one with holes in it taken as it is. */
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(truncate(path, KEY_POOL_AFFINITY_BYTES), 0);
    memory = conversations_open(fixture->dir);
    assert_non_null(memory);
    assert_int_equal(stat(path, &about), 0);
    assert_true(about.st_blocks * 512 >= (off_t)KEY_POOL_AFFINITY_BYTES);
    conversations_close(&memory);
    /* The beginning of a larger one is used, and the rest stays: 64-bit and 32-bit programs have different sizes. */
    assert_int_equal(unlink(path), 0);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(posix_fallocate(fd, 0, 2 * (off_t)KEY_POOL_AFFINITY_BYTES), 0);
    close(fd);
    memory = conversations_open(fixture->dir);
    assert_non_null(memory);
    conversations_close(&memory);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_size, 2 * KEY_POOL_AFFINITY_BYTES);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_null(conversations_open(fixture->dir));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(symlink("/dev/zero", path), 0);
    assert_null(conversations_open(fixture->dir));
    assert_null(conversations_open("/nowhere/at/all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(test_other_processes_know),
        RING_TEST(test_what_the_file_may_be),
    };
    return UNIT_RUN(tests);
}
