/* comms-server with TLS and mutual TLS: who is let in, who is refused and why. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "test/e2e/program_expectations.h"
#include "test/e2e/tls_trial.h"
#include "test/kit/loopback.h"
#include "test/suites.h"

#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void expect_let_in(const char *client)
{
    ck_assert_msg(shake_hands(client, 0), "%s", trial.outcome);
    ck_assert_str_eq(trial.outcome, "server");
}

static int connect_to_server(void)
{
    const struct sockaddr_in address = loopback_address(trial.server.port);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(connect(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    return descriptor;
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
    expect_server_log("handshake refused reason=\"unsupported protocol\"");
}
END_TEST

/* Clients that mutual TLS refuses, and OpenSSL's reason. */
static const struct {
    struct certificate client; /* without a name: the client has none */
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

START_TEST(mutual_tls_refuses_clients_without_a_right_certificate)
{
    char line[128];
    if (refused[_i].client.name != NULL) {
        certificates_issue(&trial.certificates, &refused[_i].client);
    }
    serve_mutual_tls();
    expect_let_in("client");
    expect_refused(refused[_i].client.name, closed_without_alert);
    (void)snprintf(line, sizeof line, "notice handshake refused reason=\"%s\"", refused[_i].log);
    expect_server_log(line);
    expect_let_in("client");
}
END_TEST

START_TEST(a_session_belongs_to_the_client_that_started_it)
{
    char port[8];
    certificates_issue(
        &trial.certificates,
        &(struct certificate){.name = "other", .authority = "ca", .subject = "other\n2026 info"});
    serve_mutual_tls();
    (void)snprintf(port, sizeof port, "%u", trial.server.port);
    struct program *script = program_start(programs_python_path(), "-B", "test/e2e/tls",
                                           trial.certificates.folder, port, NULL);
    int status = program_wait_exit(script);
    ck_assert_msg(status == 0, "%s", program_output(script, PROGRAM_STDERR));
    program_destroy(script);
    expect_server_log("session started");
    expect_server_log("client=\"CN=client\"");
    expect_server_log("stream refused");
    ck_assert_ptr_nonnull(strstr(program_output(trial.server.program, PROGRAM_STDERR),
                                 "client=\"CN=other\\\\0A2026 info\""));
    ck_assert_ptr_null(strstr(program_output(trial.server.program, PROGRAM_STDERR), "BEGIN"));
}
END_TEST

/* The first connection says nothing, and holds the only place; a client comes in when it has gone.
 */
START_TEST(connections_with_tls_are_limited)
{
    trial.server =
        server_start("stateful", "--max-tls-connections", "1", "--handshake-timeout", "10m",
                     "--tls-cert", trial.certificate, "--tls-key", trial.key, NULL);
    int first = connect_to_server();
    ck_assert(!shake_hands(NULL, 0));
    expect_server_log("connection refused reason=\"too many connections with TLS\"");
    (void)close(first);
    while (!shake_hands(NULL, 0)) {
    }
}
END_TEST

/* ---- What speaks no TLS ---------------------------------------------------------------------- */

/* Sends these bytes and waits until the server has closed the connection. */
static void send_bytes(const char *bytes, size_t length)
{
    char answer[256];
    int descriptor = connect_to_server();
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
    expect_server_log(
        "handshake refused reason=\"wrong version number\" hint=\"the client does not speak");
    send_bytes(http, sizeof http - 1);
    expect_server_log(
        "handshake refused reason=\"http request\" hint=\"the client does not speak TLS\"");
    expect_let_in(NULL);
}
END_TEST

/* ---- What ends before a request -------------------------------------------------------------- */

static const char untrusted[] =
    " reason=\"the client has closed the connection before a request; it may not trust the "
    "certificate\"";

/* Returns the exit status of a client that trusts this authority. */
static int run_client(const char *authority)
{
    char port[8];
    char path[CERTIFICATES_PATH_SIZE];
    (void)snprintf(port, sizeof port, "%u", trial.server.port);
    certificates_path(&trial.certificates, authority, path);
    struct program *client = program_start(programs_client_path(), "-p", port, "--tls-ca", path,
                                           "--retry-timeout", "0", "-m", "stateful", "1", NULL);
    const int status = program_wait_exit(client);
    program_destroy(client);
    return status;
}

START_TEST(a_client_that_ends_its_handshake_is_told_of)
{
    const struct tls_handshake handshake = {.certificates = &trial.certificates, .authority = "ca"};
    serve_tls();
    (void)close(tls_handshake_begin(&handshake, trial.server.port));
    expect_server_log(untrusted);
    (void)close(tls_handshake_say(&handshake, trial.server.port, NULL, 0));
    expect_server_log(untrusted);
    ck_assert_int_ne(run_client("other-ca.pem"), 0);
    expect_server_log(untrusted);
}
END_TEST

/* As curl --http1.1 does. */
START_TEST(a_client_without_http2_is_told_of)
{
    serve_tls();
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    const int descriptor = connect_to_server();
    ck_assert_int_eq(SSL_set_fd(ssl, descriptor), 1);
    ck_assert_int_eq(SSL_connect(ssl), 1);
    expect_server_log("handshake refused peer=127.0.0.1:");
    const char *log = program_output(trial.server.program, PROGRAM_STDERR);
    ck_assert_ptr_nonnull(strstr(log, " reason=\"the client offers no HTTP/2 (ALPN)\""));
    SSL_free(ssl);
    SSL_CTX_free(context);
    (void)close(descriptor);
}
END_TEST

/* Who sends nothing checks the server's health; who speaks HTTP/2 trusts it. */
START_TEST(other_connections_are_no_refusals)
{
    serve_tls();
    (void)close(connect_to_server());
    ck_assert_int_eq(run_client("ca.pem"), 0);
    program_signal(trial.server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(trial.server.program), 0);
    ck_assert_ptr_null(
        strstr(program_output(trial.server.program, PROGRAM_STDERR), "handshake refused"));
    program_destroy(trial.server.program);
    trial.server.program = NULL;
}
END_TEST

START_TEST(tls_on_a_plain_port_is_told)
{
    trial.server = server_start("stateless", NULL);
    expect_refused(NULL, "wrong version number");
    expect_server_log(
        "handshake refused reason=\"the client speaks TLS, and the server has no --tls-cert");
}
END_TEST

START_TEST(a_unix_socket_stays_plain)
{
    char target[CERTIFICATES_PATH_SIZE + 8] = "unix:";
    certificates_path(&trial.certificates, "socket", target + strlen(target));
    trial.server = server_start("stateful", "--interval", "0", "--listen", "127.0.0.1", "--listen",
                                target, "--tls-cert", trial.certificate, "--tls-key", trial.key,
                                "--tls-client-ca", trial.authorities, NULL);
    expect_let_in("client");
    expect_session(target, 0);
}
END_TEST

Suite *server_tls_suite(void)
{
    Suite *suite = suite_create("server-tls");
    TCase *tcase = tcase_create("server-tls");
    tcase_add_checked_fixture(tcase, tls_trial_set_up, tls_trial_tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, tls_asks_no_client_for_a_certificate);
    tcase_add_test(tcase, tls_before_1_2_is_refused);
    tcase_add_loop_test(tcase, mutual_tls_refuses_clients_without_a_right_certificate, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_test(tcase, a_session_belongs_to_the_client_that_started_it);
    tcase_add_test(tcase, connections_with_tls_are_limited);
    tcase_add_test(tcase, plain_bytes_are_no_tls);
    tcase_add_test(tcase, a_client_that_ends_its_handshake_is_told_of);
    tcase_add_test(tcase, a_client_without_http2_is_told_of);
    tcase_add_test(tcase, other_connections_are_no_refusals);
    tcase_add_test(tcase, tls_on_a_plain_port_is_told);
    tcase_add_test(tcase, a_unix_socket_stays_plain);
    suite_add_tcase(suite, tcase);
    return suite;
}
