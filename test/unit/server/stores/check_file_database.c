/* The file from one opening to the next, and what is done to it while it is open. */
#include "server/stores/file_database.h"
#include "server/stores/file_guard.h"
#include "test/kit/file_fixture.h"
#include "test/suites.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(test_new_file)
{
    struct stat status;
    struct file_database *database = file_open();
    ck_assert_uint_eq(file_found.count, 0);
    ck_assert(file_database_was_closed(database));
    ck_assert_int_eq(stat(file_path, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    ck_assert_uint_eq(status.st_nlink, 1);
    file_close(database);
}
END_TEST

START_TEST(test_sessions_come_back)
{
    struct file_database *database = file_open();
    file_put(database, 1, 3);
    file_put(database, 3, 10);
    file_put(database, 2, 0);
    file_put(database, 1, 4);
    file_delete(database, 2);
    file_delete(database, 77); /* was never there */
    file_close(database);

    database = file_open();
    ck_assert(file_database_was_closed(database));
    ck_assert_uint_eq(file_found.count, 2);
    ck_assert_uint_eq(file_found.records[0].generation, 3); /* the newest first */
    ck_assert_uint_eq(file_found.records[0].sent, 10);
    ck_assert_uint_eq(file_found.records[1].generation, 1);
    ck_assert_uint_eq(file_found.records[1].sent, 4);
    ck_assert(file_found.records[0].is_exact && file_found.records[1].is_exact);
    file_database_close(database);
}
END_TEST

/* Session 1 was exact before the crash, and might have been claimed in the run that crashed. */
START_TEST(test_nothing_is_exact_after_a_crash)
{
    struct file_database *database = file_open();
    file_put(database, 1, 3);
    file_close(database);
    database = file_open();
    file_put(database, 2, 3);
    file_database_close(database); /* not in order */

    for (int run = 0; run < 3; run++) {
        database = file_open();
        ck_assert_int_eq(file_database_was_closed(database), run > 0);
        ck_assert_uint_eq(file_found.count, 2);
        ck_assert(!file_found.records[0].is_exact); /* and stays so, until it is written anew */
        ck_assert(!file_found.records[1].is_exact);
        file_close(database);
    }
    database = file_open();
    file_put(database, 1, 5);
    file_close(database);
    file_database_close(file_open());
    ck_assert(!file_found.records[0].is_exact);
    ck_assert(file_found.records[1].is_exact);
}
END_TEST

START_TEST(test_inexact_record_stays_inexact)
{
    struct file_database *database = file_open();
    struct file_change change = {.record = file_record_of(1, 4)};
    change.record.is_exact = false;
    ck_assert_int_eq(file_database_write(database, &change, 1, false), FILE_WRITTEN);
    file_close(database);
    file_database_close(file_open());
    ck_assert(!file_found.records[0].is_exact);
}
END_TEST

/* More than LMDB's first map of 1 MiB. */
START_TEST(test_file_grows)
{
    enum { BATCH = 1000, BATCHES = 30 };
    static struct file_change changes[BATCH];
    struct file_database *database = file_open();
    for (uint64_t batch = 0; batch < BATCHES; batch++) {
        for (uint64_t i = 0; i < BATCH; i++) {
            changes[i].record = file_record_of(1 + batch * BATCH + i, 3);
        }
        ck_assert_int_eq(file_database_write(database, changes, BATCH, false), FILE_WRITTEN);
    }
    struct stat status;
    ck_assert_int_eq(stat(file_path, &status), 0);
    ck_assert_int_gt(status.st_size, 2 << 20);
    for (uint64_t batch = 0; batch < BATCHES; batch++) {
        for (uint64_t i = 0; i < BATCH; i++) {
            changes[i].record = file_record_of(1 + batch * BATCH + i, 3);
            changes[i].is_deleted = i > 0;
        }
        ck_assert_int_eq(file_database_write(database, changes, BATCH, false), FILE_WRITTEN);
    }
    file_close(database);
    file_database_close(file_open());
    ck_assert_uint_eq(file_found.count, BATCHES);
}
END_TEST

/* Many generations of sessions, of which 100 live at a time: the file is as large as for a few. */
START_TEST(test_file_is_bounded_by_what_lives)
{
    enum { LIVE = 100, GENERATIONS = 200 };
    static struct file_change changes[2 * LIVE];
    struct file_database *database = file_open();
    struct stat early = {0};
    struct stat late;
    for (uint64_t generation = 0; generation < GENERATIONS; generation++) {
        for (uint64_t i = 0; i < LIVE; i++) {
            const uint64_t number = 1 + generation * LIVE + i;
            changes[i].record = file_record_of(number, 0);
            changes[i].is_new = true;
            changes[LIVE + i].record.generation = number > LIVE ? number - LIVE : UINT64_MAX;
            changes[LIVE + i].is_deleted = true;
        }
        ck_assert_int_eq(file_database_write(database, changes, 2L * LIVE, false), FILE_WRITTEN);
        if (generation == 20) {
            ck_assert_int_eq(stat(file_path, &early), 0);
        }
    }
    ck_assert_int_eq(stat(file_path, &late), 0);
    ck_assert_int_le(late.st_size, early.st_size);
    file_close(database);
    file_database_close(file_open());
    ck_assert_uint_eq(file_found.count, LIVE);
}
END_TEST

START_TEST(test_second_opening_is_refused)
{
    struct file_database *database = file_open();
    ck_assert_ptr_null(file_try_open());
    ck_assert_ptr_nonnull(strstr(file_problem, file_path));
    ck_assert_ptr_nonnull(strstr(file_problem, "in use by another server; stop it"));
    file_put(database, 1, 1);
    file_close(database);
    file_close(file_open());
}
END_TEST

/* ---- A full disk ----------------------------------------------------------------------------- */

static void limit_file(rlim_t size)
{
    const struct rlimit limit = {size, RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Writes new sessions, in batches, until the file is full. Returns the first one that failed. */
static uint64_t fill(struct file_database *database, uint64_t generation)
{
    enum { BATCH = 500 };
    static struct file_change changes[BATCH];
    for (;; generation += BATCH) {
        for (uint64_t i = 0; i < BATCH; i++) {
            changes[i] =
                (struct file_change){.record = file_record_of(generation + i, 0), .is_new = true};
        }
        const enum file_result result = file_database_write(database, changes, BATCH, false);
        if (result != FILE_WRITTEN) {
            ck_assert_int_eq(result, FILE_FULL);
            ck_assert_ptr_nonnull(strstr(file_database_problem(database), "cannot be written: "));
            return generation;
        }
    }
}

static void delete_all(struct file_database *database, uint64_t first, uint64_t end)
{
    enum { BATCH = 1000 };
    static struct file_change changes[BATCH];
    size_t count = 0;
    for (uint64_t generation = first; generation < end; generation++) {
        changes[count++] =
            (struct file_change){.record.generation = generation, .is_deleted = true};
        if (count == BATCH || generation + 1 == end) {
            ck_assert_int_eq(file_database_write(database, changes, count, false), FILE_WRITTEN);
            count = 0;
        }
    }
}

START_TEST(test_full_file_takes_deletions)
{
    struct file_database *database = file_open();
    limit_file(3 << 20);
    const uint64_t first = fill(database, 1);
    ck_assert_uint_gt(first, 4000);
    ck_assert_int_eq(file_database_probe(database), FILE_FULL);
    for (uint32_t sent = 0; sent < 10; sent++) { /* what exists goes on */
        file_put(database, 1, sent);
        file_put(database, first - 1, sent);
    }
    delete_all(database, 2, first);
    const uint64_t second = fill(database, first);
    ck_assert_uint_gt(second, first + (first - 1) / 2);
    limit_file(RLIM_INFINITY);
    ck_assert_int_eq(file_database_probe(database), FILE_WRITTEN);
    file_put(database, 1000000, 0);
    file_close(database);
    file_database_close(file_open());
    ck_assert_uint_eq(file_found.count, second - first + 2);
    ck_assert_uint_eq(file_found.records[0].generation, 1000000);
    ck_assert_uint_eq(file_found.records[file_found.count - 1].sent, 9);
}
END_TEST

/* With a full disk the sessions that are there can be resumed. */
START_TEST(test_full_file_opens)
{
    file_close(file_open());
    limit_file(256L * 1024);
    struct file_database *database = file_open();
    ck_assert_int_eq(file_database_probe(database), FILE_FULL);
    file_close(database);
}
END_TEST

/* Writes a batch of new sessions, the first of this generation. */
static enum file_result write_batch(struct file_database *database, uint64_t generation)
{
    enum { BATCH = 1000 };
    static struct file_change changes[BATCH];
    for (uint64_t i = 0; i < BATCH; i++) {
        changes[i] = (struct file_change){.record = file_record_of(generation + i, 0)};
    }
    return file_database_write(database, changes, BATCH, false);
}

/* A sanitizer needs the address space itself. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SPACE_IS_TAKEN = 1 };
#else
enum { SPACE_IS_TAKEN = 0 };
#endif

/* Leaves the process so much more address space, bytes. */
static void limit_space(rlim_t more)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lu", &pages), 1); /* NOLINT(cert-err34-c) */
    fclose(file);
    const struct rlimit limit = {pages * (rlim_t)sysconf(_SC_PAGESIZE) + more, RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

/* LMDB's map of 1 MiB cannot be doubled: no address space is left. */
START_TEST(test_map_that_cannot_grow)
{
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    struct file_database *database = file_open();
    uint64_t generation = 1;
    ck_assert_int_eq(write_batch(database, generation), FILE_WRITTEN);
    limit_space(512L * 1024);
    enum file_result result;
    do {
        generation += 1000;
        result = write_batch(database, generation);
    } while (result == FILE_WRITTEN && generation < 100000);
    ck_assert_int_eq(result, FILE_FULL);
    file_put(database, 1, 1);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &none), 0);
    ck_assert_int_eq(write_batch(database, generation), FILE_WRITTEN);
    file_close(database);
}
END_TEST

/* ---- What is done to the file while it is open ----------------------------------------------- */

START_TEST(test_removed_file)
{
    char aside[FILE_PATH_SIZE + 8];
    struct file_change change = {.record = file_record_of(1, 0)};
    struct file_database *database = file_open();
    snprintf(aside, sizeof aside, "%s.aside", file_path);
    ck_assert_int_eq(rename(file_path, aside), 0);
    ck_assert_int_eq(file_database_write(database, &change, 1, false), FILE_FAILED);
    ck_assert_str_eq(file_database_problem(database), "was removed or replaced");

    struct file_database *other = file_open(); /* another server takes its place */
    ck_assert_int_eq(file_database_write(database, &change, 1, false), FILE_FAILED);
    file_close(other);
    ck_assert_int_eq(rename(aside, file_path), 0); /* and it comes back */
    ck_assert_int_eq(file_database_write(database, &change, 1, false), FILE_WRITTEN);
    file_close(database);
}
END_TEST

/* LMDB reads beyond the end of the file: SIGBUS. The check of the size is passed by a file that has
 * its old size, but lost its bytes between two looks. */
START_TEST(test_truncated_file)
{
    struct file_change change = {.record = file_record_of(5, 0)};
    struct file_database *database = file_open();
    file_put(database, 1, 1);
    ck_assert_int_eq(truncate(file_path, 8192), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(file_database_write(database, &change, 1, false), FILE_FAILED);
        ck_assert_ptr_nonnull(strstr(file_database_problem(database), "was truncated"));
    }
    file_database_close(database);
    ck_assert_ptr_null(file_try_open());
}
END_TEST

/* ---- A fault while LMDB reads the mapped file ------------------------------------------------ */

static volatile const unsigned char *page; /* of a file that is shorter than its map */
static int calls;

static void read_page(void *argument)
{
    calls++;
    *(unsigned char *)argument = page[0];
}

static void break_off(void *argument)
{
    (void)argument;
    file_guard_break_off();
    calls++;
}

static void count_call(void *argument)
{
    (void)argument;
    calls++;
}

START_TEST(test_fault_is_survived)
{
    unsigned char byte = 0;
    const int file = open(file_path, O_RDWR | O_CREAT, 0600);
    ck_assert_int_ge(file, 0);
    page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    ck_assert(page != MAP_FAILED);
    ck_assert(file_guard_prepare());
    for (int i = 0; i < 3; i++) {
        ck_assert(!file_guard_call(read_page, &byte));
        ck_assert(!file_guard_call(break_off, NULL)); /* as an assertion of LMDB does */
        ck_assert(file_guard_call(count_call, NULL));
    }
    ck_assert_int_eq(calls, 6);
    file_guard_break_off(); /* outside of a call */
    ck_assert_int_eq(ftruncate(file, 4096), 0);
    ck_assert(file_guard_call(read_page, &byte));
    close(file);
}
END_TEST

/* Anybody else's fault ends the process, as ever. */
START_TEST(test_other_fault_is_not)
{
    const int file = open(file_path, O_RDWR | O_CREAT, 0600);
    page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    file_tear_down(); /* this process does not come to it */
    ck_assert(file_guard_prepare());
    calls = page[0];
}
END_TEST

Suite *file_database_suite(void)
{
    Suite *suite = suite_create("file-database");
    TCase *tcase = tcase_create("file-database");
    tcase_add_checked_fixture(tcase, file_set_up, file_tear_down);
    tcase_add_test(tcase, test_new_file);
    tcase_add_test(tcase, test_sessions_come_back);
    tcase_add_test(tcase, test_nothing_is_exact_after_a_crash);
    tcase_add_test(tcase, test_inexact_record_stays_inexact);
    tcase_add_test(tcase, test_file_grows);
    tcase_add_test(tcase, test_file_is_bounded_by_what_lives);
    tcase_add_test(tcase, test_second_opening_is_refused);
    tcase_add_test(tcase, test_full_file_takes_deletions);
    tcase_add_test(tcase, test_full_file_opens);
    if (!SPACE_IS_TAKEN) {
        tcase_add_test(tcase, test_map_that_cannot_grow);
    }
    tcase_add_test(tcase, test_removed_file);
    tcase_add_test(tcase, test_truncated_file);
    tcase_add_test(tcase, test_fault_is_survived);
    tcase_add_test_raise_signal(tcase, test_other_fault_is_not, SIGBUS);
    suite_add_tcase(suite, tcase);
    return suite;
}
