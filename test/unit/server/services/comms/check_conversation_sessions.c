/* Conversations about stateful sessions: their numbers, and streams that want the same session. All
 * at full speed; other files test CONTINUE's position and value, the store and the pace. */
#include "test/kit/conversation_fixture.h"
#include "test/suites.h"

#include <inttypes.h>

START_TEST(start_sends_the_numbers_and_their_checksum)
{
    struct talk talk;
    talk_begin(&talk, &stateful_server);
    talk_say(&talk, "START " UUID " %d", N);
    for (uint32_t k = 1; k <= N + 1; k++) {
        ck_assert_uint_eq(sent_of(UUID), k - 1);
        expect_messages(&talk, k, k);
        ck_assert_uint_eq(sent_of(UUID), k); /* the message was counted before it came out */
    }
    talk_expect_ok(&talk);
    ck_assert_int_eq(talk.lost, 0);
}
END_TEST

START_TEST(the_shortest_session_is_a_number_and_its_checksum)
{
    struct talk talk;
    talk_begin(&talk, &stateful_server);
    talk_say(&talk, "START \"" UUID "\" 1");
    talk_expect_number(&talk, known_messages[0]);
    talk_expect_number(&talk, known_checksums[1]);
    ck_assert(!talk.more);
    talk_expect_ok(&talk);
}
END_TEST

START_TEST(the_longest_session_has_all_its_numbers)
{
    struct talk talk;
    talk_begin(&talk, &stateful_server);
    talk_say(&talk, "START " UUID " 65535");
    for (uint32_t k = 1; k <= 65535; k++) {
        uint64_t number = talk_take_number(&talk);
        if (k == 1000) {
            ck_assert_uint_eq(number, 789374792);
        } else if (k == 65535) {
            ck_assert_uint_eq(number, 774189152);
        }
    }
    talk_expect_number(&talk, 24562);
    talk_expect_ok(&talk);
}
END_TEST

START_TEST(a_finished_session_can_be_continued_and_started)
{
    send_and_leave(N + 1);
    struct talk talk;
    for (int i = 0; i < 2; i++) {
        talk_begin(&talk, &stateful_server);
        talk_say(&talk, "CONTINUE " UUID " %d", CHECKSUM);
        expect_answers(&talk, N + 1, CHECKSUM);
        ck_assert(!talk.more);
        talk_expect_ok(&talk);
    }
    send_and_leave(1); /* replaces the finished session */
    talk_begin(&talk, &stateful_server);
    talk_say(&talk, "CONTINUE " UUID " %d", CHECKSUM);
    talk_expect_end(&talk, STATUS_OUT_OF_RANGE, "wrong last number");
}
END_TEST

START_TEST(start_of_an_unfinished_session_is_refused)
{
    struct talk talk;
    struct talk other;
    talk_begin(&talk, &stateful_server);
    talk_say(&talk, "START " UUID " %d", N);
    for (uint32_t k = 1; k <= N + 1; k++) {
        expect_messages(&talk, k, k);
        talk_begin(&other, &stateful_server);
        talk_say(&other, "START " UUID " 3");
        talk_expect_end(&other, STATUS_ALREADY_EXISTS, "uuid already taken");
        ck_assert_int_eq(talk.lost, 0);
        ck_assert_uint_eq(sent_of(UUID), k);
    }
    talk_expect_ok(&talk);
    talk_begin(&other, &stateful_server);
    talk_say(&other, "START " UUID " 1");
    talk_expect_number(&other, known_messages[0]);
    talk_leave(&other);
    talk_begin(&other, &stateful_server);
    talk_say(&other, "START " UUID " 1");
    talk_expect_end(&other, STATUS_ALREADY_EXISTS, "uuid already taken");
}
END_TEST

