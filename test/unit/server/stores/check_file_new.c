/* A path that is no file, or not for us: the problem names it. */
#include "test/kit/file_fixture.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void expect_problem(const char *reason)
{
    ck_assert_ptr_null(file_try_open());
    ck_assert_msg(strstr(file_problem, file_path) != NULL, "%s", file_problem);
    ck_assert_msg(strstr(file_problem, reason) != NULL, "%s", file_problem);
}

START_TEST(test_what_is_no_file)
{
    ck_assert_int_eq(mkdir(file_path, 0700), 0);
    expect_problem("is a directory; name a file in it");
    ck_assert_int_eq(rmdir(file_path), 0);
    ck_assert_int_eq(mkfifo(file_path, 0600), 0);
    expect_problem("is not a regular file");
    ck_assert_int_eq(unlink(file_path), 0);
    snprintf(file_path, sizeof file_path, "%s/none/sessions", file_folder);
    expect_problem("cannot be made: No such file or directory");
    snprintf(file_path, sizeof file_path, "/proc/sessions");
    expect_problem("cannot be made: ");
}
END_TEST

START_TEST(test_no_permission)
{
    file_close(file_open());
    if (getuid() == 0) {
        ck_assert_int_eq(chown(file_folder, 65534, 65534), 0);
        ck_assert_int_eq(seteuid(65534), 0);
    }
    ck_assert_int_eq(chmod(file_folder, 0500), 0);
    if (geteuid() != 65534) {
        ck_assert_int_eq(chmod(file_path, 0), 0);
    }
    expect_problem("cannot be opened: Permission denied");
    snprintf(file_path, sizeof file_path, "%s/new", file_folder);
    expect_problem("cannot be made: Permission denied");
    if (getuid() == 0) {
        ck_assert_int_eq(seteuid(0), 0);
    }
    ck_assert_int_eq(chmod(file_folder, 0700), 0);
}
END_TEST

/* A long path is cut in the problem, and its end is shown. */
START_TEST(test_long_path)
{
    static char path[3000];
    struct file_found *found = &file_found;
    memset(path, 'a', sizeof path - 1);
    snprintf(path + sizeof path - 9, 9, "/the-end");
    ck_assert_ptr_null(file_database_open(path, &found->reader, file_problem));
    ck_assert_ptr_nonnull(strstr(file_problem, "/the-end: it cannot be "));
    ck_assert_ptr_nonnull(strstr(file_problem, "File name too long"));
}
END_TEST

Suite *file_new_suite(void)
{
    Suite *suite = suite_create("file-new");
    TCase *tcase = tcase_create("file-new");
    tcase_add_checked_fixture(tcase, file_set_up, file_tear_down);
    tcase_add_test(tcase, test_what_is_no_file);
    tcase_add_test(tcase, test_no_permission);
    tcase_add_test(tcase, test_long_path);
    suite_add_tcase(suite, tcase);
    return suite;
}
