/*
 * What the system lets the server hold: read from a /proc and a /sys that the tests lay out,
 * counted to the last stream, said by the program at its start.
 */
#define _GNU_SOURCE /* nftw */
#include "server/work/limits.h"
#include "test/kit/capture.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DESCRIPTORS = 16, PATH_SIZE = 256, STREAMS_MAX = 1000000 };

#define CHILD "/sys/fs/cgroup/pids/above/own"

/* ---- A system of our own ----------------------------------------------------------------------*/

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

/* Writes a file of it, with the folders above it. */
static void lay(const char *name, const char *text)
{
    char path[2 * PATH_SIZE];
    snprintf(path, sizeof path, "%s%s", root, name);
    for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        mkdir(path, 0700); /* it may be there */
        *at = '/';
    }
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "%s", path);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* What other programs show of limits, in the kernel's own columns. */
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

static struct limits read_root(void)
{
    struct limits limits;
    limits_read(&limits, root);
    return limits;
}

static void expect_limit(const struct limits *limits, enum limit_kind kind, uint64_t max,
                         uint64_t used)
{
    ck_assert_msg(limits->kinds[kind].max == max && limits->kinds[kind].used == used,
                  "limit %d: %llu of %llu, not %llu of %llu", (int)kind,
                  (unsigned long long)limits->kinds[kind].used,
                  (unsigned long long)limits->kinds[kind].max, (unsigned long long)used,
                  (unsigned long long)max);
}

START_TEST(all_limits_are_read)
{
    lay_system();
    struct limits limits = read_root();
    expect_limit(&limits, LIMIT_PID_MAX, 32768, 90);
    expect_limit(&limits, LIMIT_THREADS_MAX, 192730, 90);
    expect_limit(&limits, LIMIT_CGROUP, 500, 12);
    ck_assert_str_eq(limits.pids_max, "/sys/fs/cgroup/own/pids.max");
    expect_limit(&limits, LIMIT_NPROC, 700, 21);
    expect_limit(&limits, LIMIT_MAPS, 65530, 3);
    expect_limit(&limits, LIMIT_NOFILE, 4000, 2);
    ck_assert_uint_ge(limits.processors, 1);
}
END_TEST

START_TEST(what_is_not_there_is_no_limit)
{
    struct limits limits = read_root();
    for (enum limit_kind kind = 0; kind < LIMIT_KINDS; kind++) {
        expect_limit(&limits, kind, LIMIT_NONE, 0);
        ck_assert_uint_eq(limits_can_hold(&limits, kind), LIMIT_NONE);
    }
    ck_assert_uint_eq(limits_admit(&limits, STREAMS_MAX), STREAMS_MAX);
}
END_TEST

