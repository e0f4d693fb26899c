/* The limit on streams: a shortage of threads lowers it, and it recovers when there are threads. */
#include "server/work/stream_limit.h"
#include "server/work/thread_pool.h"
#include "shared/base/log.h"
#include "test/kit/fake_clock.h"
#include "test/kit/memory_shortage.h"
#include "test/kit/thread_shortage.h"
#include "test/suites.h"

enum { MAX_STREAMS = 100 };

static struct fake_clock fake;
static struct stream_limit limit;

static void set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    fake_clock_init(&fake, NS_PER_S);
    stream_limit_init(&limit, &fake.clock, MAX_STREAMS);
}

static void tear_down(void)
{
    fake_clock_cleanup(&fake);
}

static uint64_t get(void)
{
    return stream_limit_get(&limit);
}

START_TEST(without_a_shortage_it_stays)
{
    for (int minute = 0; minute < 3; minute++) {
        ck_assert_uint_eq(get(), STREAM_LIMIT_NONE);
        fake_clock_advance(&fake, 60 * NS_PER_S);
    }
}
END_TEST

/* At least one stream may come: otherwise no stream would ever find out that threads are back. */
START_TEST(a_shortage_leaves_what_lives_and_one_at_least)
{
    stream_limit_learn(&limit, 7);
    ck_assert_uint_eq(get(), 7);
    stream_limit_learn(&limit, 0);
    ck_assert_uint_eq(get(), 1);
}
END_TEST

START_TEST(it_recovers_within_a_minute)
{
    stream_limit_learn(&limit, 7);
    fake_clock_advance(&fake, STREAM_LIMIT_RETRY_NS - 1);
    ck_assert_uint_eq(get(), 7);
    fake_clock_advance(&fake, 1);
    ck_assert_uint_eq(get(), STREAM_LIMIT_NONE);
    ck_assert_int_le(STREAM_LIMIT_RETRY_NS, 60 * NS_PER_S);
}
END_TEST

START_TEST(a_second_shortage_begins_the_wait_anew)
{
    stream_limit_learn(&limit, 7);
    fake_clock_advance(&fake, STREAM_LIMIT_RETRY_NS - 1);
    stream_limit_learn(&limit, 5);
    fake_clock_advance(&fake, STREAM_LIMIT_RETRY_NS - 1);
    ck_assert_uint_eq(get(), 5);
    fake_clock_advance(&fake, 1);
    ck_assert_uint_eq(get(), STREAM_LIMIT_NONE);
}
END_TEST

START_TEST(while_the_shortage_lasts_it_stays_low)
{
    stream_limit_learn(&limit, 7);
    thread_shortage_begin();
    for (int i = 0; i < 3; i++) {
        fake_clock_advance(&fake, STREAM_LIMIT_RETRY_NS);
        ck_assert_uint_eq(get(), 7);
        ck_assert_uint_eq(get(), 7);
    }
    thread_shortage_end();
    ck_assert_uint_eq(get(), 7); /* too early for the next try */
    fake_clock_advance(&fake, STREAM_LIMIT_RETRY_NS);
    ck_assert_uint_eq(get(), STREAM_LIMIT_NONE);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/* As much memory as lets a thread start again is not enough: the limit would go up and down. */
START_TEST(while_memory_is_short_it_stays_low)
{
    stream_limit_learn(&limit, 7);
    memory_shortage_begin(THREAD_POOL_MEMORY_LEFT + (1 << 20));
    fake_clock_advance(&fake, STREAM_LIMIT_RETRY_NS);
    ck_assert_uint_eq(get(), 7);
    memory_shortage_end();
    fake_clock_advance(&fake, STREAM_LIMIT_RETRY_NS);
    ck_assert_uint_eq(get(), STREAM_LIMIT_NONE);
}
END_TEST

#endif

Suite *stream_limit_suite(void)
{
    Suite *suite = suite_create("stream-limit");
    TCase *shortage = tcase_create("shortage");
    suite_add_tcase(suite, shortage);
    tcase_add_checked_fixture(shortage, set_up, tear_down);
    tcase_add_test(shortage, without_a_shortage_it_stays);
    tcase_add_test(shortage, a_shortage_leaves_what_lives_and_one_at_least);
    tcase_add_test(shortage, it_recovers_within_a_minute);
    tcase_add_test(shortage, a_second_shortage_begins_the_wait_anew);
    tcase_add_test(shortage, while_the_shortage_lasts_it_stays_low);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    tcase_add_test(shortage, while_memory_is_short_it_stays_low);
#endif
    return suite;
}
