/* Whom TLS connections trust: the certificate authorities of a file, once for all of a process.
 *
 *   trust_store   a file of certificates (PEM) of which it is known whose stand where. One is decoded
 *                 when a server's certificate names it, and kept: of the 150 that systems bring, a
 *                 process needs two or three. Decoded, all of them take a megabyte, and libcurl would do it
 *                 for each client. Thread-safe.
 *
 * A file that has changed is read anew before the next connection. */
#ifndef BASE_TRUST_STORE_H
#define BASE_TRUST_STORE_H

#include <stdbool.h>

struct trust_store;

/* `file`, and `folder` of certificates that are named by their hashes (OpenSSL's "CApath"), or NULL; both are
 * trusted. `tls_library` is how the library that makes the connections calls itself ("OpenSSL/3.0.17"). NULL when
 * that is not the one of this program, to whose connections nothing can be given. Reads nothing yet. */
struct trust_store *trust_store_create(const char *file, const char *folder,
                                       const char *tls_library);
/* Connections that were given it may live on. */
void trust_store_destroy(struct trust_store **store);

/* Reads the file, unless it is the one that was read last. A file that cannot be read, or holds no certificate,
 * does not replace one that did. False: there has been none. */
bool trust_store_refresh(struct trust_store *store);
/* Lets the connections of `ssl_ctx` (an SSL_CTX) trust what was read last and nobody else, and give their buffers
 * back while nothing comes. Returns 0, or -1 with nothing changed when nothing has been read. */
int trust_store_give(struct trust_store *store, void *ssl_ctx);

#endif
