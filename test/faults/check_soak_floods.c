/* The floods of check_floods.c and check_unread.c in full; the figures are printed. */
#include "shared/base/clock.h"
#include "shared/base/process.h"
#include "test/faults/crowd_trial.h"
#include "test/faults/frame_flood_trial.h"
#include "test/faults/reset_trial.h"
#include "test/faults/stall_trial.h"
#include "test/faults/stream_trial.h"
#include "test/faults/unread_trial.h"
#include "test/suites.h"

#include <check.h>

enum {
    TIMEOUT_S = 1200,
    UNREAD = 999,
    SEND_TIMEOUT_MS = 5000,
    LONG_MS = 600000,
    DRAIN_MS = 1000,
    STALLED = 5000,
    STALLED_TLS = 1000, /* of 2,000 that the server takes; each handshake costs both sides 1 ms */
    STREAMS = 30000,
    UNKNOWN = 100000,
    UNACKNOWLEDGED = 10000,
    SERVED_WITHIN_MS = 5000 /* a second or two where the machine does nothing else */
};

#define RESETS_GAP_NS (100 * NS_PER_MS)

START_TEST(a_thousand_clients_that_stop_reading_are_ended)
{
    unread_trial_of_ends(UNREAD, SEND_TIMEOUT_MS, DRAIN_MS);
}
END_TEST

START_TEST(a_thousand_clients_that_stop_reading_keep_no_server_from_its_end)
{
    unread_trial_of_stop(UNREAD, LONG_MS, DRAIN_MS);
}
END_TEST

START_TEST(thousands_of_stalled_handshakes_are_closed)
{
    stall_trial(STALLED);
}
END_TEST

START_TEST(a_thousand_stalled_handshakes_of_tls_are_closed)
{
    stall_trial_tls(STALLED_TLS);
}
END_TEST

static const struct reset_settings resets[] = {
    {.name = "resets", .streams = 1000000},
    {.name = "resets at the limit", .streams = 1000000, .at_limit = true},
    {.name = "resets after START", .streams = 1000000, .has_command = true},
    {.name = "streams without acknowledged SETTINGS", .streams = 300000, .keeps_all = true},
};

START_TEST(a_million_resets_cost_little)
{
    ck_assert_int_le(reset_trial(&resets[_i]).gap_p99, RESETS_GAP_NS);
}
END_TEST

static const struct crowd_settings crowds[] = {
    {.name = "500 x 128", .connections = 500, .calls = 128},
    {.name = "2,000 x 128", .connections = 2000, .calls = 128},
    {.name = "300 x 3,000", .connections = 300, .calls = 3000},
    {.name = "1,000 x 1,000", .connections = 1000, .calls = 1000},
    {.name = "reconnecting", .connections = 20000, .calls = 3000, .is_reconnecting = true},
};

START_TEST(long_crowds_of_calls_cost_little)
{
    ck_assert_int_le(crowd_trial(&crowds[_i]), SERVED_WITHIN_MS);
}
END_TEST

START_TEST(long_floods_of_frames_cost_little)
{
    frame_flood_trial(_i, FRAME_FLOOD_LONG);
}
END_TEST

START_TEST(many_streams_without_a_window_end)
{
    stream_trial_without_window(STREAMS);
}
END_TEST

START_TEST(many_streams_of_an_unknown_method_end)
{
    stream_trial_unknown_method(UNKNOWN);
}
END_TEST

START_TEST(a_client_that_acknowledges_nothing_opens_thousands)
{
    stream_trial_unacknowledged(UNACKNOWLEDGED);
}
END_TEST

/* A case of its own for each kind: CK_RUN_CASE=resets runs that alone. */
static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, TIMEOUT_S);
    tcase_add_checked_fixture(tcase, process_raise_descriptor_limit, NULL);
    return tcase;
}

Suite *soak_floods_suite(void)
{
    Suite *suite = suite_create("soak-floods");
    TCase *unread = add_case(suite, "unread");
    tcase_add_test(unread, a_thousand_clients_that_stop_reading_are_ended);
    tcase_add_test(unread, a_thousand_clients_that_stop_reading_keep_no_server_from_its_end);
    TCase *stalled = add_case(suite, "stalled");
    tcase_add_test(stalled, thousands_of_stalled_handshakes_are_closed);
    tcase_add_test(stalled, a_thousand_stalled_handshakes_of_tls_are_closed);
    tcase_add_loop_test(add_case(suite, "resets"), a_million_resets_cost_little, 0,
                        sizeof resets / sizeof *resets);
    tcase_add_loop_test(add_case(suite, "crowd"), long_crowds_of_calls_cost_little, 0,
                        sizeof crowds / sizeof *crowds);
    tcase_add_loop_test(add_case(suite, "frames"), long_floods_of_frames_cost_little, 0,
                        FRAME_FLOODS_LONG);
    TCase *streams = add_case(suite, "streams");
    tcase_add_test(streams, many_streams_without_a_window_end);
    tcase_add_test(streams, many_streams_of_an_unknown_method_end);
    tcase_add_test(streams, a_client_that_acknowledges_nothing_opens_thousands);
    return suite;
}