/* A file in place of one of lay_system's, and what then is read. */
static const struct {
    const char *name;
    const char *text;
    enum limit_kind kind;
    uint64_t max;
    uint64_t used;
} odd_files[] = {
    {"/proc/sys/kernel/pid_max", "", LIMIT_PID_MAX, LIMIT_NONE, 90},
    {"/proc/sys/kernel/pid_max", "banana\n", LIMIT_PID_MAX, LIMIT_NONE, 90},
    {"/proc/sys/kernel/pid_max", "32768 banana\n", LIMIT_PID_MAX, LIMIT_NONE, 90},
    {"/proc/sys/kernel/pid_max", "-1\n", LIMIT_PID_MAX, LIMIT_NONE, 90},
    {"/proc/sys/kernel/pid_max", "99999999999999999999\n", LIMIT_PID_MAX, LIMIT_NONE, 90},
    {"/proc/sys/kernel/pid_max", "32768", LIMIT_PID_MAX, 32768, 90},
    {"/proc/sys/kernel/threads-max", "0x10\n", LIMIT_THREADS_MAX, LIMIT_NONE, 90},
    {"/proc/sys/vm/max_map_count", "many\n", LIMIT_MAPS, LIMIT_NONE, 3},
    {"/proc/loadavg", "0.52 0.42 0.18 90 10641\n", LIMIT_PID_MAX, 32768, 0},
    {"/proc/loadavg", "0.52 0.42 0.18 2/ 10641\n", LIMIT_THREADS_MAX, 192730, 0},
    {"/proc/loadavg", "", LIMIT_PID_MAX, 32768, 0},
    {"/proc/self/maps", "", LIMIT_MAPS, 65530, 0},
    {"/proc/self/limits", LIMITS("unlimited", "4000"), LIMIT_NPROC, LIMIT_NONE, 0},
    {"/proc/self/limits", LIMITS("700", "unlimited"), LIMIT_NOFILE, LIMIT_NONE, 2},
    {"/proc/self/limits", "Max open files\n", LIMIT_NOFILE, LIMIT_NONE, 2},
    {"/proc/self/limits", "no Max open files 9\n", LIMIT_NOFILE, LIMIT_NONE, 2},
    {"/proc/self/status", "nothing\n", LIMIT_NPROC, LIMIT_NONE, 0},
    {"/proc/self/status", STATUS("1000", "1", "ffffffffffffffffffff"), LIMIT_NPROC, 700, 21},
    {"/proc/self/status", STATUS("1000", "1", "all"), LIMIT_NPROC, 700, 21},
    {"/proc/self/status", STATUS("1000", "1", "1000000 1"), LIMIT_NPROC, 700, 21},
    {"/proc/8/status", "Uid:\t1000\t0\nThreads:\tmany\n", LIMIT_NPROC, 700, 1},
    {"/sys/fs/cgroup/own/pids.max", "max\n", LIMIT_CGROUP, LIMIT_NONE, 0},
    {"/sys/fs/cgroup/own/pids.max", "500 600\n", LIMIT_CGROUP, LIMIT_NONE, 0},
    {"/sys/fs/cgroup/own/pids.current", "few\n", LIMIT_CGROUP, 500, 0},
    {"/proc/self/cgroup", "", LIMIT_CGROUP, LIMIT_NONE, 0},
    {"/proc/self/cgroup", "0:/own\n", LIMIT_CGROUP, LIMIT_NONE, 0},
    {"/proc/self/cgroup", "0::own\n", LIMIT_CGROUP, LIMIT_NONE, 0},
    {"/proc/self/cgroup", "0::/other\n", LIMIT_CGROUP, LIMIT_NONE, 0},
};

START_TEST(odd_files_are_judged_strictly)
{
    lay_system();
    lay(odd_files[_i].name, odd_files[_i].text);
    struct limits limits = read_root();
    expect_limit(&limits, odd_files[_i].kind, odd_files[_i].max, odd_files[_i].used);
}
END_TEST

/* Root, and who has CAP_SYS_RESOURCE or CAP_SYS_ADMIN, starts threads as it likes. */
START_TEST(the_limit_of_a_user_binds_no_root)
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
    struct limits limits = read_root();
    expect_limit(&limits, LIMIT_NPROC, processes[_i].binds ? 700 : LIMIT_NONE,
                 processes[_i].binds ? 21 : 0);
}
END_TEST

/* Of the groups above each other that counts which leaves least, and of several such the lowest.
 * NULL: no such file. */
static const struct {
    const char *groups;
    const char *own[2]; /* pids.max, pids.current */
    const char *above[2];
    const char *top[2];
    uint64_t max;
    uint64_t used;
    const char *file; /* in the mount */
} nested[] = {
    {"/above/own", {"90", "1"}, {"100", "1"}, {NULL, NULL}, 90, 1, "/above/own/pids.max"},
    {"/above/own", {"90", "1"}, {"91", "2"}, {"89", "0"}, 90, 1, "/above/own/pids.max"},
    {"/above/own", {"90", "1"}, {"100", "50"}, {NULL, NULL}, 100, 50, "/above/pids.max"},
    {"/above/own", {"max", "1"}, {"100", "50"}, {NULL, NULL}, 100, 50, "/above/pids.max"},
    {"/above/own", {NULL, NULL}, {"max", "7"}, {"80", "9"}, 80, 9, "/pids.max"},
    {"/above/own", {"max", "1"}, {"max", "1"}, {"max", "1"}, LIMIT_NONE, 0, ""},
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
    struct limits limits = read_root();
    expect_limit(&limits, LIMIT_CGROUP, nested[i].max, nested[i].used);
    snprintf(text, sizeof text, "%s%s", *nested[i].file != '\0' ? mount : "", nested[i].file);
    ck_assert_str_eq(limits.pids_max, text);
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
    struct limits limits = read_root();
    expect_limit(&limits, LIMIT_CGROUP, 33, 3);
    lay("/proc/self/cgroup", "4:pids,cpu:/own\n");
    limits = read_root();
    expect_limit(&limits, LIMIT_CGROUP, 33, 3);
    lay("/proc/self/cgroup", "4:rapids,pids2,name=pids:/own\n");
    limits = read_root();
    expect_limit(&limits, LIMIT_CGROUP, LIMIT_NONE, 0);
}
END_TEST

