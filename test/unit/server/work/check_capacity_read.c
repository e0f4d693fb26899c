/*
 * server/work/capacity_read: the ceilings of the system, read from files of /proc and /sys that the
 * tests write.
 */
#define _GNU_SOURCE /* nftw */
#include "server/work/capacity_read.h"
#include "test/suites.h"

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DESCRIPTORS = 16, PATH_SIZE = 256, STREAMS = 1000000 };

static char root[PATH_SIZE];

static void make_root(void)
{
    snprintf(root, sizeof root, "/tmp/comms-check-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status;
    (void)type;
    (void)at;
    return remove(path);
}

static void remove_root(void)
{
    ck_assert_int_eq(nftw(root, remove_entry, DESCRIPTORS, FTW_DEPTH | FTW_PHYS), 0);
}

/* Writes a file below `root`, and makes the folders above it. */
static void lay(const char *name, const char *text)
{
    char path[2 * PATH_SIZE];
    snprintf(path, sizeof path, "%s%s", root, name);
    for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        mkdir(path, 0700); /* fails if it exists */
        *at = '/';
    }
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "%s", path);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* Text of /proc/self/limits, in the kernel's columns. */
#define LIMITS(processes, files)                                                                   \
    "Limit                     Soft Limit           Hard Limit           Units     \n"             \
    "Max cpu time              unlimited            unlimited            seconds   \n"             \
    "Max processes             " processes "                 96365                processes \n"    \
    "Max open files            " files "                20000                files     \n"

#define STATUS(user, threads, powers)                                                              \
    "Name:\tcomms-server\nUid:\t" user "\t0\t0\t0\nThreads:\t" threads "\nCapEff:\t" powers        \
    "\nSeccomp:\t0\n"
#define POWERLESS "0000000000000000"

static void lay_system(void)
{
    lay("/proc/sys/kernel/pid_max", "32768\n");
    lay("/proc/sys/kernel/threads-max", "192730\n");
    lay("/proc/sys/vm/max_map_count", "65530\n");
    lay("/proc/loadavg", "0.52 0.42 0.18 2/90 10641\n");
    lay("/proc/self/maps", "one\ntwo\nthree\n");
    lay("/proc/self/fd/0", "");
    lay("/proc/self/fd/1", "");
    lay("/proc/self/limits", LIMITS("700", "4000"));
    lay("/proc/self/status", STATUS("1000", "1", POWERLESS));
    lay("/proc/7/status", STATUS("1000", "1", POWERLESS));
    lay("/proc/8/status", STATUS("1000", "20", POWERLESS));
    lay("/proc/9/status", STATUS("1001", "300", POWERLESS));
    lay("/proc/10/stat", "10");
    lay("/proc/self/cgroup", "0::/own\n");
    lay("/sys/fs/cgroup/own/pids.max", "500\n");
    lay("/sys/fs/cgroup/own/pids.current", "12\n");
}

static struct capacity read_root(void)
{
    struct capacity capacity;
    capacity_read(&capacity, root);
    return capacity;
}

static void expect_ceiling(const struct capacity *capacity, enum ceiling_kind kind, uint64_t max,
                           uint64_t used)
{
    ck_assert_msg(capacity->ceilings[kind].max == max && capacity->ceilings[kind].used == used,
                  "ceiling %d: %llu of %llu, not %llu of %llu", (int)kind,
                  (unsigned long long)capacity->ceilings[kind].used,
                  (unsigned long long)capacity->ceilings[kind].max, (unsigned long long)used,
                  (unsigned long long)max);
}

START_TEST(all_ceilings_are_read)
{
    lay_system();
    struct capacity capacity = read_root();
    expect_ceiling(&capacity, CEILING_PID_MAX, 32768, 90);
    expect_ceiling(&capacity, CEILING_THREADS_MAX, 192730, 90);
    expect_ceiling(&capacity, CEILING_CGROUP, 500, 12);
    ck_assert_str_eq(capacity.pids_max, "/sys/fs/cgroup/own/pids.max");
    expect_ceiling(&capacity, CEILING_NPROC, 700, 21);
    expect_ceiling(&capacity, CEILING_MAPS, 65530, 3);
    expect_ceiling(&capacity, CEILING_NOFILE, 4000, 2);
    ck_assert_uint_ge(capacity.processors, 1);
}
END_TEST

START_TEST(what_is_not_there_is_no_ceiling)
{
    struct capacity capacity = read_root();
    for (enum ceiling_kind kind = 0; kind < CEILING_KINDS; kind++) {
        expect_ceiling(&capacity, kind, CEILING_NONE, 0);
        ck_assert_uint_eq(capacity_can_hold(&capacity, kind), CEILING_NONE);
    }
    ck_assert_uint_eq(capacity_admit(&capacity, STREAMS), STREAMS);
}
END_TEST

