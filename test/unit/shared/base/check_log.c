/* shared/base/log: which lines are written, what they look like, and that a line stays one line. */
#include "shared/base/log.h"
#include "test/kit/capture.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The longest line there may be, its end included. */
enum { LINE_MAX_LENGTH = 512, TIME_LENGTH = sizeof "2026-01-31T12:00:00.123Z" - 1 };

static struct capture capture;
static char text[CAPTURE_SIZE];

static void begin(void)
{
    capture_begin(&capture, STDERR_FILENO);
}

/* What was logged since begin(). */
static const char *end(void)
{
    capture_end(&capture, text);
    return text;
}

/* What follows the time of the one line that was logged since begin(), its end included. */
static const char *end_line(void)
{
    const char *line = end();
    ck_assert_uint_gt(strlen(line), TIME_LENGTH + 1);
    ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
    ck_assert_int_eq(line[TIME_LENGTH], ' ');
    return line + TIME_LENGTH + 1;
}

START_TEST(a_line_is_time_level_event_keys)
{
    static const struct {
        enum log_level level;
        const char *line;
    } rows[] = {{LOG_LEVEL_ERROR, "error something happened a=1 b=two\n"},
                {LOG_LEVEL_WARN, "warn  something happened a=1 b=two\n"},
                {LOG_LEVEL_INFO, "info  something happened a=1 b=two\n"},
                {LOG_LEVEL_DEBUG, "debug something happened a=1 b=two\n"}};
    log_set_level(LOG_LEVEL_DEBUG);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        log_event(rows[i].level, "something happened", "a=%d b=%s", 1, "two");
        ck_assert_str_eq(end_line(), rows[i].line);
    }
    begin();
    log_event(LOG_LEVEL_INFO, "bare", "%s", "");
    ck_assert_str_eq(end_line(), "info  bare \n");
    begin();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-zero-length"
    log_event(LOG_LEVEL_INFO, "bare", "");
#pragma GCC diagnostic pop
    ck_assert_str_eq(end_line(), "info  bare\n");
}
END_TEST

START_TEST(the_time_is_now_in_utc)
{
    time_t before = time(NULL);
    begin();
    log_event(LOG_LEVEL_INFO, "event", "%s", "a=1");
    (void)end_line();
    time_t after = time(NULL);
    static const char pattern[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    for (size_t i = 0; i < TIME_LENGTH; i++) {
        ck_assert(pattern[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == pattern[i]);
    }
    bool is_now = false;
    for (time_t second = before; second <= after; second++) {
        char expected[TIME_LENGTH + 1];
        struct tm utc;
        ck_assert_ptr_nonnull(gmtime_r(&second, &utc));
        size_t length = strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S.", &utc);
        is_now = is_now || strncmp(text, expected, length) == 0;
    }
    ck_assert_msg(is_now, "%.30s", text);
}
END_TEST

START_TEST(lines_above_the_level_are_not_written)
{
    ck_assert(log_is_enabled(LOG_LEVEL_INFO)); /* at first */
    ck_assert(!log_is_enabled(LOG_LEVEL_DEBUG));
    for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
        log_set_level((enum log_level)level);
        for (int line = LOG_LEVEL_ERROR; line <= LOG_LEVEL_DEBUG; line++) {
            ck_assert_int_eq(log_is_enabled((enum log_level)line), line <= level);
            begin();
            log_event((enum log_level)line, "event", "a=%d", 1);
            ck_assert_int_eq(strlen(end()) > 0, line <= level);
        }
    }
}
END_TEST

START_TEST(bytes_that_are_not_printable_are_replaced)
{
    begin();
    log_event(LOG_LEVEL_INFO, "a\nb", "text=%s",
              "1\n2026-01-31T12:00:00.123Z info forged\r\t\x1b[31m\x7f\xc3\xa4~");
    ck_assert_str_eq(end_line(),
                     "info  a?b text=1?2026-01-31T12:00:00.123Z info forged???[31m???~\n");
}
END_TEST

START_TEST(a_long_line_is_cut)
{
    static const char start[] = "info  event text=";
    char keys[2 * LINE_MAX_LENGTH];
    for (size_t length = LINE_MAX_LENGTH - 80; length < LINE_MAX_LENGTH; length++) {
        memset(keys, 'x', length);
        keys[length] = '\0';
        begin();
        log_event(LOG_LEVEL_INFO, "event", "text=%s", keys);
        const char *line = end_line();
        size_t whole = TIME_LENGTH + 1 + sizeof start - 1 + length + 1;
        size_t expected = whole < LINE_MAX_LENGTH ? whole : LINE_MAX_LENGTH - 1;
        ck_assert_uint_eq(strlen(text), expected);
        ck_assert_mem_eq(line, start, sizeof start - 1);
    }
    memset(keys, 'x', sizeof keys - 1);
    keys[sizeof keys - 1] = '\0';
    begin();
    log_event(LOG_LEVEL_INFO, "event", "text=%s", keys);
    (void)end_line();
    ck_assert_uint_eq(strlen(text), LINE_MAX_LENGTH - 1);
    begin();
    log_event(LOG_LEVEL_INFO, keys, "a=%d", 1);
    (void)end_line();
    ck_assert_uint_eq(strlen(text), LINE_MAX_LENGTH - 1);
}
END_TEST

enum { THREADS = 4, LINES = 200 };

static void *write_lines(void *argument)
{
    const int *thread = argument;
    for (int i = 0; i < LINES; i++) {
        log_event(LOG_LEVEL_INFO, "event", "thread=%d line=%d end", *thread, i);
    }
    return NULL;
}

START_TEST(lines_of_several_threads_never_mix)
{
    pthread_t threads[THREADS];
    int names[THREADS];
    begin();
    for (int i = 0; i < THREADS; i++) {
        names[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_lines, &names[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    uint64_t next[THREADS] = {0}; /* each thread's lines are in order */
    const char *at = end();
    while (*at != '\0') {
        uint64_t thread = THREADS;
        uint64_t number = 0;
        ck_assert_uint_gt(strlen(at), TIME_LENGTH);
        at += TIME_LENGTH;
        ck_assert(output_skip(&at, " info  event thread=") && output_read_number(&at, &thread) &&
                  output_skip(&at, " line=") && output_read_number(&at, &number) &&
                  output_skip(&at, " end\n"));
        ck_assert_uint_lt(thread, THREADS);
        ck_assert_uint_eq(number, next[thread]++);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_uint_eq(next[i], LINES);
    }
}
END_TEST

Suite *log_suite(void)
{
    Suite *suite = suite_create("log");
    TCase *tcase = tcase_create("log");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_line_is_time_level_event_keys);
    tcase_add_test(tcase, the_time_is_now_in_utc);
    tcase_add_test(tcase, lines_above_the_level_are_not_written);
    tcase_add_test(tcase, bytes_that_are_not_printable_are_replaced);
    tcase_add_test(tcase, a_long_line_is_cut);
    tcase_add_test(tcase, lines_of_several_threads_never_mix);
    return suite;
}
