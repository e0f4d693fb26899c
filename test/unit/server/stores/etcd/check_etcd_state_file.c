/* The files beside a shared store: who this server is, and the password. */
#include "server/stores/etcd/etcd_password.h"
#include "server/stores/etcd/etcd_state_file.h"
#include "test/kit/scratch_folder.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PROBLEM_SIZE = 512 };

static char folder[SCRATCH_FOLDER_SIZE];
static char path[SCRATCH_FOLDER_SIZE + 8];
static char problem[PROBLEM_SIZE];

static void set_up(void)
{
    scratch_folder_make(folder, "state");
    (void)snprintf(path, sizeof path, "%s/file", folder);
}

static void tear_down(void)
{
    scratch_folder_remove(folder);
}

static void write_text(const char *text, size_t length)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
}

static void must_open(struct etcd_state_file *file, size_t predecessors)
{
    ck_assert_msg(etcd_state_file_open(file, path, problem, sizeof problem), "%s", problem);
    ck_assert_uint_eq(file->predecessor_count, predecessors);
}

START_TEST(the_next_server_knows_its_predecessors)
{
    struct etcd_state_file file;
    must_open(&file, 0);
    etcd_state_file_write(&file, 0x1234, false);
    etcd_state_file_close(&file); /* it crashes before etcd knows it */
    must_open(&file, 1);
    ck_assert_uint_eq(file.predecessors[0], 0x1234);
    etcd_state_file_write(&file, UINT64_MAX, false);
    etcd_state_file_close(&file); /* this one, too */
    must_open(&file, 2);
    ck_assert_uint_eq(file.predecessors[0], UINT64_MAX);
    ck_assert_uint_eq(file.predecessors[1], 0x1234);
    etcd_state_file_write(&file, 7, false);
    etcd_state_file_write(&file, 7, true);
    etcd_state_file_close(&file);
    must_open(&file, 1);
    ck_assert_uint_eq(file.predecessors[0], 7);
    etcd_state_file_close(&file);
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
}
END_TEST

START_TEST(a_second_server_is_refused_the_file)
{
    struct etcd_state_file file;
    struct etcd_state_file second;
    must_open(&file, 0);
    ck_assert(!etcd_state_file_open(&second, path, problem, sizeof problem));
    ck_assert_ptr_nonnull(strstr(problem, "another server uses it"));
    etcd_state_file_close(&file);
    must_open(&second, 0);
    etcd_state_file_close(&second);
}
END_TEST

/* As no server has written it: in one transaction etcd takes a key once. */
START_TEST(a_predecessor_counts_once_and_nobody_does_not)
{
    static const char text[] = "0000000000001234\n0000000000000000\n0000000000001234\n";
    struct etcd_state_file file;
    write_text(text, sizeof text - 1);
    must_open(&file, 1);
    ck_assert_uint_eq(file.predecessors[0], 0x1234);
    etcd_state_file_close(&file);
}
END_TEST

START_TEST(another_file_is_left_as_it_is)
{
    static const char *const texts[] = {"something else\n", "0000000000001234",
                                        "000000000000123g\n", "0000000000001234\n1\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct etcd_state_file file;
        struct stat status;
        write_text(texts[i], strlen(texts[i]));
        ck_assert(!etcd_state_file_open(&file, path, problem, sizeof problem));
        ck_assert_ptr_nonnull(strstr(problem, "no state file"));
        ck_assert_int_eq(stat(path, &status), 0);
        ck_assert_int_eq(status.st_size, (off_t)strlen(texts[i]));
    }
    struct etcd_state_file file;
    ck_assert(!etcd_state_file_open(&file, folder, problem, sizeof problem));
    ck_assert(!etcd_state_file_open(&file, "/dev/null", problem, sizeof problem));
    ck_assert_ptr_nonnull(strstr(problem, "no regular file"));
    ck_assert(etcd_state_file_open(&file, NULL, problem, sizeof problem));
    etcd_state_file_write(&file, 1, true);
    etcd_state_file_close(&file);
}
END_TEST

START_TEST(the_password_is_the_first_line)
{
    static const struct {
        const char *text;
        const char *password;
    } rows[] = {{"secret", "secret"},
                {"secret\n", "secret"},
                {"secret\r\nmore\n", "secret"},
                {" two words \n", " two words "}};
    struct etcd_password password;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_text(rows[i].text, strlen(rows[i].text));
        ck_assert(etcd_password_read(&password, path, problem, sizeof problem));
        ck_assert_str_eq(password.text, rows[i].password);
    }
    etcd_password_cleanup(&password);
    ck_assert_str_eq(password.text, "");
    ck_assert(etcd_password_read(&password, NULL, problem, sizeof problem));
}
END_TEST

START_TEST(what_is_no_password_is_refused)
{
    static char long_line[2000];
    struct etcd_password password;
    memset(long_line, 'x', sizeof long_line);
    write_text("", 0);
    ck_assert(!etcd_password_read(&password, path, problem, sizeof problem));
    ck_assert_ptr_nonnull(strstr(problem, "empty"));
    write_text("\nsecret\n", 8);
    ck_assert(!etcd_password_read(&password, path, problem, sizeof problem));
    write_text(long_line, sizeof long_line);
    ck_assert(!etcd_password_read(&password, path, problem, sizeof problem));
    ck_assert_ptr_nonnull(strstr(problem, "at most"));
    write_text("a\0b", 3);
    ck_assert(!etcd_password_read(&password, path, problem, sizeof problem));
    ck_assert(!etcd_password_read(&password, "/no/such/file", problem, sizeof problem));
    ck_assert_ptr_nonnull(strstr(problem, "No such file"));
    ck_assert(!etcd_password_read(&password, folder, problem, sizeof problem));
}
END_TEST

Suite *etcd_state_file_suite(void)
{
    Suite *suite = suite_create("etcd-state-file");
    TCase *test_case = tcase_create("all");
    tcase_add_checked_fixture(test_case, set_up, tear_down);
    tcase_add_test(test_case, the_next_server_knows_its_predecessors);
    tcase_add_test(test_case, a_second_server_is_refused_the_file);
    tcase_add_test(test_case, a_predecessor_counts_once_and_nobody_does_not);
    tcase_add_test(test_case, another_file_is_left_as_it_is);
    tcase_add_test(test_case, the_password_is_the_first_line);
    tcase_add_test(test_case, what_is_no_password_is_refused);
    suite_add_tcase(suite, test_case);
    return suite;
}
