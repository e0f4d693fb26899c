/* Where comms-server listens: by default, where it is told, on a unix socket, on a port in use. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "test/e2e/program_expectations.h"
#include "test/suites.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char name[] = "comms-server";

START_TEST(a_port_in_use_is_refused_and_its_server_goes_on)
{
    struct server server = server_start("stateful", "--interval", "0", NULL);
    char number[16];
    char named[32];
    snprintf(number, sizeof number, "%u", server.port);
    snprintf(named, sizeof named, "127.0.0.1:%u", server.port);
    const char *const arguments[] = {"--listen", "127.0.0.1", "--port", number, NULL};
    struct program_spec spec = {.path = programs_server_path(), .arguments = arguments};
    expect_refusal(&spec, name, 1, named);
    expect_refusal(&spec, name, 1, "in use");
    const char *const nowhere[] = {"--listen", "192.0.2.1", "--port", "0", NULL};
    spec.arguments = nowhere;
    expect_refusal(&spec, name, 1, "192.0.2.1");
    expect_session("127.0.0.1", server.port);
    server_stop(&server);
}
END_TEST

static bool have_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool have = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return have;
}

/* Waits for a line with this text, which must begin with it, and returns the port in it. */
static uint16_t wait_port(struct program *program, const char *beginning)
{
    uint64_t port = 0;
    const char *line = program_wait_line(program, PROGRAM_STDOUT, beginning);
    const char *at = strrchr(line, ':');
    ck_assert_msg(strncmp(line, beginning, strlen(beginning)) == 0, "%s", line);
    ck_assert_msg(at != NULL && output_skip(&at, ":") && output_read_number(&at, &port), "%s",
                  line);
    ck_assert_str_eq(at, " (stateful)");
    ck_assert_uint_ne(port, 0);
    return (uint16_t)port;
}

START_TEST(by_default_it_listens_on_both_loopbacks)
{
    struct program *program = program_start(programs_server_path(), "--port", "0", "--mode",
                                            "stateful", "--interval", "0", NULL);
    uint16_t port = wait_port(program, "listening on 127.0.0.1:");
    expect_session("127.0.0.1", port);
    if (have_ipv6()) {
        ck_assert_uint_eq(wait_port(program, "listening on [::1]:"), port);
        expect_session("::1", port);
    }
    expect_end_by(program, SIGTERM, 0);
}
END_TEST

START_TEST(it_listens_where_it_is_told)
{
    const char *const second = have_ipv6() ? "::1" : "127.0.0.3";
    struct program *program =
        program_start(programs_server_path(), "--port", "0", "--mode=stateful", "-interval", "0",
                      "--listen", "127.0.0.2", "--listen", second, NULL);
    expect_session("127.0.0.2", wait_port(program, "listening on 127.0.0.2:"));
    expect_session(second, wait_port(program, have_ipv6() ? "listening on [::1]:"
                                                          : "listening on 127.0.0.3:"));
    expect_end_by(program, SIGINT, 0);

    program = program_start(programs_server_path(), "-p", "0", "-m", "stateful", "--interval", "0",
                            "--listen", "localhost", NULL);
    const char *line = program_wait_line(program, PROGRAM_STDOUT, "listening on ");
    const char *at = strrchr(line, ':');
    uint64_t port = 0;
    ck_assert(at != NULL && output_skip(&at, ":") && output_read_number(&at, &port));
    expect_session(line[strlen("listening on ")] == '[' ? "::1" : "127.0.0.1", (unsigned)port);
    expect_end_by(program, SIGTERM, 0);
}
END_TEST

START_TEST(a_unix_socket_has_one_server)
{
    char directory[] = "/tmp/comms-check-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(directory));
    char target[64];
    char line[96];
    snprintf(target, sizeof target, "unix:%s/socket", directory);
    snprintf(line, sizeof line, "listening on %s (stateful)", target);
    const char *path = target + strlen("unix:");
    const char *const arguments[] = {"--listen",   target, "-mode", "stateful",
                                     "--interval", "0",    NULL};
    const struct program_spec spec = {.path = programs_server_path(), .arguments = arguments};

    struct program *first = program_start_spec(&spec);
    program_wait_line(first, PROGRAM_STDOUT, line);
    expect_refusal(&spec, name, 1, target);
    expect_session(target, 0);
    expect_end_by(first, SIGKILL, 128 + SIGKILL);

    ck_assert_msg(access(path, F_OK) == 0, "the killed server left no socket");
    struct program *second = program_start_spec(&spec);
    program_wait_line(second, PROGRAM_STDOUT, line);
    expect_session(target, 0);
    expect_end_by(second, SIGTERM, 0);
    ck_assert_msg(access(path, F_OK) != 0, "the socket is still there");

    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    expect_refusal(&spec, name, 1, target);
    ck_assert_msg(access(path, F_OK) == 0, "a file that is no socket was removed");
    unlink(path);
    snprintf(line, sizeof line, "%s.lock", path);
    unlink(line);
    ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

Suite *server_program_addresses_suite(void)
{
    Suite *suite = suite_create("server-program-addresses");
    TCase *addresses = tcase_create("addresses");
    suite_add_tcase(suite, addresses);
    tcase_set_timeout(addresses, 60);
    tcase_add_test(addresses, a_port_in_use_is_refused_and_its_server_goes_on);
    tcase_add_test(addresses, by_default_it_listens_on_both_loopbacks);
    tcase_add_test(addresses, it_listens_where_it_is_told);
    tcase_add_test(addresses, a_unix_socket_has_one_server);
    return suite;
}
