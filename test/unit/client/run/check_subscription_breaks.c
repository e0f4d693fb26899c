/*
 * The client's subscription as an instrument: what it tells of each break, when it makes a
 * connection anew, what a connection that fell silent does, and how it goes on after a wrong
 * number.
 */
#include "test/kit/subscription_fixture.h"
#include "test/suites.h"

/* ---- What is told of a break ----------------------------------------------------------------- */

START_TEST(a_break_tells_its_age_and_silence)
{
    static const struct script scripts[] = {{{N1, N2, N3, BREAK}}, {{AFTER_3}}};
    SERVE(scripts);
    driver.message_takes_ns = 2 * NS_PER_S;
    expect_result(SESSION_PROVEN);
    const struct session_break *event = &driver.last_break;
    ck_assert_int_eq(event->kind.cause, BREAK_STATUS);
    ck_assert_uint_eq(event->kind.code, STATUS_UNAVAILABLE);
    ck_assert_int_eq(event->age_ns, 6 * NS_PER_S);
    ck_assert_int_eq(event->silence_ns, 2 * NS_PER_S); /* the third message took these */
    ck_assert(!event->was_held_back);
    ck_assert(event->resumes);
    ck_assert_int_eq(event->delay_ns, driver.delays[0]);
}
END_TEST

/* The age is that of the call, not of the session. */
START_TEST(each_call_has_its_own_age)
{
    static const struct script scripts[] = {
        {{N1, N2, BREAK}}, {{NUMBER(2), NUMBER(58594), N3, BREAK}}, {{AFTER_3}}};
    SERVE(scripts);
    driver.message_takes_ns = NS_PER_S;
    expect_result(SESSION_PROVEN);
    ck_assert_uint_eq(driver.breaks, 2);
    ck_assert_int_eq(driver.last_break.age_ns, 3 * NS_PER_S);
    ck_assert_int_eq(driver.last_break.silence_ns, NS_PER_S);
}
END_TEST

/* Without a message it is silent from its beginning on. */
START_TEST(a_call_without_a_message_was_always_silent)
{
    static const struct script scripts[] = {{{SILENCE}}, {{AFTER_0}}};
    SERVE(scripts);
    driver.is_silent_after = true;
    driver.silent_requests = 1;
    expect_result(SESSION_PROVEN);
    ck_assert_int_eq(driver.last_break.age_ns, DRIVER_STALL_TIMEOUT);
    ck_assert_int_eq(driver.last_break.silence_ns, DRIVER_STALL_TIMEOUT);
}
END_TEST

START_TEST(the_last_break_resumes_nothing)
{
    static const struct script scripts[] = {{{N1, BREAK}}, {{BREAK}}};
    serve(scripts, 2, 1);
    expect_result(SESSION_UNREACHABLE);
    ck_assert_uint_eq(scripted_server_request_count(server), driver.breaks + 1);
    ck_assert(!driver.last_break.resumes);
    ck_assert_int_eq(driver.last_break.delay_ns, 0);
    ck_assert_int_eq(driver.last_break.kind.cause, BREAK_STATUS);
}
END_TEST

/* What ends a stream for good is no break. */
START_TEST(a_refusal_is_no_break)
{
    static const struct script scripts[] = {{{N1, STATUS(PERMISSION_DENIED, "no")}}};
    SERVE(scripts);
    driver.last_break.age_ns = -1;
    expect_result(SESSION_REFUSED);
    ck_assert_int_eq(driver.last_break.age_ns, -1);
}
END_TEST

/* ---- Which connections are made anew --------------------------------------------------------- */

static void others_receive(void)
{
    driver.channel.last_activity = fake_clock_now(&driver.clock) - 1;
}

/* Nothing comes any more after N2, and the time for it goes by. */
static void stall_after_two(void (*meanwhile)(void))
{
    static const struct script scripts[] = {{{N1, N2}}, {{AFTER_2}}};
    SERVE(scripts);
    driver.is_silent_after = true;
    driver.silent_messages = 2;
    driver.on_deadline = meanwhile;
    expect_result(SESSION_PROVEN);
    expect_requests(2);
    expect_request(1, "CONTINUE " UUID " 2229533162", 2);
    ck_assert_int_eq(driver.last_break.kind.cause, BREAK_STALLED);
    ck_assert(!driver.last_break.was_held_back);
}

START_TEST(a_connection_that_is_dead_is_made_anew)
{
    stall_after_two(NULL);
    ck_assert_uint_eq(driver.channel.generation, 2);
    ck_assert(!scripted_server_is_same_connection(server, 0, 1));
}
END_TEST

