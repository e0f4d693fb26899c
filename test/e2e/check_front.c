#define _GNU_SOURCE /* POLLRDHUP */

/* haproxy with the configuration that server/SECURITY.md recommends, before comms-server. */
#include "test/e2e/program_expectations.h"
#include "test/kit/certificates.h"
#include "test/kit/loopback.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATH_SIZE = CERTIFICATES_PATH_SIZE, VARIABLE_SIZE = PATH_SIZE + 32 };

static struct certificates certificates;
static struct server server;
static struct program *front;
static uint16_t port;
static char ca[PATH_SIZE];

static void start_front(const char *socket)
{
    char bundle[PATH_SIZE];
    char bind[VARIABLE_SIZE];
    char certificate[VARIABLE_SIZE];
    char server_socket[VARIABLE_SIZE];
    int descriptor = loopback_listen(0, 0, &port);
    ck_assert_int_ge(descriptor, 0);
    certificates_append(&certificates, "server.key", "server.pem");
    snprintf(bind, sizeof bind, "COMMS_BIND=fd@%d", descriptor);
    snprintf(certificate, sizeof certificate, "COMMS_CERTIFICATE=%s",
             certificates_path(&certificates, "server.pem", bundle));
    snprintf(server_socket, sizeof server_socket, "COMMS_SOCKET=%s", socket);
    const char *const arguments[] = {"-db", "-f", "server/haproxy.cfg", NULL};
    const char *const environment[] = {bind, certificate, server_socket, NULL};
    const struct program_spec spec = {
        .path = programs_haproxy_path(), .arguments = arguments, .environment = environment};
    front = program_start_spec(&spec);
    close(descriptor);
}

static void set_up(void)
{
    char socket[PATH_SIZE];
    char address[VARIABLE_SIZE];
    certificates_make(&certificates);
    (void)certificates_path(&certificates, "ca.pem", ca);
    (void)certificates_path(&certificates, "socket", socket);
    snprintf(address, sizeof address, "unix:%s", socket);
    server = server_start("stateful", "--interval", "10ms", "--listen", address, NULL);
    start_front(socket);
}

static void tear_down(void)
{
    program_signal(front, SIGTERM);
    (void)program_wait_exit(front);
    program_destroy(front);
    server_stop(&server);
    program_destroy(server.program);
    certificates_remove(&certificates);
}

START_TEST(sessions_pass_by_tls)
{
    struct program *client = client_start(port, "-m", "stateful", "-s", "50", "-c", "2", "-n", "20",
                                          "--interval", "10ms", "--tls-ca", ca, NULL);
    ck_assert_int_eq(program_wait_exit(client), 0);
    ck_assert_ptr_nonnull(strstr(program_output(client, PROGRAM_STDOUT), "\nPROVEN: 50 "));
    program_destroy(client);
}
END_TEST

START_TEST(plain_clients_are_refused)
{
    struct program *client =
        client_start(port, "-m", "stateful", "-n", "2", "--retry-timeout", "0", NULL);
    ck_assert_int_eq(program_wait_exit(client), 2);
    program_destroy(client);
}
END_TEST

static int connect_to_front(void)
{
    const struct sockaddr_in address = loopback_address(port);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(connect(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    return descriptor;
}

/* haproxy accepts the connections beyond the limit of an address, and closes them at once. */
START_TEST(an_address_has_so_many_connections)
{
    enum { LIMIT = 20, MORE = 10 };
    struct pollfd connections[LIMIT + MORE];
    int closed = 0;
    for (int i = 0; i < LIMIT + MORE; i++) {
        connections[i] = (struct pollfd){.fd = connect_to_front(), .events = POLLRDHUP};
    }
    while (closed < MORE) {
        ck_assert_int_gt(poll(connections, LIMIT + MORE, PROGRAM_DEADLINE_MS), 0);
        for (int i = 0; i < LIMIT + MORE; i++) {
            if (connections[i].fd >= 0 && connections[i].revents != 0) {
                close(connections[i].fd);
                connections[i].fd = -1;
                closed++;
            }
        }
    }
    ck_assert_int_eq(closed, MORE);
    for (int i = 0; i < LIMIT + MORE; i++) {
        if (connections[i].fd >= 0) {
            close(connections[i].fd);
        }
    }
}
END_TEST

Suite *front_suite(void)
{
    Suite *suite = suite_create("front");
    TCase *tcase = tcase_create("front");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, sessions_pass_by_tls);
    tcase_add_test(tcase, plain_clients_are_refused);
    tcase_add_test(tcase, an_address_has_so_many_connections);
    return suite;
}
