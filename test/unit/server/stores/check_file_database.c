/* The file from one opening to the next, and what is done to it while it is open. */
#include "server/stores/file_database.h"
#include "test/kit/file_fixture.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>
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
    tcase_add_test(tcase, test_removed_file);
    tcase_add_test(tcase, test_truncated_file);
    suite_add_tcase(suite, tcase);
    return suite;
}