/* It is this stream alone that stands. */
START_TEST(a_connection_that_is_alive_is_kept)
{
    stall_after_two(others_receive);
    ck_assert_uint_eq(driver.channel.generation, 1);
    ck_assert(scripted_server_is_same_connection(server, 0, 1));
}
END_TEST

static bool is_renewed;

static void another_renews(void)
{
    if (!is_renewed) {
        is_renewed = true;
        channel_renew(&driver.channel);
    }
}

/* All streams of a connection find it dead; only the first one makes another. */
START_TEST(a_connection_is_made_anew_once)
{
    is_renewed = false;
    stall_after_two(another_renews);
    ck_assert_uint_eq(driver.channel.generation, 2);
    ck_assert(!scripted_server_is_same_connection(server, 0, 1));
}
END_TEST

/* The server has not even answered, while others receive: something in between holds it back. */
START_TEST(a_call_without_a_header_may_be_held_back)
{
    static const struct script scripts[] = {{{SILENCE}}, {{AFTER_0}}};
    SERVE(scripts);
    driver.is_silent_after = true;
    driver.silent_requests = 1;
    driver.on_deadline = _i == 0 ? others_receive : NULL;
    expect_result(SESSION_PROVEN);
    ck_assert_int_eq(driver.last_break.kind.cause, BREAK_WAITING);
    ck_assert(driver.last_break.was_held_back == (_i == 0));
    ck_assert_uint_eq(driver.channel.generation, _i == 0 ? 1 : 2);
}
END_TEST

/* ---- Breaks of its own ----------------------------------------------------------------------- */

static void cut_after_two(void)
{
    if (driver.messages == 2) {
        channel_cut(&driver.channel);
    }
}

START_TEST(a_connection_that_was_cut_is_known_to_be)
{
    static const struct script scripts[] = {{{N1, N2}}, {{AFTER_2}}};
    SERVE(scripts);
    driver.on_message = cut_after_two;
    expect_result(SESSION_PROVEN);
    expect_requests(2);
    expect_request(1, "CONTINUE " UUID " 2229533162", 2);
    ck_assert(!scripted_server_is_same_connection(server, 0, 1));
    ck_assert_int_eq(driver.last_break.kind.cause, BREAK_CHAOS_CUT);
    ck_assert_uint_eq(driver.breaks, 1);
    ck_assert_uint_eq(driver.channel.generation, 2);
    ck_assert_int_eq(subscription_driver_elapsed(&driver), driver.delays[0]);
}
END_TEST

static void fall_silent_after_two(void)
{
    if (driver.messages == 2) {
        channel_silence(&driver.channel);
    }
}

/* The server says more and may even have ended: none of that arrives. */
START_TEST(a_silent_connection_is_not_heard)
{
    static const struct script scripts[][2] = {{{{N1, N2, N3}}, {{AFTER_2}}},
                                               {{{N1, N2, N3, N4, N5, N6, OK}}, {{AFTER_2}}},
                                               {{{N1, N2, N3, STATUS(ABORTED, "x")}}, {{AFTER_2}}},
                                               {{{N1, N2, BYTES("\xff")}}, {{AFTER_2}}}};
    SERVE(scripts[_i]);
    driver.on_message = fall_silent_after_two;
    driver.is_silent_after = true;
    driver.silent_messages = 2;
    expect_result(SESSION_PROVEN);
    expect_requests(2);
    expect_request(1, "CONTINUE " UUID " 2229533162", 2);
    ck_assert(!scripted_server_is_same_connection(server, 0, 1));
    ck_assert_int_eq(driver.last_break.kind.cause, BREAK_CHAOS_STALL);
    ck_assert_int_eq(driver.last_break.silence_ns, DRIVER_STALL_TIMEOUT);
    ck_assert_uint_eq(driver.breaks, 1);
    ck_assert_uint_eq(driver.channel.generation, 2);
}
END_TEST

/* ---- After a wrong number -------------------------------------------------------------------- */

START_TEST(it_goes_on_after_a_wrong_number)
{
    static const struct script scripts[] = {{{N1, N3, NUMBER(7), N5, N6, OK}}};
    SERVE(scripts);
    driver.settings.wrong_max = 100;
    expect_result(SESSION_VIOLATED);
    expect_requests(1);
    ck_assert_str_eq(driver.subscription.reason,
                     "lost 1 number after 1 right ones: expected 2229533162, received 2921788346");
    ck_assert_uint_eq(driver.messages, 5);
    ck_assert_int_eq(driver.last_verdict, VERDICT_CHECKSUM);
    const struct verifier *verifier = &driver.subscription.verifier;
    ck_assert(verifier_is_complete(verifier));
    ck_assert_uint_eq(verifier->lost, 1);
    ck_assert_uint_eq(verifier->corrupt, 1);
    ck_assert_uint_eq(driver.subscription.wrong, 2);
}
END_TEST

