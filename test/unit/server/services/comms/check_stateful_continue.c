/* A stream's part in a session after CONTINUE: where it goes on, and what is refused. */
#include "test/kit/stateful_fixture.h"
#include "test/suites.h"

START_TEST(continue_answers_and_goes_on)
{
    uint32_t had = (uint32_t)_i;
    for (uint32_t position = 0; position <= had; position++) {
        struct stateful *stateful;
        send_and_leave_stateful(had);
        ck_assert_int_eq(continue_stateful(&stateful, (int)position,
                                           position == 0 ? 1 : stateful_messages[position - 1],
                                           &stateful_owner),
                         ERROR_NONE);
        ck_assert(!stateful->took_over);
        ck_assert(stateful_is_prompt(stateful));
        expect_stateful_message(stateful, position);
        ck_assert(stateful_is_prompt(stateful));
        expect_stateful_message(stateful, stateful_checksums[position]);
        ck_assert_uint_eq(stateful_sent(), had); /* an answer is no message of the session */
        if (position > N) {
            ck_assert(stateful_is_finished(stateful));
        } else {
            expect_stateful_rest(stateful, position);
        }
        leave_stateful(stateful);
    }
}
END_TEST

static const struct {
    uint32_t sent;
    uint32_t last;
    uint32_t found; /* 0: refused */
} values[] = {
    {0, 3691886270, 0},   {1, 3691886270, 1}, {4, 3691886270, 1},    {5, 3691886270, 5},
    {N, 3691886270, 5},   {2, 1575716416, 2}, {1, 1575716416, 0},    {N, 88604676, N},
    {N + 1, 88604676, N}, {N, 98003, 0},      {N + 1, 98003, N + 1}, {N + 1, 11279, 0},
    {N + 1, 0, 0},
};

START_TEST(continue_by_value_finds_the_latest_that_was_sent)
{
    struct stateful *stateful;
    send_and_leave_stateful(values[_i].sent);
    enum error error = continue_stateful(&stateful, -1, values[_i].last, &stateful_owner);
    if (values[_i].found == 0) {
        ck_assert_int_eq(error, ERROR_WRONG_LAST_NUMBER);
        ck_assert_uint_eq(stateful_sent(), values[_i].sent);
        return;
    }
    ck_assert_int_eq(error, ERROR_NONE);
    expect_stateful_message(stateful, values[_i].found);
    expect_stateful_message(stateful, stateful_checksums[values[_i].found]);
    leave_stateful(stateful);
}
END_TEST

static const struct {
    int position;
    uint32_t last;
    const char *text;
} refusals[] = {
    {-1, 5, "wrong last number: 5 is none of the 4 messages sent"},
    {-1, 88604676, "wrong last number: 88604676 is none of the 4 messages sent"},
    {5, 3691886270, "wrong last number: position 5 but only 4 messages were sent"},
    {N + 2, 98003, "wrong last number: position 8 but only 4 messages were sent"},
    {2, 3691886270, "wrong last number: message 2 is not 3691886270"},
    {4, 5, "wrong last number: message 4 is not 5"},
};

/* A refused CONTINUE leaves the session to its owner, which goes on. */
START_TEST(what_does_not_fit_is_refused_and_changes_nothing)
{
    struct stateful *stateful;
    struct stateful *other;
    struct stateful_test_owner other_owner = new_stateful_owner();
    ck_assert_int_eq(start_stateful(&stateful), ERROR_NONE);
    for (uint32_t k = 0; k < 4; k++) {
        expect_stateful_message(stateful, stateful_messages[k]);
    }
    ck_assert_int_eq(
        continue_stateful(&other, refusals[_i].position, refusals[_i].last, &other_owner),
        ERROR_WRONG_LAST_NUMBER);
    ck_assert_int_eq(stateful_failure.error, ERROR_WRONG_LAST_NUMBER);
    ck_assert_str_eq(stateful_failure.text, refusals[_i].text);
    ck_assert_int_eq(stateful_owner.lost, 0);
    expect_stateful_rest(stateful, 4);
    leave_stateful(stateful);
}
END_TEST

