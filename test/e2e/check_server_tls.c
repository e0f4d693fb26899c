/* comms-server with TLS and mutual TLS: who is let in, who is refused and why, what is served while
 * certificates are replaced. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "shared/base/clock.h"
#include "test/e2e/program_expectations.h"
#include "test/kit/certificates.h"
#include "test/kit/loopback.h"
#include "test/kit/programs.h"
#include "test/kit/tls_handshake.h"
#include "test/suites.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct certificates certificates;
static char certificate[CERTIFICATES_PATH_SIZE];
static char key[CERTIFICATES_PATH_SIZE];
static char authorities[CERTIFICATES_PATH_SIZE];
static struct server server;

static void set_up(void)
{
    certificates_make(&certificates);
    certificates_path(&certificates, "server.pem", certificate);
    certificates_path(&certificates, "server.key", key);
    certificates_path(&certificates, "ca.pem", authorities);
    server = (struct server){.program = NULL};
}

static void tear_down(void)
{
    if (server.program != NULL) {
        server_stop(&server);
        program_destroy(server.program);
    }
    certificates_remove(&certificates);
}

static void serve_tls(void)
{
    server = server_start("stateful", "--interval", "20ms", "--tls-cert", certificate, "--tls-key",
                          key, NULL);
}

static void serve_mutual_tls(void)
{
    server = server_start("stateful", "--interval", "20ms", "--tls-cert", certificate, "--tls-key",
                          key, "--tls-client-ca", authorities, NULL);
}

/* The server logs such a line. */
static void expect_log(const char *text)
{
    (void)program_wait_line(server.program, PROGRAM_STDERR, text);
}

/* What a handshake comes to: the subject of the server's certificate, or OpenSSL's reason. */
static char outcome[TLS_HANDSHAKE_TEXT_SIZE];

static bool shake_hands(const char *client, int version_max)
{
    const struct tls_handshake handshake = {.certificates = &certificates,
                                            .authority = "ca",
                                            .client = client,
                                            .version_max = version_max};
    return tls_handshake_try(&handshake, server.port, outcome);
}

static void expect_let_in(const char *client)
{
    ck_assert_msg(shake_hands(client, 0), "%s", outcome);
    ck_assert_str_eq(outcome, "server");
}

static void expect_refused(const char *client, const char *reason)
{
    ck_assert(!shake_hands(client, 0));
    ck_assert_msg(strstr(outcome, reason) != NULL, "'%s' should say: %s", outcome, reason);
}

/* ---- Who is let in --------------------------------------------------------------------------- */

START_TEST(tls_asks_no_client_for_a_certificate)
{
    serve_tls();
    expect_let_in(NULL);
    expect_let_in("client"); /* it may have one */
}
END_TEST

START_TEST(tls_before_1_2_is_refused)
{
    serve_tls();
    ck_assert(shake_hands(NULL, TLS1_2_VERSION));
    ck_assert(!shake_hands(NULL, TLS1_1_VERSION));
    expect_log("handshake refused reason=\"unsupported protocol\"");
}
END_TEST

/* Clients that mutual TLS refuses, and OpenSSL's reason. */
static const struct {
    struct certificate certificate; /* without a name: the client has none */
    const char *log;
} refused[] = {
    {{.name = NULL}, "peer did not return a certificate"},
    {{.name = "stranger", .authority = "other-ca", .subject = "client"},
     "certificate verify failed"},
    {{.name = "alone", .subject = "client"}, "certificate verify failed"},
    {{.name = "late", .authority = "ca", .subject = "client", .from = -7200, .until = -3600},
     "certificate verify failed"},
    {{.name = "early", .authority = "ca", .subject = "client", .from = 3600, .until = 7200},
     "certificate verify failed"},
};

/* C core closes the connection without an alert. */
static const char closed[] = "unexpected eof while reading";

