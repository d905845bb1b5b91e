#include "../unit.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"
#include "base/trust_store.h"

/* One who signs: a key and the certificate that goes with it. */
struct signer {
    EVP_PKEY *key;
    X509 *certificate;
};

struct place {
    char folder[64];
    char file[96];
    char library[32];
    struct signer alpha, beta, renewed; /* `renewed` has alpha's name and a key of its own */
    struct trust_store *store;
};

/* --- certificates ----------------------------------------------------------------------------- */

static void extend(X509 *certificate, X509 *issuer, int what, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &context, what, value);
    assert_non_null(made);
    X509_add_ext(certificate, made, -1);
    X509_EXTENSION_free(made);
}

static X509 *certificate_of(const char *name, EVP_PKEY *key, const struct signer *by)
{
    static long serial = 1;
    X509 *made = X509_new();
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), serial++);
    X509_gmtime_adj(X509_getm_notBefore(made), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_set_pubkey(made, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509 *issuer = by->certificate ? by->certificate : made;
    X509_set_issuer_name(made, X509_get_subject_name(issuer));
    extend(made, issuer, NID_basic_constraints, "critical,CA:TRUE");
    extend(made, issuer, NID_subject_key_identifier, "hash");
    extend(made, issuer, NID_authority_key_identifier, "keyid");
    assert_true(X509_sign(made, by->key, EVP_sha256()) > 0);
    return made;
}

static struct signer signer_make(const char *name, const struct signer *by)
{
    struct signer made = {.key = EVP_EC_gen("P-256")};
    assert_non_null(made.key);
    made.certificate = certificate_of(name, made.key, by ? by : &made);
    return made;
}

static void signer_free(struct signer *signer)
{
    EVP_PKEY_free(signer->key);
    X509_free(signer->certificate);
}

/* --- the file --------------------------------------------------------------------------------- */

static int make(void **state)
{
    struct place *place = xcalloc(1, sizeof(*place));
    unsigned long number = OpenSSL_version_num();
    snprintf(place->folder, sizeof(place->folder), "/tmp/test_trust_store.XXXXXX");
    if (!mkdtemp(place->folder))
        return -1;
    snprintf(place->file, sizeof(place->file), "%s/ca.pem", place->folder);
    snprintf(place->library, sizeof(place->library), "OpenSSL/%lu.%lu.9", number >> 28,
             number >> 20 & 0xff);
    place->alpha = signer_make("Alpha", NULL);
    place->beta = signer_make("Beta", NULL);
    place->renewed = signer_make("Alpha", NULL);
    place->store = trust_store_create(place->file, NULL, place->library);
    *state = place;
    return place->store ? 0 : -1;
}

static int unmake(void **state)
{
    struct place *place = *state;
    trust_store_destroy(&place->store);
    signer_free(&place->alpha);
    signer_free(&place->beta);
    signer_free(&place->renewed);
    unlink(place->file);
    int left = rmdir(place->folder);
    free(place);
    return left;
}

/* As an update does it: a new file in the place of the old one. Texts stand around the certificates. */
static void write_file(const char *path, X509 *const *certificates, size_t count)
{
    char fresh[120];
    snprintf(fresh, sizeof(fresh), "%s.new", path);
    FILE *file = fopen(fresh, "w");
    assert_non_null(file);
    fputs("# Authorities\n\n", file);
    for (size_t i = 0; i < count; i++) {
        fprintf(file, "# number %zu\n=====\n", i);
        PEM_write_X509(file, certificates[i]);
    }
    fputs("the end\n", file);
    fclose(file);
    assert_int_equal(rename(fresh, path), 0);
}
#define WRITE(place, ...)                                   \
    write_file((place)->file, (X509 *const[]){__VA_ARGS__}, \
               sizeof((X509 *const[]){__VA_ARGS__}) / sizeof(X509 *))

static bool verifies(SSL_CTX *tls, X509 *server)
{
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_CTX_init(check, SSL_CTX_get_cert_store(tls), server, NULL), 1);
    bool trusted = X509_verify_cert(check) == 1;
    X509_STORE_CTX_free(check);
    return trusted;
}

/* Whether a connection that is given the store trusts a server that `signer` has signed. */
static bool trusts(struct trust_store *store, const struct signer *signer)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *server = certificate_of("server", key, signer);
    assert_int_equal(trust_store_give(store, tls), 0);
    bool trusted = verifies(tls, server);
    X509_free(server);
    EVP_PKEY_free(key);
    SSL_CTX_free(tls);
    return trusted;
}

/* --- the tests -------------------------------------------------------------------------------- */

static void those_of_the_file_are_trusted(void **state)
{
    struct place *place = *state;
    struct signer stranger = signer_make("Stranger", NULL);
    WRITE(place, place->alpha.certificate, place->beta.certificate);
    assert_true(trust_store_refresh(place->store));
    assert_true(trusts(place->store, &place->beta));
    assert_true(trusts(place->store, &place->alpha));
    assert_true(trusts(place->store, &place->beta));
    assert_false(trusts(place->store, &stranger));
    signer_free(&stranger);
}

static void one_of_the_same_name_is_found_behind_the_other(void **state)
{
    struct place *place = *state;
    WRITE(place, place->alpha.certificate, place->beta.certificate, place->renewed.certificate);
    assert_true(trust_store_refresh(place->store));
    assert_true(trusts(place->store, &place->renewed));
    assert_true(trusts(place->store, &place->alpha));
}

static void the_same_name_alone_is_not_trusted(void **state)
{
    struct place *place = *state;
    WRITE(place, place->alpha.certificate);
    assert_true(trust_store_refresh(place->store));
    assert_false(trusts(place->store, &place->renewed));
}

