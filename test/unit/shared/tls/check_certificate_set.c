/* Certificate files that are right, and every way in which they can be wrong: the reason names the
 * file. */
#include "shared/tls/certificate_set.h"
#include "test/kit/certificates.h"
#include "test/suites.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct certificates certificates;
static char certificate[CERTIFICATES_PATH_SIZE];
static char key[CERTIFICATES_PATH_SIZE];
static char authorities[CERTIFICATES_PATH_SIZE];
static struct certificate_paths paths;
static char reason[CERTIFICATE_REASON_SIZE];

static void set_up(void)
{
    certificates_make(&certificates);
    paths = (struct certificate_paths){
        .certificate = certificates_path(&certificates, "server.pem", certificate),
        .key = certificates_path(&certificates, "server.key", key),
        .authorities = certificates_path(&certificates, "ca.pem", authorities)};
    reason[0] = '\0';
}

static void tear_down(void)
{
    certificates_remove(&certificates);
}

/* Whether the files can be read and used. */
static bool is_good(void)
{
    struct certificate_set set;
    if (!certificate_set_read(&set, &paths, reason)) {
        ck_assert_ptr_null(set.certificate);
        ck_assert_ptr_null(set.key);
        ck_assert_ptr_null(set.authorities);
        return false;
    }
    bool good = certificate_set_check(&set, &paths, reason);
    certificate_set_cleanup(&set);
    return good;
}

/* The files are refused, with a reason that names this file and says this. */
static void expect_refused(const char *path, const char *why)
{
    ck_assert_msg(!is_good(), "accepted, despite: %s", why);
    ck_assert_msg(strstr(reason, path) != NULL && strstr(reason, why) != NULL,
                  "'%s' should name %s and say: %s", reason, path, why);
}

START_TEST(test_right_files_are_accepted)
{
    ck_assert_msg(is_good(), "%s", reason);
    paths.authorities = NULL;
    ck_assert_msg(is_good(), "%s", reason);
    paths = (struct certificate_paths){.authorities = authorities};
    ck_assert_msg(is_good(), "%s", reason);
}
END_TEST

START_TEST(test_a_chain_and_a_bundle_are_accepted)
{
    certificates_append(&certificates, "ca.pem", "server.pem");
    certificates_append(&certificates, "other-ca.pem", "ca.pem");
    ck_assert_msg(is_good(), "%s", reason);
}
END_TEST

/* The three files, each in turn. */
static const char *const files[] = {"server.pem", "server.key", "ca.pem"};
static const char *const kinds[] = {"certificate", "private key", "certificate"};
enum { FILES = sizeof files / sizeof files[0] };

START_TEST(test_a_file_that_cannot_be_read_is_named)
{
    char path[CERTIFICATES_PATH_SIZE];
    certificates_path(&certificates, files[_i], path);
    certificates_write(&certificates, files[_i], "");
    expect_refused(path, "it is empty");
    ck_assert_int_eq(unlink(path), 0);
    expect_refused(path, "No such file or directory");
    ck_assert_int_eq(mkdir(path, S_IRWXU), 0);
    expect_refused(path, "it is a directory");
    ck_assert_int_eq(rmdir(path), 0);
    ck_assert_int_eq(mkfifo(path, S_IRUSR | S_IWUSR), 0);
    expect_refused(path, "it is no regular file");
}
END_TEST

START_TEST(test_a_file_that_is_too_large_or_no_text_is_named)
{
    char path[CERTIFICATES_PATH_SIZE];
    certificates_path(&certificates, files[_i], path);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite("-----\0", 1, 6, file), 6);
    ck_assert_int_eq(fclose(file), 0);
    expect_refused(path, "it is no text");
    ck_assert_int_eq(truncate(path, CERTIFICATE_FILE_MAX + 1), 0);
    expect_refused(path, "it is larger than 1 MiB");
}
END_TEST

