/* shared/base/log_writer: lines go out in order, and nobody waits for a log that is not read. */
#define _GNU_SOURCE /* pipe2, F_SETPIPE_SZ */
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/log_writer.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    PIPE_SIZE = 4096,
    MANY = 50000, /* lines: more than pipe and buffer hold */
    TEXT_SIZE = 4 << 20
};

static int saved;   /* stderr, as it was */
static int ends[2]; /* of the pipe that is stderr */
static char text[TEXT_SIZE];
static size_t text_length;

static void set_up(void)
{
    saved = dup(STDERR_FILENO);
    ck_assert_int_ge(saved, 0);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_eq(fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE), PIPE_SIZE);
    ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    close(ends[1]);
    text_length = 0;
}

static void tear_down(void)
{
    ck_assert_int_eq(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    close(saved);
}

/* Lines of different lengths: where a long one finds no room, a short one would. */
static const char *end_of(unsigned number)
{
    static const char dots[] = "................................................";
    return dots + number % (sizeof dots / 5) * 5;
}

static void put(unsigned number)
{
    char line[64];
    int length = snprintf(line, sizeof line, "line %u %s\n", number, end_of(number));
    log_writer_put(line, (size_t)length);
}

/* The number of a whole line. */
static unsigned read_line(const char *line)
{
    const char *at = line;
    uint64_t number;
    ck_assert_msg(output_skip(&at, "line ") && output_read_number(&at, &number) &&
                      output_skip(&at, " "),
                  "'%s'", line);
    ck_assert_str_eq(at, end_of((unsigned)number));
    return (unsigned)number;
}

/* Reads until the other end is closed. */
static void *read_all(void *argument)
{
    (void)argument;
    ssize_t got;
    while ((got = read(ends[0], text + text_length, TEXT_SIZE - 1 - text_length)) > 0) {
        text_length += (size_t)got;
    }
    return NULL;
}

static void close_stderr(void)
{
    ck_assert_int_eq(dup2(saved, STDERR_FILENO), STDERR_FILENO);
}

/* Every line of the numbers from 0 on is there, or counted as dropped where it would be; the last
 * one is there. Returns the count of the dropped lines. */
static unsigned expect_lines(unsigned count)
{
    unsigned next = 0;
    unsigned dropped = 0;
    text[text_length] = '\0';
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        uint64_t number = 0;
        const char *event = strchr(line, ' ');
        if (output_skip(&event, " warn   log lines dropped lines=")) {
            ck_assert(output_read_number(&event, &number));
            ck_assert_uint_gt(number, 0);
            ck_assert_uint_lt(next + number, count);
            next += (unsigned)number;
            dropped += (unsigned)number;
        } else {
            ck_assert_uint_eq(read_line(line), next);
            next++;
        }
    }
    ck_assert_uint_eq(next, count);
    return dropped;
}

START_TEST(lines_are_written_in_order)
{
    pthread_t reader;
    ck_assert_int_eq(pthread_create(&reader, NULL, read_all, NULL), 0);
    put(0); /* at once, before the start */
    ck_assert_int_eq(log_writer_start(), 0);
    for (unsigned i = 1; i < 1000; i++) {
        put(i);
    }
    log_writer_stop();
    put(1000); /* at once, after the end */
    close_stderr();
    ck_assert_int_eq(pthread_join(reader, NULL), 0);
    ck_assert_uint_eq(expect_lines(1001), 0);
    ck_assert_uint_eq(log_writer_dropped(), 0);
}
END_TEST

/* A line must not wait for the next one, or for the end. */
START_TEST(a_line_is_written_soon)
{
    ck_assert_int_eq(log_writer_start(), 0);
    for (unsigned i = 0; i < 3; i++) {
        char byte;
        put(i);
        do {
            ck_assert_int_eq(read(ends[0], &byte, 1), 1);
        } while (byte != '\n');
    }
    log_writer_stop();
}
END_TEST

/* Nobody reads: the lines are taken all the same. Then somebody does: the rest comes, and counts.
 */
START_TEST(a_log_that_is_not_read_stops_nobody)
{
    ck_assert_int_eq(log_writer_start(), 0);
    for (int i = 0; i < _i; i++) {
        log_writer_put("\n", 1); /* so that the first line without room is another one each time */
    }
    for (unsigned i = 0; i < MANY; i++) {
        put(i);
    }
    pthread_t reader;
    ck_assert_int_eq(pthread_create(&reader, NULL, read_all, NULL), 0);
    log_writer_stop();
    close_stderr();
    ck_assert_int_eq(pthread_join(reader, NULL), 0);
    const unsigned dropped = expect_lines(MANY);
    ck_assert_uint_gt(dropped, 0);
    ck_assert_uint_eq(log_writer_dropped(), dropped);
}
END_TEST

/* The count of the dropped lines has the form of the other lines. */
START_TEST(dropped_lines_are_counted_in_the_format_of_the_log)
{
    static const char counted[] =
        "Z\",\"level\":\"warn\",\"event\":\"log lines dropped\",\"lines\":";
    pthread_t reader;
    log_set_format(LOG_FORMAT_JSON);
    log_set_priorities(true);
    ck_assert_int_eq(log_writer_start(), 0);
    for (unsigned i = 0; i < MANY; i++) {
        put(i);
    }
    ck_assert_int_eq(pthread_create(&reader, NULL, read_all, NULL), 0);
    log_writer_stop();
    close_stderr();
    ck_assert_int_eq(pthread_join(reader, NULL), 0);
    text[text_length] = '\0';
    const char *found = strstr(text, counted);
    ck_assert_ptr_nonnull(found);
    while (found[-1] != '\n') {
        found--;
    }
    ck_assert_msg(strncmp(found, "<4>{\"time\":\"20", 14) == 0, "%.40s", found);
    ck_assert(strchr(found, '\n')[-1] == '}');
}
END_TEST