/* A file that replaces one of lay_system's, and the ceiling that is read then. */
static const struct {
    const char *name;
    const char *text;
    enum ceiling_kind kind;
    uint64_t max;
    uint64_t used;
} odd_files[] = {
    {"/proc/sys/kernel/pid_max", "", CEILING_PID_MAX, CEILING_NONE, 90},
    {"/proc/sys/kernel/pid_max", "banana\n", CEILING_PID_MAX, CEILING_NONE, 90},
    {"/proc/sys/kernel/pid_max", "32768 banana\n", CEILING_PID_MAX, CEILING_NONE, 90},
    {"/proc/sys/kernel/pid_max", "-1\n", CEILING_PID_MAX, CEILING_NONE, 90},
    {"/proc/sys/kernel/pid_max", "99999999999999999999\n", CEILING_PID_MAX, CEILING_NONE, 90},
    {"/proc/sys/kernel/pid_max", "32768", CEILING_PID_MAX, 32768, 90},
    {"/proc/sys/kernel/threads-max", "0x10\n", CEILING_THREADS_MAX, CEILING_NONE, 90},
    {"/proc/sys/vm/max_map_count", "many\n", CEILING_MAPS, CEILING_NONE, 3},
    {"/proc/loadavg", "0.52 0.42 0.18 90 10641\n", CEILING_PID_MAX, 32768, 0},
    {"/proc/loadavg", "0.52 0.42 0.18 2/ 10641\n", CEILING_THREADS_MAX, 192730, 0},
    {"/proc/loadavg", "", CEILING_PID_MAX, 32768, 0},
    {"/proc/self/maps", "", CEILING_MAPS, 65530, 0},
    {"/proc/self/limits", LIMITS("unlimited", "4000"), CEILING_NPROC, CEILING_NONE, 0},
    {"/proc/self/limits", LIMITS("700", "unlimited"), CEILING_NOFILE, CEILING_NONE, 2},
    {"/proc/self/limits", "Max open files\n", CEILING_NOFILE, CEILING_NONE, 2},
    {"/proc/self/limits", "no Max open files 9\n", CEILING_NOFILE, CEILING_NONE, 2},
    {"/proc/self/status", "nothing\n", CEILING_NPROC, CEILING_NONE, 0},
    {"/proc/self/status", STATUS("1000", "1", "ffffffffffffffffffff"), CEILING_NPROC, 700, 21},
    {"/proc/self/status", STATUS("1000", "1", "all"), CEILING_NPROC, 700, 21},
    {"/proc/self/status", STATUS("1000", "1", "1000000 1"), CEILING_NPROC, 700, 21},
    {"/proc/8/status", "Uid:\t1000\t0\nThreads:\tmany\n", CEILING_NPROC, 700, 1},
    {"/sys/fs/cgroup/own/pids.max", "max\n", CEILING_CGROUP, CEILING_NONE, 0},
    {"/sys/fs/cgroup/own/pids.max", "500 600\n", CEILING_CGROUP, CEILING_NONE, 0},
    {"/sys/fs/cgroup/own/pids.current", "few\n", CEILING_CGROUP, 500, 0},
    {"/proc/self/cgroup", "", CEILING_CGROUP, CEILING_NONE, 0},
    {"/proc/self/cgroup", "0:/own\n", CEILING_CGROUP, CEILING_NONE, 0},
    {"/proc/self/cgroup", "0::own\n", CEILING_CGROUP, CEILING_NONE, 0},
    {"/proc/self/cgroup", "0::/other\n", CEILING_CGROUP, CEILING_NONE, 0},
};

START_TEST(odd_files_are_judged_strictly)
{
    lay_system();
    lay(odd_files[_i].name, odd_files[_i].text);
    struct capacity capacity = read_root();
    expect_ceiling(&capacity, odd_files[_i].kind, odd_files[_i].max, odd_files[_i].used);
}
END_TEST

/* Root, and a process with CAP_SYS_RESOURCE or CAP_SYS_ADMIN, may exceed the user's limit. */
START_TEST(the_ceiling_of_a_user_binds_no_root)
{
    static const struct {
        const char *status;
        bool binds;
    } processes[] = {
        {STATUS("0", "1", POWERLESS), false},
        {STATUS("1000", "1", POWERLESS), true},
        {STATUS("1000", "1", "0000000001000000"), false},
        {STATUS("1000", "1", "0000000000200000"), false},
        {STATUS("1000", "1", "00000000fedfffff"), true},
        {STATUS("1000", "1", "000001ffffffffff"), false},
    };
    lay_system();
    lay("/proc/self/status", processes[_i].status);
    struct capacity capacity = read_root();
    expect_ceiling(&capacity, CEILING_NPROC, processes[_i].binds ? 700 : CEILING_NONE,
                   processes[_i].binds ? 21 : 0);
}
END_TEST

/* Of nested groups, the one that leaves the least room counts; of several such groups, the deepest.
 * NULL: no such file. */
