#include "base/stack.h"

#ifdef __linux__
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/scope.h"

/* Below the frame of stack_release(): its own variables, and the system call. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IN_USE 4096 /* sanitizers widen every frame, and stand before system calls */
#else
#define IN_USE 256
#endif

static bool is_first_thread(void)
{
    return syscall(SYS_gettid) == getpid();
}

/* Where the caller's stack ends, and its size. 0 or -1. */
static int find_stack(void **bottom_r, size_t *size_r)
{
    pthread_attr_t attributes;
    if (is_first_thread() || pthread_getattr_np(pthread_self(), &attributes) != 0)
        return -1;
    int failure = pthread_attr_getstack(&attributes, bottom_r, size_r);
    pthread_attr_destroy(&attributes);
    return failure ? -1 : 0;
}

/* The compiler must not make it a part of a function whose own variables lie deeper. */
__attribute__((noinline)) void stack_release(void)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t end = ((uintptr_t)__builtin_frame_address(0) - IN_USE) / page * page;
    void *bottom;
    size_t size;
    if (find_stack(&bottom, &size) < 0)
        return;
    /* Somebody may run on a stack of his own making, of which nothing is known. */
    if ((uintptr_t)bottom < end && end - (uintptr_t)bottom < size)
        madvise(bottom, end - (uintptr_t)bottom, MADV_DONTNEED);
}
#else
void stack_release(void)
{
}
#endif
