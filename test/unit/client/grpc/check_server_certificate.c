/* client/grpc/server_certificate: which certificates are a server's, and what is wrong with others.
 */
#include "client/grpc/server_certificate.h"
#include "shared/tls/certificate_set.h"
#include "test/kit/certificates.h"
#include "test/suites.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static struct certificates certificates;
static struct certificate_set files; /* `certificate` is the chain, `authorities` who is trusted */

static void set_up(void)
{
    certificates_make(&certificates);
    files = (struct certificate_set){0};
}

static void tear_down(void)
{
    certificate_set_cleanup(&files);
    certificates_remove(&certificates);
}

static void read_files(const char *chain, const char *authorities)
{
    char chain_path[CERTIFICATES_PATH_SIZE];
    char authorities_path[CERTIFICATES_PATH_SIZE];
    char reason[CERTIFICATE_REASON_SIZE];
    const struct certificate_paths paths = {
        .certificate = certificates_path(&certificates, chain, chain_path),
        .authorities = certificates_path(&certificates, authorities, authorities_path)};
    certificate_set_cleanup(&files);
    ck_assert_msg(certificate_set_read(&files, &paths, reason), "%s", reason);
}

/* `wrong` NULL: the certificate is good. */
static void expect(const char *name, const char *chain, const char *authorities, const char *wrong)
{
    char reason[SERVER_CERTIFICATE_REASON_SIZE] = "";
    read_files(chain, authorities);
    struct server_certificate_judge *judge =
        server_certificate_judge_create(files.authorities, name);
    ck_assert_ptr_nonnull(judge);
    for (int twice = 0; twice < 2; twice++) {
        bool good = server_certificate_is_good(judge, files.certificate, reason);
        ck_assert_msg(good == (wrong == NULL), "%s %s: %s", name, chain, reason);
        ck_assert_str_eq(reason, wrong == NULL ? "" : wrong);
    }
    server_certificate_judge_destroy(judge);
}

static void issue(const struct certificate *wanted)
{
    certificates_issue(&certificates, wanted);
}

#define UNKNOWN_CA "the server's certificate is signed by an unknown authority (--tls-ca)"

START_TEST(a_server_is_known_by_its_names)
{
    expect("localhost", "server.pem", "ca.pem", NULL);
    expect("LOCALHOST", "server.pem", "ca.pem", NULL);
    expect("127.0.0.1", "server.pem", "ca.pem", NULL);
    expect("::1", "server.pem", "ca.pem", NULL);
    expect("0:0::1", "server.pem", "ca.pem", NULL);
    expect("127.0.0.2", "server.pem", "ca.pem",
           "the server's certificate is not for 127.0.0.2 (--tls-server-name)");
    expect("example.org", "server.pem", "ca.pem",
           "the server's certificate is not for example.org (--tls-server-name)");
    expect("localhost.example.org", "server.pem", "ca.pem",
           "the server's certificate is not for localhost.example.org (--tls-server-name)");
    expect("server", "server.pem", "ca.pem", /* its subject: it has alternative names */
           "the server's certificate is not for server (--tls-server-name)");
}
END_TEST

START_TEST(a_wildcard_stands_for_one_label)
{
    issue(&(struct certificate){
        .name = "wild", .authority = "ca", .subject = "x", .names = "DNS:*.example.org"});
    expect("a.example.org", "wild.pem", "ca.pem", NULL);
    expect("a.b.example.org", "wild.pem", "ca.pem",
           "the server's certificate is not for a.b.example.org (--tls-server-name)");
    expect("example.org", "wild.pem", "ca.pem",
           "the server's certificate is not for example.org (--tls-server-name)");
}
END_TEST

START_TEST(a_certificate_has_its_time)
{
    issue(&(struct certificate){.name = "late",
                                .authority = "ca",
                                .subject = "late",
                                .names = "DNS:localhost",
                                .from = -7200,
                                .until = -3600});
    issue(&(struct certificate){.name = "early",
                                .authority = "ca",
                                .subject = "early",
                                .names = "DNS:localhost",
                                .from = 3600,
                                .until = 7200});
    expect("localhost", "late.pem", "ca.pem", "the server's certificate has expired");
    expect("localhost", "early.pem", "ca.pem", "the server's certificate is not valid yet");
}
END_TEST

START_TEST(only_a_trusted_authority_counts)
{
    issue(&(struct certificate){.name = "alone", .subject = "alone", .names = "DNS:localhost"});
    expect("localhost", "server.pem", "other-ca.pem", UNKNOWN_CA);
    expect("localhost", "alone.pem", "ca.pem",
           "the server's certificate is self-signed (--tls-ca)");
    expect("localhost", "alone.pem", "alone.pem", NULL);
    expect("localhost", "server.pem", "server.pem", NULL); /* trusted itself, not its authority */
    certificates_append(&certificates, "ca.pem", "other-ca.pem");
    expect("localhost", "server.pem", "other-ca.pem", NULL); /* the second one of a bundle */
}
END_TEST

