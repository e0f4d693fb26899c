/*
 * comms-server as a service of systemd: it says how it is, and takes sockets over. The test is
 * systemd: it reads the datagrams, and passes the sockets.
 */
#include "test/e2e/program_expectations.h"
#include "test/kit/loopback.h"
#include "test/kit/scratch_folder.h"
#include "test/suites.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 512, DEADLINE_MS = 20000, VARIABLE_SIZE = 128 };

static char folder[SCRATCH_FOLDER_SIZE];

static int open_unix(const char *name, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%.60s/%s", folder, name);
    int descriptor = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(
        bind(descriptor, (const struct sockaddr *)(const void *)&address, sizeof address), 0);
    return descriptor;
}

static void set_up(void)
{
    scratch_folder_make(folder, "service");
}

static void tear_down(void)
{
    scratch_folder_remove(folder);
}

/* Waits for a datagram that has this text; the others are passed over. */
static void await_message(int manager, const char *text)
{
    char message[MESSAGE_SIZE];
    do {
        struct pollfd polled = {.fd = manager, .events = POLLIN};
        ck_assert_msg(poll(&polled, 1, DEADLINE_MS) == 1, "no datagram has '%s'", text);
        const ssize_t length = recv(manager, message, sizeof message - 1, 0);
        ck_assert_int_ge(length, 0);
        message[length] = '\0';
    } while (strstr(message, text) == NULL);
}

START_TEST(systemd_hears_how_it_is)
{
    char variable[VARIABLE_SIZE];
    int manager = open_unix("notify", SOCK_DGRAM);
    snprintf(variable, sizeof variable, "NOTIFY_SOCKET=%s/notify", folder);
    const char *const environment[] = {variable, "WATCHDOG_USEC=200000", NULL};
    const char *const arguments[] = {
        "--port",          "0",   "--mode", "stateful", "--drain-delay", "30s",
        "--drain-timeout", "60s", NULL};
    struct program *server = program_start_spec(&(struct program_spec){
        .path = programs_server_path(), .arguments = arguments, .environment = environment});
    await_message(manager, "READY=1\nSTATUS=serving 0 streams, 0 sessions\n");
    const char *line = program_wait_line(server, PROGRAM_STDOUT, "listening on 127.0.0.1:");
    const unsigned port = (unsigned)strtoul(strchr(line, ':') + 1, NULL, 10);
    /* Only datagrams are waited for: a socket that nobody reads holds few of them. */
    struct program *client = client_start(port, "-m", "stateful", "100", NULL);
    await_message(manager, "WATCHDOG=1\n");
    await_message(manager, "STATUS=serving 1 stream, 1 session\n");
    await_message(manager, "WATCHDOG=1\n");
    program_signal(server, SIGTERM);
    await_message(manager, "STOPPING=1\nEXTEND_TIMEOUT_USEC=100000000\n"
                           "STATUS=draining 1 stream, 1 session\n");
    program_destroy(client);
    program_destroy(server);
    close(manager);
}
END_TEST

/* Starts a server with these descriptors as those of systemd, which names the process by its id.
 * dash has no descriptors of two digits. */
static struct program *start_activated(const int *descriptors, int count, const char *option)
{
    char line[VARIABLE_SIZE] = "exec";
    char variable[VARIABLE_SIZE];
    for (int i = 0; i < count; i++) {
        snprintf(line + strlen(line), sizeof line - strlen(line), " %d<&%d", 3 + i, descriptors[i]);
        ck_assert_int_eq(fcntl(descriptors[i], F_SETFD, 0), 0);
    }
    snprintf(line + strlen(line), sizeof line - strlen(line), "; LISTEN_PID=$$ exec \"$@\"");
    snprintf(variable, sizeof variable, "LISTEN_FDS=%d", count);
    const char *const arguments[] = {"-c", line, "bash", programs_server_path(), option, NULL};
    const char *const environment[] = {variable, NULL};
    return program_start_spec(&(struct program_spec){
        .path = "/bin/bash", .arguments = arguments, .environment = environment});
}

/* A descriptor above those that systemd passes. */
static int move_up(int descriptor)
{
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 20);
    ck_assert_int_ge(moved, 20);
    close(descriptor);
    return moved;
}

START_TEST(it_serves_the_sockets_of_systemd)
{
    uint16_t port;
    char host[VARIABLE_SIZE];
    char path[VARIABLE_SIZE];
    struct stat file;
    int sockets[] = {move_up(loopback_listen(0, SOCK_CLOEXEC, &port)),
                     move_up(open_unix("socket", SOCK_STREAM))};
    ck_assert_int_eq(listen(sockets[1], 16), 0);
    struct program *server = start_activated(sockets, 2, "--listen=0.0.0.0");
    snprintf(host, sizeof host, "listening on 127.0.0.1:%u (stateless)", port);
    program_wait_line(server, PROGRAM_STDOUT, host);
    snprintf(host, sizeof host, "unix:%s/socket", folder);
    program_wait_line(server, PROGRAM_STDOUT, host);
    program_wait_line(server, PROGRAM_STDERR,
                      "warn   addresses ignored reason=\"systemd passes the sockets: leave out");
    struct program *by_port = client_start(port, "1", NULL);
    struct program *by_path = program_start(programs_client_path(), "--host", host, "1", NULL);
    ck_assert_int_eq(program_wait_exit(by_port), 0);
    ck_assert_int_eq(program_wait_exit(by_path), 0);
    ck_assert_uint_eq(program_count_lines(server, PROGRAM_STDOUT), 2);
    expect_end_by(server, SIGTERM, 0);

    /* They stay systemd's: the file is there, and a client waits for the next server. */
    snprintf(path, sizeof path, "%s/socket", folder);
    ck_assert_int_eq(stat(path, &file), 0);
    snprintf(path, sizeof path, "%s/socket.lock", folder);
    ck_assert_int_ne(stat(path, &file), 0);
    struct program *waiting =
        program_start(programs_client_path(), "--host", host, "--connect-timeout", "1m", "1", NULL);
    struct program *next = start_activated(sockets, 2, NULL);
    program_expect_success(waiting);
    program_destroy(next);
    program_destroy(by_port);
    program_destroy(by_path);
    close(sockets[0]);
    close(sockets[1]);
}
END_TEST

Suite *service_suite(void)
{
    Suite *suite = suite_create("service");
    TCase *tcase = tcase_create("service");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, systemd_hears_how_it_is);
    tcase_add_test(tcase, it_serves_the_sockets_of_systemd);
    return suite;
}