/* A name that does not fit is passed over, those above it count. */
START_TEST(a_group_with_a_long_name_is_passed_over)
{
    char line[2 * LIMITS_PATH_SIZE] = "0::/above/";
    static const char *const files[2] = {"33", "3"};
    memset(line + strlen(line), 'x', LIMITS_PATH_SIZE);
    lay_group("/sys/fs/cgroup", "/above", files);
    lay("/proc/self/cgroup", line);
    struct limits limits = read_root();
    expect_limit(&limits, LIMIT_CGROUP, 33, 3);
}
END_TEST

/* ---- Arithmetic ------------------------------------------------------------------------------ */

/* No limits at all, on two processors. */
static struct limits no_limits(void)
{
    struct limits limits = {.processors = 2, .pids_max = CHILD "/pids.max"};
    for (enum limit_kind kind = 0; kind < LIMIT_KINDS; kind++) {
        limits.kinds[kind] = (struct limit){.max = LIMIT_NONE, .used = 100};
    }
    return limits;
}

/* The least that holds 1,000 where 100 are used, and what to raise it to for 5,000. */
static const struct {
    uint64_t max;
    uint64_t raise_to;
} thousands[LIMIT_KINDS] = {
    [LIMIT_PID_MAX] = {100 + 300 + 64 + 2 * 4 + 1000, 7000},
    [LIMIT_THREADS_MAX] = {100 + 64 + 2 * 4 + 1000, 7000},
    [LIMIT_CGROUP] = {100 + 64 + 2 * 4 + 1000, 7000},
    [LIMIT_NPROC] = {100 + 64 + 2 * 4 + 1000, 7000},
    [LIMIT_MAPS] = {100 + 1024 + 2 * 24 + 2000 + 1000 / 20, 13000},
    [LIMIT_NOFILE] = {100 + 32 + 1000, 7000},
};

START_TEST(each_limit_holds_so_many_and_no_more)
{
    struct limits limits = no_limits();
    struct limit *limit = &limits.kinds[_i];
    const enum limit_kind kind = (enum limit_kind)_i;
    ck_assert_uint_eq(limits_can_hold(&limits, kind), LIMIT_NONE);
    limit->max = thousands[_i].max;
    ck_assert_uint_eq(limits_can_hold(&limits, kind), 1000);
    limit->max--;
    ck_assert_uint_eq(limits_can_hold(&limits, kind), 999);
    limit->used++;
    limit->max++;
    ck_assert_uint_eq(limits_can_hold(&limits, kind), 999);
    limit->max++;
    ck_assert_uint_eq(limits_can_hold(&limits, kind), 1000);
}
END_TEST

START_TEST(more_processors_keep_more)
{
    static const uint64_t more[LIMIT_KINDS] = {4, 4, 4, 4, 24, 0};
    struct limits limits = no_limits();
    limits.kinds[_i].max = thousands[_i].max;
    limits.processors = 3;
    ck_assert(more[_i] == 0 || limits_can_hold(&limits, (enum limit_kind)_i) < 1000);
    limits.kinds[_i].max += more[_i];
    ck_assert_uint_eq(limits_can_hold(&limits, (enum limit_kind)_i), 1000);
}
END_TEST

