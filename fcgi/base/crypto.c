#include "base/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/rand.h"
#include "base/text.h"

enum {
    KEY_LEN = 32,
    NONCE_LEN = 12,
    TAG_LEN = 16,
    SECRET_FILE_MAX = 4096,
    SHORTEST_SECRET = 16,
    WAIT_STEP_US = 10000, /* for another process that is just writing the file */
    WAIT_STEPS = 200
};

static const char sealed_prefix[] = "v1:";

/* Each request looks a token up. What HMAC (RFC 2104) does with its key is done once, and the two
 * digests that have taken it in are copied for each text: it takes an eighth of the time. */
struct vault {
    unsigned char seal_key[KEY_LEN];
    unsigned char sign_key[KEY_LEN];
    EVP_MD_CTX *lookup_inner;
    EVP_MD_CTX *lookup_outer;
};

void secret_wipe(void *mem, size_t len)
{
    if (mem)
        OPENSSL_cleanse(mem, len);
}

/* libcrypto fails here only without memory or in a broken installation; going on without
 * encryption is no choice. */
static void must(bool worked, const char *what)
{
    if (worked)
        return;
    fprintf(stderr, "libcrypto: %s failed\n", what);
    _exit(EXIT_FAILURE);
}

static void hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                        unsigned char mac_r[SHA256_LEN])
{
    unsigned int mac_len = SHA256_LEN;
    must(HMAC(EVP_sha256(), key, (int)key_len, data, len, mac_r, &mac_len), "HMAC");
}

/* HKDF (RFC 5869) with one block of output, which is all a key needs. */
static void derive_key(const unsigned char prk[SHA256_LEN], const char *purpose,
                       unsigned char key_r[KEY_LEN])
{
    char info[64];
    int len = snprintf(info, sizeof(info), "%s%c", purpose, 1);
    hmac_sha256(prk, SHA256_LEN, info, (size_t)len, key_r);
}

/* A digest that has taken in the key, mixed with `fill` as HMAC wants it. */
static EVP_MD_CTX *keyed_digest(const unsigned char key[KEY_LEN], unsigned char fill)
{
    unsigned char block[SHA256_CBLOCK];
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = (unsigned char)((i < KEY_LEN ? key[i] : 0) ^ fill);
    must(digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) &&
             EVP_DigestUpdate(digest, block, sizeof(block)),
         "SHA-256");
    secret_wipe(block, sizeof(block));
    return digest;
}

struct vault *vault_create(const void *secret, size_t len)
{
    static const char salt[] = "gemini-balance vault";
    unsigned char prk[SHA256_LEN];
    unsigned char lookup_key[KEY_LEN];
    struct vault *vault = xcalloc(1, sizeof(*vault));
    hmac_sha256(salt, sizeof(salt) - 1, secret, len, prk);
    derive_key(prk, "seal v1", vault->seal_key);
    derive_key(prk, "sign v1", vault->sign_key);
    derive_key(prk, "lookup v1", lookup_key);
    vault->lookup_inner = keyed_digest(lookup_key, 0x36);
    vault->lookup_outer = keyed_digest(lookup_key, 0x5c);
    secret_wipe(lookup_key, sizeof(lookup_key));
    secret_wipe(prk, sizeof(prk));
    return vault;
}

void vault_destroy(struct vault **vault)
{
    if (!*vault)
        return;
    EVP_MD_CTX_free((*vault)->lookup_inner); /* which wipes */
    EVP_MD_CTX_free((*vault)->lookup_outer);
    secret_wipe(*vault, sizeof(**vault));
    free(*vault);
    *vault = NULL;
}

/* Reads the whole file as a text. Returns 1, 0 if there is no such file, or -1. */
static int read_secret_file(const char *path, char text[SECRET_FILE_MAX], struct err *err)
{
    FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return err_set(err, ERR_IO, "cannot open %s: %s", path, strerror(errno));
    size_t len = 0;
    ssize_t got;
    while ((got = read(fd, text + len, SECRET_FILE_MAX - len)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, ERR_IO, "cannot read %s: %s", path, strerror(errno));
        len += (size_t)got;
        if (len == SECRET_FILE_MAX)
            return err_set(err, ERR_INVALID, "%s is too large for a secret", path);
    }
    text[len] = '\0';
    return 1;
}

/* A new name lasts through a power failure only when its folder was written too. Some file
 * systems do not offer that; nothing more can be done there. */
