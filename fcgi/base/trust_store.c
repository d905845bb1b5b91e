/* OpenSSL asks its store for a certificate by its subject, and the store asks what it was told to look into:
 * here the file, as it lay there when it was read. Its descriptor is kept, and of each certificate where it
 * stands and the hash of its subject. */
#include "base/trust_store.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/vec.h"

#if OPENSSL_VERSION_NUMBER < 0x30000000L
typedef X509_NAME subject_name;
#else
typedef const X509_NAME subject_name;
#endif

/* Of libssl, which is there where libcurl has brought it. */
struct tls_functions {
    void (*set1_cert_store)(void *ssl_ctx, X509_STORE *store);
    long (*ctrl)(void *ssl_ctx, int command, long number, void *pointer);
};
enum {
    TLS_CTRL_MODE = 33,            /* SSL_CTRL_MODE */
    TLS_MODE_RELEASE_BUFFERS = 16, /* SSL_MODE_RELEASE_BUFFERS */
};

struct place {
    unsigned long hash; /* of the subject */
    off_t start;
    size_t len;
    X509 *certificate; /* NULL until it was asked for */
};
VEC(places, struct place);

/* What an X509_STORE looks into; it belongs to it, as connections may still use both. */
struct bundle {
    pthread_mutex_t lock; /* guards the certificates; the store's own lock may be taken under it */
    int fd;
    struct places places;
};

struct trust_store {
    pthread_mutex_t lock; /* guards what was read */
    char *file;
    char *folder;
    struct tls_functions tls;
    struct stat seen;
    X509_STORE *authorities; /* NULL: nothing was read */
};

/* --- the file --------------------------------------------------------------------------------- */

static void bundle_destroy(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->places.len; i++)
        X509_free(bundle->places.items[i].certificate);
    VEC_FREE(&bundle->places);
    close(bundle->fd);
    pthread_mutex_destroy(&bundle->lock);
    free(bundle);
}

/* Goes through the certificates from where `text` stands to the end. One that cannot be decoded is left out, as
 * are all other things in the file. */
static void find_places(BIO *text, struct places *places)
{
    for (;;) {
        off_t start = BIO_tell(text);
        X509 *certificate = PEM_read_bio_X509_AUX(text, NULL, NULL, NULL);
        off_t end = BIO_tell(text);
        if (certificate) {
            struct place place = {.hash = X509_subject_name_hash(certificate),
                                  .start = start,
                                  .len = (size_t)(end - start)};
            VEC_PUSH(places, place);
        } else if (end <= start || BIO_eof(text)) {
            return;
        }
        X509_free(certificate);
    }
}

/* NULL when there is no certificate in it. */
static struct bundle *bundle_read(const char *file)
{
    struct bundle *bundle = xcalloc(1, sizeof(*bundle));
    pthread_mutex_init(&bundle->lock, NULL);
    bundle->fd = open(file, O_RDONLY | O_CLOEXEC);
    int again = bundle->fd < 0 ? -1 : fcntl(bundle->fd, F_DUPFD_CLOEXEC, 0);
    FILE *stream = again < 0 ? NULL : fdopen(again, "r");
    BIO *text = stream ? BIO_new_fp(stream, BIO_CLOSE) : NULL;
    ERR_set_mark();
    if (text)
        find_places(text, &bundle->places);
    ERR_pop_to_mark();
    BIO_free(text);
    if (bundle->places.len > 0)
        return bundle;
    bundle_destroy(bundle);
    return NULL;
}

/* What stands there, decoded once. NULL where the file was overwritten in place since it was read. */
static X509 *certificate_at(const struct bundle *bundle, struct place *place)
{
    if (place->certificate)
        return place->certificate;
    FREE_AUTO char *text = xcalloc(1, place->len);
    if (pread(bundle->fd, text, place->len, place->start) != (ssize_t)place->len)
        return NULL;
    BIO *bio = BIO_new_mem_buf(text, (int)place->len);
    place->certificate = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return place->certificate;
}

/* --- what OpenSSL asks ------------------------------------------------------------------------ */

/* All certificates of that subject go into the store (a renewed one stands beside the old one), which looks
 * further there; the first is the answer, borrowed. */
