/* What the system lets comms-server hold, as the program says it at its start and keeps to it. */
#define _GNU_SOURCE /* memrchr */
#include "test/kit/programs.h"
#include "test/suites.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STREAMS_MAX = 1000000 };

/* Ends a server, and returns what it logged. */
static const char *log_of(struct program *server)
{
    program_wait_line(server, PROGRAM_STDERR, "started");
    program_signal(server, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server), 0);
    return program_output(server, PROGRAM_STDERR);
}

/* The number of a key of a log line. */
static uint64_t number_of(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    uint64_t number = 0;
    ck_assert_msg(at != NULL, "no %s in: %s", key, line);
    ck_assert_msg(output_skip(&at, key) && output_read_number(&at, &number), "%s", line);
    return number;
}

START_TEST(few_descriptors_are_said)
{
    struct program *server =
        program_start("/bin/sh", "-c", "ulimit -n 64; exec \"$0\" --port 0 --listen 127.0.0.1",
                      programs_server_path(), NULL);
    const char *line = program_wait_line(server, PROGRAM_STDERR, " warn   fewer connections ");
    ck_assert_uint_eq(number_of(line, " max-connections="), 10000);
    ck_assert_uint_ge(number_of(line, " can-hold="), 1);
    ck_assert_uint_lt(number_of(line, " can-hold="), 64);
    ck_assert_uint_ge(number_of(line, " limit=nofile raise=\"ulimit -n "), 10000);
    log_of(server);
    program_destroy(server);
}
END_TEST

/* The number in a file of the kernel's; 0 where there is none. */
static uint64_t read_value(const char *path)
{
    char text[64] = "";
    const char *at = text;
    uint64_t value = 0;
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
        ck_assert_int_eq(fclose(file), 0);
    }
    return output_read_number(&at, &value) ? value : 0;
}

/* On a machine that can hold a million there is nothing to see here. */
START_TEST(limits_of_the_kernel_are_said)
{
    static const struct {
        const char *path;
        const char *name;
    } kernel[] = {{"/proc/sys/kernel/pid_max", " limit=kernel.pid_max "},
                  {"/proc/sys/kernel/threads-max", " limit=kernel.threads-max "},
                  {"/proc/sys/vm/max_map_count", " limit=vm.max_map_count "}};
    struct program *server = program_start(programs_server_path(), "--port", "0", "--max-streams",
                                           "1000000", "--listen", "127.0.0.1", NULL);
    const char *log = log_of(server);
    for (size_t i = 0; i < sizeof kernel / sizeof *kernel; i++) {
        uint64_t value = read_value(kernel[i].path);
        if (value == 0 || value >= STREAMS_MAX) {
            fprintf(stderr, "check_server_capacity: not seen: %s is %llu\n", kernel[i].path,
                    (unsigned long long)value);
            continue;
        }
        const char *name = strstr(log, kernel[i].name);
        ck_assert_msg(name != NULL, "no %s in: %s", kernel[i].name, log);
        const char *line = memrchr(log, '\n', (size_t)(name - log));
        line = line == NULL ? log : line + 1;
        ck_assert_ptr_nonnull(strstr(line, " warn   fewer streams max-streams=1000000 can-hold="));
        ck_assert_uint_lt(number_of(line, " can-hold="), value);
    }
    program_destroy(server);
}
END_TEST

START_TEST(limits_that_suffice_are_not_said)
{
    struct program *server =
        program_start(programs_server_path(), "--port", "0", "--max-streams", "10",
                      "--max-connections", "10", "--listen", "127.0.0.1", NULL);
    const char *log = log_of(server);
    ck_assert_msg(strstr(log, "warn") == NULL, "%s", log);
    ck_assert_msg(strstr(log, "can-hold") == NULL, "%s", log);
    program_destroy(server);
}
END_TEST

/* A server of an unprivileged user with 200 threads; NULL: this cannot be had here. */
static struct program *start_unprivileged(void)
{
    static const char *const paths[] = {"/usr/bin/prlimit", "/usr/bin/setpriv"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (geteuid() != 0 || access(paths[i], X_OK) != 0) {
            fprintf(stderr,
                    "check_server_capacity: not tested: a user's threads (no root, or no %s)\n",
                    paths[i]);
            return NULL;
        }
    }
    struct program *probe = program_start(paths[1], "--reuid=65534", "--clear-groups",
                                          programs_server_path(), "--version", NULL);
    int status = program_wait_exit(probe);
    program_destroy(probe);
    if (status != 0) {
        fprintf(stderr, "check_server_capacity: not tested: a user's threads (it cannot run %s)\n",
                programs_server_path());
        return NULL;
    }
    return program_start(paths[0], "--nproc=200", paths[1], "--reuid=65534", "--clear-groups",
                         programs_server_path(), "--mode", "stateful", "--interval", "1s", "--port",
                         "0", "--listen", "127.0.0.1", NULL);
}

START_TEST(what_it_cannot_hold_is_refused_before_threads_run_out)
{
    struct program *server = start_unprivileged();
    if (server == NULL) {
        return;
    }
    char streams[16];
    const char *line = program_wait_line(server, PROGRAM_STDERR, " limit=nproc ");
    const uint64_t held = number_of(line, " can-hold=");
    ck_assert_uint_lt(held, 200);
    ck_assert_uint_ge(number_of(line, " raise=\"ulimit -u "), 10000);
    line = program_wait_line(server, PROGRAM_STDOUT, "listening on 127.0.0.1:");
    const uint64_t port = number_of(line, "127.0.0.1:");
    snprintf(streams, sizeof streams, "%d", (int)held + 1);
    struct program *client = client_start((unsigned)port, "-m", "stateful", "-c", "8", "--streams",
                                          streams, "--numbers", "1000", NULL);
    line = program_wait_line(server, PROGRAM_STDERR, "refused");
    ck_assert_msg(strstr(line, "too many streams: try again later") != NULL, "%s", line);
    program_destroy(client);
    program_signal(server, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server), 0);
    const char *log = program_output(server, PROGRAM_STDERR);
    ck_assert_msg(strstr(log, "out of threads") == NULL, "%s", log);
    program_destroy(server);
}
END_TEST

Suite *server_capacity_suite(void)
{
    Suite *suite = suite_create("server-capacity");
    TCase *tcase = tcase_create("server-capacity");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, few_descriptors_are_said);
    tcase_add_test(tcase, limits_of_the_kernel_are_said);
    tcase_add_test(tcase, limits_that_suffice_are_not_said);
    tcase_add_test(tcase, what_it_cannot_hold_is_refused_before_threads_run_out);
    return suite;
}
