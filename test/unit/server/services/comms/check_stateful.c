/* A stream's part in a session after START, and what it loses to another stream. */
#include "test/kit/stateful_fixture.h"
#include "test/suites.h"

START_TEST(start_begins_with_the_first_number)
{
    struct stateful *stateful;
    ck_assert_int_eq(start_stateful(&stateful), ERROR_NONE);
    ck_assert(!stateful->took_over);
    ck_assert_uint_eq(stateful_sent(), 0);
    expect_stateful_rest(stateful, 0);
    leave_stateful(stateful);
    ck_assert_int_eq(stateful_failure.error, ERROR_NONE);
}
END_TEST

START_TEST(start_of_a_taken_uuid_says_what_to_do)
{
    struct stateful *stateful;
    send_and_leave_stateful(2);
    ck_assert_int_eq(start_stateful(&stateful), ERROR_UUID_TAKEN);
    ck_assert_int_eq(stateful_failure.error, ERROR_UUID_TAKEN);
    ck_assert_str_eq(stateful_failure.text,
                     "uuid already taken: CONTINUE goes on with its session");
    ck_assert_uint_eq(stateful_sent(), 2);
}
END_TEST

START_TEST(start_of_too_many_sessions_says_so)
{
    struct stateful *stateful;
    struct session_hold holds[LIMIT];
    for (int i = 0; i < LIMIT; i++) {
        const struct uuid other = {{(uint8_t)i}};
        ck_assert_int_eq(
            sessions_start(stateful_sessions, &other, N, 0, &stateful_owner.owner, &holds[i]),
            ERROR_NONE);
    }
    ck_assert_int_eq(start_stateful(&stateful), ERROR_TOO_MANY_SESSIONS);
    ck_assert_str_eq(stateful_failure.text, "too many sessions: try again later");
    for (int i = 0; i < LIMIT; i++) {
        sessions_leave(stateful_sessions, &holds[i]);
    }
}
END_TEST

START_TEST(continue_takes_over_from_another_stream)
{
    struct stateful *old;
    struct stateful *new;
    struct stateful_test_owner new_owner = new_stateful_owner();
    uint32_t message = 77;
    ck_assert_int_eq(start_stateful(&old), ERROR_NONE);
    expect_stateful_message(old, stateful_messages[0]);
    expect_stateful_message(old, stateful_messages[1]);
    ck_assert_int_eq(continue_stateful(&new, 1, stateful_messages[0], &new_owner), ERROR_NONE);
    ck_assert(new->took_over);
    ck_assert_int_eq(stateful_owner.lost, 1);
    ck_assert(!stateful_take(old, &message));
    ck_assert_uint_eq(message, 77);
    ck_assert_uint_eq(stateful_sent(), 2);

    expect_stateful_message(new, 1);
    leave_stateful(old); /* between the two answers of the new stream */
    expect_stateful_message(new, stateful_checksums[1]);
    expect_stateful_rest(new, 1);
    leave_stateful(new);
    ck_assert_int_eq(new_owner.lost, 0);
}
END_TEST

START_TEST(a_stream_that_was_taken_over_gives_no_answers)
{
    struct stateful *old;
    struct stateful *new;
    struct stateful_test_owner new_owner = new_stateful_owner();
    uint32_t message = 77;
    send_and_leave_stateful(3);
    ck_assert_int_eq(continue_stateful(&old, 3, stateful_messages[2], &stateful_owner), ERROR_NONE);
    ck_assert_int_eq(continue_stateful(&new, 3, stateful_messages[2], &new_owner), ERROR_NONE);
    ck_assert(!stateful_take(old, &message));
    ck_assert_uint_eq(message, 77);
    leave_stateful(old);
    leave_stateful(new);
}
END_TEST

Suite *stateful_suite(void)
{
    Suite *suite = suite_create("stateful");
    TCase *stateful = tcase_create("stateful");
    suite_add_tcase(suite, stateful);
    tcase_add_checked_fixture(stateful, stateful_set_up, stateful_tear_down);
    tcase_add_test(stateful, start_begins_with_the_first_number);
    tcase_add_test(stateful, start_of_a_taken_uuid_says_what_to_do);
    tcase_add_test(stateful, start_of_too_many_sessions_says_so);
    tcase_add_test(stateful, continue_takes_over_from_another_stream);
    tcase_add_test(stateful, a_stream_that_was_taken_over_gives_no_answers);
    return suite;
}
