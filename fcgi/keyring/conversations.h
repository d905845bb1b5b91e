/* Memory that the processes of one host share, so that a conversation stays on its key whichever process
 * serves the next turn: a file in DATA_DIR, mapped. It holds fingerprints and numbers of keys, no texts,
 * and can be deleted at any time while nothing runs. */
#ifndef KEYRING_CONVERSATIONS_H
#define KEYRING_CONVERSATIONS_H

/* KEY_POOL_AFFINITY_BYTES, zeroed when new. NULL where files cannot be mapped or the disk is full: that
 * is logged, and each process has its own memory of conversations then. */
void *conversations_open(const char *data_dir);
void conversations_close(void **memory);

#endif