/* A certificate that is no authority's signs nothing, whatever it has signed. */
START_TEST(a_chain_goes_by_authorities_only)
{
    issue(&(struct certificate){
        .name = "middle", .authority = "ca", .subject = "middle", .is_authority = 1});
    issue(&(struct certificate){
        .name = "end", .authority = "middle", .subject = "end", .names = "DNS:localhost"});
    issue(&(struct certificate){
        .name = "forged", .authority = "client", .subject = "f", .names = "DNS:localhost"});
    expect("localhost", "end.pem", "ca.pem", UNKNOWN_CA);
    expect("localhost", "end.pem", "middle.pem", NULL);
    certificates_append(&certificates, "middle.pem", "end.pem");
    expect("localhost", "end.pem", "ca.pem", NULL);
    certificates_append(&certificates, "client.pem", "forged.pem");
    expect("localhost", "forged.pem", "ca.pem", "the server's certificate: invalid CA certificate");
}
END_TEST

static void add_extension(X509 *certificate, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
    ck_assert_ptr_nonnull(extension);
    ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* A certificate of localhost, signed by itself, for this use, as a PEM text that the caller frees.
 */
static char *make_certificate(EVP_PKEY *key, const char *use)
{
    X509 *certificate = X509_new();
    BIO *bytes = BIO_new(BIO_s_mem());
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    add_extension(certificate, NID_subject_alt_name, "DNS:localhost");
    add_extension(certificate, NID_ext_key_usage, use);
    ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    ck_assert_int_eq(PEM_write_bio_X509(bytes, certificate), 1);
    char *text = NULL;
    long length = BIO_get_mem_data(bytes, &text);
    text = strndup(text, (size_t)length);
    X509_free(certificate);
    BIO_free(bytes);
    EVP_PKEY_free(key);
    return text;
}

/* Judges the text, which is also the trusted one, and frees it. */
static void expect_of_text(char *text, bool good, const char *wanted)
{
    char reason[SERVER_CERTIFICATE_REASON_SIZE] = "";
    struct server_certificate_judge *judge = server_certificate_judge_create(text, "localhost");
    ck_assert_ptr_nonnull(judge);
    ck_assert(server_certificate_is_good(judge, text, reason) == good);
    ck_assert_str_eq(reason, wanted);
    server_certificate_judge_destroy(judge);
    free(text);
}

START_TEST(a_weak_key_or_another_use_is_not_good)
{
    expect_of_text(make_certificate(EVP_EC_gen("P-256"), "serverAuth"), true, "");
    expect_of_text(make_certificate(EVP_EC_gen("P-256"), "clientAuth"), false,
                   "the server's certificate: unsuitable certificate purpose");
    expect_of_text(make_certificate(EVP_RSA_gen(1024), "serverAuth"), false,
                   "the server's certificate: EE certificate key too weak");
}
END_TEST

START_TEST(no_certificate_is_not_good)
{
    char reason[SERVER_CERTIFICATE_REASON_SIZE];
    read_files("server.pem", "ca.pem");
    struct server_certificate_judge *judge =
        server_certificate_judge_create(files.authorities, "localhost");
    ck_assert_ptr_nonnull(judge);
    ck_assert(!server_certificate_is_good(judge, NULL, reason));
    ck_assert(!server_certificate_is_good(judge, "", reason));
    ck_assert(!server_certificate_is_good(judge, "garbage", reason));
    server_certificate_judge_destroy(judge);
    server_certificate_judge_destroy(NULL);
}
END_TEST

/* The certificates of a test are in no system's store. */
START_TEST(without_a_file_the_system_is_asked)
{
    char reason[SERVER_CERTIFICATE_REASON_SIZE];
    read_files("server.pem", "ca.pem");
    struct server_certificate_judge *judge = server_certificate_judge_create(NULL, "localhost");
    ck_assert_ptr_nonnull(judge);
    ck_assert(!server_certificate_is_good(judge, files.certificate, reason));
    ck_assert_str_eq(reason, UNKNOWN_CA);
    server_certificate_judge_destroy(judge);
}
END_TEST

Suite *server_certificate_suite(void)
{
    Suite *suite = suite_create("server-certificate");
    TCase *tcase = tcase_create("server-certificate");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_server_is_known_by_its_names);
    tcase_add_test(tcase, a_wildcard_stands_for_one_label);
    tcase_add_test(tcase, a_certificate_has_its_time);
    tcase_add_test(tcase, only_a_trusted_authority_counts);
    tcase_add_test(tcase, a_chain_goes_by_authorities_only);
    tcase_add_test(tcase, a_weak_key_or_another_use_is_not_good);
    tcase_add_test(tcase, no_certificate_is_not_good);
    tcase_add_test(tcase, without_a_file_the_system_is_asked);
    suite_add_tcase(suite, tcase);
    return suite;
}
