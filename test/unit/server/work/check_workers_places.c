/* Which streams the workers admit: each kind of service has places of its own. */
#include "server/work/places.h"
#include "server/work/workers.h"
#include "test/kit/fake_clock.h"
#include "test/kit/fake_service.h"
#include "test/kit/fake_stream.h"
#include "test/suites.h"

#include <sched.h>

enum { MAX_STREAMS = 3, OTHERS = PLACES_WATCHES_MIN + 2 };

static struct fake_clock fake;
static struct fake_record record;
static struct service others[SERVICE_PLACES_KINDS];
static struct workers *workers;
static struct failure failure;

static void note_drained(void)
{
}

static void set_up(void)
{
    fake_clock_init(&fake, NS_PER_S);
    record = (struct fake_record){.clock = &fake.clock};
    for (int kind = 0; kind < SERVICE_PLACES_KINDS; kind++) {
        others[kind] = fake_service(&record);
        others[kind].is_paced = true;
        others[kind].places = (enum service_places)kind;
    }
    const struct workers_settings settings = {.clock = &fake.clock,
                                              .max_streams = MAX_STREAMS,
                                              .send_timeout_ns = 30 * NS_PER_S,
                                              .drained = note_drained};
    workers = workers_create(&settings);
    ck_assert_ptr_nonnull(workers);
}

static void tear_down(void)
{
    workers_destroy(workers);
    fake_clock_cleanup(&fake);
}

/* Hands over streams of this kind until one is refused; returns how many are live. */
static size_t fill(struct fake_stream taken[static OTHERS], enum service_places kind)
{
    size_t count = 0;
    for (enum error error = ERROR_NONE; error == ERROR_NONE; count += error == ERROR_NONE) {
        ck_assert_uint_lt(count, OTHERS);
        fake_stream_init(&taken[count], &others[kind]);
        error = workers_hand_over(workers, &taken[count].stream, &failure);
        if (error == ERROR_NONE) {
            fake_stream_expect(&taken[count], FAKE_OPEN);
            fake_stream_expect(&taken[count], FAKE_RECEIVE);
        } else {
            ck_assert_int_eq(error, ERROR_TOO_MANY_STREAMS);
            fake_stream_cleanup(&taken[count]);
        }
    }
    ck_assert_uint_eq(workers_live_in(workers, kind), count);
    return count;
}

static void empty(struct fake_stream *taken, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fake_stream_bring(&taken[i], "end");
        fake_stream_expect_good_end(&taken[i], ERROR_NONE);
        fake_stream_cleanup(&taken[i]);
    }
}

/* Whichever kind comes first: a full server answers, and watches keep no stream out. */
START_TEST(each_kind_of_service_has_places_of_its_own)
{
    static struct fake_stream taken[SERVICE_PLACES_KINDS][OTHERS];
    size_t counts[SERVICE_PLACES_KINDS];
    for (int i = 0; i < SERVICE_PLACES_KINDS; i++) {
        const enum service_places kind = (enum service_places)((_i + i) % SERVICE_PLACES_KINDS);
        counts[kind] = fill(taken[kind], kind);
        ck_assert_uint_eq(counts[kind], places_of(kind, MAX_STREAMS));
        ck_assert_uint_eq(workers_count(workers).live[kind], counts[kind]);
    }
    for (int kind = 0; kind < SERVICE_PLACES_KINDS; kind++) {
        empty(taken[kind], counts[kind]);
    }
    for (int kind = 0; kind < SERVICE_PLACES_KINDS; kind++) {
        while (workers_live_in(workers, (enum service_places)kind) > 0) {
            sched_yield();
        }
    }
}
END_TEST

Suite *workers_places_suite(void)
{
    Suite *suite = suite_create("workers-places");
    TCase *admission = tcase_create("admission");
    suite_add_tcase(suite, admission);
    tcase_add_checked_fixture(admission, set_up, tear_down);
    tcase_add_loop_test(admission, each_kind_of_service_has_places_of_its_own, 0,
                        SERVICE_PLACES_KINDS);
    return suite;
}
