/* Conversations about stateful sessions: their numbers, CONTINUE by position and by value, and two
 * streams that want the same session. All at full speed; another file tests the pace. */
#include "shared/base/log.h"
#include "shared/protocol/sequence.h"
#include "test/kit/talk.h"
#include "test/suites.h"

#include <sodium.h>

#include <inttypes.h>
#include <string.h>

#define UUID "a17417a0-aa39-40b5-8675-247713cc4908"
/* A uuid whose 1st and 5th number are equal. */
#define REPEATING_UUID "24cb0169-21d3-a888-8000-000000000005"

enum { N = 5, CHECKSUM = 121722 };

static const uint64_t messages[N + 1] = {3856042040, 2229533162, 2921788346,
                                         3326752945, 1636162733, CHECKSUM};
/* checksums[k] is the checksum of the first k numbers. */
static const uint64_t checksums[N + 1] = {0, 17336, 58594, 13788, 121357, CHECKSUM};

static const uint64_t repeating[] = {3691886270, 1575716416, 363075172,
                                     1055652335, 3691886270, 88604676};

static struct talk_server server;

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    talk_server_init(&server, MODE_STATEFUL, 0);
}

static void tear_down(void)
{
    talk_server_cleanup(&server);
}

static uint32_t sent_of(const char *text)
{
    struct uuid uuid;
    ck_assert(uuid_parse(text, strlen(text), &uuid));
    struct session *session = sessions_find(server.sessions, &uuid);
    ck_assert_ptr_nonnull(session);
    uint32_t sent = session_sent(session);
    session_unref(session);
    return sent;
}

/* Expects messages `from` to `to` of the session of UUID. */
static void expect_messages(struct talk *talk, uint32_t from, uint32_t to)
{
    for (uint32_t k = from; k <= to; k++) {
        talk_expect_number(talk, messages[k - 1]);
        ck_assert(talk->more == (k < N + 1));
    }
}

static void expect_answers(struct talk *talk, uint64_t position, uint64_t checksum)
{
    talk_expect_number(talk, position);
    ck_assert(talk->more); /* the second answer follows at once */
    talk_expect_number(talk, checksum);
}

/* A stream starts the session of UUID, sends the first `sent` messages and is lost. */
static void send_and_leave(uint32_t sent)
{
    struct talk talk;
    talk_begin(&talk, &server);
    talk_say(&talk, "START " UUID " %d", N);
    expect_messages(&talk, 1, sent);
    talk_leave(&talk);
}

START_TEST(start_sends_the_numbers_and_their_checksum)
{
    struct talk talk;
    talk_begin(&talk, &server);
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
    talk_begin(&talk, &server);
    talk_say(&talk, "START \"" UUID "\" 1");
    talk_expect_number(&talk, messages[0]);
    talk_expect_number(&talk, checksums[1]);
    ck_assert(!talk.more);
    talk_expect_ok(&talk);
}
END_TEST

