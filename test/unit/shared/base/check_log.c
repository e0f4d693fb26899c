/* shared/base/log: which lines are written, when, and that a line is one write. */
#include "shared/base/log_sink.h"
#include "test/kit/capture.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TIME_LENGTH = sizeof "2026-01-31T12:00:00.123Z" - 1 };

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
    } rows[] = {{LOG_LEVEL_ERROR, "error  something happened a=1 b=two\n"},
                {LOG_LEVEL_WARN, "warn   something happened a=1 b=two\n"},
                {LOG_LEVEL_NOTICE, "notice something happened a=1 b=two\n"},
                {LOG_LEVEL_INFO, "info   something happened a=1 b=two\n"},
                {LOG_LEVEL_DEBUG, "debug  something happened a=1 b=two\n"}};
    log_set_level(LOG_LEVEL_DEBUG);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        log_event(rows[i].level, "something happened", log_number("a", 1), log_word("b", "two"));
        ck_assert_str_eq(end_line(), rows[i].line);
    }
    begin();
    log_event(LOG_LEVEL_INFO, "bare");
    ck_assert_str_eq(end_line(), "info   bare\n");
}
END_TEST

START_TEST(the_time_is_now_in_utc)
{
    time_t before = time(NULL);
    begin();
    log_event(LOG_LEVEL_INFO, "event", log_number("a", 1));
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
            log_event((enum log_level)line, "event", log_number("a", 1));
            ck_assert_int_eq(strlen(end()) > 0, line <= level);
        }
    }
}
END_TEST

enum { THREADS = 4, LINES = 200 };

static void *write_lines(void *argument)
{
    const uint64_t *thread = argument;
    for (uint64_t i = 0; i < LINES; i++) {
        log_event(LOG_LEVEL_INFO, "event", log_number("thread", *thread), log_number("line", i),
                  log_text("rest", "the end"));
    }
    return NULL;
}

static const char *text_that_costs(int *calls)
{
    ++*calls;
    return "text";
}

START_TEST(a_line_that_is_not_written_costs_no_fields)
{
    int calls = 0;
    begin();
    log_event(LOG_LEVEL_DEBUG, "event", log_text("text", text_that_costs(&calls)));
    ck_assert_int_eq(calls, 0);
    log_event(LOG_LEVEL_INFO, "event", log_text("text", text_that_costs(&calls)));
    ck_assert_int_eq(calls, 1);
    ck_assert_str_eq(end_line(), "info   event text=\"text\"\n");
}
END_TEST

START_TEST(bytes_of_a_peer_stay_in_one_line)
{
    begin();
    log_event(LOG_LEVEL_INFO, "event",
              log_text("text", "1\n2026-01-31T12:00:00.123Z info   forged"), log_number("last", 1));
    ck_assert_str_eq(end_line(),
                     "info   event text=\"1\\x0a2026-01-31T12:00:00.123Z info   forged\" last=1\n");
}
END_TEST

START_TEST(a_long_line_is_cut)
{
    char long_text[2 * LOG_LINE_SIZE];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    begin();
    log_event(LOG_LEVEL_INFO, "event", log_text("text", long_text), log_number("last", 1));
    (void)end_line();
    ck_assert_uint_eq(strlen(text), LOG_LINE_SIZE);
    ck_assert_str_eq(text + LOG_LINE_SIZE - 5, "xxx\"\n");
}
END_TEST

START_TEST(lines_of_several_threads_never_mix)
{
    pthread_t threads[THREADS];
    uint64_t names[THREADS];
    begin();
    for (uint64_t i = 0; i < THREADS; i++) {
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
        ck_assert(output_skip(&at, " info   event thread=") && output_read_number(&at, &thread) &&
                  output_skip(&at, " line=") && output_read_number(&at, &number) &&
                  output_skip(&at, " rest=\"the end\"\n"));
        ck_assert_uint_lt(thread, THREADS);
        ck_assert_uint_eq(number, next[thread]++);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_uint_eq(next[i], LINES);
    }
}
END_TEST

/* A program that collects the log reads it in the same form as its lines. */
START_TEST(why_it_ends_has_the_form_of_the_log)
{
    static const struct {
        enum log_format format;
        bool has_priorities;
        const char *written; /* behind the time */
    } rows[] = {
        {LOG_FORMAT_TEXT, false, "try: no \"room\"\n"},
        {LOG_FORMAT_TEXT, true, "<3>try: no \"room\"\n"},
        {LOG_FORMAT_LOGFMT, false, " level=error event=failed reason=\"no \\\"room\\\"\"\n"},
        {LOG_FORMAT_JSON, true,
         "\",\"level\":\"error\",\"event\":\"failed\",\"reason\":\"no \\\"room\\\"\"}\n"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        log_set_format(rows[i].format);
        log_set_priorities(rows[i].has_priorities);
        begin();
        log_complain("try", "no \"room\"");
        const char *written = end();
        const char *zone = strchr(written, 'Z');
        ck_assert_str_eq(rows[i].format == LOG_FORMAT_TEXT ? written : zone + 1, rows[i].written);
        ck_assert_int_eq(strncmp(written, "<3>", 3) == 0, rows[i].has_priorities);
    }
}
END_TEST

START_TEST(a_long_reason_is_cut)
{
    char reason[2 * LOG_LINE_SIZE];
    memset(reason, '"', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    log_set_format((enum log_format)_i);
    begin();
    log_complain("try", reason);
    size_t length = strlen(end());
    ck_assert_uint_le(length, LOG_LINE_SIZE);
    ck_assert_uint_ge(length, LOG_LINE_SIZE - 1);
    ck_assert_ptr_eq(strchr(text, '\n'), text + length - 1);
    ck_assert(_i != LOG_FORMAT_JSON || strcmp(text + length - 3, "\"}\n") == 0);
}
END_TEST

START_TEST(elsewhere_than_on_a_terminal_it_is_logfmt)
{
    begin();
    log_set_format(LOG_FORMAT_AUTO);
    log_event(LOG_LEVEL_INFO, "event", log_number("a", 1));
    ck_assert_str_eq(strchr(end(), ' '), " level=info event=event a=1\n");
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
    tcase_add_test(tcase, a_line_that_is_not_written_costs_no_fields);
    tcase_add_test(tcase, bytes_of_a_peer_stay_in_one_line);
    tcase_add_test(tcase, a_long_line_is_cut);
    tcase_add_test(tcase, lines_of_several_threads_never_mix);
    tcase_add_test(tcase, why_it_ends_has_the_form_of_the_log);
    tcase_add_loop_test(tcase, a_long_reason_is_cut, LOG_FORMAT_TEXT, LOG_FORMAT_JSON + 1);
    tcase_add_test(tcase, elsewhere_than_on_a_terminal_it_is_logfmt);
    return suite;
}
