/* What a thread has used of its stack and does not need while it waits. */
#ifndef BASE_STACK_H
#define BASE_STACK_H

/* Gives what lies below the caller's frame back to the system, which brings zeroed pages when they are
 * needed again. Two system calls: for a thread that has called deep (TLS, JSON) and is about to wait for
 * long. Nothing happens on a process's first thread, whose stack is the system's own, and where the system
 * is not Linux. */
void stack_release(void);

#endif
