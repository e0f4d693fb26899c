/* The log of comms-server, as its clients cannot write it. */
#include "test/kit/programs.h"
#include "test/suites.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Sends a command, as it is, in one call: what answers is printed. */
static const char send_command[] =
    "import grpc, os, sys\n"
    "command = os.fsencode(sys.argv[2])\n"
    "channel = grpc.insecure_channel(sys.argv[1])\n"
    "call = channel.stream_stream('/grpc.Comms/GetNumbers')\n"
    "try: list(call(iter([b'\\n' + bytes([len(command)]) + command])))\n"
    "except grpc.RpcError as error: print(error.code().name)\n";

START_TEST(a_command_cannot_forge_a_log_line)
{
    static const struct {
        const char *command;
        const char *logged;
    } rows[] = {
        {"x\" sent=9 peer=\"1.2.3.4", "'x\\\" sent=9 peer=\\\"1.2.3.4'"},
        {"x\n2026-01-31T12:00:00.123Z info   stopped",
         "'x\\\\x0a2026-01-31T12:00:00.123Z info   stopped'"},
        {"\\\" sent=9", "'\\\\\\\" sent=9'"},
    };
    struct server server = server_start("stateful", NULL);
    program_wait_line(server.program, PROGRAM_STDERR, "started");
    char target[32];
    snprintf(target, sizeof target, "127.0.0.1:%u", server.port);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct program *client = program_start(programs_python_path(), "-c", send_command, target,
                                               rows[i].command, NULL);
        program_wait_line(client, PROGRAM_STDOUT, "INVALID_ARGUMENT");
        program_destroy(client);

        const char *at = strchr(program_wait_line(server.program, PROGRAM_STDERR, " notice "), ' ');
        uint64_t port;
        ck_assert_ptr_nonnull(at);
        ck_assert(output_skip(&at, " notice stream refused peer=127.0.0.1:"));
        ck_assert(output_read_number(&at, &port));
        char rest[256];
        snprintf(rest, sizeof rest,
                 " reason=\"unknown command: %s (expected START uuid n or CONTINUE uuid last)\"",
                 rows[i].logged);
        ck_assert_str_eq(at, rest);
    }
    program_signal(server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    /* Besides these: started, stopping, stopped. */
    ck_assert_uint_eq(program_count_lines(server.program, PROGRAM_STDERR),
                      sizeof rows / sizeof *rows + 3);
    program_destroy(server.program);
}
END_TEST

static uint64_t count_in_log(const char *log, const char *event)
{
    uint64_t count = 0;
    for (const char *at = log; (at = strstr(at, event)) != NULL; at += strlen(event)) {
        count++;
    }
    return count;
}

/* A thread each: fewer of them, and as many races, where threads are slow. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STREAMS 200
#else
#define STREAMS 1000
#endif

/* Server and client end at the same moment: neither a worker nor the reaper has a word to say after
 * `stopped`, which counts the sessions that were not evicted before. */
START_TEST(stopped_is_the_last_line)
{
    static const char *const timeouts[] = {"30s", "30ms", "50ms", "65ms", "80ms"};
    char streams[16];
    snprintf(streams, sizeof streams, "%d", STREAMS);
    struct server server = server_start("stateful", "--interval", "500ms", "--drain-timeout", "0",
                                        "--session-timeout", timeouts[_i], NULL);
    struct program *client =
        client_start(server.port, "-m", "stateful", "--streams", streams, "--connections", "10",
                     "-n", "65535", "--interval", "500ms", NULL);
    for (int i = 0; i < STREAMS; i++) {
        program_wait_line(server.program, PROGRAM_STDERR, "session started");
    }
    program_signal(server.program, SIGTERM);
    program_signal(client, SIGKILL);
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    const char *log = program_output(server.program, PROGRAM_STDERR);
    char expected[96];
    snprintf(expected, sizeof expected,
             " notice stopped sessions=%" PRIu64 " streams=%d received=%d sent=",
             STREAMS - count_in_log(log, " session evicted "), STREAMS, STREAMS);
    const char *stopped = strstr(log, expected);
    ck_assert_msg(stopped != NULL, "%s", program_output_end(server.program, PROGRAM_STDERR));
    ck_assert_str_eq(strchr(stopped, '\n'), "\n");
    program_destroy(client);
    program_destroy(server.program);
}
END_TEST

/* Runs whole sessions, one after the other; the log must have these lines, in this order. */
static void expect_session_lines(struct server server, int sessions, const char *const *lines)
{
    for (int i = 0; i < sessions; i++) {
        struct program *client = client_start(server.port, "-m", "stateful-test", "--uuid",
                                              i == 0 ? "a17417a0-aa39-40b5-8675-247713cc4908"
                                                     : "00000000-0000-0001-8000-000000000004",
                                              NULL);
        ck_assert_int_eq(program_wait_exit(client), 0);
        program_destroy(client);
    }
    for (size_t i = 0; lines[i] != NULL; i++) {
        program_wait_line(server.program, PROGRAM_STDERR, lines[i]);
    }
    server_stop(&server);
}

/* A reader sees how far a session is: position and sent count messages, of which there are n + 1.
 * And why the session was evicted. */
START_TEST(the_lines_of_a_session_explain_themselves)
{
    static const char *const full[] = {
        "session started uuid=a17417a0 n=5 messages=6 position=0 "
        "sent=0 peer=127.0.0.1:",
        "session ended uuid=a17417a0 n=5 messages=6 position=6 sent=6 "
        "peer=127.0.0.1:",
        "session evicted uuid=a17417a0 n=5 messages=6 sent=6 "
        "reason=\"finished, and --max-sessions is reached\"",
        "session started uuid=00000000 n=5 messages=6 position=0 "
        "sent=0 peer=127.0.0.1:",
        NULL};
    static const char *const expired[] = {"session evicted uuid=a17417a0 n=5 messages=6 sent=6 "
                                          "reason=\"idle for --session-timeout\"",
                                          NULL};
    expect_session_lines(server_start("stateful", "--interval", "0", "--max-sessions", "1", NULL),
                         2, full);
    expect_session_lines(
        server_start("stateful", "--interval", "0", "--session-timeout", "10ms", NULL), 1, expired);
}
END_TEST

Suite *server_log_suite(void)
{
    Suite *suite = suite_create("server-log");
    TCase *tcase = tcase_create("server-log");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_command_cannot_forge_a_log_line);
    tcase_add_test(tcase, the_lines_of_a_session_explain_themselves);
    tcase_add_loop_test(tcase, stopped_is_the_last_line, 0, 5); /* each time is another race */
    return suite;
}
