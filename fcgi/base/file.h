/* Writing to file descriptors. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/scope.h"

/* Writes all of it, however often it takes. 0, or -1 with errno; a disk may also say so only at fsync()
 * or close(). */
int file_write_all(int fd, const void *data, size_t len);
/* Brings what was written to `path` to the disk. 0, or -1 with errno. */
int file_flush(const char *path);
/* `FD_AUTO int fd = open(...)`: closed at the end of the scope, where it is one. */
void file_scope_close(int *fd);
#define FD_AUTO CLEANUP(file_scope_close)

#endif
