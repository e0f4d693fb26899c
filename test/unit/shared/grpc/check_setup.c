/* shared/grpc/setup: what becomes of C core's log. */
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/capture.h"
#include "test/suites.h"

#include <grpc/support/log.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char said[CAPTURE_SIZE];

static size_t count_lines(void)
{
    size_t lines = 0;
    for (const char *c = said; *c != '\0'; c++) {
        lines += *c == '\n';
    }
    return lines;
}

/* What a client has sent may be in a message of C core. */
START_TEST(bytes_of_a_client_forge_no_line)
{
    struct capture capture;
    log_set_level(LOG_LEVEL_DEBUG);
    grpc_setup();
    capture_begin(&capture, STDERR_FILENO);
    gpr_log(GPR_ERROR, "%s", "bad\n2026-01-01T00:00:00.000Z notice stopped\x80\xff\" x=\"");
    capture_end(&capture, said);
    ck_assert_uint_eq(count_lines(), 1);
    ck_assert_ptr_nonnull(strstr(said, "debug  grpc message=\"bad\\x0a2026-01-01T00:00:00.000Z "
                                       "notice stopped\\x80\\xff\\\" x=\\\"\"\n"));
    grpc_teardown();
}
END_TEST

/* Seconds may end while they are written. */
START_TEST(a_flood_of_errors_is_some_lines)
{
    enum { A_SECOND = 10 };
    struct capture capture;
    const int64_t began_at = clock_monotonic.now(&clock_monotonic);
    log_set_level(LOG_LEVEL_DEBUG);
    grpc_setup();
    capture_begin(&capture, STDERR_FILENO);
    for (int i = 0; i < 1000; i++) {
        gpr_log(GPR_ERROR, "too much");
    }
    capture_end(&capture, said);
    const int64_t took_ns = clock_monotonic.now(&clock_monotonic) - began_at;
    ck_assert_uint_ge(count_lines(), A_SECOND);
    ck_assert_uint_le(count_lines(), A_SECOND * (2 + (uint64_t)(took_ns / NS_PER_S)));
    grpc_teardown();
}
END_TEST

START_TEST(above_debug_it_says_nothing)
{
    struct capture capture;
    log_set_level(LOG_LEVEL_INFO);
    grpc_setup();
    capture_begin(&capture, STDERR_FILENO);
    gpr_log(GPR_ERROR, "an error");
    capture_end(&capture, said);
    ck_assert_str_eq(said, "");
    grpc_teardown();
}
END_TEST

/* C core's line about a handshake, and the reason in it. */
static const struct {
    const char *line;
    const char *reason;
} handshakes[] = {
    {"Handshake failed with fatal error SSL_ERROR_SSL: error:0A0000C7:SSL routines::peer did not "
     "return a certificate.",
     "peer did not return a certificate"},
    {"Handshake failed with fatal error SSL_ERROR_SSL: error:0A00009C:SSL routines::http request.",
     "http request"},
    {"Handshake failed with fatal error SSL_ERROR_SYSCALL: a\nb",
     "Handshake failed with fatal error SSL_ERROR_SYSCALL: a?b"},
    {"Handshaker creation failed", ""},
};

static char refused[CAPTURE_SIZE];

static void note_refused(const char *reason)
{
    (void)snprintf(refused, sizeof refused, "%s", reason);
}

START_TEST(a_refused_handshake_is_reported_with_its_reason)
{
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
    grpc_report_handshakes(note_refused);
    gpr_log(GPR_ERROR, "%s", handshakes[_i].line);
    ck_assert_str_eq(refused, handshakes[_i].reason);
    grpc_report_handshakes(NULL);
    gpr_log(GPR_ERROR, "%s", handshakes[0].line);
    ck_assert_str_eq(refused, handshakes[_i].reason);
    grpc_teardown();
}
END_TEST

Suite *setup_suite(void)
{
    Suite *suite = suite_create("setup");
    TCase *tcase = tcase_create("setup");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, bytes_of_a_client_forge_no_line);
    tcase_add_test(tcase, a_flood_of_errors_is_some_lines);
    tcase_add_test(tcase, above_debug_it_says_nothing);
    tcase_add_loop_test(tcase, a_refused_handshake_is_reported_with_its_reason, 0,
                        sizeof handshakes / sizeof handshakes[0]);
    return suite;
}