START_TEST(mutual_tls_refuses_clients_without_a_right_certificate)
{
    char line[128];
    if (refused[_i].certificate.name != NULL) {
        certificates_issue(&certificates, &refused[_i].certificate);
    }
    serve_mutual_tls();
    expect_let_in("client");
    expect_refused(refused[_i].certificate.name, closed);
    (void)snprintf(line, sizeof line, "notice handshake refused reason=\"%s\"", refused[_i].log);
    expect_log(line);
    expect_let_in("client");
}
END_TEST

START_TEST(a_session_belongs_to_the_client_that_started_it)
{
    char port[8];
    certificates_issue(
        &certificates,
        &(struct certificate){.name = "other", .authority = "ca", .subject = "other\n2026 info"});
    serve_mutual_tls();
    (void)snprintf(port, sizeof port, "%u", server.port);
    struct program *script = program_start(programs_python_path(), "-B", "test/e2e/tls",
                                           certificates.folder, port, NULL);
    int status = program_wait_exit(script);
    ck_assert_msg(status == 0, "%s", program_output(script, PROGRAM_STDERR));
    program_destroy(script);
    expect_log("session started");
    expect_log("client=\"CN=client\"");
    expect_log("stream refused");
    ck_assert_ptr_nonnull(strstr(program_output(server.program, PROGRAM_STDERR),
                                 "client=\"CN=other\\\\0A2026 info\""));
    ck_assert_ptr_null(strstr(program_output(server.program, PROGRAM_STDERR), "BEGIN"));
}
END_TEST

/* ---- What speaks no TLS ---------------------------------------------------------------------- */

