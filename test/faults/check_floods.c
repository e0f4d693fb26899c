/* Floods, short: memory is bounded, and others get every number. check_soak_floods.c has all. */
#include "shared/base/process.h"
#include "test/faults/crowd_trial.h"
#include "test/faults/excess_trial.h"
#include "test/faults/frame_flood_trial.h"
#include "test/faults/reset_trial.h"
#include "test/faults/stall_trial.h"
#include "test/faults/stream_trial.h"
#include "test/suites.h"

#include <check.h>

enum { STALLED = 54, STALLED_TLS = 20, STREAMS = 2000, UNACKNOWLEDGED = 1500 };

START_TEST(stalled_handshakes_are_closed)
{
    stall_trial(STALLED);
}
END_TEST

START_TEST(stalled_handshakes_of_tls_are_closed)
{
    stall_trial_tls(STALLED_TLS);
}
END_TEST

static const struct reset_settings resets[] = {
    {.name = "resets", .streams = 10000},
    {.name = "resets at the limit", .streams = 10000, .at_limit = true},
    {.name = "streams without acknowledged SETTINGS", .streams = 10000, .keeps_all = true},
};

START_TEST(rapid_resets_cost_little)
{
    (void)reset_trial(&resets[_i]);
}
END_TEST

static const struct crowd_settings crowds[] = {
    {.name = "crowd", .connections = 500, .calls = 128},
    {.name = "reconnecting", .connections = 500, .calls = 3000, .is_reconnecting = true},
};

START_TEST(crowds_of_calls_cost_little)
{
    (void)crowd_trial(&crowds[_i]);
}
END_TEST

START_TEST(floods_of_frames_cost_little)
{
    frame_flood_trial(_i, FRAME_FLOOD_SHORT);
}
END_TEST

START_TEST(streams_without_a_window_end)
{
    stream_trial_without_window(STREAMS);
}
END_TEST

START_TEST(streams_of_an_unknown_method_end)
{
    stream_trial_unknown_method(STREAMS);
}
END_TEST

START_TEST(a_client_that_acknowledges_nothing_is_held_to_the_limit)
{
    stream_trial_unacknowledged(UNACKNOWLEDGED);
}
END_TEST

/* In the plain, then inside TLS. */
START_TEST(a_flood_is_cut_and_the_log_says_why)
{
    excess_trial(_i % EXCESSES, _i >= EXCESSES);
}
END_TEST

/* A case of its own for each kind: CK_RUN_CASE=resets runs that alone. */
static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 120);
    return tcase;
}

Suite *floods_suite(void)
{
    Suite *suite = suite_create("floods");
    TCase *stalled = add_case(suite, "stalled");
    tcase_add_test(stalled, stalled_handshakes_are_closed);
    tcase_add_test(stalled, stalled_handshakes_of_tls_are_closed);
    tcase_add_loop_test(add_case(suite, "resets"), rapid_resets_cost_little, 0,
                        sizeof resets / sizeof *resets);
    TCase *crowd = add_case(suite, "crowd");
    tcase_add_checked_fixture(crowd, process_raise_descriptor_limit, NULL);
    tcase_add_loop_test(crowd, crowds_of_calls_cost_little, 0, sizeof crowds / sizeof *crowds);
    tcase_add_loop_test(add_case(suite, "frames"), floods_of_frames_cost_little, 0, FRAME_FLOODS);
    tcase_add_loop_test(add_case(suite, "bounds"), a_flood_is_cut_and_the_log_says_why, 0,
                        2 * EXCESSES);
    TCase *streams = add_case(suite, "streams");
    tcase_add_test(streams, streams_without_a_window_end);
    tcase_add_test(streams, streams_of_an_unknown_method_end);
    tcase_add_test(streams, a_client_that_acknowledges_nothing_is_held_to_the_limit);
    return suite;
}