START_TEST(the_longest_session_has_all_its_numbers)
{
    struct talk talk;
    talk_begin(&talk, &server);
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

/* For every `sent` of the server and every position of the client. */
START_TEST(continue_by_position_goes_on_from_there)
{
    uint32_t sent = (uint32_t)_i;
    for (uint32_t position = 0; position <= sent; position++) {
        send_and_leave(sent); /* replaces the finished session of the last round */
        struct talk talk;
        talk_begin(&talk, &server);
        talk_say_at(&talk, position, "CONTINUE " UUID " %" PRIu64,
                    position == 0 ? 12345 : messages[position - 1]);
        ck_assert_uint_eq(sent_of(UUID), sent);
        expect_answers(&talk, position, checksums[position < N ? position : N]);
        expect_messages(&talk, position + 1, N + 1);
        talk_expect_ok(&talk);
        ck_assert_uint_eq(sent_of(UUID), N + 1);
    }
}
END_TEST

START_TEST(continue_by_value_goes_on_after_it)
{
    uint32_t sent = (uint32_t)_i;
    send_and_leave(sent);
    struct talk talk;
    talk_begin(&talk, &server);
    talk_say(&talk, "CONTINUE " UUID " %" PRIu64, messages[sent - 1]);
    expect_answers(&talk, sent, checksums[sent < N ? sent : N]);
    expect_messages(&talk, sent + 1, N + 1);
    talk_expect_ok(&talk);
}
END_TEST

/* A position or a value that is not the session's is refused, and the session stays as it was. */
static const struct {
    uint32_t sent;
    int position; /* -1: absent */
    uint64_t last;
} misfits[] = {
    {0, -1, 0},                /* nothing was sent */
    {0, -1, 3856042040},       /* not sent yet */
    {2, -1, 2921788346},       /* not sent yet */
    {2, -1, 17336},            /* checksum of one number, but no message */
    {N, -1, CHECKSUM},         /* not sent yet */
    {0, 1, 3856042040},        /* not sent yet */
    {2, 3, 2921788346},        /* not sent yet */
    {2, 1, 2229533162},        /* is message 2 */
    {2, 2, 3856042040},        /* is message 1 */
    {N, N + 1, CHECKSUM},      /* not sent yet */
    {N + 1, N + 1, 121723},    /* not the checksum */
    {N + 1, N + 2, CHECKSUM},  /* no such message */
    {N + 1, INT32_MAX, 12345}, /* no such message */
};

START_TEST(continue_from_elsewhere_is_refused)
{
    send_and_leave(misfits[_i].sent);
    struct talk talk;
    talk_begin(&talk, &server);
    if (misfits[_i].position < 0) {
        talk_say(&talk, "CONTINUE " UUID " %" PRIu64, misfits[_i].last);
    } else {
        talk_say_at(&talk, (uint32_t)misfits[_i].position, "CONTINUE " UUID " %" PRIu64,
                    misfits[_i].last);
    }
    talk_expect_end(&talk, STATUS_OUT_OF_RANGE, "wrong last number");
    ck_assert_uint_eq(sent_of(UUID), misfits[_i].sent);
    ck_assert_uint_eq(sessions_count(server.sessions), 1);

    talk_begin(&talk, &server);
    talk_say_at(&talk, 0, "CONTINUE " UUID " 0");
    expect_answers(&talk, 0, 0);
    expect_messages(&talk, 1, N + 1);
    talk_expect_ok(&talk);
}
END_TEST

/* CONTINUE by value finds the latest position that was sent; by position, exactly that position. */
static const struct {
    uint32_t sent;
    int position; /* -1: absent */
    uint32_t found;
} repeats[] = {{1, -1, 1}, {4, -1, 1}, {5, -1, 5}, {6, -1, 5}, {7, -1, 5},
               {4, 1, 1},  {5, 1, 1},  {5, 5, 5},  {6, 1, 1},  {7, 5, 5}};

START_TEST(a_repeated_value_is_found_where_it_was_meant)
{
    enum { LENGTH = 6 };
    struct talk talk;
    talk_begin(&talk, &server);
    talk_say(&talk, "START " REPEATING_UUID " %d", LENGTH);
    for (uint32_t k = 1; k <= repeats[_i].sent; k++) {
        talk_take_number(&talk);
    }
    talk_leave(&talk);

    talk_begin(&talk, &server);
    if (repeats[_i].position < 0) {
        talk_say(&talk, "CONTINUE " REPEATING_UUID " %" PRIu64, repeating[0]);
    } else {
        talk_say_at(&talk, (uint32_t)repeats[_i].position, "CONTINUE " REPEATING_UUID " %" PRIu64,
                    repeating[0]);
    }
    expect_answers(&talk, repeats[_i].found, repeats[_i].found == 1 ? 58046 : 11279);
    for (uint32_t k = repeats[_i].found; k < LENGTH; k++) {
        talk_expect_number(&talk, repeating[k]);
    }
    talk_expect_number(&talk, (UINT64_C(88604676) + 11279) % SEQUENCE_CHECKSUM_MODULUS);
    talk_expect_ok(&talk);
}
END_TEST

START_TEST(a_finished_session_can_be_continued_and_started)
{
    send_and_leave(N + 1);
    struct talk talk;
    for (int i = 0; i < 2; i++) {
        talk_begin(&talk, &server);
        talk_say(&talk, "CONTINUE " UUID " %d", CHECKSUM);
        expect_answers(&talk, N + 1, CHECKSUM);
        ck_assert(!talk.more);
        talk_expect_ok(&talk);
    }
    send_and_leave(1); /* replaces the finished session */
    talk_begin(&talk, &server);
    talk_say(&talk, "CONTINUE " UUID " %d", CHECKSUM);
    talk_expect_end(&talk, STATUS_OUT_OF_RANGE, "wrong last number");
}
END_TEST

START_TEST(start_of_an_unfinished_session_is_refused)
{
    struct talk talk;
    struct talk other;
    talk_begin(&talk, &server);
    talk_say(&talk, "START " UUID " %d", N);
    for (uint32_t k = 1; k <= N + 1; k++) {
        expect_messages(&talk, k, k);
        talk_begin(&other, &server);
        talk_say(&other, "START " UUID " 3");
        talk_expect_end(&other, STATUS_ALREADY_EXISTS, "uuid already taken");
        ck_assert_int_eq(talk.lost, 0);
        ck_assert_uint_eq(sent_of(UUID), k);
    }
    talk_expect_ok(&talk);
    talk_begin(&other, &server);
    talk_say(&other, "START " UUID " 1");
    talk_expect_number(&other, messages[0]);
    talk_leave(&other);
    talk_begin(&other, &server);
    talk_say(&other, "START " UUID " 1");
    talk_expect_end(&other, STATUS_ALREADY_EXISTS, "uuid already taken");
}
END_TEST

START_TEST(too_many_sessions_are_refused)
{
    struct talk talks[TALK_SESSIONS_MAX + 1];
    for (int i = 0; i <= TALK_SESSIONS_MAX; i++) {
        talk_begin(&talks[i], &server);
        talk_say(&talks[i], "START a17417a0-aa39-40b5-8675-24771300000%d 2", i);
    }
    talk_expect_end(&talks[TALK_SESSIONS_MAX], STATUS_RESOURCE_EXHAUSTED, "too many sessions");
    ck_assert_uint_eq(sessions_count(server.sessions), TALK_SESSIONS_MAX);
    for (int i = 0; i < TALK_SESSIONS_MAX; i++) { /* the other streams go on */
        talk_expect_number(&talks[i], messages[0]);
        talk_expect_number(&talks[i], messages[1]);
        talk_expect_number(&talks[i], checksums[2]);
        talk_expect_ok(&talks[i]);
    }
}
END_TEST

START_TEST(continue_takes_a_session_over)
{
    struct talk old;
    struct talk new;
    talk_begin(&old, &server);
    talk_say(&old, "START " UUID " %d", N);
    expect_messages(&old, 1, 3);
    ck_assert_int_eq(old.lost, 0);

    talk_begin(&new, &server);
    talk_say_at(&new, 2, "CONTINUE " UUID " %" PRIu64, messages[1]);
    ck_assert_int_eq(old.lost, 1);
    expect_answers(&new, 2, checksums[2]);
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
        talk_begin(&talks[i], &server);
        talk_say(&talks[i], "CONTINUE " UUID " %" PRIu64, messages[2]);
        if (i > 0) {
            ck_assert_int_eq(talks[i - 1].lost, 1);
            talk_expect_lost(&talks[i - 1]);
        }
        if (i % 2 == 0) {
            talk_expect_number(&talks[i], 3);
        }
    }
    talk_expect_number(&talks[STREAMS - 1], 3);
    talk_expect_number(&talks[STREAMS - 1], checksums[3]);
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
    talk_begin(&owner, &server);
    talk_say(&owner, "START " UUID " %d", N);
    expect_messages(&owner, 1, 2);
    talk_begin(&other, &server);
    talk_say_at(&other, 3, "CONTINUE " UUID " %" PRIu64, messages[2]);
    talk_expect_end(&other, STATUS_OUT_OF_RANGE, "wrong last number");
    ck_assert_int_eq(owner.lost, 0);
    expect_messages(&owner, 3, N + 1);
    talk_expect_ok(&owner);
}
END_TEST