/* Sends these bytes and waits until the server has closed the connection. */
static void send_bytes(const char *bytes, size_t length)
{
    const struct sockaddr_in address = loopback_address(server.port);
    char answer[256];
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(connect(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(send(descriptor, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
    while (recv(descriptor, answer, sizeof answer, 0) > 0) {
    }
    (void)close(descriptor);
}

START_TEST(plain_bytes_are_no_tls)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";
    static const char http[] = "GET / HTTP/1.1\r\n\r\n";
    serve_tls();
    send_bytes(preface, sizeof preface);
    expect_log(
        "handshake refused reason=\"wrong version number\" hint=\"the client does not speak");
    send_bytes(http, sizeof http - 1);
    expect_log("handshake refused reason=\"http request\" hint=\"the client does not speak TLS\"");
    expect_let_in(NULL);
}
END_TEST

START_TEST(tls_on_a_plain_port_is_told)
{
    server = server_start("stateless", NULL);
    expect_refused(NULL, "wrong version number");
    expect_log(
        "connection refused reason=\"the client speaks TLS, and the server has no --tls-cert");
}
END_TEST

START_TEST(a_unix_socket_stays_plain)
{
    char target[CERTIFICATES_PATH_SIZE + 8] = "unix:";
    certificates_path(&certificates, "socket", target + strlen(target));
    server = server_start("stateful", "--interval", "0", "--listen", "127.0.0.1", "--listen",
                          target, "--tls-cert", certificate, "--tls-key", key, "--tls-client-ca",
                          authorities, NULL);
    expect_let_in("client");
    expect_session(target, 0);
}
END_TEST

/* ---- Files ----------------------------------------------------------------------------------- */

static const char *const files[] = {"server.pem", "server.key", "ca.pem"};
static const char *const texts[] = {NULL, "", "garbage"}; /* NULL: the file is not there */

enum { FILES = sizeof files / sizeof files[0], TEXTS = sizeof texts / sizeof texts[0] };

static void expect_no_start(const char *names)
{
    const char *const arguments[] = {"--port",          "0",         "--tls-cert",
                                     certificate,       "--tls-key", key,
                                     "--tls-client-ca", authorities, NULL};
    const struct program_spec spec = {.path = programs_server_path(), .arguments = arguments};
    expect_refusal(&spec, "comms-server", 1, names);
}

START_TEST(wrong_files_keep_it_from_starting)
{
    char path[CERTIFICATES_PATH_SIZE];
    certificates_path(&certificates, files[_i / TEXTS], path);
    if (texts[_i % TEXTS] == NULL) {
        ck_assert_int_eq(unlink(path), 0);
    } else {
        certificates_write(&certificates, files[_i / TEXTS], texts[_i % TEXTS]);
    }
    expect_no_start(path);
}
END_TEST

START_TEST(a_wrong_key_keeps_it_from_starting)
{
    certificates_copy(&certificates, "client.key", "server.key");
    expect_no_start("does not belong to the certificate in");
}
END_TEST

START_TEST(flaws_are_warned_of)
{
    certificates_issue(&certificates, &(struct certificate){.name = "server",
                                                            .authority = "ca",
                                                            .subject = "server",
                                                            .from = -7200,
                                                            .until = -3600});
    ck_assert_int_eq(chmod(key, S_IRUSR | S_IRGRP | S_IROTH), 0);
    serve_tls();
    expect_log("server.pem flaw=\"a certificate in it has expired\"");
    expect_log("server.key flaw=\"every user can read the key: chmod o-r\"");
}
END_TEST

static void replace_server(const char *subject)
{
    certificates_issue(&certificates, &(struct certificate){
                                          .name = "server", .authority = "ca", .subject = subject});
}

/* Shakes hands until the server shows this certificate, or the test is over its time. */
static void await_subject(const char *subject)
{
    do {
        ck_assert_msg(shake_hands("client", 0), "%s", outcome);
    } while (strcmp(outcome, subject) != 0);
}

/* Shakes hands for as long as the server may wait until it looks at the files again. */
static void look_again(void)
{
    const struct clock *clock = &clock_monotonic;
    const int64_t until = clock_add(clock->now(clock), NS_PER_S);
    bool is_over;
    do {
        is_over = clock->now(clock) > until;
        ck_assert_msg(shake_hands("client", 0), "%s", outcome);
    } while (!is_over);
}

START_TEST(new_certificates_are_served_and_wrong_ones_are_not)
{
    serve_mutual_tls();
    expect_log("certificate served subject=\"CN=server\"");
    replace_server("second");
    await_subject("second");
    expect_log("certificate served subject=\"CN=second\"");

    certificates_issue(&certificates, &(struct certificate){
                                          .name = "wrong", .authority = "ca", .subject = "wrong"});
    certificates_copy(&certificates, "wrong.pem", "server.pem");
    look_again();
    expect_log("certificate kept reason=\"the key in ");
    ck_assert(shake_hands("client", 0));
    ck_assert_str_eq(outcome, "second");
    replace_server("third");
    await_subject("third");
    expect_log("certificate served subject=\"CN=third\"");
}
END_TEST

/* Who is not signed by the new authority is refused, and who is comes in. */
START_TEST(a_new_client_ca_is_served)
{
    certificates_issue(
        &certificates,
        &(struct certificate){.name = "stranger", .authority = "other-ca", .subject = "stranger"});
    serve_mutual_tls();
    expect_refused("stranger", closed);
    certificates_copy(&certificates, "other-ca.pem", "ca.pem");
    while (shake_hands("client", 0)) {
    }
}
END_TEST

Suite *server_tls_suite(void)
{
    Suite *suite = suite_create("server-tls");
    TCase *tcase = tcase_create("server-tls");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, tls_asks_no_client_for_a_certificate);
    tcase_add_test(tcase, tls_before_1_2_is_refused);
    tcase_add_loop_test(tcase, mutual_tls_refuses_clients_without_a_right_certificate, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_test(tcase, a_session_belongs_to_the_client_that_started_it);
    tcase_add_test(tcase, plain_bytes_are_no_tls);
    tcase_add_test(tcase, tls_on_a_plain_port_is_told);
    tcase_add_test(tcase, a_unix_socket_stays_plain);
    tcase_add_loop_test(tcase, wrong_files_keep_it_from_starting, 0, FILES * TEXTS);
    tcase_add_test(tcase, a_wrong_key_keeps_it_from_starting);
    tcase_add_test(tcase, flaws_are_warned_of);
    tcase_add_test(tcase, new_certificates_are_served_and_wrong_ones_are_not);
    tcase_add_test(tcase, a_new_client_ca_is_served);
    suite_add_tcase(suite, tcase);
    return suite;
}
