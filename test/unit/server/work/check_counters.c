/* What a stream's end counts: its status, its error, how long it lived. */
#include "server/work/counters.h"
#include "shared/base/clock.h"
#include "test/kit/fake_service.h"
#include "test/suites.h"

#include <check.h>

static struct service service;
static struct counts counts;

static void set_up(void)
{
    service = fake_service(NULL);
    service.number = 3;
    counts = (struct counts){.live = 0};
}

static void end(enum error error, int64_t lifetime_ns, bool is_finished)
{
    const struct failure outcome = {.error = error};
    counts_add_end(&counts, &service, lifetime_ns, is_finished, &outcome);
}

START_TEST(an_end_counts_its_status_and_its_error)
{
    end(ERROR_NONE, 0, true);
    end(ERROR_NO_SESSION, 0, true);
    end(ERROR_TAKEN_OVER, 0, true);
    end(ERROR_OLDER_ATTEMPT, 0, true);
    end(ERROR_NONE, 0, false);
    end(ERROR_SHUTTING_DOWN, 0, false); /* the client was gone before it got that */
    const uint64_t *handled = counts.services[3].handled;
    ck_assert_uint_eq(handled[STATUS_OK], 1);
    ck_assert_uint_eq(handled[STATUS_NOT_FOUND], 1);
    ck_assert_uint_eq(handled[STATUS_ABORTED], 2);
    ck_assert_uint_eq(handled[STATUS_CANCELLED], 2);
    ck_assert_uint_eq(handled[STATUS_UNAVAILABLE], 0);
    ck_assert_uint_eq(counts.failures[ERROR_NO_SESSION], 1);
    ck_assert_uint_eq(counts.failures[ERROR_TAKEN_OVER], 1);
    ck_assert_uint_eq(counts.failures[ERROR_OLDER_ATTEMPT], 1);
    ck_assert_uint_eq(counts.failures[ERROR_SHUTTING_DOWN], 0);
    ck_assert_uint_eq(counts.failures[ERROR_NONE], 0);
}
END_TEST

static size_t encode_no_session(const struct failure *failure,
                                uint8_t bytes[static SERVICE_ERROR_MAX])
{
    (void)bytes;
    return failure->error == ERROR_NO_SESSION;
}

/* --error-status ok: after a message about the failure the client gets OK. */
START_TEST(an_error_with_a_message_may_end_with_ok)
{
    static struct service_operations operations;
    operations = fake_operations;
    operations.encode_failure = encode_no_session;
    service.operations = &operations;
    service.fails_with_ok = true;
    end(ERROR_NO_SESSION, 0, true);
    end(ERROR_TOO_MANY_SESSIONS, 0, true);
    ck_assert_uint_eq(counts.services[3].handled[STATUS_OK], 1);
    ck_assert_uint_eq(counts.services[3].handled[STATUS_RESOURCE_EXHAUSTED], 1);
    ck_assert_uint_eq(counts.failures[ERROR_NO_SESSION], 1);
}
END_TEST

START_TEST(a_lifetime_is_in_the_bucket_of_its_bound)
{
    for (size_t i = 0; i < STREAM_TIME_BOUNDS; i++) {
        end(ERROR_NONE, stream_time_bounds_ns[i], true);
        end(ERROR_NONE, stream_time_bounds_ns[i] + 1, true);
        ck_assert(i == 0 || stream_time_bounds_ns[i] > stream_time_bounds_ns[i - 1]);
    }
    const uint64_t *lifetimes = counts.services[3].lifetimes;
    ck_assert_uint_eq(lifetimes[0], 1);
    for (size_t i = 1; i < STREAM_TIME_BOUNDS; i++) {
        ck_assert_uint_eq(lifetimes[i], 2);
    }
    ck_assert_uint_eq(lifetimes[STREAM_TIME_BOUNDS], 1);
}
END_TEST

START_TEST(the_sum_has_all_services)
{
    end(ERROR_NONE, NS_PER_S, true);
    service.number = SERVICES_MAX - 1;
    end(ERROR_NONE, NS_PER_S, true);
    counts.services[0].started = 5;
    counts.services[1].sent = 6;
    counts.services[2].received = 7;
    const struct service_counts sum = counts_sum(&counts);
    ck_assert_uint_eq(sum.started, 5);
    ck_assert_uint_eq(sum.sent, 6);
    ck_assert_uint_eq(sum.received, 7);
    ck_assert_uint_eq(sum.handled[STATUS_OK], 2);
    ck_assert_uint_eq(sum.lifetimes[7], 2);
    ck_assert_uint_eq(sum.lifetime_ns, 2 * NS_PER_S);
}
END_TEST

Suite *counters_suite(void)
{
    Suite *suite = suite_create("counters");
    TCase *tcase = tcase_create("counters");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, an_end_counts_its_status_and_its_error);
    tcase_add_test(tcase, an_error_with_a_message_may_end_with_ok);
    tcase_add_test(tcase, a_lifetime_is_in_the_bucket_of_its_bound);
    tcase_add_test(tcase, the_sum_has_all_services);
    return suite;
}