static void sync_folder_of(const char *path)
{
    FREE_AUTO char *folder = xstrdup(path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    FD_AUTO int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        (void)!fsync(fd);
}

static int fill_secret_file(int fd, const char *name, struct err *err)
{
    unsigned char bytes[KEY_LEN];
    char text[2 * KEY_LEN + 2];
    rand_bytes(bytes, sizeof(bytes));
    hex_encode(text, bytes, sizeof(bytes));
    text[2 * KEY_LEN] = '\n';
    int failed = file_write_all(fd, text, 2 * KEY_LEN + 1) || fsync(fd);
    int why = errno;
    secret_wipe(bytes, sizeof(bytes));
    secret_wipe(text, sizeof(text));
    if (failed)
        return err_set(err, why == ENOSPC ? ERR_FULL : ERR_IO, "cannot write %s: %s", name,
                       strerror(why));
    return 0;
}

/* For file systems without hard links: who creates the name writes it, the others wait for the
 * text in read_settled_secret(). */
static int create_exclusively(const char *path, struct err *err)
{
    FD_AUTO int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return 0;
    if (fd < 0)
        return err_set(err, ERR_IO, "cannot create %s: %s", path, strerror(errno));
    if (fill_secret_file(fd, path, err)) {
        unlink(path);
        return -1;
    }
    return 0;
}

/* Makes the file appear under its name with all its bytes; the first process wins. */
static int create_secret_file(const char *path, struct err *err)
{
    FREE_AUTO char *temp = xasprintf("%s.XXXXXX", path);
    FD_AUTO int fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "cannot create %s: %s", temp, strerror(errno));
    int result = fill_secret_file(fd, temp, err);
    if (result == 0 && link(temp, path) && errno != EEXIST)
        result = create_exclusively(path, err);
    unlink(temp);
    sync_folder_of(path);
    return result;
}

/* As read_secret_file(), but waits for a writer that has made the name and not yet the text
 * (which it writes at one go). */
static int read_settled_secret(const char *path, char text[SECRET_FILE_MAX], struct err *err)
{
    int found = read_secret_file(path, text, err);
    for (int i = 0; i < WAIT_STEPS && found == 1 && !text[0]; i++) {
        usleep(WAIT_STEP_US);
        found = read_secret_file(path, text, err);
    }
    return found;
}

struct vault *vault_open_file(const char *path, struct err *err)
{
    char text[SECRET_FILE_MAX];
    struct vault *vault = NULL;
    int found = read_settled_secret(path, text, err);
    if (found == 0 && create_secret_file(path, err) == 0)
        found = read_settled_secret(path, text, err);
    if (found == 1) {
        char *secret = text_trim(text);
        size_t len = strlen(secret);
        if (len >= SHORTEST_SECRET)
            vault = vault_create(secret, len);
        else
            err_set(err, ERR_INVALID, "%s holds no secret of at least %d characters", path,
                    SHORTEST_SECRET);
    }
    secret_wipe(text, sizeof(text));
    return vault;
}

static void free_cipher(EVP_CIPHER_CTX **cipher)
{
    EVP_CIPHER_CTX_free(*cipher);
}

void vault_seal(const struct vault *vault, const char *context, const void *data, size_t len,
                struct strbuf *out)
{
    STRBUF_AUTO struct strbuf raw = STRBUF_INIT(NONCE_LEN + len + TAG_LEN);
    CLEANUP(free_cipher) EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int done = 0;
    strbuf_reserve(&raw, NONCE_LEN + len + TAG_LEN);
    unsigned char *nonce = (unsigned char *)raw.data;
    unsigned char *text = nonce + NONCE_LEN;
    rand_bytes(nonce, NONCE_LEN);
    must(cipher && EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, vault->seal_key, nonce) &&
             EVP_EncryptUpdate(cipher, NULL, &done, (const unsigned char *)context,
                               (int)strlen(context)) &&
             EVP_EncryptUpdate(cipher, text, &done, data, (int)len) &&
             EVP_EncryptFinal_ex(cipher, text + len, &done) &&
             EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG_LEN, text + len),
         "AES-256-GCM");
    strbuf_puts(out, sealed_prefix);
    base64_encode(out, nonce, NONCE_LEN + len + TAG_LEN);
}

/* Decrypts `raw` (nonce, ciphertext, tag) into `plain`, which has room. */
static bool decrypt(const struct vault *vault, const char *context, const struct strbuf *raw,
                    unsigned char *plain)
{
    CLEANUP(free_cipher) EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    const unsigned char *nonce = (const unsigned char *)raw->data;
    const unsigned char *text = nonce + NONCE_LEN;
    size_t len = raw->len - NONCE_LEN - TAG_LEN;
    unsigned char tag[TAG_LEN];
    int done = 0;
    memcpy(tag, text + len, TAG_LEN);
    return cipher && EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, vault->seal_key, nonce) &&
           EVP_DecryptUpdate(cipher, NULL, &done, (const unsigned char *)context,
                             (int)strlen(context)) &&
           EVP_DecryptUpdate(cipher, plain, &done, text, (int)len) &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG_LEN, tag) &&
           EVP_DecryptFinal_ex(cipher, plain + len, &done) > 0;
}

