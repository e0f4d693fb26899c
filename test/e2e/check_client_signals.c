/*
 * comms-client and signals: it ends by Ctrl-C and SIGTERM in every phase, takes one Ctrl-C for one,
 * and blames nobody for a time in which it was stopped itself. Also hosts that never answer.
 */
#include "shared/base/clock.h"
#include "test/e2e/program_expectations.h"
#include "test/kit/instrument.h"
#include "test/kit/loopback.h"
#include "test/suites.h"

#include <check.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Much longer than a second, shorter than what the program would wait for. */
enum { PATIENCE_MS = 15000, LOOK_MS = 5, PATH_SIZE = 64 };

/* A busy machine may be too late for a test of less than a second, but not each time. */
enum { ROUNDS = 3 };

static const int end_signals[] = {SIGINT, SIGTERM};

static char folder[PATH_SIZE / 2];
static char fifo[PATH_SIZE];

static void set_up(void)
{
    snprintf(folder, sizeof folder, "/tmp/comms-check-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
}

static void tear_down(void)
{
    unlink(fifo);
    rmdir(folder);
}

/* Waits until a line of the process's file in /proc begins with these words. */
static void await_proc(const struct program *program, const char *file, const char *words)
{
    char path[PATH_SIZE];
    char line[256];
    snprintf(path, sizeof path, "/proc/%d/%s", program_pid(program), file);
    for (int waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
        FILE *status = fopen(path, "r");
        while (status != NULL && fgets(line, sizeof line, status) != NULL) {
            if (strncmp(line, words, strlen(words)) == 0) {
                fclose(status);
                return;
            }
        }
        if (status != NULL) {
            fclose(status);
        }
        (void)poll(NULL, 0, LOOK_MS);
    }
    program_fail(program, "it never came to this in /proc", words);
}

/* Whether a thread of the process waits in a write to standard output. */
static bool is_blocked_in_write(const struct program *program)
{
    char path[64];
    char waits[32];
    bool is_blocked = false;
    snprintf(waits, sizeof waits, "%d 0x1 ", SYS_write);
    snprintf(path, sizeof path, "/proc/%d/task", program_pid(program));
    DIR *tasks = opendir(path);
    ck_assert_ptr_nonnull(tasks);
    for (const struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char file_path[sizeof path + sizeof task->d_name + 16];
        char line[256] = "";
        snprintf(file_path, sizeof file_path, "%s/%s/syscall", path, task->d_name);
        FILE *file = fopen(file_path, "r");
        if (file != NULL) {
            is_blocked |=
                fgets(line, sizeof line, file) != NULL && strncmp(line, waits, strlen(waits)) == 0;
            fclose(file);
        }
    }
    closedir(tasks);
    return is_blocked;
}

static void await_blocked_write(const struct program *program)
{
    int waited = 0;
    for (; !is_blocked_in_write(program) && waited < PATIENCE_MS; waited += LOOK_MS) {
        (void)poll(NULL, 0, LOOK_MS);
    }
    ck_assert_msg(waited < PATIENCE_MS, "the client never waited for its reader");
}

static void expect_end_of(struct program *client, int number)
{
    program_set_patience(client, PATIENCE_MS);
    expect_end_by(client, number, 128 + number);
}

/* It gives up for want of a connection: as late as it was told to, and not much later. */
static void expect_no_connection(struct program *client, double seconds)
{
    static const char words[] = "gave up after 0 of 10 numbers: UNREACHABLE: no connection for ";
    program_set_patience(client, PATIENCE_MS);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    instrument_expect_text(client, PROGRAM_STDERR, words);
    const char *said = strstr(program_output(client, PROGRAM_STDERR), words);
    const double waited = strtod(said + strlen(words), NULL);
    ck_assert_double_ge(waited, seconds);
    ck_assert_double_lt(waited, PATIENCE_MS / 1000.0);
    program_destroy(client);
}

/* ---- Every phase ----------------------------------------------------------------------------- */

START_TEST(a_fifo_without_a_reader_does_not_hold_it)
{
    struct program *client = client_start(1, "--json", fifo, NULL);
    await_proc(client, "status", "State:\tS");
    program_set_patience(client, PATIENCE_MS);
    expect_end_by(client, end_signals[_i], 128 + end_signals[_i]);
}
END_TEST

/* The test holds the FIFO open, and reads nothing. */
START_TEST(an_output_that_nobody_reads_does_not_hold_it)
{
    char port[16];
    struct server server = server_start("stateless", "--interval", "0", NULL);
    int reader = open(fifo, O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(reader, 0);
    snprintf(port, sizeof port, "%u", server.port);
    const char *const many[] = {
        "-p", port, "-s", "2", "-d", "1h", "--interval", "0", "--report-every", "1ms", NULL};
    const char *const one[] = {"-p", port, "-n", "65535", "--interval", "0", NULL};
    const struct program_spec spec = {
        .path = programs_client_path(), .arguments = _i % 2 == 0 ? many : one, .stdout_path = fifo};
    struct program *client = program_start_spec(&spec);
    struct pollfd space = {.fd = reader, .events = POLLOUT};
    int waited = 0;
    while (poll(&space, 1, 0) > 0 && waited < PATIENCE_MS) {
        (void)poll(NULL, 0, LOOK_MS);
        waited += LOOK_MS;
    }
    ck_assert_msg(waited < PATIENCE_MS, "the client never filled the FIFO");
    /* A full FIFO may still have room for a short line: the client must wait in write(2). */
    await_blocked_write(client);
    expect_end_of(client, end_signals[_i / 2]);
    close(reader);
    server_stop(&server);
}
END_TEST

START_TEST(a_silent_host_does_not_hold_it)
{
    uint16_t port;
    int queued;
    int listener = loopback_listen_silent(&queued, &port);
    ck_assert_int_ge(listener, 0);
    struct program *client = client_start(port, "-m", _i / 2 == 0 ? "stateless" : "stateful", NULL);
    program_wait_line(client, PROGRAM_STDOUT, "N: ");
    expect_end_of(client, end_signals[_i % 2]);
    close(queued);
    close(listener);
}
END_TEST

/*
 * A client whose system asks a name server that never answers. Only root may do this, in a mount
 * namespace of its own. -1: it cannot be done here.
 */
static int start_without_name_server(struct program **ret_client, const char *retry_timeout)
{
    static const char script[] =
        "printf 'nameserver 127.99.0.53\\noptions timeout:20 attempts:2\\n' >\"$1/resolv\" && "
        "printf 'hosts: dns\\n' >\"$1/nss\" && mount --bind \"$1/resolv\" /etc/resolv.conf && "
        "mount --bind \"$1/nss\" /etc/nsswitch.conf && rm \"$1/resolv\" \"$1/nss\" && shift && "
        "exec \"$@\"";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};
    int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, "127.99.0.53", &address.sin_addr);
    if (geteuid() != 0 || bind(server, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(server);
        return -1;
    }
    *ret_client = program_start("/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh",
                                folder, programs_client_path(), "--host", "nowhere.example",
                                "--retry-timeout", retry_timeout, NULL);
    return server;
}

START_TEST(a_silent_name_server_does_not_hold_it)
{
    struct program *client;
    int server = start_without_name_server(&client, _i == 2 ? "300ms" : "1h");
    if (server < 0) {
        return;
    }
    struct pollfd asked = {.fd = server, .events = POLLIN};
    int came = 0;
    for (int waited = 0; came == 0 && waited < PATIENCE_MS; waited += LOOK_MS) {
        came = poll(&asked, 1, LOOK_MS);
    }
    if (came == 0) { /* no mount namespace here */
        program_signal(client, SIGKILL);
        ck_assert_int_ne(program_wait_exit(client), 0);
        program_destroy(client);
    } else if (_i == 2) {
        expect_no_connection(client, 0.3);
    } else {
        expect_end_of(client, end_signals[_i]);
    }
    close(server);
}
END_TEST

/* It would take C core 20 s to give an address up. A short stall time-out changes nothing. */
START_TEST(a_silent_host_is_given_up_in_time)
{
    static const char *const stall_timeouts[] = {"1h", "400ms", "1us"};
    uint16_t port;
    int queued;
    int listener = loopback_listen_silent(&queued, &port);
    ck_assert_int_ge(listener, 0);
    struct program *client =
        client_start(port, "--retry-timeout", "600ms", "--stall-timeout", stall_timeouts[_i], NULL);
    expect_no_connection(client, 0.6);
    close(queued);
    close(listener);
}
END_TEST

/* ---- One signal, and others ------------------------------------------------------------------ */

/* Whether it ends as by one signal. It does not if more than a second lies between the two. */
static bool takes_two_signals_for_one(int number)
{
    struct server server = server_start("stateless", "--interval", "20ms", NULL);
    struct program *client = client_start(server.port, "-s", "20", "-d", "1h", "--interval", "20ms",
                                          "--report-every", "20ms", NULL);
    program_wait_line(client, PROGRAM_STDOUT, " s        20         0 ");
    program_signal(server.program, SIGSTOP); /* so that its end takes a moment */
    program_signal(client, number);
    await_proc(client, "status", "ShdPnd:\t0000000000000000");
    program_signal(client, number);
    instrument_expect_status(client, 128 + number);
    bool is_one =
        strstr(program_output(client, PROGRAM_STDOUT), "\nINTERRUPTED: 20 streams, ") != NULL;
    program_destroy(client);
    program_signal(server.program, SIGCONT);
    server_stop(&server);
    return is_one;
}

/* As `timeout` does it: to the child, and to the child's group. */
START_TEST(one_signal_that_comes_twice_is_one)
{
    int rounds = 1;
    while (!takes_two_signals_for_one(end_signals[_i])) {
        ck_assert_msg(rounds++ < ROUNDS, "the second one ended it at once, each time");
    }
}
END_TEST

START_TEST(no_other_signal_disarms_it)
{
    struct server server = server_start("stateless", "--interval", "20ms", NULL);
    struct program *client = client_start(server.port, "-n", "60000", "--interval", "20ms", NULL);
    program_wait_line(client, PROGRAM_STDOUT, "Count: 2");
    program_signal(client, SIGUSR1);
    await_proc(client, "status", "ShdPnd:\t0000000000000000");
    program_wait_line(client, PROGRAM_STDOUT, "Response: ");
    expect_end_of(client, SIGINT);
    server_stop(&server);
}
END_TEST

/* ---- Stopped itself -------------------------------------------------------------------------- */

/*
 * Stops a client for longer than its stall time-out, in which numbers come, as another client sees.
 * Whether no stream broke: the path of a busy machine may really be silent for a second.
 */
static bool outlives_a_stop(void)
{
    const int64_t stop_ns = 1300 * NS_PER_MS;
    struct server server = server_start("stateful", "--interval", "50ms", NULL);
    struct program *witness = client_start(server.port, "-m", "stateful", "-n", "4000", NULL);
    program_wait_line(witness, PROGRAM_STDOUT, "Response: ");
    struct program *client =
        client_start(server.port, "-m", "stateful", "-s", "20", "-n", "60", "--interval", "50ms",
                     "--stall-timeout", "1s", "--report-every", "20ms", NULL);
    program_wait_line(client, PROGRAM_STDOUT, " s        20         0 ");
    program_signal(client, SIGSTOP);
    const int64_t stopped_at = clock_monotonic.now(&clock_monotonic);
    do {
        program_wait_line(witness, PROGRAM_STDOUT, "Response: ");
    } while (clock_monotonic.now(&clock_monotonic) - stopped_at < stop_ns);
    program_signal(client, SIGCONT);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    bool has_none =
        strstr(program_output(client, PROGRAM_STDOUT), "\nbreaks      0, resumed 0 times") != NULL;
    program_destroy(client);
    program_destroy(witness);
    server_stop(&server);
    return has_none;
}

START_TEST(what_came_while_it_was_stopped_is_read_first)
{
    int rounds = 1;
    while (!outlives_a_stop()) {
        ck_assert_msg(rounds++ < ROUNDS, "streams broke, each time");
    }
}
END_TEST

Suite *client_signals_suite(void)
{
    Suite *suite = suite_create("client-signals");
    TCase *tcase = tcase_create("signals");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, a_fifo_without_a_reader_does_not_hold_it, 0, 2);
    tcase_add_loop_test(tcase, an_output_that_nobody_reads_does_not_hold_it, 0, 4);
    tcase_add_loop_test(tcase, a_silent_host_does_not_hold_it, 0, 4);
    tcase_add_loop_test(tcase, a_silent_name_server_does_not_hold_it, 0, 3);
    tcase_add_loop_test(tcase, a_silent_host_is_given_up_in_time, 0, 3);
    tcase_add_loop_test(tcase, one_signal_that_comes_twice_is_one, 0, 2);
    tcase_add_test(tcase, no_other_signal_disarms_it);
    tcase_add_test(tcase, what_came_while_it_was_stopped_is_read_first);
    return suite;
}