START_TEST(too_many_sessions_are_refused)
{
    struct talk talks[TALK_SESSIONS_MAX + 1];
    for (int i = 0; i <= TALK_SESSIONS_MAX; i++) {
        talk_begin(&talks[i], &stateful_server);
        talk_say(&talks[i], "START a17417a0-aa39-40b5-8675-24771300000%d 2", i);
    }
    talk_expect_end(&talks[TALK_SESSIONS_MAX], STATUS_RESOURCE_EXHAUSTED, "too many sessions");
    ck_assert_uint_eq(sessions_count(stateful_server.sessions), TALK_SESSIONS_MAX);
    for (int i = 0; i < TALK_SESSIONS_MAX; i++) { /* the other streams go on */
        talk_expect_number(&talks[i], known_messages[0]);
        talk_expect_number(&talks[i], known_messages[1]);
        talk_expect_number(&talks[i], known_checksums[2]);
        talk_expect_ok(&talks[i]);
    }
}
END_TEST

/* Streams that are over make room, the one that was left first. */
START_TEST(finished_sessions_keep_nobody_out)
{
    struct talk talk;
    for (int i = 0; i < 3 * TALK_SESSIONS_MAX; i++) {
        talk_begin(&talk, &stateful_server);
        talk_say(&talk, "START a17417a0-aa39-40b5-8675-24771300000%d 1", i);
        talk_expect_number(&talk, known_messages[0]);
        talk_expect_number(&talk, known_checksums[1]);
        talk_expect_ok(&talk);
    }
    ck_assert_uint_eq(sessions_count(stateful_server.sessions), TALK_SESSIONS_MAX);
    talk_begin(&talk, &stateful_server);
    talk_say_at(&talk, 2, "CONTINUE a17417a0-aa39-40b5-8675-247713000006 %" PRIu64,
                known_checksums[1]);
    expect_answers(&talk, 2, known_checksums[1]);
    talk_expect_ok(&talk);
    talk_begin(&talk, &stateful_server);
    talk_say_at(&talk, 2, "CONTINUE a17417a0-aa39-40b5-8675-247713000005 %" PRIu64,
                known_checksums[1]);
    talk_expect_end(&talk, STATUS_NOT_FOUND, "uuid has no session");
}
END_TEST

START_TEST(continue_takes_a_session_over)
{
    struct talk old;
    struct talk new;
    talk_begin(&old, &stateful_server);
    talk_say(&old, "START " UUID " %d", N);
    expect_messages(&old, 1, 3);
    ck_assert_int_eq(old.lost, 0);

    struct dialogue_counters counters = {.resumes = 0};
    talk_begin(&new, &stateful_server);
    new.host.counters = &counters;
    talk_say_at(&new, 2, "CONTINUE " UUID " %" PRIu64, known_messages[1]);
    ck_assert_int_eq(old.lost, 1);
    ck_assert_uint_eq(counters.resumes, 1);
    ck_assert_uint_eq(counters.take_overs, 1);
    expect_answers(&new, 2, known_checksums[2]);
    expect_messages(&new, 3, 3);
    if (_i == 0) { /* the old stream notices at its next message, or hears of it before */
        talk_expect_lost(&old);
    } else {
        talk_hear(&old, SERVICE_TAKEN_OVER);
        talk_expect_lost(&old);
    }
    talk_leave(&old);
    ck_assert_uint_eq(sent_of(UUID), 3);
    expect_messages(&new, 4, N + 1);
    talk_expect_ok(&new);
    ck_assert_int_eq(new.lost, 0);
    ck_assert_int_eq(old.lost, 1);
}
END_TEST

