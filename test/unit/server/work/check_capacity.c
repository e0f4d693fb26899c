/* server/work/capacity: how many streams each ceiling holds, to the last one, and what is logged.
 */
#include "server/work/capacity.h"
#include "test/kit/capture.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STREAMS_MAX = 1000000 };

#define CHILD "/sys/fs/cgroup/pids/above/own"

/* No ceilings, on two processors. */
static struct capacity unlimited(void)
{
    struct capacity capacity = {.processors = 2, .pids_max = CHILD "/pids.max"};
    for (enum ceiling_kind kind = 0; kind < CEILING_KINDS; kind++) {
        capacity.ceilings[kind] = (struct ceiling){.max = CEILING_NONE, .used = 100};
    }
    return capacity;
}

/* With 100 in use: the lowest ceiling that holds 1,000 and 250 watches (for 5,000: 1,000),
 * and what to raise it to for 5,000. */
static const struct {
    uint64_t max;
    uint64_t raise_to;
} thousands[CEILING_KINDS] = {
    [CEILING_PID_MAX] = {100 + 300 + 64 + 2 * 4 + 1250, 8000},
    [CEILING_THREADS_MAX] = {100 + 64 + 2 * 4 + 1250, 8000},
    [CEILING_CGROUP] = {100 + 64 + 2 * 4 + 1250, 8000},
    [CEILING_NPROC] = {100 + 64 + 2 * 4 + 1250, 8000},
    [CEILING_MAPS] = {100 + 1024 + 2 * 24 + 2563, 15000},
    [CEILING_NOFILE] = {100 + 32 + 1000, 7000},
};

START_TEST(each_ceiling_holds_so_many_and_no_more)
{
    struct capacity capacity = unlimited();
    struct ceiling *ceiling = &capacity.ceilings[_i];
    const enum ceiling_kind kind = (enum ceiling_kind)_i;
    ck_assert_uint_eq(capacity_can_hold(&capacity, kind), CEILING_NONE);
    ceiling->max = thousands[_i].max;
    ck_assert_uint_eq(capacity_can_hold(&capacity, kind), 1000);
    ceiling->max--;
    ck_assert_uint_eq(capacity_can_hold(&capacity, kind), 999);
    ceiling->used++;
    ceiling->max++;
    ck_assert_uint_eq(capacity_can_hold(&capacity, kind), 999);
    ceiling->max++;
    ck_assert_uint_eq(capacity_can_hold(&capacity, kind), 1000);
}
END_TEST

START_TEST(more_processors_keep_more)
{
    static const uint64_t more[CEILING_KINDS] = {4, 4, 4, 4, 24, 0};
    struct capacity capacity = unlimited();
    capacity.ceilings[_i].max = thousands[_i].max;
    capacity.processors = 3;
    ck_assert(more[_i] == 0 || capacity_can_hold(&capacity, (enum ceiling_kind)_i) < 1000);
    capacity.ceilings[_i].max += more[_i];
    ck_assert_uint_eq(capacity_can_hold(&capacity, (enum ceiling_kind)_i), 1000);
}
END_TEST

START_TEST(a_small_system_keeps_half_and_serves)
{
    struct capacity capacity = unlimited();
    struct ceiling *ceiling = &capacity.ceilings[CEILING_CGROUP];
    ceiling->max = ceiling->used + 40;
    ck_assert_uint_eq(capacity_can_hold(&capacity, CEILING_CGROUP), 16);
    ceiling->max = ceiling->used + 2;
    ck_assert_uint_eq(capacity_can_hold(&capacity, CEILING_CGROUP), 1);
    ceiling->max = ceiling->used;
    ck_assert_uint_eq(capacity_can_hold(&capacity, CEILING_CGROUP), 1);
    ceiling->max = 0;
    ck_assert_uint_eq(capacity_can_hold(&capacity, CEILING_CGROUP), 1);
}
END_TEST

