/* client/report/break_text: the names of breaks, and what their times suggest. */
#include "client/report/break_text.h"
#include "shared/base/clock.h"
#include "test/suites.h"

#include <string.h>

static struct break_table table;

START_TEST(a_cause_has_a_name_for_people_and_for_programs)
{
    static const char *const names[BREAK_CAUSES][2] = {
        [BREAK_REFUSED] = {"connection refused", "connection_refused"},
        [BREAK_UNREACHABLE] = {"cannot connect", "cannot_connect"},
        [BREAK_TLS] = {"TLS failed", "tls_failed"},
        [BREAK_RESET] = {"connection reset", "connection_reset"},
        [BREAK_CLOSED] = {"connection closed", "connection_closed"},
        [BREAK_GOAWAY] = {"GOAWAY", "goaway"},
        [BREAK_RST_STREAM] = {"RST_STREAM (NO_ERROR)", "rst_stream"},
        [BREAK_HTTP] = {"HTTP status 0", "http_status"},
        [BREAK_CUT_SHORT] = {"ended without a status", "no_status"},
        [BREAK_DEADLINE] = {"deadline exceeded", "deadline_exceeded"},
        [BREAK_TOO_LARGE] = {"message too large", "message_too_large"},
        [BREAK_STALLED] = {"stalled", "stalled"},
        [BREAK_WAITING] = {"no first header", "no_first_header"},
        [BREAK_STATUS] = {"OK", "status"},
        [BREAK_CHAOS_CUT] = {"cut by --chaos", "chaos_cut"},
        [BREAK_CHAOS_STALL] = {"silenced by --chaos", "chaos_silence"}};
    char name[BREAK_NAME_SIZE];
    for (enum break_cause cause = 0; cause < BREAK_CAUSES; cause++) {
        break_name((struct break_kind){.cause = cause}, name);
        ck_assert_str_eq(name, names[cause][0]);
        ck_assert_str_eq(break_cause_name(cause), names[cause][1]);
    }
}
END_TEST

/* When the breaks of a row come, in milliseconds: the i-th one that much later than the first. */
struct pattern {
    int64_t at, at_step;
    int64_t age, age_step;
    int64_t silence, silence_step;
};
static const struct pattern at_once = {42000, 1, 30000, 100, 400, 90};
static const struct pattern idle = {20000, 900, 80000, 700, 60000, 2};
static const struct pattern request = {20000, 900, 30000, 2, 400, 90};
static const struct pattern scattered = {20000, 900, 30000, 700, 400, 90};
static const struct pattern young = {20000, 900, 500, 2, 400, 1}; /* nobody's time-out */

/* The hint for this many breaks of a cause; checks that it is empty where there is none. */
static const char *hint_of_streams(enum break_cause cause, const struct pattern *pattern, int count,
                                   bool had_lived)
{
    static char hint[BREAK_HINT_SIZE];
    memset(&table, 0, sizeof table);
    for (int i = 0; i < count; i++) {
        const struct break_times times = {
            .at_ns = (pattern->at + i * pattern->at_step) * NS_PER_MS,
            .age_ns = (pattern->age + i * pattern->age_step) * NS_PER_MS,
            .silence_ns = (pattern->silence + i * pattern->silence_step) * NS_PER_MS};
        break_table_record(&table, (struct break_kind){.cause = cause}, &times);
    }
    memset(hint, 'x', sizeof hint);
    ck_assert_int_eq(break_row_hint(table.rows, had_lived, hint), hint[0] != '\0');
    return hint;
}

static const char *hint_of(enum break_cause cause, const struct pattern *pattern, int count)
{
    return hint_of_streams(cause, pattern, count, true);
}

/* No restart ends what never began; but a proxy may wait in vain for a first number. */
START_TEST(attempts_that_fail_at_once_give_no_hint)
{
    ck_assert_str_eq(hint_of_streams(BREAK_CUT_SHORT, &at_once, 41, false), "");
    ck_assert_str_eq(hint_of_streams(BREAK_HTTP, &idle, 101, false),
                     "101 streams died after 60.1 s ± 0.1 s of silence: looks like an idle "
                     "time-out in between");
}
END_TEST

START_TEST(clustered_times_give_a_hint)
{
    ck_assert_str_eq(hint_of(BREAK_RESET, &at_once, 41),
                     "41 streams broke at once, 42.0 s into the run: looks like a restart, a "
                     "reload or the end of a connection that they shared; if it happens again at "
                     "the age of 32.0 s, it looks like a time-out");
    ck_assert_str_eq(hint_of(BREAK_CLOSED, &idle, 101),
                     "101 streams died after 60.1 s ± 0.1 s of silence: looks like an idle "
                     "time-out in between");
    ck_assert_str_eq(hint_of(BREAK_RST_STREAM, &request, 101),
                     "101 streams died at 30.1 s ± 0.1 s: looks like a request time-out or a "
                     "maximum age of connections in between");
}
END_TEST

START_TEST(others_give_none)
{
    ck_assert_str_eq(hint_of(BREAK_RESET, &scattered, 101), "");
    ck_assert_str_eq(hint_of(BREAK_RESET, &young, 101), "");
    ck_assert_str_eq(hint_of(BREAK_RESET, &at_once, 4), "");
    ck_assert_str_ne(hint_of(BREAK_RESET, &at_once, 5), "");
}
END_TEST

START_TEST(only_what_others_did_gives_a_hint)
{
    static const bool hints[BREAK_CAUSES] = {
        [BREAK_RESET] = true,    [BREAK_CLOSED] = true,     [BREAK_GOAWAY] = true,
        [BREAK_HTTP] = true,     [BREAK_RST_STREAM] = true, [BREAK_CUT_SHORT] = true,
        [BREAK_DEADLINE] = true, [BREAK_STATUS] = true};
    for (enum break_cause cause = 0; cause < BREAK_CAUSES; cause++) {
        ck_assert_int_eq(hint_of(cause, &request, 20)[0] != '\0', hints[cause]);
        ck_assert_int_eq(hint_of(cause, &at_once, 20)[0] != '\0', hints[cause]);
    }
}
END_TEST

Suite *break_text_suite(void)
{
    Suite *suite = suite_create("break-text");
    TCase *tcase = tcase_create("break-text");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_cause_has_a_name_for_people_and_for_programs);
    tcase_add_test(tcase, clustered_times_give_a_hint);
    tcase_add_test(tcase, attempts_that_fail_at_once_give_no_hint);
    tcase_add_test(tcase, others_give_none);
    tcase_add_test(tcase, only_what_others_did_gives_a_hint);
    return suite;
}
