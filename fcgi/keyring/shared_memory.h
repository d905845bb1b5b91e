/* Memory that the processes of one host share: files in DATA_DIR, mapped. They hold numbers and fingerprints,
 * no texts, and can be deleted at any time while nothing runs. */
#ifndef KEYRING_SHARED_MEMORY_H
#define KEYRING_SHARED_MEMORY_H

#include <stddef.h>

struct shared_memory {
    void *memory; /* NULL: none */
    size_t bytes;
};

/* Which key a conversation is bound to, so that it stays there whichever process serves the next turn; and
 * what was found out about models and keys, so that each process need not find it out for itself, with the
 * calls of the last minute. The number is that of the layout: another one is another file. */
#define SHARED_CONVERSATIONS "conversations.1"
#define SHARED_LESSONS "lessons.1"

/* `bytes` of memory, zeroed when new. None where files cannot be mapped or the disk is full: that is logged,
 * and each process has its own then. */
struct shared_memory shared_memory_open(const char *data_dir, const char *name, size_t bytes);
void shared_memory_close(struct shared_memory *shared);

#endif