START_TEST(the_end_does_not_wait_for_a_reader)
{
    const struct clock *clock = &clock_monotonic;
    ck_assert_int_eq(log_writer_start(), 0);
    for (unsigned i = 0; i < MANY; i++) {
        put(i);
    }
    int64_t before = clock->now(clock);
    log_writer_stop();
    ck_assert_int_lt(clock->now(clock) - before, 5 * NS_PER_S);
    for (unsigned i = 0; i < MANY; i++) {
        put(i); /* nobody waits after the end either */
    }
}
END_TEST

/* Somebody else, who has the pipe too, has set O_NONBLOCK. */
START_TEST(a_pipe_that_does_not_block_loses_nothing)
{
    ck_assert_int_eq(fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK), 0);
    ck_assert_int_eq(log_writer_start(), 0);
    for (unsigned i = 0; i < 1000; i++) {
        put(i);
    }
    pthread_t reader;
    ck_assert_int_eq(pthread_create(&reader, NULL, read_all, NULL), 0);
    log_writer_stop();
    close_stderr();
    ck_assert_int_eq(pthread_join(reader, NULL), 0);
    ck_assert_uint_eq(expect_lines(1000), 0);
}
END_TEST

START_TEST(a_pipe_without_a_reader_stops_nobody)
{
    (void)signal(SIGPIPE, SIG_IGN);
    close(ends[0]);
    put(0);
    ck_assert_int_eq(log_writer_start(), 0);
    for (unsigned i = 0; i < MANY; i++) {
        put(i);
    }
    log_writer_stop();
}
END_TEST

/* Puts this many lines, and waits until they are written or lost. */
static void put_and_flush(unsigned from, unsigned to)
{
    ck_assert_int_eq(log_writer_start(), 0);
    for (unsigned i = from; i < to; i++) {
        put(i);
    }
    log_writer_stop();
}

/* A file that may not grow is as a full disk. What is half written does not spoil the next line. */
START_TEST(lines_that_a_full_disk_lost_are_counted)
{
    enum { LIMIT = 1000 };
    char name[] = "/tmp/comms-log-XXXXXX";
    int file = mkstemp(name);
    ck_assert_int_ge(file, 0);
    unlink(name);
    ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    const struct rlimit low = {.rlim_cur = LIMIT, .rlim_max = limit.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &low), 0);
    put_and_flush(0, 300);
    put_and_flush(300, 310);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    put_and_flush(310, 312);
    close_stderr();

    text_length = (size_t)pread(file, text, TEXT_SIZE - 1, 0);
    ck_assert_uint_gt(text_length, LIMIT);
    ck_assert_int_ne(text[LIMIT - 1], '\n'); /* a line was cut */
    ck_assert_int_eq(text[LIMIT], '\n');
    char *line = memrchr(text, '\n', LIMIT);
    memset(line, '\n', (size_t)(text + LIMIT - line)); /* it counts as lost: leave it out */
    const unsigned dropped = expect_lines(312);
    ck_assert_uint_gt(dropped, 200);
    ck_assert_uint_eq(log_writer_dropped(), dropped);
}
END_TEST

enum { THREADS = 4, LINES = 200, ALL_LINES = THREADS * LINES };

static void *put_lines(void *argument)
{
    const unsigned *thread_number = argument;
    for (unsigned i = 0; i < LINES; i++) {
        put(*thread_number * LINES + i);
    }
    return NULL;
}

START_TEST(lines_of_several_threads_do_not_mix)
{
    pthread_t reader;
    pthread_t threads[THREADS];
    unsigned numbers[THREADS];
    bool seen[ALL_LINES] = {false};
    ck_assert_int_eq(pthread_create(&reader, NULL, read_all, NULL), 0);
    ck_assert_int_eq(log_writer_start(), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, put_lines, &numbers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    log_writer_stop();
    close_stderr();
    ck_assert_int_eq(pthread_join(reader, NULL), 0);
    text[text_length] = '\0';
    unsigned lines = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        unsigned number = read_line(line);
        ck_assert(number < ALL_LINES && !seen[number]);
        ck_assert(number % LINES == 0 || seen[number - 1]); /* each thread's in order */
        seen[number] = true;
        lines++;
    }
    ck_assert_uint_eq(lines, ALL_LINES);
}
END_TEST

Suite *log_writer_suite(void)
{
    Suite *suite = suite_create("log-writer");
    TCase *tcase = tcase_create("log-writer");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 20);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, lines_are_written_in_order);
    tcase_add_test(tcase, a_line_is_written_soon);
    tcase_add_loop_test(tcase, a_log_that_is_not_read_stops_nobody, 0, 8);
    tcase_add_test(tcase, dropped_lines_are_counted_in_the_format_of_the_log);
    tcase_add_test(tcase, the_end_does_not_wait_for_a_reader);
    tcase_add_test(tcase, a_pipe_that_does_not_block_loses_nothing);
    tcase_add_test(tcase, a_pipe_without_a_reader_stops_nobody);
    tcase_add_test(tcase, lines_that_a_full_disk_lost_are_counted);
    tcase_add_test(tcase, lines_of_several_threads_do_not_mix);
    return suite;
}