static const struct {
    const char *groups;
    const char *own[2]; /* pids.max, pids.current */
    const char *above[2];
    const char *top[2];
    uint64_t max;
    uint64_t used;
    const char *file; /* path below the mount */
} nested[] = {
    {"/above/own", {"90", "1"}, {"100", "1"}, {NULL, NULL}, 90, 1, "/above/own/pids.max"},
    {"/above/own", {"90", "1"}, {"91", "2"}, {"89", "0"}, 90, 1, "/above/own/pids.max"},
    {"/above/own", {"90", "1"}, {"100", "50"}, {NULL, NULL}, 100, 50, "/above/pids.max"},
    {"/above/own", {"max", "1"}, {"100", "50"}, {NULL, NULL}, 100, 50, "/above/pids.max"},
    {"/above/own", {NULL, NULL}, {"max", "7"}, {"80", "9"}, 80, 9, "/pids.max"},
    {"/above/own", {"max", "1"}, {"max", "1"}, {"max", "1"}, CEILING_NONE, 0, ""},
    {"/above/own", {"10", "20"}, {"100", "1"}, {NULL, NULL}, 10, 20, "/above/own/pids.max"},
    {"/above/own", {"90", NULL}, {"100", "1"}, {NULL, NULL}, 90, 0, "/above/own/pids.max"},
    {"/above", {"1", "0"}, {"100", "50"}, {NULL, NULL}, 100, 50, "/above/pids.max"},
    {"/", {"1", "0"}, {"2", "0"}, {"80", "9"}, 80, 9, "/pids.max"},
    {"/of/the/host", {"1", "0"}, {"2", "0"}, {"80", "9"}, 80, 9, "/pids.max"},
};

static void lay_group(const char *mount, const char *group, const char *const files[2])
{
    static const char *const names[] = {"pids.max", "pids.current"};
    for (int i = 0; i < 2; i++) {
        if (files[i] != NULL) {
            char name[PATH_SIZE];
            snprintf(name, sizeof name, "%s%s/%s", mount, group, names[i]);
            lay(name, files[i]);
        }
    }
}

static void expect_nested(int i, const char *mount, const char *before, const char *behind)
{
    char text[PATH_SIZE];
    snprintf(text, sizeof text, "%s%s%s", before, nested[i].groups, behind);
    lay("/proc/self/cgroup", text);
    lay_group(mount, "/above/own", nested[i].own);
    lay_group(mount, "/above", nested[i].above);
    lay_group(mount, "", nested[i].top);
    struct capacity capacity = read_root();
    expect_ceiling(&capacity, CEILING_CGROUP, nested[i].max, nested[i].used);
    snprintf(text, sizeof text, "%s%s", *nested[i].file != '\0' ? mount : "", nested[i].file);
    ck_assert_str_eq(capacity.pids_max, text);
}

START_TEST(the_tightest_of_nested_groups_counts)
{
    expect_nested(_i, "/sys/fs/cgroup", "0::", "\n");
}
END_TEST

START_TEST(so_it_does_in_version_1)
{
    expect_nested(_i, "/sys/fs/cgroup/pids",
                  "9:name=systemd:/no\n8:pids:", "\n7:cpu:/no\n0::/no\n");
}
END_TEST

START_TEST(controllers_may_share_a_mount_of_version_1)
{
    static const char *const files[2] = {"33", "3"};
    lay_group("/sys/fs/cgroup/pids", "/own", files);
    lay("/proc/self/cgroup", "4:cpu,pids:/own\n");
    struct capacity capacity = read_root();
    expect_ceiling(&capacity, CEILING_CGROUP, 33, 3);
    lay("/proc/self/cgroup", "4:pids,cpu:/own\n");
    capacity = read_root();
    expect_ceiling(&capacity, CEILING_CGROUP, 33, 3);
    lay("/proc/self/cgroup", "4:rapids,pids2,name=pids:/own\n");
    capacity = read_root();
    expect_ceiling(&capacity, CEILING_CGROUP, CEILING_NONE, 0);
}
END_TEST

/* A group whose path is too long is skipped; the groups above it count. */
START_TEST(a_group_with_a_long_name_is_passed_over)
{
    char line[2 * CAPACITY_PATH_SIZE] = "0::/above/";
    static const char *const files[2] = {"33", "3"};
    memset(line + strlen(line), 'x', CAPACITY_PATH_SIZE);
    lay_group("/sys/fs/cgroup", "/above", files);
    lay("/proc/self/cgroup", line);
    struct capacity capacity = read_root();
    expect_ceiling(&capacity, CEILING_CGROUP, 33, 3);
}
END_TEST

Suite *capacity_read_suite(void)
{
    Suite *suite = suite_create("capacity-read");
    TCase *tcase = tcase_create("capacity-read");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, make_root, remove_root);
    tcase_add_test(tcase, all_ceilings_are_read);
    tcase_add_test(tcase, what_is_not_there_is_no_ceiling);
    tcase_add_loop_test(tcase, odd_files_are_judged_strictly, 0,
                        sizeof odd_files / sizeof *odd_files);
    tcase_add_loop_test(tcase, the_ceiling_of_a_user_binds_no_root, 0, 6);
    tcase_add_loop_test(tcase, the_tightest_of_nested_groups_counts, 0,
                        sizeof nested / sizeof *nested);
    tcase_add_loop_test(tcase, so_it_does_in_version_1, 0, sizeof nested / sizeof *nested);
    tcase_add_test(tcase, controllers_may_share_a_mount_of_version_1);
    tcase_add_test(tcase, a_group_with_a_long_name_is_passed_over);
    return suite;
}
