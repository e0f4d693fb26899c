/* What the tests of TLS rest on: certificates that OpenSSL itself accepts or refuses, for the
 * reason wanted. */
#include "test/kit/certificates.h"
#include "test/suites.h"

#include <check.h>

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>

static struct certificates certificates;

static void set_up(void)
{
    certificates_make(&certificates);
}

static void tear_down(void)
{
    certificates_remove(&certificates);
}

static X509 *read_certificate(const char *file)
{
    char path[CERTIFICATES_PATH_SIZE];
    FILE *stream = fopen(certificates_path(&certificates, file, path), "r");
    ck_assert_ptr_nonnull(stream);
    X509 *x509 = PEM_read_X509(stream, NULL, NULL, NULL);
    ck_assert_ptr_nonnull(x509);
    fclose(stream);
    return x509;
}

/* OpenSSL's verdict on a certificate, with one authority trusted: X509_V_OK or its error. */
static int verdict(const char *file, const char *authority, const char *host)
{
    X509 *x509 = read_certificate(file);
    X509 *trusted = read_certificate(authority);
    X509_STORE *store = X509_STORE_new();
    ck_assert_int_eq(X509_STORE_add_cert(store, trusted), 1);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    ck_assert_int_eq(X509_STORE_CTX_init(context, store, x509, NULL), 1);
    if (host != NULL) {
        ck_assert_int_eq(X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(context), host, 0),
                         1);
    }
    int error = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    X509_free(trusted);
    X509_free(x509);
    return error;
}

START_TEST(test_the_pair_is_accepted)
{
    ck_assert_int_eq(verdict("server.pem", "ca.pem", "localhost"), X509_V_OK);
    ck_assert_int_eq(verdict("client.pem", "ca.pem", NULL), X509_V_OK);
}
END_TEST

START_TEST(test_others_are_refused_for_their_reason)
{
    const struct certificate wanted[] = {
        {.name = "expired", .authority = "ca", .subject = "late", .from = -7200, .until = -3600},
        {.name = "stranger", .authority = "other-ca", .subject = "client"},
        {.name = "alone", .subject = "alone"},
        {.name = "elsewhere",
         .authority = "ca",
         .subject = "server",
         .names = "DNS:elsewhere.example"},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        certificates_issue(&certificates, &wanted[i]);
    }
    ck_assert_int_eq(verdict("expired.pem", "ca.pem", NULL), X509_V_ERR_CERT_HAS_EXPIRED);
    ck_assert_int_eq(verdict("stranger.pem", "ca.pem", NULL),
                     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    ck_assert_int_eq(verdict("alone.pem", "ca.pem", NULL), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
    ck_assert_int_eq(verdict("elsewhere.pem", "ca.pem", "localhost"), X509_V_ERR_HOSTNAME_MISMATCH);
}
END_TEST

START_TEST(test_a_copy_replaces_a_file_and_keys_are_private)
{
    char path[CERTIFICATES_PATH_SIZE];
    struct stat status;
    certificates_copy(&certificates, "client.pem", "server.pem");
    ck_assert_int_eq(verdict("server.pem", "ca.pem", "localhost"), X509_V_ERR_HOSTNAME_MISMATCH);
    ck_assert_int_eq(stat(certificates_path(&certificates, "server.key", path), &status), 0);
    ck_assert_uint_eq(status.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO), S_IRUSR | S_IWUSR);
    certificates_write(&certificates, "server.key", "");
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_size, 0);
}
END_TEST

Suite *certificates_suite(void)
{
    Suite *suite = suite_create("certificates");
    TCase *tcase = tcase_create("made at run time");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_the_pair_is_accepted);
    tcase_add_test(tcase, test_others_are_refused_for_their_reason);
    tcase_add_test(tcase, test_a_copy_replaces_a_file_and_keys_are_private);
    suite_add_tcase(suite, tcase);
    return suite;
}