START_TEST(a_small_system_keeps_half_and_serves)
{
    struct limits limits = no_limits();
    struct limit *limit = &limits.kinds[LIMIT_CGROUP];
    limit->max = limit->used + 40;
    ck_assert_uint_eq(limits_can_hold(&limits, LIMIT_CGROUP), 20);
    limit->max = limit->used + 2;
    ck_assert_uint_eq(limits_can_hold(&limits, LIMIT_CGROUP), 1);
    limit->max = limit->used;
    ck_assert_uint_eq(limits_can_hold(&limits, LIMIT_CGROUP), 1);
    limit->max = 0;
    ck_assert_uint_eq(limits_can_hold(&limits, LIMIT_CGROUP), 1);
}
END_TEST

START_TEST(a_limit_raised_as_told_suffices)
{
    struct limits limits = no_limits();
    const enum limit_kind kind = (enum limit_kind)_i;
    ck_assert_uint_eq(limits_raise_to(&limits, kind, 5000), thousands[_i].raise_to);
    for (uint64_t wanted = 1; wanted <= STREAMS_MAX; wanted = wanted * 3 + 1) {
        limits.kinds[_i].max = limits_raise_to(&limits, kind, wanted);
        limits.kinds[_i].used = 100 + 900; /* others came meanwhile */
        ck_assert_uint_ge(limits_can_hold(&limits, kind), wanted);
        limits.kinds[_i].used = 100;
    }
}
END_TEST

START_TEST(the_tightest_limit_of_streams_admits)
{
    struct limits limits = no_limits();
    ck_assert_uint_eq(limits_admit(&limits, 10000), 10000);
    limits.kinds[LIMIT_NOFILE].max = 200; /* streams may share a connection */
    ck_assert_uint_eq(limits_admit(&limits, 10000), 10000);
    limits.kinds[_i].max = thousands[_i].max;
    ck_assert_uint_eq(limits_admit(&limits, 10000), 1000);
    ck_assert_uint_eq(limits_admit(&limits, 1000), 1000);
    ck_assert_uint_eq(limits_admit(&limits, 999), 999);
    enum limit_kind other = _i == LIMIT_PID_MAX ? LIMIT_MAPS : LIMIT_PID_MAX;
    limits.kinds[other].max = thousands[other].max + 100;
    ck_assert_uint_eq(limits_admit(&limits, 10000), 1000);
    limits.kinds[other].max = thousands[other].max - 1;
    ck_assert_uint_eq(limits_admit(&limits, 10000), 999);
}
END_TEST

/* What limits_report writes, less the times. */
static const char *report(const struct limits *limits, uint64_t wanted)
{
    static char text[CAPTURE_SIZE];
    static char lines[CAPTURE_SIZE];
    struct capture capture;
    capture_begin(&capture, STDERR_FILENO);
    limits_report(limits, wanted);
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

START_TEST(each_limit_that_is_too_small_is_said_tightest_first)
{
    struct limits limits = no_limits();
    for (enum limit_kind kind = 0; kind < LIMIT_KINDS; kind++) {
        limits.kinds[kind].max = thousands[kind].max;
    }
    ck_assert_str_eq(report(&limits, 1000), "");
    limits.kinds[LIMIT_PID_MAX].max -= 100;
    limits.kinds[LIMIT_THREADS_MAX].max -= 50;
    limits.kinds[LIMIT_CGROUP].max -= 60;
    limits.kinds[LIMIT_NPROC].max -= 1;
    limits.kinds[LIMIT_MAPS].max -= 328; /* of 160 streams */
    limits.kinds[LIMIT_NOFILE].max -= 500;
    ck_assert_str_eq(
        report(&limits, 1000),
        "warn  fewer streams max-streams=1000 can-hold=840 limit=vm.max_map_count "
        "raise=\"sysctl -w vm.max_map_count=5000\"\n"
        "warn  fewer streams max-streams=1000 can-hold=900 limit=kernel.pid_max "
        "raise=\"sysctl -w kernel.pid_max=3000\"\n"
        "warn  fewer streams max-streams=1000 can-hold=940 limit=pids.max "
        "raise=\"echo 3000 >'" CHILD "/pids.max'\"\n"
        "warn  fewer streams max-streams=1000 can-hold=950 limit=kernel.threads-max "
        "raise=\"sysctl -w kernel.threads-max=3000\"\n"
        "warn  fewer streams max-streams=1000 can-hold=999 limit=nproc raise=\"ulimit -u 3000\"\n"
        "warn  fewer connections max-streams=1000 can-hold=500 limit=nofile "
        "raise=\"ulimit -n 3000\"\n");
}
END_TEST

/* ---- The program ------------------------------------------------------------------------------*/

/* Ends a server, and returns what it logged. */
static const char *log_of(struct program *server)
{
    program_wait_line(server, PROGRAM_STDERR, "started");
    program_signal(server, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server), 0);
    return program_output(server, PROGRAM_STDERR);
}

