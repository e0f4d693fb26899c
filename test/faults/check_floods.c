/* Floods, short: memory is bounded, and others get every number. check_soak_floods.c has all. */
#include "test/faults/frame_flood_trial.h"
#include "test/faults/reset_trial.h"
#include "test/faults/stall_trial.h"
#include "test/faults/stream_trial.h"
#include "test/suites.h"

#include <check.h>

enum { STALLED = 56, STREAMS = 2000, UNACKNOWLEDGED = 1500, FLOOD_MIB = 16 };

START_TEST(stalled_handshakes_are_closed)
{
    stall_trial(STALLED);
}
END_TEST

static const struct reset_settings resets[] = {
    {.name = "resets", .streams = 20000},
    {.name = "resets at the limit", .streams = 20000, .at_limit = true},
};

START_TEST(rapid_resets_cost_little)
{
    (void)reset_trial(&resets[_i]);
}
END_TEST

START_TEST(floods_of_frames_cost_little)
{
    frame_flood_trial(_i, FLOOD_MIB);
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

Suite *floods_suite(void)
{
    Suite *suite = suite_create("floods");
    TCase *tcase = tcase_create("floods");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, stalled_handshakes_are_closed);
    tcase_add_loop_test(tcase, rapid_resets_cost_little, 0, sizeof resets / sizeof *resets);
    tcase_add_loop_test(tcase, floods_of_frames_cost_little, 0, FRAME_FLOODS);
    tcase_add_test(tcase, streams_without_a_window_end);
    tcase_add_test(tcase, streams_of_an_unknown_method_end);
    tcase_add_test(tcase, a_client_that_acknowledges_nothing_is_held_to_the_limit);
    return suite;
}