/* Also while the old stream has sent none of its two answers, or one. */
START_TEST(a_session_goes_from_stream_to_stream)
{
    enum { STREAMS = 20 };
    struct talk talks[STREAMS];
    send_and_leave(3);
    for (int i = 0; i < STREAMS; i++) {
        talk_begin(&talks[i], &stateful_server);
        talk_say(&talks[i], "CONTINUE " UUID " %" PRIu64, known_messages[2]);
        if (i > 0) {
            ck_assert_int_eq(talks[i - 1].lost, 1);
            talk_expect_lost(&talks[i - 1]);
        }
        if (i % 2 == 0) {
            talk_expect_number(&talks[i], 3);
        }
    }
    talk_expect_number(&talks[STREAMS - 1], 3);
    talk_expect_number(&talks[STREAMS - 1], known_checksums[3]);
    expect_messages(&talks[STREAMS - 1], 4, N + 1);
    talk_expect_ok(&talks[STREAMS - 1]);
    for (int i = 0; i < STREAMS; i++) {
        ck_assert_int_eq(talks[i].lost, i < STREAMS - 1 ? 1 : 0);
    }
}
END_TEST

START_TEST(a_refused_continue_disturbs_no_owner)
{
    struct talk owner;
    struct talk other;
    talk_begin(&owner, &stateful_server);
    talk_say(&owner, "START " UUID " %d", N);
    expect_messages(&owner, 1, 2);
    talk_begin(&other, &stateful_server);
    talk_say_at(&other, 3, "CONTINUE " UUID " %" PRIu64, known_messages[2]);
    talk_expect_end(&other, STATUS_OUT_OF_RANGE, "wrong last number");
    ck_assert_int_eq(owner.lost, 0);
    expect_messages(&owner, 3, N + 1);
    talk_expect_ok(&owner);
}
END_TEST

START_TEST(a_failure_from_outside_leaves_the_session_to_be_continued)
{
    struct talk talk;
    talk_begin(&talk, &stateful_server);
    talk_say(&talk, "START " UUID " %d", N);
    expect_messages(&talk, 1, 2);
    talk_shut_down(&talk);
    talk_expect_end(&talk, STATUS_UNAVAILABLE, "server is shutting down");

    talk_begin(&talk, &stateful_server);
    talk_say_at(&talk, 1, "CONTINUE " UUID " %" PRIu64, known_messages[0]);
    expect_answers(&talk, 1, known_checksums[1]);
    expect_messages(&talk, 2, N + 1);
    talk_expect_ok(&talk);
}
END_TEST

static void ignore_evicted(const struct session *session)
{
    (void)session;
}

START_TEST(an_evicted_session_is_gone)
{
    struct talk talk;
    send_and_leave(2);
    fake_clock_advance(&stateful_server.clock, TALK_SESSION_TIMEOUT);
    ck_assert(sessions_reap(stateful_server.sessions, ignore_evicted));
    talk_begin(&talk, &stateful_server);
    talk_say(&talk, "CONTINUE " UUID " %" PRIu64, known_messages[1]);
    talk_expect_end(&talk, STATUS_NOT_FOUND, "uuid has no session");
    send_and_leave(N + 1);
}
END_TEST

Suite *conversation_sessions_suite(void)
{
    Suite *suite = suite_create("conversation-sessions");
    TCase *sessions = tcase_create("sessions");
    suite_add_tcase(suite, sessions);
    tcase_add_checked_fixture(sessions, conversation_set_up, conversation_tear_down);
    tcase_add_test(sessions, start_sends_the_numbers_and_their_checksum);
    tcase_add_test(sessions, the_shortest_session_is_a_number_and_its_checksum);
    tcase_add_test(sessions, the_longest_session_has_all_its_numbers);
    tcase_add_test(sessions, a_finished_session_can_be_continued_and_started);
    tcase_add_test(sessions, start_of_an_unfinished_session_is_refused);
    tcase_add_test(sessions, too_many_sessions_are_refused);
    tcase_add_test(sessions, finished_sessions_keep_nobody_out);
    tcase_add_loop_test(sessions, continue_takes_a_session_over, 0, 2);
    tcase_add_test(sessions, a_session_goes_from_stream_to_stream);
    tcase_add_test(sessions, a_refused_continue_disturbs_no_owner);
    tcase_add_test(sessions, a_failure_from_outside_leaves_the_session_to_be_continued);
    tcase_add_test(sessions, an_evicted_session_is_gone);
    return suite;
}
