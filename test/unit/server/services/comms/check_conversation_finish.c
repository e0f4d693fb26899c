/* Whether a conversation can finish by a deadline, on a clock that the test moves. */
#include "test/kit/talk.h"
#include "test/suites.h"

#define UUID       "a17417a0-aa39-40b5-8675-247713cc4908"
#define START_TIME TALK_START_TIME

static struct talk_server server;
static struct talk talk;

static void set_up(enum mode mode, int64_t interval_ns)
{
    talk_server_init(&server, mode, interval_ns);
    talk_begin(&talk, &server);
}

static void tear_down(void)
{
    talk_leave(&talk);
    talk_server_cleanup(&server);
}

static bool finishes_by(int64_t deadline)
{
    return talk.operations->finishes_by(&talk.conversation.dialogue, deadline);
}

/* A conversation can finish by a deadline if its last number is due by then. */
START_TEST(finishes_by_the_time_of_the_last_number)
{
    const int64_t last = START_TIME + 4 * NS_PER_S;
    set_up(MODE_STATEFUL, NS_PER_S);
    ck_assert(!finishes_by(CLOCK_NEVER)); /* no command has come */
    talk_say(&talk, "START " UUID " 5");
    for (int k = 0; k < 5; k++) {
        fake_clock_advance(&server.clock, k == 0 ? 0 : NS_PER_S);
        ck_assert(!finishes_by(last - 1));
        ck_assert(!finishes_by(START_TIME - 1));
        ck_assert(!finishes_by(0));
        ck_assert(finishes_by(last));
        ck_assert(finishes_by(CLOCK_NEVER));
        talk_take_number(&talk);
    }
    ck_assert(finishes_by(last - 1)); /* only the checksum is left */
    talk_expect_number(&talk, 121722);
    ck_assert(finishes_by(0));
    talk_expect_ok(&talk);
    ck_assert(finishes_by(0));
    tear_down();
}
END_TEST

START_TEST(at_full_speed_a_session_always_finishes)
{
    set_up(MODE_STATEFUL, 0);
    talk_say(&talk, "START " UUID " 65535");
    ck_assert(finishes_by(START_TIME));
    talk_take_number(&talk);
    ck_assert(finishes_by(START_TIME));
    tear_down();
}
END_TEST

START_TEST(a_stateless_stream_never_finishes)
{
    for (int64_t interval = 0; interval < 2; interval++) {
        set_up(MODE_STATELESS, interval);
        ck_assert(!finishes_by(CLOCK_NEVER));
        talk_say(&talk, "START");
        ck_assert(!finishes_by(CLOCK_NEVER));
        talk_say(&talk, "END");
        ck_assert(finishes_by(0));
        tear_down();
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