START_TEST(it_goes_on_after_what_is_no_reply)
{
    static const struct script scripts[] = {{{N1, BYTES("\xff\xff\xff"), N2, N3, N4, N5, N6, OK}}};
    SERVE(scripts);
    driver.settings.wrong_max = 2;
    expect_result(SESSION_VIOLATED);
    ck_assert_str_eq(driver.subscription.reason, "malformed reply after 1 right numbers");
    ck_assert_uint_eq(driver.messages, N + 2);
    ck_assert_uint_eq(driver.subscription.verifier.count, N);
}
END_TEST

/* What comes after this many of them is not judged; the server would go on for ever. */
START_TEST(too_much_that_is_wrong_is_enough)
{
    static const struct script scripts[] = {{{N1, NUMBER(7), N3, NUMBER(8), N5, N6}}};
    SERVE(scripts);
    driver.settings.wrong_max = 2;
    expect_result(SESSION_VIOLATED);
    ck_assert_uint_eq(driver.messages, 4);
    ck_assert_uint_eq(driver.last_number, 8);
    ck_assert_str_eq(driver.subscription.reason,
                     "wrong number after 1 right numbers: expected 2229533162, received 7");
}
END_TEST

/* And it ends too early besides: the first reason stands, and both are told. */
START_TEST(an_early_end_after_a_wrong_number_is_told)
{
    static const struct script scripts[] = {{{N1, NUMBER(7), OK}}};
    SERVE(scripts);
    driver.settings.wrong_max = 100;
    expect_result(SESSION_VIOLATED);
    ck_assert_int_eq(driver.last_verdict, VERDICT_ENDED_EARLY);
    ck_assert_str_eq(driver.subscription.reason,
                     "wrong number after 1 right numbers: expected 2229533162, received 7");
}
END_TEST

/* That the stream breaks as well does not make it right, and is no reason to leave it there. */
START_TEST(a_stream_with_a_wrong_number_is_resumed)
{
    static const struct script scripts[] = {{{N1, NUMBER(7), BREAK}}, {{AFTER_2}}};
    SERVE(scripts);
    driver.settings.wrong_max = 100;
    expect_result(SESSION_VIOLATED);
    expect_requests(2);
    expect_request(1, "CONTINUE " UUID " 2229533162", 2);
    ck_assert_uint_eq(driver.breaks, 1);
    ck_assert(verifier_is_complete(&driver.subscription.verifier));
    ck_assert_str_eq(driver.subscription.reason,
                     "wrong number after 1 right numbers: expected 2229533162, received 7");
}
END_TEST

static void add_tests(Suite *suite, TCase *tcase)
{
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, subscription_fixture_set_up, subscription_fixture_tear_down);
    tcase_set_timeout(tcase, 30);
}

Suite *subscription_breaks_suite(void)
{
    Suite *suite = suite_create("subscription-breaks");
    TCase *told = tcase_create("told");
    add_tests(suite, told);
    tcase_add_test(told, a_break_tells_its_age_and_silence);
    tcase_add_test(told, each_call_has_its_own_age);
    tcase_add_test(told, a_call_without_a_message_was_always_silent);
    tcase_add_test(told, the_last_break_resumes_nothing);
    tcase_add_test(told, a_refusal_is_no_break);

    TCase *anew = tcase_create("anew");
    add_tests(suite, anew);
    tcase_add_test(anew, a_connection_that_is_dead_is_made_anew);
    tcase_add_test(anew, a_connection_that_is_alive_is_kept);
    tcase_add_test(anew, a_connection_is_made_anew_once);
    tcase_add_loop_test(anew, a_call_without_a_header_may_be_held_back, 0, 2);

    TCase *chaos = tcase_create("chaos");
    add_tests(suite, chaos);
    tcase_add_test(chaos, a_connection_that_was_cut_is_known_to_be);
    tcase_add_loop_test(chaos, a_silent_connection_is_not_heard, 0, 4);

    TCase *wrong = tcase_create("wrong");
    add_tests(suite, wrong);
    tcase_add_test(wrong, it_goes_on_after_a_wrong_number);
    tcase_add_test(wrong, it_goes_on_after_what_is_no_reply);
    tcase_add_test(wrong, too_much_that_is_wrong_is_enough);
    tcase_add_test(wrong, an_early_end_after_a_wrong_number_is_told);
    tcase_add_test(wrong, a_stream_with_a_wrong_number_is_resumed);
    return suite;
}