START_TEST(test_a_file_without_its_content_is_named)
{
    char path[CERTIFICATES_PATH_SIZE];
    char why[64];
    certificates_path(&certificates, files[_i], path);
    (void)snprintf(why, sizeof why, "it has no PEM %s", kinds[_i]);
    certificates_write(&certificates, files[_i], "garbage\n");
    expect_refused(path, why);
    certificates_write(&certificates, files[_i],
                       "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
    expect_refused(path, why);
}
END_TEST

/* A file that was cut, as one sees it while it is written. */
START_TEST(test_a_cut_file_is_named)
{
    char path[CERTIFICATES_PATH_SIZE];
    struct stat status;
    certificates_path(&certificates, files[_i], path);
    ck_assert_int_eq(stat(path, &status), 0);
    for (off_t size = status.st_size - 2; size > 0; size -= 20) {
        ck_assert_int_eq(truncate(path, size), 0);
        expect_refused(path, "cannot use");
    }
}
END_TEST

START_TEST(test_a_chain_that_breaks_off_is_refused)
{
    static const char begun[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    certificates_append_text(&certificates, begun, "ca.pem");
    expect_refused(authorities, "a certificate in it is broken");
    certificates_append_text(&certificates, begun, "server.pem");
    expect_refused(certificate, "a certificate in it is broken");
}
END_TEST

START_TEST(test_a_key_of_another_certificate_is_refused)
{
    certificates_copy(&certificates, "client.key", "server.key");
    expect_refused(key, "does not belong to the certificate in");
    expect_refused(certificate, "does not belong to the certificate in");
}
END_TEST

static void write_key(EVP_PKEY *new_key, const EVP_CIPHER *cipher, const char *passphrase)
{
    FILE *file = fopen(key, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(new_key);
    ck_assert_int_eq(PEM_write_PKCS8PrivateKey(file, new_key, cipher, passphrase,
                                               passphrase == NULL ? 0 : (int)strlen(passphrase),
                                               NULL, NULL),
                     1);
    ck_assert_int_eq(fclose(file), 0);
    EVP_PKEY_free(new_key);
}

START_TEST(test_a_key_of_another_kind_is_refused)
{
    write_key(EVP_RSA_gen(1024), NULL, NULL);
    expect_refused(key, "does not belong to the certificate in");
}
END_TEST

START_TEST(test_an_encrypted_key_is_refused)
{
    write_key(EVP_EC_gen("P-256"), EVP_aes_128_cbc(), "secret");
    expect_refused(key, "the key is encrypted");
}
END_TEST

/* ---- Flaws ----------------------------------------------------------------------------------- */

static char flaws[1024]; /* what was found, one line each */

static void note(const char *file, const char *flaw)
{
    size_t used = strlen(flaws);
    (void)snprintf(flaws + used, sizeof flaws - used, "%s: %s\n",
                   file + strlen(certificates.folder) + 1, flaw);
}

static const char *find_flaws(void)
{
    struct certificate_set set;
    flaws[0] = '\0';
    ck_assert_msg(certificate_set_read(&set, &paths, reason), "%s", reason);
    ck_assert_msg(certificate_set_check(&set, &paths, reason), "%s", reason);
    certificate_set_find_flaws(&set, &paths, note);
    certificate_set_cleanup(&set);
    return flaws;
}

START_TEST(test_certificates_out_of_their_time_are_found)
{
    enum { HOUR = 3600 };
    ck_assert_str_eq(find_flaws(), "");
    certificates_issue(&certificates, &(struct certificate){.name = "server",
                                                            .authority = "ca",
                                                            .subject = "late",
                                                            .from = -2L * HOUR,
                                                            .until = -HOUR});
    certificates_issue(
        &certificates,
        &(struct certificate){
            .name = "ca", .subject = "early", .from = HOUR, .until = 2L * HOUR, .is_authority = 1});
    ck_assert_str_eq(find_flaws(), "server.pem: a certificate in it has expired\n"
                                   "ca.pem: a certificate in it is not valid yet\n");
}
END_TEST

START_TEST(test_a_key_that_everybody_can_read_is_found)
{
    ck_assert_int_eq(chmod(key, S_IRUSR | S_IRGRP), 0);
    ck_assert_str_eq(find_flaws(), "");
    ck_assert_int_eq(chmod(key, S_IRUSR | S_IRGRP | S_IROTH), 0);
    ck_assert_str_eq(find_flaws(), "server.key: every user can read the key: chmod o-r\n");
}
END_TEST

START_TEST(test_sets_are_equal_if_all_texts_are)
{
    struct certificate_set one;
    struct certificate_set other;
    ck_assert(certificate_set_read(&one, &paths, reason));
    ck_assert(certificate_set_read(&other, &paths, reason));
    ck_assert(certificate_set_equal(&one, &other));
    char **const texts[] = {&other.certificate, &other.key, &other.authorities};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *text = *texts[i];
        text[0] ^= 1;
        ck_assert(!certificate_set_equal(&one, &other));
        text[0] ^= 1;
        *texts[i] = NULL;
        ck_assert(!certificate_set_equal(&one, &other));
        *texts[i] = text;
    }
    certificate_set_cleanup(&one);
    certificate_set_cleanup(&other);
}
END_TEST

START_TEST(test_the_set_is_named_by_its_subject)
{
    char name[CERTIFICATE_NAME_SIZE];
    struct certificate_set set;
    ck_assert(certificate_set_read(&set, &paths, reason));
    certificate_set_name(&set, name);
    ck_assert_str_eq(name, "CN=server");
    certificate_set_cleanup(&set);
}
END_TEST

Suite *certificate_set_suite(void)
{
    Suite *suite = suite_create("certificate_set");
    TCase *tcase = tcase_create("files");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_right_files_are_accepted);
    tcase_add_test(tcase, test_a_chain_and_a_bundle_are_accepted);
    tcase_add_loop_test(tcase, test_a_file_that_cannot_be_read_is_named, 0, FILES);
    tcase_add_loop_test(tcase, test_a_file_that_is_too_large_or_no_text_is_named, 0, FILES);
    tcase_add_loop_test(tcase, test_a_file_without_its_content_is_named, 0, FILES);
    tcase_add_loop_test(tcase, test_a_cut_file_is_named, 0, FILES);
    tcase_add_test(tcase, test_a_chain_that_breaks_off_is_refused);
    tcase_add_test(tcase, test_a_key_of_another_certificate_is_refused);
    tcase_add_test(tcase, test_a_key_of_another_kind_is_refused);
    tcase_add_test(tcase, test_an_encrypted_key_is_refused);
    tcase_add_test(tcase, test_certificates_out_of_their_time_are_found);
    tcase_add_test(tcase, test_a_key_that_everybody_can_read_is_found);
    tcase_add_test(tcase, test_sets_are_equal_if_all_texts_are);
    tcase_add_test(tcase, test_the_set_is_named_by_its_subject);
    suite_add_tcase(suite, tcase);
    return suite;
}
