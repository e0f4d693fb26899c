/* server/services/comms/session_log: a flood of streams does not fill the log. */
#include "server/services/comms/session_log.h"
#include "server/sessions/session.h"
#include "test/kit/log_flood.h"
#include "test/suites.h"

static const struct service_host host = {.peer = "test"};

static void begin_stream(void)
{
    session_log_stream_beginning(&host, false);
}

static void end_stream(void)
{
    session_log_stream_end(5, "test", "finished");
}

static const struct uuid some_uuid = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5}};
static struct service_host stateful_host = {.peer = "test"};
static struct stateful stateful = {.host = &stateful_host, .sequence.n = 5};

static void begin_session(void)
{
    session_log_beginning(&stateful, "test");
}

static void (*const floods[])(void) = {begin_stream, end_stream, begin_session};

START_TEST(a_flood_is_limited)
{
    stateful.hold.session = session_create(&some_uuid, 5);
    ck_assert_ptr_nonnull(stateful.hold.session);
    log_flood_expect_limit(floods[_i]);
    session_unref(stateful.hold.session);
}
END_TEST

Suite *session_log_suite(void)
{
    Suite *suite = suite_create("session-log");
    TCase *tcase = tcase_create("session-log");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_flood_is_limited, 0, sizeof floods / sizeof *floods);
    return suite;
}
