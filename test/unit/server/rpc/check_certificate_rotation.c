/* Certificates that are replaced while the server runs: what is served, and what the log says. */
#include "server/rpc/certificate_rotation.h"
#include "shared/base/log.h"
#include "test/kit/capture.h"
#include "test/kit/certificates.h"
#include "test/kit/fake_clock.h"
#include "test/suites.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct certificates certificates;
static char certificate[CERTIFICATES_PATH_SIZE];
static char key[CERTIFICATES_PATH_SIZE];
static char authorities[CERTIFICATES_PATH_SIZE];
static struct certificate_paths paths;
static struct fake_clock fake;
static struct certificate_rotation rotation;
static char reason[CERTIFICATE_REASON_SIZE];
static struct certificate_set at_start;

static void set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    certificates_make(&certificates);
    paths = (struct certificate_paths){
        .certificate = certificates_path(&certificates, "server.pem", certificate),
        .key = certificates_path(&certificates, "server.key", key),
        .authorities = certificates_path(&certificates, "ca.pem", authorities)};
    fake_clock_init(&fake, NS_PER_S);
    ck_assert_msg(certificate_rotation_init(&rotation, &paths, &fake.clock, reason), "%s", reason);
    ck_assert_ptr_nonnull(certificate_rotation_take(&rotation));
    ck_assert(certificate_set_read(&at_start, &paths, reason));
}

static void tear_down(void)
{
    certificate_set_cleanup(&at_start);
    certificate_rotation_cleanup(&rotation);
    fake_clock_cleanup(&fake);
    certificates_remove(&certificates);
}

/* Takes the set of a second later. */
static const struct certificate_set *take_later(void)
{
    fake_clock_advance(&fake, NS_PER_S);
    return certificate_rotation_take(&rotation);
}

/* A new certificate with its key, in the place of the old ones. */
static void replace_pair(void)
{
    certificates_issue(
        &certificates,
        &(struct certificate){.name = "server", .authority = "ca", .subject = "second"});
}

START_TEST(what_has_not_changed_is_taken_once)
{
    ck_assert_ptr_null(certificate_rotation_take(&rotation));
    ck_assert_ptr_null(take_later());
    certificates_copy(&certificates, "server.pem", "server.pem"); /* another file, the same text */
    ck_assert_ptr_null(take_later());
}
END_TEST

START_TEST(a_new_pair_is_served_within_a_second)
{
    replace_pair();
    fake_clock_advance(&fake, NS_PER_S - 1);
    ck_assert_ptr_null(certificate_rotation_take(&rotation));
    fake_clock_advance(&fake, 1);
    const struct certificate_set *set = certificate_rotation_take(&rotation);
    ck_assert_ptr_nonnull(set);
    ck_assert_str_ne(set->certificate, at_start.certificate);
    ck_assert_str_ne(set->key, at_start.key);
    ck_assert_str_eq(set->authorities, at_start.authorities);
    ck_assert_ptr_null(take_later());
}
END_TEST

START_TEST(new_authorities_are_served)
{
    certificates_copy(&certificates, "other-ca.pem", "ca.pem");
    const struct certificate_set *set = take_later();
    ck_assert_ptr_nonnull(set);
    ck_assert_str_ne(set->authorities, at_start.authorities);
}
END_TEST

/* The times of a file do not tell of this: the same file, of the same length, at the same time. */
START_TEST(a_change_within_the_same_file_is_served)
{
    struct stat status;
    ck_assert_int_eq(stat(authorities, &status), 0);
    FILE *file = fopen(authorities, "r+");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, -1, SEEK_END), 0);
    ck_assert_int_eq(fputc(' ', file), ' ');
    ck_assert_int_eq(fclose(file), 0);
    const struct timespec times[] = {status.st_atim, status.st_mtim};
    ck_assert_int_eq(utimensat(AT_FDCWD, authorities, times, 0), 0);
    ck_assert_ptr_nonnull(take_later());
}
END_TEST

/* ---- Files that are not right ---------------------------------------------------------------- */

static void remove_key(void)
{
    ck_assert_int_eq(unlink(key), 0);
}

static void empty_certificate(void)
{
    certificates_write(&certificates, "server.pem", "");
}

static void spoil_authorities(void)
{
    certificates_write(&certificates, "ca.pem", "garbage");
}

/* As while the certificate is replaced, and the key is not yet. */
static void mix_pairs(void)
{
    certificates_copy(&certificates, "client.pem", "server.pem");
}

/* The same number of bytes, so that only the text tells. */
static void cut_certificate(void)
{
    struct stat status;
    ck_assert_int_eq(stat(certificate, &status), 0);
    ck_assert_int_eq(truncate(certificate, status.st_size / 2), 0);
    ck_assert_int_eq(truncate(certificate, status.st_size), 0);
}