/* The number of a key of a log line. */
static uint64_t number_of(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    uint64_t number = 0;
    ck_assert_msg(at != NULL, "no %s in: %s", key, line);
    ck_assert_msg(output_skip(&at, key) && output_read_number(&at, &number), "%s", line);
    return number;
}

START_TEST(few_descriptors_are_said)
{
    struct program *server =
        program_start("/bin/sh", "-c", "ulimit -n 64; exec \"$0\" --port 0 --listen 127.0.0.1",
                      programs_server_path(), NULL);
    const char *line = program_wait_line(server, PROGRAM_STDERR, " warn  fewer connections ");
    ck_assert_uint_eq(number_of(line, " max-streams="), 10000);
    ck_assert_uint_ge(number_of(line, " can-hold="), 1);
    ck_assert_uint_lt(number_of(line, " can-hold="), 64);
    ck_assert_uint_ge(number_of(line, " limit=nofile raise=\"ulimit -n "), 10000);
    log_of(server);
    program_destroy(server);
}
END_TEST

/* The number in a file of the kernel's; 0 where there is none. */
static uint64_t read_value(const char *path)
{
    char text[64] = "";
    const char *at = text;
    uint64_t value = 0;
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
        ck_assert_int_eq(fclose(file), 0);
    }
    return output_read_number(&at, &value) ? value : 0;
}

/* On a machine that can hold a million there is nothing to see here. */
START_TEST(limits_of_the_kernel_are_said)
{
    static const struct {
        const char *path;
        const char *name;
    } kernel[] = {{"/proc/sys/kernel/pid_max", " limit=kernel.pid_max "},
                  {"/proc/sys/kernel/threads-max", " limit=kernel.threads-max "},
                  {"/proc/sys/vm/max_map_count", " limit=vm.max_map_count "}};
    struct program *server = program_start(programs_server_path(), "--port", "0", "--max-streams",
                                           "1000000", "--listen", "127.0.0.1", NULL);
    const char *log = log_of(server);
    for (size_t i = 0; i < sizeof kernel / sizeof *kernel; i++) {
        uint64_t value = read_value(kernel[i].path);
        if (value == 0 || value >= STREAMS_MAX) {
            fprintf(stderr, "check_limits: not seen: %s is %llu\n", kernel[i].path,
                    (unsigned long long)value);
            continue;
        }
        const char *name = strstr(log, kernel[i].name);
        ck_assert_msg(name != NULL, "no %s in: %s", kernel[i].name, log);
        const char *line = memrchr(log, '\n', (size_t)(name - log));
        line = line == NULL ? log : line + 1;
        ck_assert_ptr_nonnull(strstr(line, " warn  fewer streams max-streams=1000000 can-hold="));
        ck_assert_uint_lt(number_of(line, " can-hold="), value);
    }
    program_destroy(server);
}
END_TEST

START_TEST(limits_that_suffice_are_not_said)
{
    struct program *server = program_start(programs_server_path(), "--port", "0", "--max-streams",
                                           "10", "--listen", "127.0.0.1", NULL);
    const char *log = log_of(server);
    ck_assert_msg(strstr(log, "warn") == NULL, "%s", log);
    ck_assert_msg(strstr(log, "can-hold") == NULL, "%s", log);
    program_destroy(server);
}
END_TEST

