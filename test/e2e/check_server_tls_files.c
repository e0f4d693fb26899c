/* The certificate files of comms-server: wrong ones at the start, new ones while it runs. */
#include "shared/base/clock.h"
#include "test/e2e/program_expectations.h"
#include "test/e2e/tls_trial.h"
#include "test/suites.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const files[] = {"server.pem", "server.key", "clients.pem"};
static const char *const texts[] = {NULL, "", "garbage"}; /* NULL: the file is not there */

enum { FILES = sizeof files / sizeof files[0], TEXTS = sizeof texts / sizeof texts[0] };

static void expect_no_start(const char *names)
{
    const char *const arguments[] = {"--port",    "0",       "--tls-cert",      trial.certificate,
                                     "--tls-key", trial.key, "--tls-client-ca", trial.authorities,
                                     NULL};
    const struct program_spec spec = {.path = programs_server_path(), .arguments = arguments};
    expect_refusal(&spec, "comms-server", 1, names);
}

START_TEST(wrong_files_keep_it_from_starting)
{
    char path[CERTIFICATES_PATH_SIZE];
    certificates_path(&trial.certificates, files[_i / TEXTS], path);
    if (texts[_i % TEXTS] == NULL) {
        ck_assert_int_eq(unlink(path), 0);
    } else {
        certificates_write(&trial.certificates, files[_i / TEXTS], texts[_i % TEXTS]);
    }
    expect_no_start(path);
}
END_TEST

START_TEST(a_wrong_key_keeps_it_from_starting)
{
    certificates_copy(&trial.certificates, "client.key", "server.key");
    expect_no_start("does not belong to the certificate in");
}
END_TEST

START_TEST(flaws_are_warned_of)
{
    certificates_issue(&trial.certificates, &(struct certificate){.name = "server",
                                                                  .authority = "ca",
                                                                  .subject = "server",
                                                                  .from = -7200,
                                                                  .until = -3600});
    ck_assert_int_eq(chmod(trial.key, S_IRUSR | S_IRGRP | S_IROTH), 0);
    serve_tls();
    expect_server_log("server.pem flaw=\"a certificate in it has expired\"");
    expect_server_log("server.key flaw=\"every user can read the key: chmod o-r\"");
}
END_TEST

static void replace_server(const char *subject)
{
    certificates_issue(
        &trial.certificates,
        &(struct certificate){.name = "server", .authority = "ca", .subject = subject});
}

/* Shakes hands until the server shows this certificate, or the test is over its time. */
static void await_subject(const char *subject)
{
    do {
        ck_assert_msg(shake_hands("client", 0), "%s", trial.outcome);
    } while (strcmp(trial.outcome, subject) != 0);
}

/* Shakes hands for as long as the server may wait until it looks at the files again. */
static void look_again(void)
{
    const struct clock *clock = &clock_monotonic;
    const int64_t until = clock_add(clock->now(clock), NS_PER_S);
    bool is_over;
    do {
        is_over = clock->now(clock) > until;
        ck_assert_msg(shake_hands("client", 0), "%s", trial.outcome);
    } while (!is_over);
}

START_TEST(new_certificates_are_served_and_wrong_ones_are_not)
{
    serve_mutual_tls();
    expect_server_log("certificate served subject=\"CN=server\"");
    replace_server("second");
    await_subject("second");
    expect_server_log("certificate served subject=\"CN=second\"");

    certificates_issue(
        &trial.certificates,
        &(struct certificate){.name = "wrong", .authority = "ca", .subject = "wrong"});
    certificates_copy(&trial.certificates, "wrong.pem", "server.pem");
    look_again();
    expect_server_log("certificate kept reason=\"the key in ");
    ck_assert(shake_hands("client", 0));
    ck_assert_str_eq(trial.outcome, "second");
    replace_server("third");
    await_subject("third");
    expect_server_log("certificate served subject=\"CN=third\"");
}
END_TEST

/* Who is not signed by the new authority is refused, and who is comes in. */
START_TEST(a_new_client_ca_is_served)
{
    certificates_issue(
        &trial.certificates,
        &(struct certificate){.name = "stranger", .authority = "other-ca", .subject = "stranger"});
    serve_mutual_tls();
    expect_refused("stranger", closed_without_alert);
    certificates_copy(&trial.certificates, "other-ca.pem", "clients.pem");
    while (shake_hands("client", 0)) {
    }
    ck_assert_msg(shake_hands("stranger", 0), "%s", trial.outcome);
}
END_TEST

Suite *server_tls_files_suite(void)
{
    Suite *suite = suite_create("server-tls-files");
    TCase *tcase = tcase_create("server-tls-files");
    tcase_add_checked_fixture(tcase, tls_trial_set_up, tls_trial_tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, wrong_files_keep_it_from_starting, 0, FILES * TEXTS);
    tcase_add_test(tcase, a_wrong_key_keeps_it_from_starting);
    tcase_add_test(tcase, flaws_are_warned_of);
    tcase_add_test(tcase, new_certificates_are_served_and_wrong_ones_are_not);
    tcase_add_test(tcase, a_new_client_ca_is_served);
    suite_add_tcase(suite, tcase);
    return suite;
}
