#include "base/stack.h"

#ifdef __linux__
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/scope.h"

/* Below the frame of stack_release(): its own variables, and the calls that it makes meanwhile. */
#define IN_USE 1024

static bool is_first_thread(void)
{
    return syscall(SYS_gettid) == getpid();
}

/* The compiler must not make it a part of a function whose own variables lie deeper. */
__attribute__((noinline)) void stack_release(void)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t end = ((uintptr_t)__builtin_frame_address(0) - IN_USE) / page * page;
    pthread_attr_t attributes;
    void *bottom = NULL;
    size_t size = 0;
    if (is_first_thread() || pthread_getattr_np(pthread_self(), &attributes) != 0)
        return;
    pthread_attr_getstack(&attributes, &bottom, &size);
    pthread_attr_destroy(&attributes);
    if ((uintptr_t)bottom < end)
        madvise(bottom, end - (uintptr_t)bottom, MADV_DONTNEED);
}
#else
void stack_release(void)
{
}
#endif
