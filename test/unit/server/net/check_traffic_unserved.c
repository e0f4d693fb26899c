/* server/net/traffic: how many calls of all connections may be unserved. */
#include "server/net/traffic.h"
#include "test/kit/raw_http2/frames.h"
#include "test/suites.h"

enum { STREAMS = 100 };

static struct traffic_total total;

static void begin(struct traffic *traffic)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const struct traffic_limits limits = {.streams = STREAMS, .waiting = TRAFFIC_WAITING_ALL};
    traffic_init(traffic, &limits, &total, 0);
    ck_assert_int_eq(traffic_read(traffic, preface, sizeof preface - 1), TRAFFIC_IN_BOUNDS);
}

static enum traffic_excess read_streams(struct traffic *traffic, uint32_t count)
{
    struct frames frames = {NULL, 0, 0};
    for (uint32_t i = 0; i < count; i++) {
        frames_add(&frames, FRAME_HEADERS, FRAME_END_HEADERS, 2 * i + 1, NULL, 1);
    }
    const enum traffic_excess excess = traffic_read(traffic, frames.bytes, frames.length);
    frames_cleanup(&frames);
    return excess;
}

enum { UNSERVED_MAX = TRAFFIC_WAITING_ALL + TRAFFIC_WAITING_ALL / TRAFFIC_WAITING_EXTRA };

/* However many connections there are, and however few calls each has. */
START_TEST(connections_with_few_calls_have_a_bound_together)
{
    enum { EACH = 20, CONNECTIONS = 2 * UNSERVED_MAX / EACH };
    struct traffic traffic;
    int taken = 0;
    total = (struct traffic_total){.waiting = 0};
    for (int i = 0; i < CONNECTIONS; i++) {
        struct traffic other;
        begin(&other);
        taken += read_streams(&other, EACH) == TRAFFIC_IN_BOUNDS;
    }
    ck_assert_int_ge(taken, TRAFFIC_WAITING_ALL / EACH);
    ck_assert_int_le(taken, UNSERVED_MAX / EACH);
    begin(&traffic);
    ck_assert_int_eq(read_streams(&traffic, 1), TRAFFIC_IN_BOUNDS); /* who has fewest gets in */
}
END_TEST

/* The acceptor has taken them, and waits for the next: C core has their memory all the same. */
START_TEST(calls_that_exist_count_unless_they_are_served)
{
    struct traffic traffic;
    total = (struct traffic_total){.waiting = 0};
    begin(&traffic);
    atomic_store(&total.is_idle, true);
    atomic_store(&total.existing, UNSERVED_MAX);
    ck_assert_int_eq(read_streams(&traffic, 1), TRAFFIC_WAITING);
    atomic_store(&total.served, UNSERVED_MAX);
    ck_assert_int_eq(read_streams(&traffic, STREAMS), TRAFFIC_IN_BOUNDS);
}
END_TEST

Suite *traffic_unserved_suite(void)
{
    Suite *suite = suite_create("traffic-unserved");
    TCase *tcase = tcase_create("traffic-unserved");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, connections_with_few_calls_have_a_bound_together);
    tcase_add_test(tcase, calls_that_exist_count_unless_they_are_served);
    return suite;
}
