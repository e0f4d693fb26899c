/* comms-server whose output nobody reads, or somebody reads late: it serves, and ends. */
#include "test/e2e/program_expectations.h"
#include "test/kit/scratch_folder.h"
#include "test/suites.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[SCRATCH_FOLDER_SIZE];
static char fifo[SCRATCH_FOLDER_SIZE + 16];
static char socket_name[SCRATCH_FOLDER_SIZE + 16];
static int unread; /* the fifo */

static void make_fifo(void)
{
    scratch_folder_make(folder, "comms-signals");
    snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    snprintf(socket_name, sizeof socket_name, "unix:%s/socket", folder);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    unread = open(fifo, O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(unread, 0);
}

static void remove_fifo(void)
{
    close(unread);
    scratch_folder_remove(folder);
}

static void fill_fifo(void)
{
    char bytes[4096];
    memset(bytes, 'x', sizeof bytes);
    int filler = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    while (write(filler, bytes, sizeof bytes) > 0) {
    }
    close(filler);
}

START_TEST(a_full_stdout_does_not_keep_it_from_serving)
{
    fill_fifo();
    const char *const arguments[] = {"-m",       "stateful",  "--interval", "20ms",
                                     "--listen", socket_name, NULL};
    const struct program_spec spec = {
        .path = programs_server_path(), .arguments = arguments, .stdout_path = fifo};
    struct program *server = program_start_spec(&spec);
    program_wait_line(server, PROGRAM_STDERR, "notice started");
    struct program *client = program_start(programs_client_path(), "-m", "stateful", "--host",
                                           socket_name, "--numbers", "3", NULL);
    program_expect_success(client);
    expect_end_by(server, SIGTERM, 0);
}
END_TEST

/* Two lines each: more than pipe and buffer hold, and fewer than the limit of such lines. Where
 * threads are slow, not all are started at once. */
#define SESSIONS 2000
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RAMP "5s"
#else
#define RAMP "0"
#endif

enum { LOG_SIZE = 2 << 20, CLIENT_PATIENCE_MS = 90000 };

static char log_text_read[LOG_SIZE];

/* Reads the log up to the line `stopped`. */
static void read_log(void)
{
    size_t length = 0;
    const char *stopped;
    do {
        ssize_t got = read(unread, log_text_read + length, LOG_SIZE - 1 - length);
        ck_assert_int_gt(got, 0);
        length += (size_t)got;
        log_text_read[length] = '\0';
        stopped = strstr(log_text_read, " notice stopped ");
    } while (stopped == NULL || strchr(stopped, '\n') == NULL);
    ck_assert_str_eq(strchr(stopped, '\n'), "\n");
}

static uint64_t count_lines_and_dropped(void)
{
    uint64_t lines = 0;
    for (const char *at = log_text_read; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    static const char event[] = "log lines dropped lines=";
    for (const char *at = log_text_read; (at = strstr(at, event)) != NULL;) {
        uint64_t dropped;
        ck_assert(output_skip(&at, event) && output_read_number(&at, &dropped));
        lines += dropped - 1; /* the line itself was none of the server's */
    }
    return lines;
}

/* As the server has counted them: a client may have begun a stream again on a busy machine. */
static uint64_t count_streams(void)
{
    static const char key[] = " streams=";
    uint64_t streams = 0;
    const char *at = strstr(strstr(log_text_read, " notice stopped "), key);
    ck_assert(at != NULL && output_skip(&at, key) && output_read_number(&at, &streams));
    return streams;
}

/* Starts a server whose stderr is the fifo; words of sh before and after those that all have. */
static struct program *start_unread(const char *before, const char *after)
{
    char line[4 * sizeof fifo];
    snprintf(line, sizeof line, "%s exec \"$0\" --listen %s %s 2>%s", before, socket_name, after,
             fifo);
    const char *const arguments[] = {"-c", line, programs_server_path(), NULL};
    const struct program_spec spec = {.path = "/bin/sh", .arguments = arguments};
    return program_start_spec(&spec);
}

/* What it says beside its log: why it has ended, and a note. The last one serves. */
static const struct {
    const char *before;
    const char *after;
    int status;
    const char *said;
} complaints[] = {
    {"", "--nonsense", STATUS_USAGE, "comms-server: unknown option '--nonsense'"},
    {"", "--listen 192.0.2.1", EXIT_FAILURE, "comms-server: cannot listen on 192.0.2.1:1337"},
    {"", ">/dev/full", STATUS_NOT_WRITTEN, "comms-server: cannot write to standard output: "},
    {"COMMS_PORT=tcp://10.0.0.1:1", "", EXIT_SUCCESS,
     " warn   variable ignored variable=COMMS_PORT "}};

enum { COMPLAINTS = sizeof complaints / sizeof *complaints };

static struct program *start_complaining(int row)
{
    fill_fifo();
    struct program *server = start_unread(complaints[row].before, complaints[row].after);
    if (row == COMPLAINTS - 1) {
        program_wait_line(server, PROGRAM_STDOUT, "listening on ");
        program_signal(server, SIGTERM);
    }
    return server;
}

START_TEST(a_complaint_that_is_not_read_stops_nothing)
{
    expect_end(start_complaining(_i), complaints[_i].status, "");
}
END_TEST

START_TEST(a_complaint_that_is_read_late_comes)
{
    static char text[1 << 18];
    size_t length = 0;
    struct program *server = start_complaining(_i);
    do {
        ssize_t got = read(unread, text + length, sizeof text - 1 - length);
        ck_assert_int_gt(got, 0);
        length += (size_t)got;
        text[length] = '\0';
    } while (strstr(text, complaints[_i].said) == NULL);
    expect_end(server, complaints[_i].status, "");
}
END_TEST

/* The second time somebody reads the log at last. */
START_TEST(a_log_that_is_not_read_stops_nothing)
{
    struct program *server = start_unread("", "-m stateful --interval 0");
    program_wait_line(server, PROGRAM_STDOUT, "listening on ");
    char streams[16];
    snprintf(streams, sizeof streams, "%d", SESSIONS);
    struct program *client =
        program_start(programs_client_path(), "-m", "stateful", "--host", socket_name, "-s",
                      streams, "--numbers", "1", "--interval", "0", "--ramp", RAMP,
                      "--retry-timeout", "10m", "--stall-timeout", "0", NULL);
    program_set_patience(client, CLIENT_PATIENCE_MS);
    program_expect_success(client);
    program_signal(server, SIGTERM);
    if (_i == 1) {
        read_log();
        ck_assert_ptr_nonnull(strstr(log_text_read, " warn   log lines dropped lines="));
        const uint64_t begun = count_streams();
        ck_assert_uint_ge(begun, SESSIONS);
        ck_assert_uint_eq(count_lines_and_dropped(),
                          2 * begun + 3); /* started, stopping, stopped */
    }
    program_expect_success(server);
}
END_TEST

Suite *server_unread_suite(void)
{
    Suite *suite = suite_create("server-unread");
    TCase *outputs = tcase_create("outputs");
    suite_add_tcase(suite, outputs);
    tcase_set_timeout(outputs, 120);
    tcase_add_checked_fixture(outputs, make_fifo, remove_fifo);
    tcase_add_test(outputs, a_full_stdout_does_not_keep_it_from_serving);
    tcase_add_loop_test(outputs, a_complaint_that_is_not_read_stops_nothing, 0, COMPLAINTS);
    tcase_add_loop_test(outputs, a_complaint_that_is_read_late_comes, 0, COMPLAINTS);
    tcase_add_loop_test(outputs, a_log_that_is_not_read_stops_nothing, 0, 2);
    return suite;
}