/* A server of an unprivileged user with 200 threads; NULL: this cannot be had here. */
static struct program *start_unprivileged(void)
{
    static const char *const paths[] = {"/usr/bin/prlimit", "/usr/bin/setpriv"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (geteuid() != 0 || access(paths[i], X_OK) != 0) {
            fprintf(stderr, "check_limits: not tested: a user's threads (no root, or no %s)\n",
                    paths[i]);
            return NULL;
        }
    }
    struct program *probe = program_start(paths[1], "--reuid=65534", "--clear-groups",
                                          programs_server_path(), "--version", NULL);
    int status = program_wait_exit(probe);
    program_destroy(probe);
    if (status != 0) {
        fprintf(stderr, "check_limits: not tested: a user's threads (it cannot run %s)\n",
                programs_server_path());
        return NULL;
    }
    return program_start(paths[0], "--nproc=200", paths[1], "--reuid=65534", "--clear-groups",
                         programs_server_path(), "--mode", "stateful", "--interval", "1s", "--port",
                         "0", "--listen", "127.0.0.1", NULL);
}

START_TEST(what_it_cannot_hold_is_refused_before_threads_run_out)
{
    struct program *server = start_unprivileged();
    if (server == NULL) {
        return;
    }
    char streams[16];
    const char *line = program_wait_line(server, PROGRAM_STDERR, " limit=nproc ");
    const uint64_t held = number_of(line, " can-hold=");
    ck_assert_uint_lt(held, 200);
    ck_assert_uint_ge(number_of(line, " raise=\"ulimit -u "), 10000);
    line = program_wait_line(server, PROGRAM_STDOUT, "listening on 127.0.0.1:");
    const uint64_t port = number_of(line, "127.0.0.1:");
    snprintf(streams, sizeof streams, "%d", (int)held + 1);
    struct program *client = client_start((unsigned)port, "-m", "stateful", "--streams", streams,
                                          "--numbers", "1000", NULL);
    line = program_wait_line(server, PROGRAM_STDERR, "refused");
    ck_assert_msg(strstr(line, "too many streams: try again later") != NULL, "%s", line);
    program_destroy(client);
    program_signal(server, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server), 0);
    const char *log = program_output(server, PROGRAM_STDERR);
    ck_assert_msg(strstr(log, "out of threads") == NULL, "%s", log);
    program_destroy(server);
}
END_TEST

Suite *limits_suite(void)
{
    Suite *suite = suite_create("limits");
    TCase *reading = tcase_create("reading");
    TCase *counting = tcase_create("counting");
    TCase *program = tcase_create("program");
    suite_add_tcase(suite, reading);
    suite_add_tcase(suite, counting);
    suite_add_tcase(suite, program);
    tcase_set_timeout(program, 60);
    tcase_add_checked_fixture(reading, make_root, remove_root);
    tcase_add_test(reading, all_limits_are_read);
    tcase_add_test(reading, what_is_not_there_is_no_limit);
    tcase_add_loop_test(reading, odd_files_are_judged_strictly, 0,
                        sizeof odd_files / sizeof *odd_files);
    tcase_add_loop_test(reading, the_limit_of_a_user_binds_no_root, 0, 6);
    tcase_add_loop_test(reading, the_tightest_of_nested_groups_counts, 0,
                        sizeof nested / sizeof *nested);
    tcase_add_loop_test(reading, so_it_does_in_version_1, 0, sizeof nested / sizeof *nested);
    tcase_add_test(reading, controllers_may_share_a_mount_of_version_1);
    tcase_add_test(reading, a_group_with_a_long_name_is_passed_over);
    tcase_add_loop_test(counting, each_limit_holds_so_many_and_no_more, 0, LIMIT_KINDS);
    tcase_add_loop_test(counting, more_processors_keep_more, 0, LIMIT_KINDS);
    tcase_add_test(counting, a_small_system_keeps_half_and_serves);
    tcase_add_loop_test(counting, a_limit_raised_as_told_suffices, 0, LIMIT_KINDS);
    tcase_add_loop_test(counting, the_tightest_limit_of_streams_admits, 0, LIMIT_NOFILE);
    tcase_add_test(counting, each_limit_that_is_too_small_is_said_tightest_first);
    tcase_add_test(program, few_descriptors_are_said);
    tcase_add_test(program, limits_of_the_kernel_are_said);
    tcase_add_test(program, limits_that_suffice_are_not_said);
    tcase_add_test(program, what_it_cannot_hold_is_refused_before_threads_run_out);
    return suite;
}
