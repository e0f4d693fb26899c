/* The interval that a client wishes for, on a clock that the test moves. */
#include "test/kit/paced_talk.h"
#include "test/suites.h"

static const struct {
    int64_t server_ns;
    int64_t wish_ns;
    int64_t paced_ns; /* what comes of both */
    const char *announced;
} wishes[] = {
    {NS_PER_S, 0, NS_PER_S, ""},
    {NS_PER_S, NS_PER_S, NS_PER_S, ""},
    {NS_PER_S, 1, NS_PER_S, ""}, /* no faster than the server's own */
    {NS_PER_S, 2 * NS_PER_S, 2 * NS_PER_S, "comms-interval: 2s\ncomms-min-interval: 1s\n"},
    {NS_PER_S, NS_PER_S + 1, NS_PER_S + 1,
     "comms-interval: 1000000.001us\ncomms-min-interval: 1s\n"},
    {0, 100 * NS_PER_MS, 100 * NS_PER_MS, "comms-interval: 100ms\ncomms-min-interval: 0\n"},
    {0, 1, 1, "comms-interval: 0.001us\ncomms-min-interval: 0\n"},
    {0, INT64_MAX, 3600 * NS_PER_S, "comms-interval: 1h\ncomms-min-interval: 0\n"},
    {7200 * NS_PER_S, INT64_MAX, 7200 * NS_PER_S, ""},
};

/* The wish comes with START, CONTINUE, and both of a session. */
START_TEST(a_client_may_wish_for_a_slower_pace)
{
    static const char *const commands[][2] = {{"START", "CONTINUE 5"},
                                              {"START " UUID " 9", "CONTINUE " UUID " 3856042040"}};
    for (int mode = MODE_STATELESS; mode <= MODE_STATEFUL; mode++) {
        paced_talk_set_up((enum mode)mode, wishes[_i].server_ns);
        for (int way = 0; way < 2; way++) {
            int64_t due = fake_clock_now(&paced_server.clock);
            talk_wish(&paced_talk, wishes[_i].wish_ns, "%s", commands[mode][way]);
            if (mode == MODE_STATEFUL && way == 1) {
                talk_expect_number(&paced_talk, 1); /* the position */
                talk_take_number(&paced_talk);
            }
            for (int k = 0; k < 3; k++) {
                advance_to(due);
                talk_take_number(&paced_talk);
                ck_assert(!paced_talk.more);
                due += wishes[_i].paced_ns;
                talk_expect_wait(&paced_talk, due);
            }
            ck_assert_str_eq(paced_talk.announced, wishes[_i].announced);
            talk_leave(&paced_talk);
            talk_begin(&paced_talk, &paced_server);
        }
        paced_talk_tear_down();
    }
}
END_TEST

/* It is of this stream: the next one of the session gets the server's pace. */
START_TEST(a_session_keeps_nothing_of_a_wish)
{
    paced_talk_set_up(MODE_STATEFUL, NS_PER_S);
    talk_wish(&paced_talk, 5 * NS_PER_S, "START " UUID " 9");
    talk_take_number(&paced_talk);
    talk_expect_wait(&paced_talk, START_TIME + 5 * NS_PER_S);
    talk_leave(&paced_talk);
    talk_begin(&paced_talk, &paced_server);
    talk_say(&paced_talk, "CONTINUE " UUID " 3856042040");
    talk_expect_number(&paced_talk, 1);
    talk_take_number(&paced_talk);
    talk_take_number(&paced_talk);
    talk_expect_wait(&paced_talk, START_TIME + NS_PER_S);
    ck_assert_str_eq(paced_talk.announced, "");
    ck_assert(!paced_talk.operations->finishes_by(&paced_talk.conversation.dialogue,
                                                  START_TIME + 6 * NS_PER_S));
    ck_assert(paced_talk.operations->finishes_by(&paced_talk.conversation.dialogue,
                                                 START_TIME + 7 * NS_PER_S));
    paced_talk_tear_down();
}
END_TEST

Suite *conversation_wish_suite(void)
{
    Suite *suite = suite_create("conversation-wish");
    TCase *wishing = tcase_create("wishing");
    suite_add_tcase(suite, wishing);
    tcase_add_loop_test(wishing, a_client_may_wish_for_a_slower_pace, 0,
                        sizeof wishes / sizeof *wishes);
    tcase_add_test(wishing, a_session_keeps_nothing_of_a_wish);
    return suite;
}
