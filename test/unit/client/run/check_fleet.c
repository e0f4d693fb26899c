/*
 * client/run/fleet: streams are spread over connections and threads, sampled while they run, and
 * added up to a result that proves each number.
 */
#include "shared/base/clock.h"
#include "test/kit/fleet_fixture.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <string.h>

/* ---- What is proven -------------------------------------------------------------------------- */

/* Both modes, at full speed and at a pace. */
START_TEST(every_number_of_all_streams_is_proven)
{
    fleet_plan.mode = _i / 2 == 0 ? CLIENT_STATEFUL : CLIENT_STATELESS;
    int64_t interval_ns = _i % 2 == 0 ? 0 : SHORT_NS;
    fleet_serve_truth(interval_ns);
    run_fleet();
    expect_fleet_proven(FLEET_STREAMS);
    ck_assert_ptr_eq(fleet_result->plan, &fleet_plan);
    ck_assert_uint_eq(fleet_result->most_on_a_connection, FLEET_STREAMS / FLEET_CONNECTIONS);
    ck_assert_uint_eq(fleet_result->first.count, FLEET_STREAMS);
    ck_assert_uint_eq(fleet_result->gap.count, FLEET_GAPS);
    ck_assert_uint_eq(fleet_result->resume.count, 0);
    ck_assert_uint_eq(fleet_result->addresses.count, 1);
    ck_assert_uint_eq(fleet_result->addresses.rows[0].connections, FLEET_CONNECTIONS);
    ck_assert_uint_eq(fleet_result->addresses.rows[0].streams, FLEET_STREAMS);
    ck_assert_uint_eq(fleet_result->late.count, interval_ns == 0 ? 0 : FLEET_GAPS);
    ck_assert_uint_eq(fleet_result->measured_numbers, FLEET_NUMBERS);
    ck_assert_int_ge(fleet_result->elapsed_ns, (FLEET_N - 1) * interval_ns);
    ck_assert_int_eq(fleet_result->measured_ns, fleet_result->elapsed_ns);
    ck_assert_int_gt(fleet_result->began.tv_sec, 0);
    ck_assert_int_gt(fleet_result->cpu_ns, 0);
    ck_assert_uint_gt(fleet_result->peak_rss_bytes, 0);
}
END_TEST

/* The first stream of many is as any other; alone it has the uuid that was given. */
START_TEST(the_first_stream_can_be_asked_for)
{
    static const struct uuid uuid = {{0xa1, 0x74}};
    fleet_plan.streams = fleet_plan.connections = 1;
    fleet_plan.uuid = uuid;
    fleet_serve_truth(0);
    run_fleet();
    expect_fleet_proven(1);
    ck_assert_int_eq(fleet_first_session(&fleet).result, SESSION_PROVEN);
    ck_assert(uuid_equal(&subscription_of(1)->verifier.uuid, &uuid));
}
END_TEST

START_TEST(streams_are_spread_evenly)
{
    enum { MANY = 23, FEW = 7 };
    unsigned on_connection[FEW + 1] = {0};
    bool is_there[MANY + 1] = {false};
    fleet_plan.streams = MANY;
    fleet_plan.connections = FEW;
    fleet_serve_truth(0);
    prepare_fleet();
    for (size_t l = 0; l < fleet.loop_count; l++) {
        const struct loop *loop = &fleet.loops[l];
        ck_assert_uint_gt(loop->connection_count, 0);
        for (size_t s = 0; s < loop->runner_count; s++) {
            const struct runner *runner = &loop->runners[s];
            unsigned connection = runner->subscription.channel->number;
            ck_assert(runner->number >= 1 && runner->number <= MANY);
            ck_assert(connection >= 1 && connection <= FEW);
            ck_assert(!is_there[runner->number]);
            is_there[runner->number] = true;
            on_connection[connection]++;
        }
    }
    for (size_t i = 1; i <= FEW; i++) {
        ck_assert_uint_eq(on_connection[i], MANY / FEW + (i <= MANY % FEW ? 1 : 0));
    }
    run_fleet();
    expect_fleet_proven(MANY);
    ck_assert_uint_eq(fleet_result->most_on_a_connection, MANY / FEW + 1);
}
END_TEST

static size_t count_loops_at(int64_t interval_ns)
{
    fleet_plan.interval_ns = interval_ns;
    fleet_plan.interval_is_given = true;
    prepare_fleet();
    const size_t count = fleet.loop_count;
    free_fleet();
    return count;
}

/* Numbers that come one by one need no second thread, until they are many. */
START_TEST(a_paced_fleet_has_as_few_threads_as_its_numbers_need)
{
    fleet_plan.streams = fleet_plan.connections = 20;
    fleet_serve_truth(0);
    const size_t most = count_loops_at(0);
    ck_assert_uint_eq(count_loops_at(NS_PER_S), 1);
    ck_assert_uint_eq(count_loops_at(NS_PER_MS + 1), 1); /* below 20,000 a second */
    ck_assert_uint_eq(count_loops_at(NS_PER_MS), most < 2 ? most : 2);
    ck_assert_uint_eq(count_loops_at(1), most);
    ck_assert_uint_eq(count_loops_at(INT64_MAX), 1);
}
END_TEST

/* The server may announce full speed. */
START_TEST(a_fleet_that_does_not_know_the_pace_has_threads_for_any)
{
    fleet_plan.streams = fleet_plan.connections = 20;
    fleet_serve_truth(0);
    const size_t most = count_loops_at(0);
    fleet_plan.interval_ns = NS_PER_S;
    fleet_plan.interval_is_given = false;
    prepare_fleet();
    ck_assert_uint_eq(fleet.loop_count, most);
    free_fleet();
    fleet_plan.wish_ns = NS_PER_S; /* which it must not exceed */
    prepare_fleet();
    ck_assert_uint_eq(fleet.loop_count, 1);
    free_fleet();
}
END_TEST

