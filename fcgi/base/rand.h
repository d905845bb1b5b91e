/* Randomness from the operating system. */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

void rand_bytes(void *buf, size_t len); /* cryptographic; ends the process if it cannot */
uint64_t rand_u64(void);
/* Uniform in [0, bound); bound > 0. */
uint64_t rand_below(uint64_t bound);
/* Fills buf with len-1 characters of [A-Za-z0-9] and a NUL. */
void rand_token(char *buf, size_t buf_size);

#endif
