#include "test/kit/sample_result.h"

#include "shared/base/clock.h"

#include <check.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SECONDS = 60, BURSTS = 4, TIMES = 40000 };

static uint64_t random_state;

/* From 0 to 1: a linear congruential generator, for the results shall not depend on anything. */
static double random_fraction(void)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(random_state >> 11) / (double)(UINT64_C(1) << 53);
}

/* Roughly of the normal distribution, from -6 to 6. */
static double random_normal(void)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        sum += random_fraction();
    }
    return sum;
}

static void record(struct histogram *histogram, unsigned count, double median_ns, double width)
{
    for (unsigned i = 0; i < count; i++) {
        histogram_record(histogram, (int64_t)(median_ns * exp(width * random_normal())));
    }
}

static void record_times(struct result *result, uint64_t breaks)
{
    record(&result->first, result->plan->streams, 8.0 * NS_PER_MS, 0.7);
    record(&result->resume, (unsigned)breaks, 640.0 * NS_PER_MS, 0.45);
    record(&result->gap, TIMES, 1.0 * NS_PER_S, 0.004);
    record(&result->gap, TIMES / 400, 1.4 * NS_PER_S, 0.3);
    record(&result->late, TIMES, 0.9 * NS_PER_MS, 0.9);
    record(&result->late, TIMES / 400, 400.0 * NS_PER_MS, 0.5);
}

/* So many percent of the breaks, of streams that were about so old and so long silent. */
static void record_breaks(struct break_table *breaks, uint64_t all, unsigned percent,
                          struct break_kind kind, double age_s, double age_width, double silence_s)
{
    for (uint64_t i = 0; i < all * percent / 100; i++) {
        double age = age_s * exp(age_width * random_normal());
        double silence = silence_s * exp(0.01 * random_normal());
        const struct break_times times = {.at_ns = (int64_t)i * 40 * NS_PER_MS,
                                          .age_ns = (int64_t)(age * (double)NS_PER_S),
                                          .silence_ns = (int64_t)(silence * (double)NS_PER_S)};
        break_table_record(breaks, kind, &times);
    }
}

static void break_streams(struct break_table *breaks, uint64_t all)
{
    record_breaks(breaks, all, 46, (struct break_kind){.cause = BREAK_RESET}, 14, 0.6, 0.4);
    record_breaks(breaks, all, 34, (struct break_kind){.cause = BREAK_GOAWAY}, 30, 0.001, 0.5);
    record_breaks(breaks, all, 11, (struct break_kind){.cause = BREAK_STALLED}, 22, 0.3, 15);
    record_breaks(breaks, all, 6, (struct break_kind){.cause = BREAK_RST_STREAM, .code = 2}, 9, 0.5,
                  0.2);
    record_breaks(breaks, all, 3, (struct break_kind){.cause = BREAK_CHAOS_CUT}, 20, 0.8, 0.3);
    break_table_sort(breaks);
}

/* The share of the breaks that come in this part of the run, in four bursts. */
static double burst(double part)
{
    static const struct {
        double at, share;
    } bursts[BURSTS] = {{0.21, 0.15}, {0.5, 0.45}, {0.517, 0.25}, {0.78, 0.15}};
    for (int i = 0; i < BURSTS; i++) {
        if (fabs(part - bursts[i].at) < 0.5 / SECONDS) {
            return bursts[i].share;
        }
    }
    return 0;
}

static void fill_samples(struct result *result, uint64_t breaks)
{
    struct counts counts = {.started = result->plan->streams};
    double waiting = result->plan->streams;
    for (size_t i = 0; i < result->sample_count; i++) {
        double part = (double)i / (double)result->sample_count;
        uint64_t broken = (uint64_t)((double)breaks * burst(part));
        broken = counts.breaks + broken > breaks ? breaks - counts.breaks : broken;
        if (i + 1 == result->sample_count) {
            broken = breaks - counts.breaks;
        }
        double back = waiting * (i < 4 ? 0.6 : 0.75);
        waiting += (double)broken - back;
        double live = result->plan->streams - floor(waiting);
        counts.breaks += broken;
        counts.resumes = counts.breaks - (counts.breaks < (uint64_t)waiting ? counts.breaks : 0);
        counts.numbers += (uint64_t)(live * (1 + 0.01 * random_normal()) - (double)broken / 2);
        counts.late += broken / 3;
        result->samples[i] = (struct sample){
            .at_ns = (int64_t)(i + 1) * NS_PER_S,
            .length_ns = NS_PER_S,
            .live = (unsigned)live,
            .waiting = (unsigned)waiting,
            .live_lowest = (unsigned)live,
            .waiting_highest = (unsigned)waiting,
            .counts = counts,
        };
        const struct course_point point = {.begin_ns = (int64_t)i * NS_PER_S,
                                           .end_ns = (int64_t)(i + 1) * NS_PER_S,
                                           .live = floor(live),
                                           .waiting = floor(waiting)};
        course_add(&result->course, &point);
    }
    counts.resumes = counts.breaks;
    counts.finished = counts.started;
    result->counts = counts;
}

