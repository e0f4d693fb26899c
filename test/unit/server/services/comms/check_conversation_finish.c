/* Whether a conversation can finish by a deadline, on a clock that the test moves. */
#include "test/kit/paced_talk.h"
#include "test/suites.h"

static bool finishes_by(int64_t deadline)
{
    return paced_talk.operations->finishes_by(&paced_talk.conversation.dialogue, deadline);
}

/* A conversation can finish by a deadline if its last number is due by then. */
START_TEST(finishes_by_the_time_of_the_last_number)
{
    const int64_t last = START_TIME + 4 * NS_PER_S;
    paced_talk_set_up(MODE_STATEFUL, NS_PER_S);
    ck_assert(!finishes_by(CLOCK_NEVER)); /* no command has come */
    talk_say(&paced_talk, "START " UUID " 5");
    for (int k = 0; k < 5; k++) {
        fake_clock_advance(&paced_server.clock, k == 0 ? 0 : NS_PER_S);
        ck_assert(!finishes_by(last - 1));
        ck_assert(!finishes_by(START_TIME - 1));
        ck_assert(!finishes_by(0));
        ck_assert(finishes_by(last));
        ck_assert(finishes_by(CLOCK_NEVER));
        talk_take_number(&paced_talk);
    }
    ck_assert(finishes_by(last - 1)); /* only the checksum is left */
    talk_expect_number(&paced_talk, 121722);
    ck_assert(finishes_by(0));
    talk_expect_ok(&paced_talk);
    ck_assert(finishes_by(0));
    paced_talk_tear_down();
}
END_TEST

START_TEST(at_full_speed_a_session_always_finishes)
{
    paced_talk_set_up(MODE_STATEFUL, 0);
    talk_say(&paced_talk, "START " UUID " 65535");
    ck_assert(finishes_by(START_TIME));
    talk_take_number(&paced_talk);
    ck_assert(finishes_by(START_TIME));
    paced_talk_tear_down();
}
END_TEST

START_TEST(a_stateless_stream_never_finishes)
{
    for (int64_t interval = 0; interval < 2; interval++) {
        paced_talk_set_up(MODE_STATELESS, interval);
        ck_assert(!finishes_by(CLOCK_NEVER));
        talk_say(&paced_talk, "START");
        ck_assert(!finishes_by(CLOCK_NEVER));
        talk_say(&paced_talk, "END");
        ck_assert(finishes_by(0));
        paced_talk_tear_down();
    }
}
END_TEST

Suite *conversation_finish_suite(void)
{
    Suite *suite = suite_create("conversation-finish");
    TCase *finish = tcase_create("finish");
    suite_add_tcase(suite, finish);
    tcase_add_test(finish, finishes_by_the_time_of_the_last_number);
    tcase_add_test(finish, at_full_speed_a_session_always_finishes);
    tcase_add_test(finish, a_stateless_stream_never_finishes);
    return suite;
}
