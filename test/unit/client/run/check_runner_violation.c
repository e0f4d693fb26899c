/* client/run/runner: what is told of a violation, and where it was found. */
#include "test/kit/programs.h"
#include "test/kit/runner_fixture.h"
#include "test/suites.h"

/* The checksum comes instead: it is no number, and must not make up for the one that is missing. */
START_TEST(the_last_number_that_is_lost_is_not_received)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N6, OK}}};
    BEGIN(scripts);
    run_one_runner();
    ck_assert_int_eq(only_violation()->kind, VIOLATION_LOST);
    ck_assert_uint_eq(runner_group.tally->counts.lost, 1);
    ck_assert_uint_eq(runner_group.tally->counts.numbers, N - 1);
}
END_TEST

START_TEST(a_violation_tells_where_it_was_found)
{
    static const struct script scripts[] = {{{N1, N2, N4, N5, N6, OK}}};
    BEGIN(scripts);
    takes_ns[0] = takes_ns[1] = NS_PER_S;
    run_one_runner();
    const struct violation *violation = only_violation();
    ck_assert_int_eq(violation->kind, VIOLATION_LOST);
    ck_assert_uint_eq(violation->stream, 1);
    ck_assert(violation->has_uuid);
    ck_assert(uuid_equal(&violation->uuid, &test_uuid));
    ck_assert_uint_eq(violation->position, 3);
    ck_assert_uint_eq(violation->amount, 1);
    ck_assert(violation->has_expected);
    ck_assert_uint_eq(violation->expected, 2921788346);
    ck_assert(violation->has_received);
    ck_assert_uint_eq(violation->received, 3326752945);
    ck_assert_uint_eq(violation->connection, RUNNER_CONNECTION);
    ck_assert_int_eq(violation->at_ns, 2 * NS_PER_S);
    ck_assert(!violation->after_resume);
    ck_assert_uint_eq(runner_group.tally->counts.lost, 1);
    ck_assert_uint_eq(runner_group.tally->counts.numbers, N - 1);
    ck_assert_uint_eq(runner_group.tally->counts.finished, 1);
    ck_assert_uint_eq(runner_group.tally->proven, 0);
    ck_assert_uint_eq(runner_group.tally->unfinished_streams, 0);
}
END_TEST

