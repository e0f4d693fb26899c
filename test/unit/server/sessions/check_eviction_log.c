/* server/sessions/eviction_log: a flood of evicted sessions does not fill the log. */
#include "server/sessions/eviction_log.h"
#include "server/sessions/session.h"
#include "test/kit/log_flood.h"
#include "test/suites.h"

static const struct uuid some_uuid = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5}};
static struct session *session;

static void evict(void)
{
    eviction_log_expired(session);
}

START_TEST(a_flood_is_limited)
{
    session = session_create(&some_uuid, 5);
    ck_assert_ptr_nonnull(session);
    log_flood_expect_limit(evict);
    session_unref(session);
}
END_TEST

Suite *eviction_log_suite(void)
{
    Suite *suite = suite_create("eviction-log");
    TCase *tcase = tcase_create("eviction-log");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_flood_is_limited);
    return suite;
}
