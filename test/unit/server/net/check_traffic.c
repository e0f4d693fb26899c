/* server/net/traffic: how many bytes a client may send. */
#include "server/net/traffic.h"
#include "shared/base/clock.h"
#include "test/suites.h"

static struct traffic traffic;

static void begin(int64_t now)
{
    traffic = (struct traffic){.is_cut = false};
    ck_assert(!traffic_receive(&traffic, 0, now));
}

START_TEST(a_burst_may_come_at_once)
{
    begin(5 * NS_PER_S);
    ck_assert(!traffic_receive(&traffic, TRAFFIC_BURST, 5 * NS_PER_S));
    ck_assert(traffic_receive(&traffic, 1, 5 * NS_PER_S));
    ck_assert(!traffic_receive(&traffic, TRAFFIC_BURST, 5 * NS_PER_S)); /* it is cut already */
}
END_TEST

/* Also if it comes in many small reads. */
START_TEST(more_may_come_with_time)
{
    enum { READS_A_SECOND = 1000 };
    begin(0);
    ck_assert(!traffic_receive(&traffic, TRAFFIC_BURST, 0));
    for (int64_t i = 1; i <= (int64_t)10 * READS_A_SECOND; i++) {
        const int64_t bytes = i % (READS_A_SECOND / 16 + 1) == 0 ? TRAFFIC_RATE / 16 - 1 : 0;
        ck_assert(!traffic_receive(&traffic, bytes, i * (NS_PER_S / READS_A_SECOND) + NS_PER_MS));
    }
    ck_assert(traffic_receive(&traffic, TRAFFIC_RATE, 10 * NS_PER_S + NS_PER_MS));
}
END_TEST

START_TEST(silence_is_not_saved)
{
    begin(0);
    ck_assert(!traffic_receive(&traffic, TRAFFIC_BURST, 3600 * NS_PER_S));
    ck_assert(traffic_receive(&traffic, 1, 3600 * NS_PER_S));
}
END_TEST

START_TEST(calls_and_messages_give_credit)
{
    begin(0);
    for (int i = 0; i < 10000; i++) {
        ck_assert(!traffic_receive(&traffic, TRAFFIC_CREDIT, 0));
        traffic_credit(&traffic, TRAFFIC_CREDIT);
    }
    traffic_credit(&traffic, (int64_t)10 * TRAFFIC_BURST); /* no more than all */
    ck_assert(!traffic_receive(&traffic, TRAFFIC_BURST, 0));
    ck_assert(traffic_receive(&traffic, 1, 0));
}
END_TEST

Suite *traffic_suite(void)
{
    Suite *suite = suite_create("traffic");
    TCase *tcase = tcase_create("traffic");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_burst_may_come_at_once);
    tcase_add_test(tcase, more_may_come_with_time);
    tcase_add_test(tcase, silence_is_not_saved);
    tcase_add_test(tcase, calls_and_messages_give_credit);
    return suite;
}
