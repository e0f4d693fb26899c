/* Where CONTINUE goes on with a stateful session: by position and by value, or nowhere. */
#include "shared/protocol/sequence.h"
#include "test/kit/conversation_fixture.h"
#include "test/suites.h"

#include <inttypes.h>

/* For every `sent` of the server and every position of the client. */
START_TEST(continue_by_position_goes_on_from_there)
{
    uint32_t sent = (uint32_t)_i;
    for (uint32_t position = 0; position <= sent; position++) {
        send_and_leave(sent); /* replaces the finished session of the last round */
        struct talk talk;
        talk_begin(&talk, &stateful_server);
        talk_say_at(&talk, position, "CONTINUE " UUID " %" PRIu64,
                    position == 0 ? 12345 : known_messages[position - 1]);
        ck_assert_uint_eq(sent_of(UUID), sent);
        expect_answers(&talk, position, known_checksums[position < N ? position : N]);
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
    talk_begin(&talk, &stateful_server);
    talk_say(&talk, "CONTINUE " UUID " %" PRIu64, known_messages[sent - 1]);
    expect_answers(&talk, sent, known_checksums[sent < N ? sent : N]);
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
    talk_begin(&talk, &stateful_server);
    if (misfits[_i].position < 0) {
        talk_say(&talk, "CONTINUE " UUID " %" PRIu64, misfits[_i].last);
    } else {
        talk_say_at(&talk, (uint32_t)misfits[_i].position, "CONTINUE " UUID " %" PRIu64,
                    misfits[_i].last);
    }
    talk_expect_end(&talk, STATUS_OUT_OF_RANGE, "wrong last number");
    ck_assert_uint_eq(sent_of(UUID), misfits[_i].sent);
    ck_assert_uint_eq(sessions_count(stateful_server.sessions), 1);

    talk_begin(&talk, &stateful_server);
    talk_say_at(&talk, 0, "CONTINUE " UUID " 0");
    expect_answers(&talk, 0, 0);
    expect_messages(&talk, 1, N + 1);
    talk_expect_ok(&talk);
}
END_TEST

/* A uuid whose 1st and 5th number are equal. */
#define REPEATING_UUID "24cb0169-21d3-a888-8000-000000000005"

static const uint64_t repeating[] = {3691886270, 1575716416, 363075172,
                                     1055652335, 3691886270, 88604676};

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
    talk_begin(&talk, &stateful_server);
    talk_say(&talk, "START " REPEATING_UUID " %d", LENGTH);
    for (uint32_t k = 1; k <= repeats[_i].sent; k++) {
        talk_take_number(&talk);
    }
    talk_leave(&talk);

    talk_begin(&talk, &stateful_server);
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

Suite *conversation_continue_suite(void)
{
    Suite *suite = suite_create("conversation-continue");
    TCase *sessions = tcase_create("sessions");
    suite_add_tcase(suite, sessions);
    tcase_add_checked_fixture(sessions, conversation_set_up, conversation_tear_down);
    tcase_add_loop_test(sessions, continue_by_position_goes_on_from_there, 0, N + 2);
    tcase_add_loop_test(sessions, continue_by_value_goes_on_after_it, 1, N + 2);
    tcase_add_loop_test(sessions, continue_from_elsewhere_is_refused, 0,
                        sizeof misfits / sizeof *misfits);
    tcase_add_loop_test(sessions, a_repeated_value_is_found_where_it_was_meant, 0,
                        sizeof repeats / sizeof *repeats);
    return suite;
}
