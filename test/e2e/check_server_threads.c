/*
 * The server's worker threads, seen from outside: each serves one stream after the other and ends
 * when none comes, and the server gives the memory of a peak back.
 */
#define _GNU_SOURCE /* prlimit */
#include "shared/base/clock.h"
#include "test/kit/instrument.h"
#include "test/kit/proc_files.h"
#include "test/kit/programs.h"
#include "test/kit/worker_threads.h"
#include "test/suites.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { LOOK_EVERY_MS = 10, TIMEOUT_S = 300 };

/*
 * Many sessions, one after the other: a thread or two serve them all, since a session may begin
 * before the thread of the last one is free; on a busy machine some more. The threads end
 * afterwards.
 */
START_TEST(a_thread_serves_one_stream_after_the_other)
{
    enum { SESSIONS_MIN = 50, WORKERS_MAX = 10 };
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    struct server server = server_start("stateful", "--interval", "0", "--log-level", "warn", NULL);
    struct worker_threads workers = {.count = 0};
    uint64_t sessions = 0;
    /* On a machine that is held up there may be few sessions, and the thread may have ended before
     * it is looked for. */
    for (int i = 0; i < 10 && (workers.count == 0 || sessions < SESSIONS_MIN ||
                               workers.wake_ups < sessions / 2);
         i++) {
        struct program *client =
            client_start(server.port, "-m", "stateful", "--streams", "1", "-n", "10", "--interval",
                         "0", "--duration", "1s", "--quiet", "--json", path, NULL);
        instrument_expect_status(client, INSTRUMENT_PROVEN);
        workers = look_at_workers(server.program);
        program_destroy(client);
        json_t *result = instrument_read_json(path);
        sessions = instrument_count(result, "sessions_finished");
        json_decref(result);
    }
    ck_assert_uint_ge(sessions, SESSIONS_MIN);
    ck_assert_uint_ge(workers.count, 1);
    ck_assert_uint_le(workers.count, WORKERS_MAX);
    ck_assert_uint_ge(workers.wake_ups, sessions / 2);
    await_at_most_workers(server.program, 0);
    server_stop(&server);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/* Nothing tells of another process's threads and memory but looking at them, again and again. */
static void await(bool (*holds)(const struct server *server, uint64_t limit),
                  const struct server *server, uint64_t limit)
{
    const int64_t deadline =
        clock_monotonic.now(&clock_monotonic) + PROGRAM_DEADLINE_MS * NS_PER_MS;
    while (!holds(server, limit)) {
        ck_assert_int_lt(clock_monotonic.now(&clock_monotonic), deadline);
        poll(NULL, 0, LOOK_EVERY_MS);
    }
}

static uint64_t rss_kib(const struct server *server)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", program_pid(server->program));
    return proc_status_number(path, "VmRSS");
}

static bool has_at_least_workers(const struct server *server, uint64_t wanted)
{
    return look_at_workers(server->program).count >= wanted;
}

static bool is_small(const struct server *server, uint64_t limit_kib)
{
    return rss_kib(server) <= limit_kib;
}

START_TEST(the_memory_of_a_peak_is_given_back)
{
    struct server server =
        server_start("stateless", "--interval", "1s", "--log-level", "error", NULL);
    const uint64_t before = rss_kib(&server);
    struct program *client = client_start(server.port, "-m", "stateless", "--streams", "2000",
                                          "--connections", "20", "-n", "1000", "--quiet", NULL);
    await(has_at_least_workers, &server, 1500);
    const uint64_t peak = rss_kib(&server);
    program_signal(client, SIGINT);
    instrument_expect_status(client, 128 + SIGINT);
    program_destroy(client);
    ck_assert_uint_gt(peak, before + UINT64_C(20) * 1024);
    await(is_small, &server, before + (peak - before) / 3);
    server_stop(&server);
}
END_TEST

/* Where address space is short, C core's threads must not need more of it than others. */
START_TEST(no_thread_has_a_large_stack)
{
    enum { LARGE = 4 << 20 }; /* the default of the system is 8 MiB */
    struct server server = server_start("stateful", NULL);
    char path[64];
    char line[512];
    unsigned stacks = 0;
    unsigned long last_guard_end = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", program_pid(server.program));
    FILE *maps = fopen(path, "r");
    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof line, maps) != NULL) { /* a stack follows its guard, a page */
        char *rest;
        unsigned long start = strtoul(line, &rest, 16);
        unsigned long end = strtoul(rest + 1, &rest, 16);
        if (strncmp(rest, " ---p", 5) == 0) {
            last_guard_end = end - start == 4096 ? end : 0;
        } else if (start == last_guard_end && strncmp(rest, " rw-p", 5) == 0) {
            stacks++;
            ck_assert_msg(end - start < LARGE, "%s", line);
        }
    }
    fclose(maps);
    ck_assert_uint_gt(stacks, 0);
    server_stop(&server);
}
END_TEST

/* Leaves the server so much address space; 0: all there is. */
static void limit_memory(const struct server *server, rlim_t left_kib)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", program_pid(server->program));
    struct rlimit limit;
    ck_assert_int_eq(prlimit(program_pid(server->program), RLIMIT_AS, NULL, &limit), 0);
    limit.rlim_cur = left_kib == 0
                         ? limit.rlim_max
                         : (proc_status_number(path, "VmSize") + left_kib) * UINT64_C(1024);
    ck_assert_int_eq(prlimit(program_pid(server->program), RLIMIT_AS, &limit, NULL), 0);
}

/* Memory is left for C core: the server answers, and ends. */
START_TEST(a_shortage_of_memory_is_over_when_it_is_over)
{
    const rlim_t left_kib = 16 * 1024 + 2048 + 512 * (rlim_t)_i;
    struct server server = server_start("stateful", "--interval", "1h", NULL);
    struct program *early =
        client_start(server.port, "-m", "stateful", "-s", "5", "-n", "5", "--interval", "1h", NULL);
    for (int i = 0; i < 5; i++) {
        program_wait_line(server.program, PROGRAM_STDERR, " session started ");
    }
    limit_memory(&server, left_kib);
    struct program *many = client_start(server.port, "-m", "stateful", "-s", "100", "-n", "5",
                                        "--interval", "1h", NULL);
    program_wait_line(server.program, PROGRAM_STDERR, " raise=\"ulimit -u or ulimit -v\"");
    limit_memory(&server, 0);
    struct program *late = client_start(server.port, "-m", "stateful", "-n", "5", NULL);
    program_wait_line(late, PROGRAM_STDERR, "RESOURCE_EXHAUSTED: too many streams");
    server_stop(&server);
    program_destroy(late);
    program_destroy(many);
    program_destroy(early);
}
END_TEST

#endif

Suite *server_threads_suite(void)
{
    Suite *suite = suite_create("server-threads");
    TCase *tcase = tcase_create("server-threads");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, TIMEOUT_S);
    tcase_add_test(tcase, a_thread_serves_one_stream_after_the_other);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    tcase_add_test(tcase, the_memory_of_a_peak_is_given_back);
    tcase_add_test(tcase, no_thread_has_a_large_stack);
    tcase_add_loop_test(tcase, a_shortage_of_memory_is_over_when_it_is_over, 0, 3);
#endif
    return suite;
}
