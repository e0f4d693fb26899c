/* A file that cannot grow: the disk is full, or no address space is left for its map. */
#include "server/stores/file_database.h"
#include "test/kit/file_fixture.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

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

Suite *file_environment_suite(void)
{
    Suite *suite = suite_create("file-environment");
    TCase *tcase = tcase_create("file-environment");
    tcase_add_checked_fixture(tcase, file_set_up, file_tear_down);
    tcase_add_test(tcase, test_full_file_takes_deletions);
    tcase_add_test(tcase, test_full_file_opens);
    if (!SPACE_IS_TAKEN) {
        tcase_add_test(tcase, test_map_that_cannot_grow);
    }
    suite_add_tcase(suite, tcase);
    return suite;
}
