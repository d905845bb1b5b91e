/* How the C library keeps the heap; where it is not glibc, nothing happens. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

/* For a program that answers requests; before its first thread. */
void heap_tune(void);
/* One heap for all threads, where glibc would begin one for each of the first few: what one thread
 * has freed is of use to the others, who may have to wait for it. Before threads begin. */
void heap_share(void);
/* Gives back what is free in whole pages. Others may wait for the heap meanwhile: for after much was freed. */
void heap_trim(void);

#endif