static int find_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, subject_name *name,
                        X509_OBJECT *answer)
{
    struct bundle *bundle = X509_LOOKUP_get_method_data(lookup);
    unsigned long hash = X509_NAME_hash(name);
    int found = 0;
    if (type != X509_LU_X509)
        return 0;
    LOCK_SCOPE(&bundle->lock);
    ERR_set_mark();
    for (size_t i = 0; i < bundle->places.len; i++) {
        struct place *place = &bundle->places.items[i];
        X509 *certificate = place->hash == hash ? certificate_at(bundle, place) : NULL;
        if (!certificate || X509_NAME_cmp(X509_get_subject_name(certificate), name) != 0)
            continue;
        X509_STORE_add_cert(X509_LOOKUP_get_store(lookup), certificate);
        if (!found && X509_OBJECT_set1_X509(answer, certificate)) {
            X509_free(certificate); /* the answer's own reference: the bundle has one */
            found = 1;
        }
    }
    ERR_pop_to_mark();
    return found;
}

static void forget_bundle(X509_LOOKUP *lookup)
{
    struct bundle *bundle = X509_LOOKUP_get_method_data(lookup);
    if (bundle)
        bundle_destroy(bundle);
}

static X509_LOOKUP_METHOD *bundle_method;

static void make_method(void)
{
    bundle_method = X509_LOOKUP_meth_new("certificates of a file, by their subjects");
    if (bundle_method) {
        X509_LOOKUP_meth_set_get_by_subject(bundle_method, find_subject);
        X509_LOOKUP_meth_set_free(bundle_method, forget_bundle);
    }
}

/* Takes the bundle. The flags are those that libcurl sets: what the file holds is trusted also where it is no root. */
static X509_STORE *authorities_create(struct bundle *bundle, const char *folder)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_method);
    X509_STORE *store = X509_STORE_new();
    X509_LOOKUP *lookup =
        store && bundle_method ? X509_STORE_add_lookup(store, bundle_method) : NULL;
    if (!lookup) {
        bundle_destroy(bundle);
        X509_STORE_free(store);
        return NULL;
    }
    X509_LOOKUP_set_method_data(lookup, bundle);
    X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
    X509_LOOKUP *by_hash = folder ? X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir()) : NULL;
    if (by_hash)
        X509_LOOKUP_add_dir(by_hash, folder, X509_FILETYPE_PEM);
    return store;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Of another version the structures may be others. */
static bool is_our_library(const char *tls_library)
{
    unsigned long number = OpenSSL_version_num();
    FREE_AUTO char *ours = xasprintf("OpenSSL/%lu.%lu.", number >> 28, number >> 20 & 0xff);
    return tls_library && text_starts(tls_library, ours);
}

/* POSIX lets an address of dlsym() be a function's; C has no cast for it. */
static struct tls_functions find_tls_functions(void)
{
    struct tls_functions found = {NULL, NULL};
    *(void **)&found.set1_cert_store = dlsym(RTLD_DEFAULT, "SSL_CTX_set1_cert_store");
    *(void **)&found.ctrl = dlsym(RTLD_DEFAULT, "SSL_CTX_ctrl");
    return found;
}

struct trust_store *trust_store_create(const char *file, const char *folder,
                                       const char *tls_library)
{
    struct tls_functions tls = find_tls_functions();
    if (text_empty(file) || !is_our_library(tls_library) || !tls.set1_cert_store || !tls.ctrl)
        return NULL;
    struct trust_store *store = xcalloc(1, sizeof(*store));
    pthread_mutex_init(&store->lock, NULL);
    store->file = xstrdup(file);
    store->folder = text_empty(folder) ? NULL : xstrdup(folder);
    store->tls = tls;
    return store;
}

void trust_store_destroy(struct trust_store **store)
{
    if (!*store)
        return;
    X509_STORE_free((*store)->authorities);
    pthread_mutex_destroy(&(*store)->lock);
    free((*store)->file);
    free((*store)->folder);
    free(*store);
    *store = NULL;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool trust_store_refresh(struct trust_store *store)
{
    struct stat now;
    LOCK_SCOPE(&store->lock);
    if (stat(store->file, &now) != 0 || (store->authorities && is_same(&now, &store->seen)))
        return store->authorities != NULL;
    struct bundle *bundle = bundle_read(store->file);
    X509_STORE *fresh = bundle ? authorities_create(bundle, store->folder) : NULL;
    if (fresh) {
        X509_STORE_free(store->authorities);
        store->authorities = fresh;
        store->seen = now;
    }
    return store->authorities != NULL;
}

int trust_store_give(struct trust_store *store, void *ssl_ctx)
{
    LOCK_SCOPE(&store->lock);
    if (!store->authorities)
        return -1;
    store->tls.set1_cert_store(ssl_ctx, store->authorities);
    store->tls.ctrl(ssl_ctx, TLS_CTRL_MODE, TLS_MODE_RELEASE_BUFFERS, NULL);
    return 0;
}
