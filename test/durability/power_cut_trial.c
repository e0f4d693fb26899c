#define _GNU_SOURCE /* strptime, timegm */
#include "test/durability/power_cut_trial.h"

#include "shared/base/clock.h"
#include "test/durability/power_cut.h"
#include "test/durability/store_server.h"
#include "test/kit/file_fixture.h"

#include <check.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { STARTED_MAX = 20000, STARTED_MIN = 50 };

/* What the server's log says: a session was answered not later than this. */
struct started {
    struct uuid uuid;
    int64_t at; /* CLOCK_REALTIME, nanoseconds */
};
static struct started started[STARTED_MAX];
static size_t started_count;

/* The time of a log line, rounded up to the next millisecond. */
static int64_t read_time(const char *line)
{
    struct tm time = {0};
    const char *rest = strptime(line, "%Y-%m-%dT%H:%M:%S.", &time);
    ck_assert_ptr_nonnull(rest);
    return (timegm(&time) * 1000 + strtol(rest, NULL, 10) + 1) * NS_PER_MS;
}

static const char event[] = "session started uuid=";

static size_t count_started(const char *log)
{
    size_t count = 0;
    while ((log = strstr(log, event)) != NULL) {
        log += strlen(event);
        count++;
    }
    return count;
}

static void read_log(const char *log)
{
    started_count = 0;
    while ((log = strstr(log, event)) != NULL) {
        const char *line = log;
        while (line[-1] != '\n') {
            line--;
        }
        log += strlen(event);
        ck_assert_uint_lt(started_count, STARTED_MAX);
        ck_assert(uuid_parse(log, UUID_TEXT_SIZE - 1, &started[started_count].uuid));
        started[started_count++].at = read_time(line);
    }
}

static int compare_uuids(const void *one, const void *other)
{
    return memcmp(one, other, sizeof(struct uuid));
}

/* The sessions of the file must have all that were answered before the cut. */
static void expect_sessions(int64_t moment, unsigned cut)
{
    static struct uuid found[FILE_FOUND_MAX];
    struct file_database *database = file_try_open();
    ck_assert_msg(database != NULL, "cut %u: %s", cut, file_problem);
    file_database_close(database);
    for (size_t i = 0; i < file_found.count; i++) {
        found[i] = file_found.records[i].uuid;
    }
    qsort(found, file_found.count, sizeof found[0], compare_uuids);
    for (size_t i = 0; i < started_count; i++) {
        if (started[i].at < moment) {
            ck_assert_msg(bsearch(&started[i].uuid, found, file_found.count, sizeof found[0],
                                  compare_uuids) != NULL,
                          "cut %u: session %zu of %zu is lost", cut, i, started_count);
        }
    }
}

/* Sessions begin, are left and end for a second and a half. */
static void run_client(const struct store_server *store)
{
    struct program *client =
        client_start(store->server.port, "-m", "stateful", "-s", "20", "-c", "4", "-n", "30",
                     "--interval", "1ms", "-d", "1500ms", "--chaos", "cut=50ms", "--quiet", NULL);
    (void)program_wait_exit(client);
    program_destroy(client);
}

/* On a machine that has much else to do one client may not start as many sessions as are wanted. */
static void run_server(struct store_server *store)
{
    store->is_recorded = true;
    store_server_start(store, "--interval", "1ms", "--session-timeout", "10m", "--log-level",
                       "debug", NULL);
    do {
        run_client(store);
    } while (count_started(program_output(store->server.program, PROGRAM_STDERR)) <= STARTED_MIN);
    program_signal(store->server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(store->server.program), 0);
    read_log(program_output(store->server.program, PROGRAM_STDERR));
    program_destroy(store->server.program);
}

static void cut_often(const struct disk_record *record, unsigned cuts, unsigned *seed)
{
    /* The first two operations make the file: before, there is none. */
    const int64_t first = record->operations[0]->began;
    const int64_t last = record->operations[record->count - 1]->ended;
    while (first + NS_PER_MS < last && cuts > 0) {
        const double part = rand_r(seed) / (RAND_MAX + 1.0);
        const int64_t moment = first + (int64_t)(part * (double)(last - first)) + 1;
        if (moment < started[0].at) {
            continue; /* the file may not have its name yet */
        }
        power_cut(record, moment, seed, file_path);
        expect_sessions(moment, cuts--);
    }
}

void power_cut_trial(unsigned runs, unsigned cuts, unsigned seed)
{
    printf("power cuts: %u runs of %u, seed %u\n", runs, cuts, seed);
    file_set_up();
    for (unsigned run = 0; run < runs; run++) {
        struct stat status;
        struct store_server store;
        struct disk_record record;
        store_server_make(&store);
        run_server(&store);
        ck_assert_int_eq(stat(store.path, &status), 0);
        disk_record_read(&record, store.record, status.st_ino);
        ck_assert_uint_gt(record.count, 100);
        cut_often(&record, cuts, &seed);
        disk_record_cleanup(&record);
        store_server_remove(&store);
    }
    file_tear_down();
}