static void one_that_is_no_root_is_trusted(void **state)
{
    struct place *place = *state;
    struct signer between = signer_make("Between", &place->alpha);
    WRITE(place, between.certificate);
    assert_true(trust_store_refresh(place->store));
    assert_true(trusts(place->store, &between));
    assert_false(trusts(place->store, &place->alpha));
    signer_free(&between);
}

static void a_changed_file_is_read_anew(void **state)
{
    struct place *place = *state;
    WRITE(place, place->alpha.certificate);
    assert_true(trust_store_refresh(place->store));
    assert_false(trusts(place->store, &place->beta));
    WRITE(place, place->beta.certificate);
    assert_true(trust_store_refresh(place->store));
    assert_true(trusts(place->store, &place->beta));
    assert_false(trusts(place->store, &place->alpha));
}

/* Also after the file was read anew and the store is gone. */
static void a_connection_keeps_what_it_was_given(void **state)
{
    struct place *place = *state;
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    WRITE(place, place->alpha.certificate);
    assert_true(trust_store_refresh(place->store));
    assert_int_equal(trust_store_give(place->store, tls), 0);
    WRITE(place, place->beta.certificate);
    assert_true(trust_store_refresh(place->store));
    trust_store_destroy(&place->store);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *server = certificate_of("server", key, &place->alpha);
    assert_true(verifies(tls, server));
    X509_free(server);
    EVP_PKEY_free(key);
    SSL_CTX_free(tls);
}

static void without_a_certificate_nothing_is_given(void **state)
{
    struct place *place = *state;
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    X509_STORE *before = SSL_CTX_get_cert_store(tls);
    assert_false(trust_store_refresh(place->store));
    write_file(place->file, NULL, 0);
    assert_false(trust_store_refresh(place->store));
    assert_int_equal(trust_store_give(place->store, tls), -1);
    assert_ptr_equal(SSL_CTX_get_cert_store(tls), before);
    SSL_CTX_free(tls);
}

static void a_broken_file_does_not_replace_a_good_one(void **state)
{
    struct place *place = *state;
    WRITE(place, place->alpha.certificate);
    assert_true(trust_store_refresh(place->store));
    write_file(place->file, NULL, 0);
    assert_true(trust_store_refresh(place->store));
    assert_true(trusts(place->store, &place->alpha));
    unlink(place->file);
    assert_true(trust_store_refresh(place->store));
    assert_true(trusts(place->store, &place->alpha));
    WRITE(place, place->beta.certificate);
    assert_true(trust_store_refresh(place->store));
    assert_true(trusts(place->store, &place->beta));
}

static void what_cannot_be_decoded_is_left_out(void **state)
{
    struct place *place = *state;
    FILE *file = fopen(place->file, "w");
    assert_non_null(file);
    PEM_write_X509(file, place->alpha.certificate);
    fputs("-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n", file);
    fputs("-----BEGIN CERTIFICATE-----\n%%%%\n-----END CERTIFICATE-----\n", file);
    PEM_write_X509(file, place->beta.certificate);
    fputs("-----BEGIN CERTIFICATE-----\nbm90", file);
    fclose(file);
    assert_true(trust_store_refresh(place->store));
    assert_true(trusts(place->store, &place->alpha));
    assert_true(trusts(place->store, &place->beta));
}

static void those_of_a_folder_are_trusted_too(void **state)
{
    struct place *place = *state;
    char named[128];
    struct trust_store *both = trust_store_create(place->file, place->folder, place->library);
    WRITE(place, place->alpha.certificate);
    snprintf(named, sizeof(named), "%s/%08lx.0", place->folder,
             X509_subject_name_hash(place->beta.certificate));
    write_file(named, &place->beta.certificate, 1);
    assert_true(trust_store_refresh(both));
    assert_true(trusts(both, &place->beta));
    assert_true(trusts(both, &place->alpha));
    trust_store_destroy(&both);
    unlink(named);
}

static void connections_of_another_library_get_nothing(void **state)
{
    static const char *const others[] = {"LibreSSL/3.8.2",
                                         "mbedTLS/3.6.0",
                                         "GnuTLS/3.7.9",
                                         "OpenSSL/0.9.8",
                                         "",
                                         "(OpenSSL/3.0.9) GnuTLS/3.7"};
    struct place *place = *state;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_null(trust_store_create(place->file, NULL, others[i]));
    assert_null(trust_store_create(place->file, NULL, NULL));
    assert_null(trust_store_create(NULL, NULL, place->library));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(those_of_the_file_are_trusted, make, unmake),
        cmocka_unit_test_setup_teardown(one_of_the_same_name_is_found_behind_the_other, make,
                                        unmake),
        cmocka_unit_test_setup_teardown(the_same_name_alone_is_not_trusted, make, unmake),
        cmocka_unit_test_setup_teardown(one_that_is_no_root_is_trusted, make, unmake),
        cmocka_unit_test_setup_teardown(a_changed_file_is_read_anew, make, unmake),
        cmocka_unit_test_setup_teardown(a_connection_keeps_what_it_was_given, make, unmake),
        cmocka_unit_test_setup_teardown(without_a_certificate_nothing_is_given, make, unmake),
        cmocka_unit_test_setup_teardown(a_broken_file_does_not_replace_a_good_one, make, unmake),
        cmocka_unit_test_setup_teardown(what_cannot_be_decoded_is_left_out, make, unmake),
        cmocka_unit_test_setup_teardown(those_of_a_folder_are_trusted_too, make, unmake),
        cmocka_unit_test_setup_teardown(connections_of_another_library_get_nothing, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