/* 127.0.0.1:PORT, of its own end: what is found in the logs of proxies and servers. */
START_TEST(a_violation_tells_the_connections_address)
{
    static const struct script scripts[] = {{{N1, NUMBER(7), N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    run_one_runner();
    char own[CONNECTION_ADDRESS_SIZE];
    uint64_t port;
    socket_watch_address(runner_channel.socket, NULL, own, sizeof own);
    ck_assert_str_eq(only_violation()->address, own);
    ck_assert_str_ne(own, scripted_server_target(scripted_server));
    const char *rest = own;
    ck_assert(output_skip(&rest, "127.0.0.1:") && output_read_number(&rest, &port));
    ck_assert_str_eq(rest, "");
}
END_TEST

static const struct {
    struct script script;
    enum violation_kind kind;
    uint64_t position;
    uint64_t amount;
} kinds[] = {
    {{{N1, N1, N2, N3, N4, N5, N6, OK}}, VIOLATION_REPEATED, 1, 1},
    {{{N1, N3, N2, N4, N5, N6, OK}}, VIOLATION_REORDERED, 2, 1},
    {{{N1, N2, NUMBER(7), N4, N5, N6, OK}}, VIOLATION_CORRUPT, 3, 1},
    {{{N1, N2, N3, N4, N5, NUMBER(7), OK}}, VIOLATION_CHECKSUM, 6, 1},
    {{{N1, N2, BYTES("\xff"), N3, N4, N5, N6, OK}}, VIOLATION_MALFORMED, 3, 1},
    {{{N1, N2, OK}}, VIOLATION_ENDED_EARLY, 3, 3},
    {{{OK}}, VIOLATION_ENDED_EARLY, 1, 5},
    {{{N1, N2, N3, N4, N5, OK}}, VIOLATION_ENDED_EARLY, 6, 0}, /* only the checksum is missing */
    {{{N1, N2, STATUS(ABORTED, "session continued on another stream")}}, VIOLATION_ATTEMPT, 3, 1},
};

/* Its place was taken by a corrupt one, so it never was among the lost: nothing is taken back. */
START_TEST(a_number_that_was_not_lost_is_not_taken_back)
{
    static const struct script scripts[] = {{{N1, NUMBER(7), N3, N2, N4, N5, N6, OK}}};
    BEGIN(scripts);
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->counts.violations, 2);
    ck_assert_uint_eq(runner_group.tally->counts.corrupt, 1);
    ck_assert_uint_eq(runner_group.tally->counts.reordered, 1);
    ck_assert_uint_eq(runner_group.tally->counts.lost, 0);
    ck_assert_uint_eq(runner_group.tally->counts.numbers, N);
}
END_TEST

START_TEST(each_kind_is_told)
{
    begin_runners(&kinds[_i].script, 1);
    run_one_runner();
    const struct violation *violation = only_violation();
    ck_assert_int_eq(violation->kind, kinds[_i].kind);
    ck_assert_uint_eq(violation->position, kinds[_i].position);
    ck_assert_uint_eq(violation->amount, kinds[_i].amount);
    bool has_number = kinds[_i].kind != VIOLATION_MALFORMED &&
                      kinds[_i].kind != VIOLATION_ENDED_EARLY &&
                      kinds[_i].kind != VIOLATION_ATTEMPT;
    ck_assert(violation->has_received == has_number);
    ck_assert(violation->has_expected == has_number);
}
END_TEST

/* The first three messages of a stream that goes on: position, checksum, a number. */
static const struct {
    struct script scripts[2];
    enum violation_kind kind;
    bool after_resume;
} resumes[] = {
    {{{{N1, BREAK}}, {{NUMBER(2), NUMBER(17336), N2, N3, N4, N5, N6, OK}}},
     VIOLATION_POSITION,
     true},
    {{{{N1, BREAK}}, {{NUMBER(1), NUMBER(17337), N2, N3, N4, N5, N6, OK}}},
     VIOLATION_CHECKSUM,
     true},
    {{{{N1, BREAK}}, {{NUMBER(1), NUMBER(17336), N1, N2, N3, N4, N5, N6, OK}}},
     VIOLATION_REPEATED,
     true},
    {{{{N1, BREAK}}, {{NUMBER(1), NUMBER(17336), N3, N4, N5, N6, OK}}}, VIOLATION_LOST, true},
    {{{{N1, BREAK}}, {{NUMBER(1), NUMBER(17336), N2, N4, N5, N6, OK}}}, VIOLATION_LOST, false},
    {{{{N1, N3, BREAK}}, {{NUMBER(3), NUMBER(13788), N4, N5, N6, OK}}}, VIOLATION_LOST, false},
};

START_TEST(it_is_told_whether_it_was_right_after_a_resume)
{
    begin_runners(resumes[_i].scripts, 2);
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->counts.breaks, 1);
    ck_assert_uint_eq(runner_group.tally->counts.resumes, 1);
    ck_assert_int_eq(only_violation()->kind, resumes[_i].kind);
    ck_assert(only_violation()->after_resume == resumes[_i].after_resume);
    ck_assert_uint_eq(runner_group.tally->counts.finished, 1);
}
END_TEST

/* CONTINUE was not answered: the session was not resumed. */
START_TEST(a_refused_attempt_is_no_resume)
{
    static const struct script scripts[] = {{{N1, BREAK}},
                                            {{STATUS(ABORTED, "an older attempt")}},
                                            {{STATUS(ABORTED, "an older attempt")}},
                                            {{STATUS(ABORTED, "an older attempt")}}};
    BEGIN(scripts);
    run_one_runner();
    ck_assert_int_eq(only_violation()->kind, VIOLATION_ATTEMPT);
    ck_assert_uint_eq(only_violation()->position, 2);
    ck_assert_uint_eq(runner_group.tally->counts.resumes, 0);
    ck_assert_uint_eq(runner_group.tally->counts.breaks, 1);
    ck_assert_uint_eq(runner_group.tally->counts.failed_attempts, 2);
    ck_assert_uint_eq(runner_group.tally->counts.corrupt, 1);
    ck_assert_uint_eq(runner_group.tally->counts.lost, 0);
    ck_assert_uint_eq(runner_group.tally->unfinished_streams, 1);
}
END_TEST

/* Only the plan's own uuid, in the first session of the only stream, may be another client's. */
START_TEST(a_given_uuid_may_be_taken_over)
{
    static const struct script scripts[] = {
        {{STATUS(ABORTED, "session continued on another stream")}}};
    runner_plan.uuid_is_shared = true;
    runner_plan.streams = 1 + (unsigned)_i;
    BEGIN(scripts);
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->counts.violations, (unsigned)_i);
    ck_assert_uint_eq(runner_group.tally->refused, 1 - (unsigned)_i);
}
END_TEST

START_TEST(a_stateless_violation_has_no_uuid)
{
    static const struct script scripts[] = {{{NUMBER(5), NUMBER(45), AWAIT, OK}}};
    runner_plan.mode = CLIENT_STATELESS;
    runner_plan.n = 3;
    BEGIN(scripts);
    run_one_runner();
    ck_assert(!only_violation()->has_uuid);
    ck_assert_uint_eq(only_violation()->position, 2);
}
END_TEST

Suite *runner_violation_suite(void)
{
    Suite *suite = suite_create("runner-violation");
    TCase *violation = tcase_create("violation");
    suite_add_tcase(suite, violation);
    tcase_add_checked_fixture(violation, runner_set_up, runner_tear_down);
    tcase_set_timeout(violation, 30);
    tcase_add_test(violation, the_last_number_that_is_lost_is_not_received);
    tcase_add_test(violation, a_violation_tells_where_it_was_found);
    tcase_add_test(violation, a_violation_tells_the_connections_address);
    tcase_add_test(violation, a_number_that_was_not_lost_is_not_taken_back);
    tcase_add_loop_test(violation, each_kind_is_told, 0, sizeof kinds / sizeof *kinds);
    tcase_add_loop_test(violation, it_is_told_whether_it_was_right_after_a_resume, 0,
                        sizeof resumes / sizeof *resumes);
    tcase_add_test(violation, a_refused_attempt_is_no_resume);
    tcase_add_loop_test(violation, a_given_uuid_may_be_taken_over, 0, 2);
    tcase_add_test(violation, a_stateless_violation_has_no_uuid);
    return suite;
}
