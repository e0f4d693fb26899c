/* client/report/result_text: what is said of each outcome, and the exit status that goes with it.
 */
#include "client/measure/fail_on.h"
#include "client/options/fail_on_option.h"
#include "client/report/result_text.h"
#include "shared/base/clock.h"
#include "test/suites.h"

#include <string.h>

static struct plan plan;
static struct result result;

/* 10,000 streams with 612,340 numbers. */
static void prepare(void)
{
    plan = (struct plan){.streams = 10000, .stall_timeout_ns = 15 * NS_PER_S};
    memset(&result, 0, sizeof result);
    result.plan = &plan;
    result.expected = 612340;
    result.counts.numbers = 612340;
}

static void cleanup(void)
{
    plan_cleanup(&plan);
}

static const struct {
    const char *headers[3]; /* name and value, until NULL */
    const char *words;
} servers[] = {
    {{"comms-version 0.1.0", "comms-mode stateful", "comms-interval 1s"},
     "comms-server 0.1.0, stateful, one number every 1 s"},
    {{"comms-mode stateless", "comms-interval 0"}, "comms-server, stateless, at full speed"},
    {{"comms-version 2"}, "comms-server 2"},
    {{"comms-interval 250ms"}, "comms-server, one number every 250 ms"},
};

START_TEST(a_server_is_told_by_what_it_announces)
{
    char text[SERVER_WORDS_SIZE];
    struct announcement server = {.has = 0};
    for (size_t i = 0; i < 3 && servers[_i].headers[i] != NULL; i++) {
        const char *name = servers[_i].headers[i];
        const char *value = strchr(name, ' ') + 1;
        announcement_read(&server, name, (size_t)(value - name) - 1, value, strlen(value));
    }
    ck_assert_str_eq(result_server_words(&server, text), servers[_i].words);
    result.server = server;
    ck_assert(result_follows_server(&result) == announcement_has(&server, ANNOUNCED_INTERVAL));
    plan.interval_is_given = true;
    ck_assert(!result_follows_server(&result));
}
END_TEST

static void assert_proof(const char *wanted)
{
    char text[PROOF_SIZE];
    result_proof(&result, text);
    ck_assert_str_eq(text, wanted);
}

START_TEST(outcomes_have_names_and_statuses)
{
    static const struct {
        enum outcome outcome;
        const char *name;
        int status;
    } cases[] = {{OUTCOME_PROVEN, "proven", 0},
                 {OUTCOME_VIOLATED, "violated", 1},
                 {OUTCOME_UNREACHABLE, "unreachable", 2},
                 {OUTCOME_REFUSED, "refused", 3},
                 {OUTCOME_INCOMPLETE, "incomplete", 4},
                 {OUTCOME_FAIL_ON, "bound broken", 5},
                 {OUTCOME_INTERRUPTED, "interrupted", 130}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        result.outcome = cases[i].outcome;
        result.signal_number = cases[i].outcome == OUTCOME_INTERRUPTED ? 2 : 0;
        ck_assert_str_eq(outcome_name(cases[i].outcome), cases[i].name);
        ck_assert_int_eq(result_exit_status(&result), cases[i].status);
    }
    result.signal_number = 15;
    ck_assert_int_eq(result_exit_status(&result), 143);
    result.outcome = OUTCOME_VIOLATED; /* what was found before the signal came */
    ck_assert_int_eq(result_exit_status(&result), 1);
}
END_TEST

START_TEST(a_proof_says_what_came)
{
    assert_proof("PROVEN: 10,000 streams, 612,340 numbers expected, 612,340 received, each in its "
                 "place");
    plan.streams = 1;
    result.expected = 1;
    result.counts.numbers = 1;
    assert_proof("PROVEN: 1 stream, 1 number expected, 1 received, each in its place");
    result.outcome = OUTCOME_FAIL_ON;
    assert_proof("PROVEN, BUT --fail-on: 1 stream, 1 number expected, 1 received, each in its "
                 "place");
}
END_TEST

START_TEST(a_missing_proof_says_what_is_missing)
{
    result.counts.numbers = 600000;
    result.counts.lost = 1234;
    result.counts.repeated = 5;
    result.counts.reordered = 0;
    result.counts.corrupt = 17;
    result.counts.violations = 1256;
    result.streams_unfinished = 1200;
    result.streams_refused = 7;
    result.outcome = OUTCOME_VIOLATED;
    assert_proof("VIOLATED: 10,000 streams, 612,340 numbers expected, 600,000 received, 1,256 "
                 "violations: lost 1,234 repeated 5 corrupt 17");
    result.counts = (struct counts){.numbers = 600000, .too_late = 1, .violations = 1};
    assert_proof("VIOLATED: 10,000 streams, 612,340 numbers expected, 600,000 received, 1 "
                 "violation: late 1");
    result.outcome = OUTCOME_REFUSED;
    assert_proof("REFUSED: 10,000 streams, 612,340 numbers expected, 600,000 received, 7 refused "
                 "by the server, 1,200 not finished");
    result.outcome = OUTCOME_UNREACHABLE;
    assert_proof("UNREACHABLE: 10,000 streams, 612,340 numbers expected, 600,000 received, 1,200 "
                 "not finished; what came was right");
    result.outcome = OUTCOME_INCOMPLETE;
    assert_proof("INCOMPLETE: 10,000 streams, 612,340 numbers expected, 600,000 received, 1,200 "
                 "not finished; what came was right");
    result.outcome = OUTCOME_INTERRUPTED;
    assert_proof("INTERRUPTED: 10,000 streams, 612,340 numbers expected, 600,000 received, 1,200 "
                 "not finished; what came was right");
}
END_TEST