START_TEST(a_ceiling_raised_as_told_suffices)
{
    struct capacity capacity = unlimited();
    const enum ceiling_kind kind = (enum ceiling_kind)_i;
    ck_assert_uint_eq(capacity_raise_to(&capacity, kind, 5000), thousands[_i].raise_to);
    for (uint64_t wanted = 1; wanted <= STREAMS_MAX; wanted = wanted * 3 + 1) {
        capacity.ceilings[_i].max = capacity_raise_to(&capacity, kind, wanted);
        capacity.ceilings[_i].used = 100 + 900; /* other programs use more meanwhile */
        ck_assert_uint_ge(capacity_can_hold(&capacity, kind), wanted);
        capacity.ceilings[_i].used = 100;
    }
}
END_TEST

START_TEST(the_tightest_ceiling_of_streams_admits)
{
    struct capacity capacity = unlimited();
    ck_assert_uint_eq(capacity_admit(&capacity, 10000), 10000);
    capacity.ceilings[CEILING_NOFILE].max = 200; /* streams may share a connection */
    ck_assert_uint_eq(capacity_admit(&capacity, 10000), 10000);
    capacity.ceilings[_i].max = thousands[_i].max;
    ck_assert_uint_eq(capacity_admit(&capacity, 10000), 1000);
    ck_assert_uint_eq(capacity_admit(&capacity, 1000), 1000);
    ck_assert_uint_eq(capacity_admit(&capacity, 999), 999);
    enum ceiling_kind other = _i == CEILING_PID_MAX ? CEILING_MAPS : CEILING_PID_MAX;
    capacity.ceilings[other].max = thousands[other].max + 100;
    ck_assert_uint_eq(capacity_admit(&capacity, 10000), 1000);
    capacity.ceilings[other].max = thousands[other].max - 1;
    ck_assert_uint_eq(capacity_admit(&capacity, 10000), 999);
}
END_TEST

START_TEST(the_ceiling_of_descriptors_admits_connections)
{
    struct capacity capacity = unlimited();
    ck_assert_uint_eq(capacity_admit_connections(&capacity, 10000), 10000);
    capacity.ceilings[CEILING_PID_MAX].max = 500; /* connections have no threads */
    ck_assert_uint_eq(capacity_admit_connections(&capacity, 10000), 10000);
    capacity.ceilings[CEILING_NOFILE].max = thousands[CEILING_NOFILE].max;
    ck_assert_uint_eq(capacity_admit_connections(&capacity, 10000), 1000);
    ck_assert_uint_eq(capacity_admit_connections(&capacity, 1000), 1000);
    ck_assert_uint_eq(capacity_admit_connections(&capacity, 999), 999);
}
END_TEST

/* What capacity_report writes, without the times. */
static const char *report(const struct capacity *capacity, uint64_t streams, uint64_t connections)
{
    static char text[CAPTURE_SIZE];
    static char lines[CAPTURE_SIZE];
    struct capture capture;
    capture_begin(&capture, STDERR_FILENO);
    capacity_report(capacity, streams, connections);
    capture_end(&capture, text);
    size_t used = 0;
    lines[0] = '\0';
    for (char *rest = NULL, *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        ck_assert_ptr_nonnull(strchr(line, ' '));
        used += (size_t)snprintf(lines + used, sizeof lines - used, "%s\n", strchr(line, ' ') + 1);
    }
    return lines;
}

