/* client/run/runner: what it measures and does by the pace that its server announces. */
#include "client/run/runner_announcement.h"
#include "test/kit/runner_fixture.h"
#include "test/suites.h"

#define INTERVAL(value) HEADER("comms-interval: " value)

static void set_up(void)
{
    runner_set_up();
    runner_plan.interval_is_given = false;
    runner_plan.interval_ns = NS_PER_S;
    runner_plan.stall_follows_interval = true;
}

START_TEST(lateness_is_judged_by_the_announced_interval)
{
    static const struct script scripts[] = {{{INTERVAL("2s"), N1, N2, N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    takes_ns[0] = 2000 * NS_PER_MS;
    takes_ns[1] = 2500 * NS_PER_MS;
    takes_ns[2] = 1500 * NS_PER_MS;
    takes_ns[3] = 2000 * NS_PER_MS;
    run_one_runner();
    const struct tally *tally = runner_group.tally;
    ck_assert_uint_eq(tally->late.count, N - 1);
    ck_assert_int_eq(tally->late.max, 500 * NS_PER_MS);
    ck_assert_int_eq(tally->late.min, 0);
    ck_assert_uint_eq(tally->counts.late, 1);
    ck_assert_int_eq(runners[0].subscription.stall_timeout_ns, 15 * NS_PER_S);
    ck_assert_int_eq(runner_group_interval(&runner_group), 2 * NS_PER_S);
}
END_TEST

START_TEST(a_given_interval_stays)
{
    static const struct script scripts[] = {{{INTERVAL("10s"), N1, N2, N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    runner_plan.interval_is_given = true;
    takes_ns[0] = 1000 * NS_PER_MS;
    takes_ns[1] = 1500 * NS_PER_MS;
    run_one_runner();
    ck_assert_int_eq(runner_group.tally->late.max, 500 * NS_PER_MS);
}
END_TEST

START_TEST(at_an_announced_full_speed_nothing_is_late)
{
    static const struct script scripts[] = {{{INTERVAL("0"), N1, N2, N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    takes_ns[2] = 5 * NS_PER_S;
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->late.count, 0);
    ck_assert_uint_eq(runner_group.tally->proven, 1);
    ck_assert(runners[0].subscription.ends_by_cancel);
}
END_TEST

/* As before there were headers: the original's pace, also if the plan wished for another one. */
START_TEST(without_an_announcement_the_originals_pace_counts)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    runner_plan.interval_ns = 100 * NS_PER_MS; /* of --rate 10 */
    for (size_t i = 0; i < N; i++) {
        takes_ns[i] = NS_PER_S;
    }
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->late.count, N - 1);
    ck_assert_int_eq(runner_group.tally->late.max, 0);
}
END_TEST

/* A rolling deploy: the stream goes on at another server, which keeps another pace. */
START_TEST(after_a_resume_the_new_server_counts)
{
    static const struct script scripts[] = {
        {{INTERVAL("1s"), N1, N2, BREAK}},
        {{INTERVAL("10s"), NUMBER(2), NUMBER(58594), N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    takes_ns[0] = NS_PER_S;
    takes_ns[4] = 10 * NS_PER_S; /* after the third number, behind the two answers */
    takes_ns[5] = 10 * NS_PER_S + 300 * NS_PER_MS;
    run_one_runner();
    const struct tally *tally = runner_group.tally;
    ck_assert_uint_eq(tally->proven, 1);
    ck_assert_int_eq(tally->late.max, 300 * NS_PER_MS);
    ck_assert_int_eq(runners[0].subscription.stall_timeout_ns, 30 * NS_PER_S);
    ck_assert_int_eq(runner_group_interval(&runner_group), 10 * NS_PER_S);
}
END_TEST

/* The first session is sized by a guess, the next one by what is known then. */
START_TEST(later_sessions_fit_the_announced_interval)
{
    static const struct script scripts[] = {{{INTERVAL("4s"), NUMBER(5), NUMBER(15), AWAIT, OK}},
                                            {{INTERVAL("4s"), NUMBER(5), NUMBER(15), AWAIT, OK}}};
    runner_plan.mode = CLIENT_STATELESS;
    runner_plan.n_fits = true;
    runner_plan.duration_ns = NS_PER_S + NS_PER_S / 2;
    runner_settings.repeat_until = RUNNER_BEGAN + runner_plan.duration_ns;
    BEGIN(scripts);
    add_runner(0);
    run_runners_until(2);
    ck_assert_uint_eq(runners[0].subscription.verifier.n, 2);
    runner_settings.repeat_until = RUNNER_BEGAN + 6 * NS_PER_S;
    run_runners_until(4);
    ck_assert_uint_eq(runners[0].subscription.verifier.n, 2);   /* at a second each it were 7 */
    runner_settings.repeat_until = RUNNER_BEGAN + 4 * NS_PER_S; /* none fits any more */
    run_runners();
    ck_assert_uint_eq(runner_group.tally->counts.started, 2);
}
END_TEST

START_TEST(another_mode_is_refused_with_its_reason)
{
    static const struct script scripts[] = {{{HEADER("comms-mode: stateless"), NUMBER(5)}}};
    BEGIN(scripts);
    run_one_runner();
    const struct session_end end = runner_session_end(&runners[0]);
    ck_assert_int_eq(end.result, SESSION_REFUSED);
    ck_assert_str_eq(end.reason,
                     "the server is stateless: -m stateful cannot work; use -m stateless");
    ck_assert_uint_eq(runner_group.tally->refused, 1);
    ck_assert_uint_eq(runner_group.tally->counts.numbers, 0);
    ck_assert_uint_eq(runner_group.tally->counts.violations, 0);
    ck_assert_int_eq(runner_now(), RUNNER_BEGAN);
}
END_TEST

/* For many streams of one server the lock is taken once. */
START_TEST(news_are_told_when_they_change)
{
    static const struct script scripts[] = {
        {{INTERVAL("1s"), N1, N2, BREAK}},
        {{INTERVAL("2s"), NUMBER(2), NUMBER(58594), N3, BREAK}},
        {{INTERVAL("2s"), NUMBER(3), NUMBER(13788), N4, N5, N6, OK}}};
    static struct server_news news;
    struct announcement first;
    ck_assert(server_news_init(&news, &runner_plan));
    runner_settings.news = &news;
    BEGIN(scripts);
    run_one_runner();
    ck_assert_uint_eq(runner_group.tally->proven, 1);
    ck_assert(server_news_take_first(&news, &first));
    ck_assert_int_eq(first.interval_ns, NS_PER_S);
    ck_assert(news.differs);
    server_news_cleanup(&news);
}
END_TEST

Suite *runner_announcement_suite(void)
{
    Suite *suite = suite_create("runner-announcement");
    TCase *announced = tcase_create("announced");
    suite_add_tcase(suite, announced);
    tcase_add_checked_fixture(announced, set_up, runner_tear_down);
    tcase_set_timeout(announced, 60);
    tcase_add_test(announced, lateness_is_judged_by_the_announced_interval);
    tcase_add_test(announced, a_given_interval_stays);
    tcase_add_test(announced, at_an_announced_full_speed_nothing_is_late);
    tcase_add_test(announced, without_an_announcement_the_originals_pace_counts);
    tcase_add_test(announced, after_a_resume_the_new_server_counts);
    tcase_add_test(announced, later_sessions_fit_the_announced_interval);
    tcase_add_test(announced, another_mode_is_refused_with_its_reason);
    tcase_add_test(announced, news_are_told_when_they_change);
    return suite;
}
