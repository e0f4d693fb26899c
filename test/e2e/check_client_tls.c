/* comms-client with TLS and mutual TLS: whom it trusts, and what it says of those that it does not.
 */
#include "test/e2e/program_expectations.h"
#include "test/e2e/tls_trial.h"
#include "test/kit/instrument.h"
#include "test/suites.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { FILES = 8 };

/* The path of a file; valid for the next calls, FILES of them. */
static const char *file(const char *name, const char *ending)
{
    static char paths[FILES][CERTIFICATES_PATH_SIZE];
    static size_t next;
    char full[64];
    snprintf(full, sizeof full, "%s.%s", name, ending);
    return certificates_path(&trial.certificates, full, paths[next++ % FILES]);
}

#define CLIENT(...)                                                                                \
    client_start(trial.server.port, "-m", "stateful", "-n", "5", "--retry-timeout", "0",           \
                 __VA_ARGS__, NULL)

/* The session is proven; `said` is all that stderr has. */
static void expect_proof(struct program *client, const char *said)
{
    int status = program_wait_exit(client);
    ck_assert_msg(status == 0, "%d: %s", status, program_output_end(client, PROGRAM_STDERR));
    instrument_expect_text(client, PROGRAM_STDOUT, "\nChecksum is valid: true\n");
    ck_assert_str_eq(program_output(client, PROGRAM_STDERR), said);
    program_destroy(client);
}

/* The client could not connect, says why, and has counted no number. */
static void expect_failure(struct program *client, const char *why)
{
    char line[512];
    snprintf(line, sizeof line, "comms-client: gave up after 0 of 5 numbers: UNAVAILABLE: %s", why);
    ck_assert_ptr_null(strstr(program_output(client, PROGRAM_STDOUT), "Response"));
    expect_end(client, INSTRUMENT_UNREACHABLE, line);
}

static void issue(const struct certificate *wanted)
{
    certificates_issue(&trial.certificates, wanted);
}

/* ---- Who is let in --------------------------------------------------------------------------- */

START_TEST(a_session_over_tls_is_proven)
{
    char header[128];
    serve_tls();
    struct program *client = CLIENT("--tls-ca", file("ca", "pem"));
    snprintf(header, sizeof header, "Mode: stateful\nPort: %u\nTLS: with verification\nN: 5\n",
             trial.server.port);
    (void)program_wait_exit(client);
    ck_assert_msg(strncmp(program_output(client, PROGRAM_STDOUT), header, strlen(header)) == 0,
                  "%s", program_output(client, PROGRAM_STDOUT));
    expect_proof(client, "");
}
END_TEST

START_TEST(a_session_over_mutual_tls_is_proven)
{
    serve_mutual_tls();
    expect_proof(CLIENT("--tls-ca", file("ca", "pem"), "--tls-cert", file("client", "pem"),
                        "--tls-key", file("client", "key")),
                 "");
}
END_TEST