START_TEST(each_ceiling_that_is_too_low_is_said_tightest_first)
{
    struct capacity capacity = unlimited();
    for (enum ceiling_kind kind = 0; kind < CEILING_KINDS; kind++) {
        capacity.ceilings[kind].max = thousands[kind].max;
    }
    ck_assert_str_eq(report(&capacity, 1000, 1000), "");
    capacity.ceilings[CEILING_PID_MAX].max -= 100;
    capacity.ceilings[CEILING_THREADS_MAX].max -= 50;
    capacity.ceilings[CEILING_CGROUP].max -= 60;
    capacity.ceilings[CEILING_NPROC].max -= 1;
    capacity.ceilings[CEILING_MAPS].max -= 328; /* the maps of 160 threads */
    capacity.ceilings[CEILING_NOFILE].max -= 500;
    ck_assert_str_eq(
        report(&capacity, 1000, 600),
        "warn   fewer streams max-streams=1000 can-hold=872 limit=vm.max_map_count "
        "raise=\"sysctl -w vm.max_map_count=5000\"\n"
        "warn   fewer streams max-streams=1000 can-hold=920 limit=kernel.pid_max "
        "raise=\"sysctl -w kernel.pid_max=3000\"\n"
        "warn   fewer streams max-streams=1000 can-hold=952 limit=pids.max "
        "raise=\"echo 3000 >'" CHILD "/pids.max'\"\n"
        "warn   fewer streams max-streams=1000 can-hold=960 limit=kernel.threads-max "
        "raise=\"sysctl -w kernel.threads-max=3000\"\n"
        "warn   fewer streams max-streams=1000 can-hold=999 limit=nproc raise=\"ulimit -u 3000\"\n"
        "warn   fewer connections max-connections=600 can-hold=500 limit=nofile "
        "raise=\"ulimit -n 2000\"\n");
}
END_TEST

static const struct {
    uint64_t admitted;
    uint64_t streams;
} halves[] = {{1, 1},      {2, 1},       {3, 1},       {4, 2},        {999, 499},
              {1999, 999}, {2000, 1000}, {2001, 1000}, {10000, 1000}, {STREAMS_MAX, 1000}};

START_TEST(one_connection_has_half_of_the_streams_at_most)
{
    struct capture capture;
    char text[CAPTURE_SIZE];
    capture_begin(&capture, STDERR_FILENO);
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
        ck_assert_uint_eq(capacity_connection_streams(halves[i].admitted, 0), halves[i].streams);
    }
    capture_end(&capture, text);
    ck_assert_str_eq(text, "");
}
END_TEST

/* A given value holds; only one with which a connection could take all streams is warned of. */
START_TEST(a_given_share_of_a_connection_holds)
{
    static const uint64_t all[] = {100, 101, STREAMS_MAX};
    struct capture capture;
    char text[CAPTURE_SIZE];
    capture_begin(&capture, STDERR_FILENO);
    ck_assert_uint_eq(capacity_connection_streams(100, 99), 99);
    ck_assert_uint_eq(capacity_connection_streams(100, 1), 1);
    ck_assert_uint_eq(capacity_connection_streams(1, 1), 1);
    ck_assert_uint_eq(capacity_connection_streams(1, 5), 5); /* nobody could give it less */
    capture_end(&capture, text);
    ck_assert_str_eq(text, "");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char wanted[CAPTURE_SIZE];
        snprintf(wanted, sizeof wanted,
                 " warn   one connection can take all streams max-connection-streams=%llu "
                 "max-streams=100 hint=\"set --max-connection-streams below --max-streams\"\n",
                 (unsigned long long)all[i]);
        capture_begin(&capture, STDERR_FILENO);
        ck_assert_uint_eq(capacity_connection_streams(100, all[i]), all[i]);
        capture_end(&capture, text);
        ck_assert_ptr_nonnull(strchr(text, ' '));
        ck_assert_str_eq(strchr(text, ' '), wanted);
    }
}
END_TEST

Suite *capacity_suite(void)
{
    Suite *suite = suite_create("capacity");
    TCase *tcase = tcase_create("capacity");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, each_ceiling_holds_so_many_and_no_more, 0, CEILING_KINDS);
    tcase_add_loop_test(tcase, more_processors_keep_more, 0, CEILING_KINDS);
    tcase_add_test(tcase, a_small_system_keeps_half_and_serves);
    tcase_add_loop_test(tcase, a_ceiling_raised_as_told_suffices, 0, CEILING_KINDS);
    tcase_add_loop_test(tcase, the_tightest_ceiling_of_streams_admits, 0, CEILING_NOFILE);
    tcase_add_test(tcase, the_ceiling_of_descriptors_admits_connections);
    tcase_add_test(tcase, each_ceiling_that_is_too_low_is_said_tightest_first);
    tcase_add_test(tcase, one_connection_has_half_of_the_streams_at_most);
    tcase_add_test(tcase, a_given_share_of_a_connection_holds);
    return suite;
}