/* Each connection is one of its own, and all streams of it are on that. */
START_TEST(each_connection_is_its_own)
{
    char addresses[FLEET_CONNECTIONS + 1][CONNECTION_ADDRESS_SIZE] = {""};
    const struct lie_settings lie = {.lie = LIE_CORRUPT, .at = 3};
    fleet_serve(0, 1, &lie);
    run_fleet();
    ck_assert_uint_eq(fleet_result->violation_count, FLEET_STREAMS);
    for (size_t i = 0; i < fleet_result->violation_count; i++) {
        const struct violation *violation = &fleet_result->violations[i];
        uint64_t port;
        const char *rest = violation->address;
        ck_assert_uint_eq(violation->connection, (violation->stream - 1) % FLEET_CONNECTIONS + 1);
        ck_assert(output_skip(&rest, "127.0.0.1:") && output_read_number(&rest, &port));
        char *known = addresses[violation->connection];
        if (known[0] == '\0') {
            memcpy(known, violation->address, CONNECTION_ADDRESS_SIZE);
        }
        ck_assert_str_eq(known, violation->address);
    }
    for (size_t i = 1; i <= FLEET_CONNECTIONS; i++) {
        for (size_t k = 1; k < i; k++) {
            ck_assert_str_ne(addresses[i], addresses[k]);
        }
    }
}
END_TEST

/* ---- Samples --------------------------------------------------------------------------------- */

/* Few samples, of a run that comes to its end; or a great many, after which the run is stopped. */
START_TEST(the_samples_add_up_to_the_result)
{
    enum { MANY = 100, ENDLESS = 1000 };
    if (_i == 1) {
        fleet_plan.report_every_ns = NS_PER_MS;
        fleet_plan.n = ENDLESS;
        fleet_heard.stop_at_interval = MANY;
    }
    fleet_serve_truth(SHORT_NS);
    run_fleet();
    ck_assert_uint_eq(fleet_result->sample_count, fleet_heard.intervals);
    if (_i == 0) {
        expect_fleet_proven(FLEET_STREAMS);
    } else {
        ck_assert_uint_ge(fleet_heard.intervals, MANY);
        ck_assert_uint_eq(fleet_result->streams_unfinished, FLEET_STREAMS);
    }
    int64_t sum_ns = 0;
    for (size_t i = 0; i < fleet_result->sample_count; i++) {
        sum_ns += fleet_result->samples[i].length_ns;
        ck_assert_int_eq(fleet_result->samples[i].at_ns, sum_ns);
    }
    const struct sample *last = &fleet_result->samples[fleet_result->sample_count - 1];
    ck_assert_int_eq(memcmp(&last->counts, &fleet_result->counts, sizeof last->counts), 0);
    ck_assert_uint_eq(fleet_heard.last_numbers, fleet_result->counts.numbers);
    ck_assert_uint_eq(last->live, 0);
    ck_assert_uint_eq(last->waiting, 0);
    ck_assert_int_le(last->at_ns, fleet_result->elapsed_ns);
}
END_TEST

START_TEST(a_fleet_that_never_ran_can_be_cleaned_up)
{
    fleet_serve_truth(0);
    prepare_fleet();
    fleet_request_stop(&fleet);
    free_fleet();
    ck_assert_uint_eq(lying_server_start_count(lying_server), 0);
}
END_TEST

/* With room for a stateless session, which a server at full speed does not know the end of. */
START_TEST(a_stream_has_a_window_for_its_session)
{
    static const struct {
        enum client_mode mode;
        uint32_t n;
        bool n_fits;
        uint32_t size;
        int window;
    } rows[] = {
        {CLIENT_STATELESS, 10, false, 0, 160},
        {CLIENT_STATELESS, 10, false, 16384, 164000},
        {CLIENT_STATELESS, 65535, false, 0, 1048560},
        {CLIENT_STATELESS, 3, true, 0, 1048560}, /* until the time is over */
        {CLIENT_STATELESS, 10, false, 1048576, 0},
        {CLIENT_STATEFUL, 10, false, 0, 0},
    };
    fleet_serve_truth(0);
    fleet_plan.mode = rows[_i].mode;
    fleet_plan.n = rows[_i].n;
    fleet_plan.n_fits = rows[_i].n_fits;
    fleet_plan.size = rows[_i].size;
    prepare_fleet();
    ck_assert_int_eq(fleet.settings.route.stream_window, rows[_i].window);
}
END_TEST

Suite *fleet_suite(void)
{
    Suite *suite = suite_create("fleet");
    TCase *proven = add_fleet_case(suite, "proven");
    tcase_add_loop_test(proven, every_number_of_all_streams_is_proven, 0, 4);
    tcase_add_test(proven, the_first_stream_can_be_asked_for);
    tcase_add_test(proven, streams_are_spread_evenly);
    tcase_add_test(proven, a_paced_fleet_has_as_few_threads_as_its_numbers_need);
    tcase_add_test(proven, a_fleet_that_does_not_know_the_pace_has_threads_for_any);
    tcase_add_test(proven, each_connection_is_its_own);
    tcase_add_loop_test(proven, a_stream_has_a_window_for_its_session, 0, 6);

    TCase *samples = add_fleet_case(suite, "samples");
    tcase_add_loop_test(samples, the_samples_add_up_to_the_result, 0, 2);
    tcase_add_test(samples, a_fleet_that_never_ran_can_be_cleaned_up);
    return suite;
}