/* Several connections, cut ones and the names of all addresses of a host. */
START_TEST(streams_are_resumed_over_tls)
{
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    serve_mutual_tls();
    struct program *client =
        client_start(trial.server.port, "-m", "stateful", "--host", "localhost", "-s", "20", "-c",
                     "4", "-n", "80", "--interval", "20ms", "--chaos", "cut=100ms", "--json", path,
                     "--tls-ca", file("ca", "pem"), "--tls-cert", file("client", "pem"),
                     "--tls-key", file("client", "key"), "--fail-on", "resumes<1", NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    instrument_expect_text(client, PROGRAM_STDOUT, "\nby TLS with verification\n");
    program_destroy(client);
    json_t *result = instrument_read_json(path);
    const char *tls = NULL;
    ck_assert_int_eq(json_unpack(result, "{s:{s:s}}", "start", "tls", &tls), 0);
    ck_assert_str_eq(tls, "verified");
    json_decref(result);
}
END_TEST

/* ---- Whom it does not trust ------------------------------------------------------------------ */

static const struct {
    struct certificate certificate;
    const char *authority; /* that the client trusts; NULL: those of the system */
    const char *why;
} untrusted[] = {
    {{.name = "server", .authority = "ca", .subject = "s", .names = "IP:127.0.0.1"},
     "other-ca",
     "TLS failed: the server's certificate is signed by an unknown authority (--tls-ca)"},
    {{.name = "server", .authority = "ca", .subject = "s", .names = "IP:127.0.0.1"},
     NULL,
     "TLS failed: the server's certificate is signed by an unknown authority (--tls-ca)"},
    {{.name = "server", .subject = "s", .names = "IP:127.0.0.1"},
     "ca",
     "TLS failed: the server's certificate is self-signed (--tls-ca)"},
    {{.name = "server",
      .authority = "ca",
      .subject = "s",
      .names = "IP:127.0.0.1",
      .from = -7200,
      .until = -3600},
     "ca",
     "TLS failed: the server's certificate has expired"},
    {{.name = "server", .authority = "ca", .subject = "127.0.0.1", .names = "DNS:example.org"},
     "ca",
     "TLS failed: the server's certificate is not for 127.0.0.1 (--tls-server-name)"},
};

START_TEST(a_server_that_is_not_trusted_is_named)
{
    issue(&untrusted[_i].certificate);
    serve_tls();
    expect_failure(untrusted[_i].authority == NULL
                       ? CLIENT("--tls")
                       : CLIENT("--tls-ca", file(untrusted[_i].authority, "pem")),
                   untrusted[_i].why);
}
END_TEST

/* A certificate may be replaced while the client tries. */
START_TEST(a_server_that_mends_its_certificate_is_trusted)
{
    issue(&(struct certificate){
        .name = "server", .authority = "other-ca", .subject = "s", .names = "IP:127.0.0.1"});
    serve_tls();
    struct program *client = client_start(trial.server.port, "-m", "stateful", "-n", "5",
                                          "--tls-ca", file("ca", "pem"), NULL);
    (void)program_wait_line(client, PROGRAM_STDERR,
                            "cannot connect (UNAVAILABLE: TLS failed: the server's certificate");
    issue(&(struct certificate){
        .name = "server", .authority = "ca", .subject = "s", .names = "IP:127.0.0.1"});
    expect_end(client, INSTRUMENT_PROVEN, "retrying in");
}
END_TEST

START_TEST(many_streams_say_what_failed)
{
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    serve_tls();
    struct program *client =
        client_start(trial.server.port, "-m", "stateful", "-s", "3", "--retry-timeout", "0",
                     "--json", path, "--tls-ca", file("other-ca", "pem"), NULL);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    instrument_expect_text(client, PROGRAM_STDOUT, "\nTLS failed ");
    instrument_expect_text(
        client, PROGRAM_STDOUT,
        "TLS failed: the server's certificate is signed by an unknown authority");
    program_destroy(client);
    json_t *result = instrument_read_json(path);
    ck_assert_uint_eq(instrument_failed_attempts(result, "tls_failed"), 3);
    json_decref(result);
}
END_TEST

START_TEST(another_name_can_be_asked_for)
{
    issue(&(struct certificate){
        .name = "server", .authority = "ca", .subject = "s", .names = "DNS:example.org"});
    serve_tls();
    expect_proof(CLIENT("--tls-ca", file("ca", "pem"), "--tls-server-name", "example.org"), "");
    expect_failure(CLIENT("--tls-ca", file("ca", "pem"), "--tls-server-name", "example.com"),
                   "TLS failed: the server's certificate is not for example.com");
}
END_TEST

START_TEST(without_verification_it_warns)
{
    issue(&(struct certificate){.name = "server", .subject = "s", .from = -7200, .until = -3600});
    serve_tls();
    expect_proof(CLIENT("--insecure-skip-verify", "--quiet"),
                 "comms-client: warning: --insecure-skip-verify: the server's certificate is not "
                 "verified, whoever answers is taken for the server\n");
}
END_TEST

/* ---- Who does not trust it ------------------------------------------------------------------- */

#define CLOSED "the connection was closed before gRPC began (127.0.0.1:"

static void expect_hint(struct program *client, const char *hint)
{
    ck_assert_int_eq(program_wait_exit(client), INSTRUMENT_UNREACHABLE);
    instrument_expect_text(client, PROGRAM_STDERR, hint);
    expect_failure(client, CLOSED);
}

START_TEST(a_server_that_wants_a_certificate_is_hinted_at)
{
    static const char hint[] = "; does the server want another client certificate (--tls-cert)?";
    issue(&(struct certificate){.name = "stranger", .authority = "other-ca", .subject = "client"});
    serve_mutual_tls();
    expect_hint(CLIENT("--tls-ca", file("ca", "pem")), hint);
    expect_hint(CLIENT("--tls-ca", file("ca", "pem"), "--tls-cert", file("stranger", "pem"),
                       "--tls-key", file("stranger", "key")),
                hint);
    /* The client does not ask in plain words what the server speaks, which would log that. */
    program_signal(trial.server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(trial.server.program), 0);
    const char *log = program_output(trial.server.program, PROGRAM_STDERR);
    ck_assert_msg(strstr(log, "handshake refused") != NULL, "%s", log);
    ck_assert_msg(strstr(log, "wrong version number") == NULL, "%s", log);
    program_destroy(trial.server.program);
    trial.server.program = NULL;
}
END_TEST

START_TEST(the_session_of_another_client_is_refused)
{
    static const char uuid[] = "a17417a0-0000-4000-8000-000000000007";
    issue(&(struct certificate){.name = "other", .authority = "ca", .subject = "other"});
    serve_mutual_tls();
    expect_proof(CLIENT("--uuid", uuid, "--tls-ca", file("ca", "pem"), "--tls-cert",
                        file("client", "pem"), "--tls-key", file("client", "key")),
                 "");
    expect_end(CLIENT("--uuid", uuid, "--tls-ca", file("ca", "pem"), "--tls-cert",
                      file("other", "pem"), "--tls-key", file("other", "key")),
               INSTRUMENT_REFUSED,
               "comms-client: the server refused: PERMISSION_DENIED: session belongs to another "
               "client");
}
END_TEST

/* ---- Mix-ups --------------------------------------------------------------------------------- */

/* The client gives what answers half a second to say what it is: a busy server may need another
 * run. */
static void expect_named(const char *option, const char *why)
{
    enum { ROUNDS = 4 };
    struct program *client = CLIENT(option);
    for (int i = 1; i < ROUNDS; i++) {
        ck_assert_int_eq(program_wait_exit(client), INSTRUMENT_UNREACHABLE);
        if (strstr(program_output(client, PROGRAM_STDERR), why) != NULL) {
            break;
        }
        program_destroy(client);
        client = CLIENT(option);
    }
    expect_failure(client, why);
}

START_TEST(a_plain_server_is_hinted_at)
{
    trial.server = server_start("stateful", NULL);
    expect_named("--tls", "no gRPC over TLS at 127.0.0.1:");
}
END_TEST

/* The server closes the connection without a word: the client asks it once more, by TLS. */
START_TEST(a_server_with_tls_is_named)
{
    char why[128];
    serve_tls();
    snprintf(why, sizeof why, "no gRPC at 127.0.0.1:%u: it speaks TLS (--tls)", trial.server.port);
    expect_named("--quiet", why);
}
END_TEST

START_TEST(wrong_files_are_refused_at_the_start)
{
    const char *const arguments[] = {"--tls-ca", file("none", "pem"), NULL};
    const struct program_spec spec = {.path = programs_client_path(), .arguments = arguments};
    expect_refusal(&spec, "comms-client", STATUS_USAGE, "none.pem: No such file or directory");
}
END_TEST

Suite *client_tls_suite(void)
{
    Suite *suite = suite_create("client-tls");
    TCase *tcase = tcase_create("client-tls");
    tcase_add_checked_fixture(tcase, tls_trial_set_up, tls_trial_tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_session_over_tls_is_proven);
    tcase_add_test(tcase, a_session_over_mutual_tls_is_proven);
    tcase_add_test(tcase, streams_are_resumed_over_tls);
    tcase_add_loop_test(tcase, a_server_that_is_not_trusted_is_named, 0,
                        sizeof untrusted / sizeof untrusted[0]);
    tcase_add_test(tcase, a_server_that_mends_its_certificate_is_trusted);
    tcase_add_test(tcase, many_streams_say_what_failed);
    tcase_add_test(tcase, another_name_can_be_asked_for);
    tcase_add_test(tcase, without_verification_it_warns);
    tcase_add_test(tcase, a_server_that_wants_a_certificate_is_hinted_at);
    tcase_add_test(tcase, the_session_of_another_client_is_refused);
    tcase_add_test(tcase, a_plain_server_is_hinted_at);
    tcase_add_test(tcase, a_server_with_tls_is_named);
    tcase_add_test(tcase, wrong_files_are_refused_at_the_start);
    suite_add_tcase(suite, tcase);
    return suite;
}
