#include "base/heap.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* A request's small blocks come and go by the hundred. glibc would keep some of them apart, unmerged,
 * to merge them all whenever a large block is asked for: several times in each request. */
void heap_tune(void)
{
#ifdef M_MXFAST
    mallopt(M_MXFAST, 0);
#endif
}

void heap_trim(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void heap_share(void)
{
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, 1);
#endif
}