struct result *sample_result_create(const struct plan *plan)
{
    struct result *result = calloc(1, sizeof *result);
    ck_assert_ptr_nonnull(result);
    uint64_t breaks = (uint64_t)plan->streams * 12 / 100;
    random_state = 4;
    result->plan = plan;
    result->interval_ns = plan->interval_ns;
    result->began = (struct timespec){.tv_sec = 1795459032}; /* 2026-11-23 18:37:12 UTC */
    result->elapsed_ns = plan->duration_ns > 0 ? plan->duration_ns : SECONDS * NS_PER_S;
    result->sample_count = (size_t)(result->elapsed_ns / NS_PER_S);
    result->samples = calloc(result->sample_count + 1, sizeof *result->samples);
    ck_assert_ptr_nonnull(result->samples);
    fill_samples(result, breaks);
    record_times(result, breaks);
    break_streams(&result->breaks, breaks);
    result->addresses = (struct address_table){
        .count = 2, .rows = {{"10.0.0.1:443", 6, plan->streams}, {"[2001:db8::1]:443", 0, 3}}};
    result->outcome = OUTCOME_PROVEN;
    result->measured_ns = result->elapsed_ns - plan->warmup_ns;
    result->measured_numbers = (uint64_t)((double)result->counts.numbers *
                                          (double)result->measured_ns / (double)result->elapsed_ns);
    result->expected = result->counts.numbers;
    result->streams_proven = plan->streams;
    result->most_on_a_connection = plan->connections > 0 ? plan->streams / plan->connections : 0;
    result->peak_rss_bytes = UINT64_C(327483392);
    result->cpu_ns = INT64_C(41200345678);
    return result;
}

void sample_result_destroy(struct result *result)
{
    if (result != NULL) {
        free(result->samples);
        free(result);
    }
}

static void spoil_streams(struct result *result)
{
    result->streams_unfinished = 3;
    result->unfinished_count = 2;
    result->unfinished[0] = (struct unfinished){.outcome = OUTCOME_REFUSED,
                                                .streams = 1,
                                                .first = 17,
                                                .reason = "NOT_FOUND: uuid has no session"};
    result->unfinished[1] =
        (struct unfinished){.outcome = OUTCOME_UNREACHABLE,
                            .streams = 2,
                            .first = 117,
                            .reason = "UNAVAILABLE: Failed to connect: Connection refused"};
    result->streams_held_back = 37;
}

void sample_result_spoil(struct result *result)
{
    enum { KINDS = VIOLATION_KINDS, FOUND = 12 };
    for (unsigned i = 0; i < FOUND; i++) {
        struct violation *violation = &result->violations[i];
        *violation = (struct violation){
            .kind = (enum violation_kind)(i % KINDS),
            .stream = 17 + i,
            .has_uuid = true,
            .uuid = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5, 0x86, 0x75, 0x24, 0x77, 0x13,
                      0xcc, 0x49, (uint8_t)i}},
            .position = 5 + i,
            .amount = i % KINDS == VIOLATION_LATE ? 1234567890 : 1 + i,
            .has_expected = i % 2 == 0,
            .expected = 3856042040 + i,
            .has_received = i % 3 != 0,
            .received = 2229533162 + i,
            .connection = 3,
            .address = "127.0.0.1:54782",
            .at_ns = INT64_C(12034567890) + (int64_t)i * NS_PER_S,
            .after_resume = i % 4 == 1,
        };
    }
    result->violation_count = FOUND;
    result->counts.violations = 2345;
    result->counts.lost = 2000;
    result->counts.repeated = 300;
    result->counts.reordered = 40;
    result->counts.corrupt = 5;
    result->expected += 2000;
    result->streams_proven -= result->streams_proven < 20 ? result->streams_proven : 20;
    result->outcome = OUTCOME_VIOLATED;
    spoil_streams(result);
}