START_TEST(a_failure_from_outside_leaves_the_session_to_be_continued)
{
    struct talk talk;
    talk_begin(&talk, &server);
    talk_say(&talk, "START " UUID " %d", N);
    expect_messages(&talk, 1, 2);
    talk_shut_down(&talk);
    talk_expect_end(&talk, STATUS_UNAVAILABLE, "server is shutting down");

    talk_begin(&talk, &server);
    talk_say_at(&talk, 1, "CONTINUE " UUID " %" PRIu64, messages[0]);
    expect_answers(&talk, 1, checksums[1]);
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
    fake_clock_advance(&server.clock, TALK_SESSION_TIMEOUT);
    ck_assert(sessions_reap(server.sessions, ignore_evicted));
    talk_begin(&talk, &server);
    talk_say(&talk, "CONTINUE " UUID " %" PRIu64, messages[1]);
    talk_expect_end(&talk, STATUS_NOT_FOUND, "uuid has no session");
    send_and_leave(N + 1);
}
END_TEST

Suite *conversation_sessions_suite(void)
{
    Suite *suite = suite_create("conversation-sessions");
    TCase *sessions = tcase_create("sessions");
    suite_add_tcase(suite, sessions);
    tcase_add_checked_fixture(sessions, set_up, tear_down);
    tcase_add_test(sessions, start_sends_the_numbers_and_their_checksum);
    tcase_add_test(sessions, the_shortest_session_is_a_number_and_its_checksum);
    tcase_add_test(sessions, the_longest_session_has_all_its_numbers);
    tcase_add_loop_test(sessions, continue_by_position_goes_on_from_there, 0, N + 2);
    tcase_add_loop_test(sessions, continue_by_value_goes_on_after_it, 1, N + 2);
    tcase_add_loop_test(sessions, continue_from_elsewhere_is_refused, 0,
                        sizeof misfits / sizeof *misfits);
    tcase_add_loop_test(sessions, a_repeated_value_is_found_where_it_was_meant, 0,
                        sizeof repeats / sizeof *repeats);
    tcase_add_test(sessions, a_finished_session_can_be_continued_and_started);
    tcase_add_test(sessions, start_of_an_unfinished_session_is_refused);
    tcase_add_test(sessions, too_many_sessions_are_refused);
    tcase_add_loop_test(sessions, continue_takes_a_session_over, 0, 2);
    tcase_add_test(sessions, a_session_goes_from_stream_to_stream);
    tcase_add_test(sessions, a_refused_continue_disturbs_no_owner);
    tcase_add_test(sessions, a_failure_from_outside_leaves_the_session_to_be_continued);
    tcase_add_test(sessions, an_evicted_session_is_gone);
    return suite;
}