int vault_open(const struct vault *vault, const char *context, const char *sealed,
               struct strbuf *out, struct err *err)
{
    STRBUF_AUTO struct strbuf raw = STRBUF_INIT(sealed ? strlen(sealed) : 0);
    if (!text_starts(sealed, sealed_prefix))
        return err_set(err, ERR_INVALID, "this is no sealed value");
    const char *encoded = sealed + strlen(sealed_prefix);
    if (base64_decode(&raw, encoded, strlen(encoded)) || raw.len < NONCE_LEN + TAG_LEN)
        return err_set(err, ERR_INVALID, "the sealed value is damaged");
    size_t len = raw.len - NONCE_LEN - TAG_LEN;
    if (!strbuf_reserve(out, len))
        return err_set(err, ERR_TOO_LARGE, "the sealed value is too large");
    if (!decrypt(vault, context, &raw, (unsigned char *)out->data + out->len)) {
        secret_wipe(out->data + out->len, len);
        return err_set(err, ERR_INVALID,
                       "the sealed value was changed, or made with another secret key");
    }
    out->len += len;
    out->data[out->len] = '\0';
    return 0;
}

static void free_digest(EVP_MD_CTX **digest)
{
    EVP_MD_CTX_free(*digest);
}

void vault_lookup_hash(const struct vault *vault, const void *data, size_t len,
                       char hex_r[SHA256_HEX])
{
    unsigned char mac[SHA256_LEN];
    CLEANUP(free_digest) EVP_MD_CTX *digest = EVP_MD_CTX_new();
    must(digest && EVP_MD_CTX_copy_ex(digest, vault->lookup_inner) &&
             EVP_DigestUpdate(digest, data, len) && EVP_DigestFinal_ex(digest, mac, NULL) &&
             EVP_MD_CTX_copy_ex(digest, vault->lookup_outer) &&
             EVP_DigestUpdate(digest, mac, sizeof(mac)) && EVP_DigestFinal_ex(digest, mac, NULL),
         "HMAC");
    hex_encode(hex_r, mac, sizeof(mac));
}

void vault_sign(const struct vault *vault, const void *data, size_t len, char hex_r[SHA256_HEX])
{
    unsigned char mac[SHA256_LEN];
    hmac_sha256(vault->sign_key, KEY_LEN, data, len, mac);
    hex_encode(hex_r, mac, sizeof(mac));
}

static void sha256(const void *data, size_t len, unsigned char digest_r[SHA256_LEN])
{
    must(EVP_Digest(data, len, digest_r, NULL, EVP_sha256(), NULL), "SHA-256");
}

void hmac_sha1(const void *key, size_t key_len, const void *data, size_t len,
               unsigned char mac_r[HMAC_SHA1_LEN])
{
    unsigned mac_len = 0;
    must(HMAC(EVP_sha1(), key, (int)key_len, data, len, mac_r, &mac_len) != NULL, "HMAC");
}

void sha256_hex(const void *data, size_t len, char hex_r[SHA256_HEX])
{
    unsigned char digest[SHA256_LEN];
    sha256(data, len, digest);
    hex_encode(hex_r, digest, sizeof(digest));
}

/* Over digests, so that not even the length of the right one can be measured. */
static bool long_secret_equal(const char *a, const char *b)
{
    unsigned char digest_a[SHA256_LEN];
    unsigned char digest_b[SHA256_LEN];
    sha256(a, strlen(a), digest_a);
    sha256(b, strlen(b), digest_b);
    return CRYPTO_memcmp(digest_a, digest_b, SHA256_LEN) == 0;
}

/* Secrets of the usual length are padded to one length and compared as a whole: the time tells
 * neither where they differ nor how long the right one is. */
bool secret_equal(const char *a, const char *b)
{
    char padded_a[LIMIT_SECRET + 1] = {0};
    char padded_b[LIMIT_SECRET + 1] = {0};
    if (!a || !b)
        return false;
    size_t len_a = strlen(a);
    size_t len_b = strlen(b);
    if (len_a > LIMIT_SECRET || len_b > LIMIT_SECRET)
        return long_secret_equal(a, b);
    memcpy(padded_a, a, len_a);
    memcpy(padded_b, b, len_b);
    bool equal = CRYPTO_memcmp(padded_a, padded_b, sizeof(padded_a)) == 0;
    secret_wipe(padded_a, sizeof(padded_a));
    secret_wipe(padded_b, sizeof(padded_b));
    return equal;
}

bool hash_equal(const char a[SHA256_HEX], const char b[SHA256_HEX])
{
    return CRYPTO_memcmp(a, b, SHA256_HEX - 1) == 0;
}
