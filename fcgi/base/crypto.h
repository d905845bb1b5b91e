/* Keeping secrets: one master key, from which the keys for sealing, look-up and signing are derived.
 *
 * Sealing is AES-256-GCM with a random 96-bit nonce; the sealed form is text,
 * "v1:" + base64(nonce | ciphertext | tag), and is bound to a context string (the table and
 * row it belongs to), so that a sealed value moved elsewhere does not open. Look-up and
 * duplicate detection use HMAC-SHA256 under the look-up key, addresses that we hand out are
 * signed with it under a third key. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

#define SHA256_LEN 32
#define SHA256_HEX (2 * SHA256_LEN + 1)

struct vault; /* the derived keys; immutable, safe to share between threads */

/* Makes a vault of a secret of any length (SECRET_KEY) ... */
struct vault *vault_create(const void *secret, size_t len);
/* ... or of the file `path`, which is made with 32 random bytes (as hex) and mode 0600 when it
 * is not there; two processes that make it at once end up with the same. NULL on failure. */
struct vault *vault_open_file(const char *path, struct err *err);
void vault_destroy(struct vault **vault); /* wipes the keys */

/* Appends the sealed form of `data` to `out`. */
void vault_seal(const struct vault *vault, const char *context, const void *data, size_t len,
                struct strbuf *out);
/* Appends the opened data to `out` (wipe it after use). Returns -1 if `sealed` is not ours, was
 * changed, or belongs to another context. */
int vault_open(const struct vault *vault, const char *context, const char *sealed,
               struct strbuf *out, struct err *err);
/* Lower-case hex HMAC of `data`, for look-up. */
void vault_lookup_hash(const struct vault *vault, const void *data, size_t len,
                       char hex_r[SHA256_HEX]);

/* Lower-case hex HMAC of `data` under a key of its own: proves that we said it. */
void vault_sign(const struct vault *vault, const void *data, size_t len, char hex_r[SHA256_HEX]);

void sha256_hex(const void *data, size_t len, char hex_r[SHA256_HEX]);
#define HMAC_SHA1_LEN 20
/* For protocols of others that still sign with it. */
void hmac_sha1(const void *key, size_t key_len, const void *data, size_t len,
               unsigned char mac_r[HMAC_SHA1_LEN]);
/* Compares without telling by its time where two texts differ. NULL equals nothing. */
bool secret_equal(const char *a, const char *b);
/* The same for two look-up hashes, whose length everybody knows: without hashing them again. */
bool hash_equal(const char a[SHA256_HEX], const char b[SHA256_HEX]);
/* Overwrites memory in a way the compiler keeps. */
void secret_wipe(void *mem, size_t len);

#endif