static void (*const spoilers[])(void) = {remove_key, empty_certificate, spoil_authorities,
                                         mix_pairs, cut_certificate};

enum { SPOILERS = sizeof spoilers / sizeof spoilers[0] };

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text++) {
        count++;
    }
    return count;
}

START_TEST(the_old_set_serves_on_while_files_are_wrong)
{
    struct capture capture;
    static char log[CAPTURE_SIZE];
    log_set_level(LOG_LEVEL_NOTICE);
    capture_begin(&capture, STDERR_FILENO);
    spoilers[_i]();
    const struct certificate_set *while_wrong[] = {take_later(), take_later(), take_later()};
    const bool is_kept = certificate_set_equal(&rotation.served, &at_start);
    certificates_issue(
        &certificates,
        &(struct certificate){.name = "ca", .subject = "new authority", .is_authority = 1});
    replace_pair();
    const struct certificate_set *after = take_later();
    capture_end(&capture, log);
    for (size_t i = 0; i < sizeof while_wrong / sizeof while_wrong[0]; i++) {
        ck_assert_ptr_null(while_wrong[i]);
    }
    ck_assert(is_kept);
    ck_assert_ptr_nonnull(after);
    ck_assert_msg(count_of(log, "warn   certificate kept") == 1, "%s", log);
    ck_assert_msg(count_of(log, "notice certificate served subject=\"CN=second\"") == 1, "%s", log);
    ck_assert_msg(strstr(log, certificates.folder) != NULL, "%s", log);
    ck_assert_msg(strstr(log, "BEGIN") == NULL, "%s", log);
}
END_TEST

/* Files that are put back are told, although nothing changes for the clients. */
START_TEST(old_files_that_come_back_are_told)
{
    struct capture capture;
    static char log[CAPTURE_SIZE];
    certificates_copy(&certificates, "server.key", "kept.key");
    log_set_level(LOG_LEVEL_NOTICE);
    capture_begin(&capture, STDERR_FILENO);
    certificates_write(&certificates, "server.key", "");
    const struct certificate_set *wrong = take_later();
    certificates_copy(&certificates, "kept.key", "server.key");
    const struct certificate_set *right = take_later();
    certificates_write(&certificates, "server.key", "");
    (void)take_later();
    capture_end(&capture, log);
    ck_assert_ptr_null(wrong);
    ck_assert_ptr_null(right);
    ck_assert_uint_eq(count_of(log, "warn   certificate kept"), 2);
    ck_assert_uint_eq(count_of(log, "notice certificate served subject=\"CN=server\""), 1);
}
END_TEST

START_TEST(wrong_files_at_the_start_are_refused)
{
    struct certificate_rotation other;
    spoilers[_i]();
    ck_assert(!certificate_rotation_init(&other, &paths, &fake.clock, reason));
    ck_assert_msg(strstr(reason, certificates.folder) != NULL, "%s", reason);
}
END_TEST

START_TEST(flaws_are_warned_of)
{
    struct capture capture;
    static char log[CAPTURE_SIZE];
    ck_assert_int_eq(chmod(key, S_IRUSR | S_IROTH), 0);
    struct certificate_rotation other;
    log_set_level(LOG_LEVEL_NOTICE);
    capture_begin(&capture, STDERR_FILENO);
    const bool is_good = certificate_rotation_init(&other, &paths, &fake.clock, reason);
    capture_end(&capture, log);
    ck_assert(is_good);
    ck_assert_msg(strstr(log, "warn   certificate with a flaw file=") != NULL, "%s", log);
    ck_assert_msg(strstr(log, "flaw=\"every user can read the key: chmod o-r\"") != NULL, "%s",
                  log);
    certificate_rotation_cleanup(&other);
}
END_TEST

Suite *certificate_rotation_suite(void)
{
    Suite *suite = suite_create("certificate_rotation");
    TCase *tcase = tcase_create("files that are replaced");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_has_not_changed_is_taken_once);
    tcase_add_test(tcase, a_new_pair_is_served_within_a_second);
    tcase_add_test(tcase, new_authorities_are_served);
    tcase_add_test(tcase, a_change_within_the_same_file_is_served);
    tcase_add_loop_test(tcase, the_old_set_serves_on_while_files_are_wrong, 0, SPOILERS);
    tcase_add_test(tcase, old_files_that_come_back_are_told);
    tcase_add_loop_test(tcase, wrong_files_at_the_start_are_refused, 0, SPOILERS);
    tcase_add_test(tcase, flaws_are_warned_of);
    suite_add_tcase(suite, tcase);
    return suite;
}