START_TEST(continue_without_a_session_says_so)
{
    struct stateful *stateful;
    ck_assert_int_eq(continue_stateful(&stateful, 0, 0, &stateful_owner), ERROR_NO_SESSION);
    ck_assert_str_eq(stateful_failure.text, "uuid has no session: never started, or evicted");
}
END_TEST

/* ---- A session of a server that has died ----------------------------------------------------- */

/* Nobody knows how many messages were sent, but that it were at least `written`. */
static void restore_inexact(uint32_t written)
{
    const struct session_record record = {
        .uuid = stateful_uuid, .n = N, .sent = written, .is_exact = false, .generation = 1};
    ck_assert(sessions_restore(stateful_sessions, &record));
}

static const struct {
    int position;
    uint32_t last;
    uint32_t found; /* UINT32_MAX: refused */
    const char *text;
} inexact[] = {
    {0, 1, 0, NULL},
    {1, 3691886270, 1, NULL},
    {5, 3691886270, 5, NULL}, /* more than was written */
    {N, 88604676, N, NULL},
    {N + 1, 98003, N + 1, NULL},
    {N + 2, 98003, UINT32_MAX, "wrong last number: position 8 but only 7 messages were sent"},
    {5, 88604676, UINT32_MAX, "wrong last number: message 5 is not 88604676"},
    {-1, 1055652335, 4, NULL},
    {-1, 98003, N + 1, NULL},
    {-1, 3691886270, UINT32_MAX, /* it occurs twice */
     "wrong last number: 3691886270 is not one of the 7 messages, or several"},
    {-1, 5, UINT32_MAX, "wrong last number: 5 is not one of the 7 messages, or several"},
};

START_TEST(after_a_crash_the_position_of_the_client_decides)
{
    struct stateful *stateful;
    restore_inexact(2);
    const enum error error =
        continue_stateful(&stateful, inexact[_i].position, inexact[_i].last, &stateful_owner);
    if (inexact[_i].found == UINT32_MAX) {
        ck_assert_int_eq(error, ERROR_WRONG_LAST_NUMBER);
        ck_assert_str_eq(stateful_failure.text, inexact[_i].text);
        ck_assert_uint_eq(stateful_sent(), 2);
        return;
    }
    ck_assert_int_eq(error, ERROR_NONE);
    ck_assert_uint_eq(stateful_sent(), inexact[_i].found > 2 ? inexact[_i].found : 2);
    expect_stateful_message(stateful, inexact[_i].found);
    expect_stateful_message(stateful, stateful_checksums[inexact[_i].found]);
    leave_stateful(stateful);
}
END_TEST

/* What a client has proved is the limit for the next one. */
START_TEST(a_proof_makes_the_session_exact)
{
    struct stateful *stateful;
    restore_inexact(0);
    ck_assert_int_eq(continue_stateful(&stateful, 2, stateful_messages[1], &stateful_owner),
                     ERROR_NONE);
    leave_stateful(stateful);
    ck_assert_int_eq(continue_stateful(&stateful, 3, stateful_messages[2], &stateful_owner),
                     ERROR_WRONG_LAST_NUMBER);
    ck_assert_str_eq(stateful_failure.text,
                     "wrong last number: position 3 but only 2 messages were sent");
}
END_TEST

Suite *stateful_continue_suite(void)
{
    Suite *suite = suite_create("stateful-continue");
    TCase *stateful = tcase_create("stateful");
    suite_add_tcase(suite, stateful);
    tcase_add_checked_fixture(stateful, stateful_set_up, stateful_tear_down);
    tcase_add_loop_test(stateful, continue_answers_and_goes_on, 0, N + 2);
    tcase_add_loop_test(stateful, continue_by_value_finds_the_latest_that_was_sent, 0,
                        sizeof values / sizeof *values);
    tcase_add_loop_test(stateful, what_does_not_fit_is_refused_and_changes_nothing, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_add_test(stateful, continue_without_a_session_says_so);
    tcase_add_loop_test(stateful, after_a_crash_the_position_of_the_client_decides, 0,
                        sizeof inexact / sizeof *inexact);
    tcase_add_test(stateful, a_proof_makes_the_session_exact);
    return suite;
}