START_TEST(no_number_is_cut)
{
    plan.streams = UINT32_MAX;
    result.outcome = OUTCOME_VIOLATED;
    result.expected = UINT64_MAX;
    result.counts = (struct counts){.numbers = UINT64_MAX,
                                    .lost = UINT64_MAX,
                                    .repeated = UINT64_MAX,
                                    .reordered = UINT64_MAX,
                                    .corrupt = UINT64_MAX,
                                    .violations = UINT64_MAX};
    assert_proof("VIOLATED: 4,294,967,295 streams, 18,446,744,073,709,551,615 numbers expected, "
                 "18,446,744,073,709,551,615 received, 18,446,744,073,709,551,615 violations: lost "
                 "18,446,744,073,709,551,615 repeated "
                 "18,446,744,073,709,551,615 reordered 18,446,744,073,709,551,615 corrupt "
                 "18,446,744,073,709,551,615");
}
END_TEST

START_TEST(streams_held_back_are_advised)
{
    char text[ADVICE_SIZE];
    memset(text, 'x', sizeof text);
    ck_assert(!result_held_back_advice(&result, text));
    ck_assert_str_eq(text, "");
    result.streams_held_back = 1037;
    result.most_on_a_connection = 250;
    ck_assert(result_held_back_advice(&result, text));
    ck_assert_ptr_nonnull(strstr(text, "1,037 streams waited longer than 15 s for a first header"));
    ck_assert_ptr_nonnull(strstr(text, "with 250 on"));
    ck_assert_ptr_nonnull(strstr(text, "--connections auto"));
    result.streams_held_back = 1;
    ck_assert(result_held_back_advice(&result, text));
    ck_assert_ptr_nonnull(strstr(text, "1 stream waited"));
}
END_TEST

START_TEST(the_longest_advice_fits)
{
    char text[ADVICE_SIZE];
    plan.stall_timeout_ns = 121 * NS_PER_S;
    result.streams_held_back = UINT32_MAX;
    result.most_on_a_connection = UINT32_MAX;
    ck_assert(result_held_back_advice(&result, text));
    ck_assert_str_eq(text + strlen(text) - strlen("raise the limit there."),
                     "raise the limit there.");
}
END_TEST

/* The value of the metric that the condition names. */
static void assert_value(const char *condition, const char *wanted)
{
    char error[FAIL_ON_ERROR_SIZE];
    char text[FORMAT_SIZE];
    ck_assert(fail_on_option_add(&plan.fail_on, condition, error));
    fail_on_format_value(&plan.fail_on.items[plan.fail_on.count - 1], &result, text);
    ck_assert_str_eq(text, wanted);
}

START_TEST(values_are_for_people)
{
    histogram_record(&result.resume, 2310 * NS_PER_MS);
    result.counts.breaks = 1017;
    result.measured_numbers = 20407;
    result.measured_ns = 2 * NS_PER_S;
    assert_value("resume_max>2s", "2.31 s");
    assert_value("breaks>2", "1,017");
    assert_value("throughput<2", "10,204"); /* as the line of the throughput has it */
    assert_value("throughput_bytes<2", "not measured");
    plan.size = 16384;
    assert_value("throughput_bytes<2", "159 MiB/s");
    plan.size = 0;
    result.measured_numbers = 15;
    assert_value("throughput<2", "7.5");
}
END_TEST

Suite *result_text_suite(void)
{
    Suite *suite = suite_create("result-text");
    TCase *tcase = tcase_create("result-text");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, prepare, cleanup);
    tcase_add_test(tcase, outcomes_have_names_and_statuses);
    tcase_add_loop_test(tcase, a_server_is_told_by_what_it_announces, 0,
                        sizeof servers / sizeof *servers);
    tcase_add_test(tcase, a_proof_says_what_came);
    tcase_add_test(tcase, a_missing_proof_says_what_is_missing);
    tcase_add_test(tcase, no_number_is_cut);
    tcase_add_test(tcase, streams_held_back_are_advised);
    tcase_add_test(tcase, the_longest_advice_fits);
    tcase_add_test(tcase, values_are_for_people);
    return suite;
}
