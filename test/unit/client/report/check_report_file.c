/* client/report/report_file: a file of the result, from before the run to its end. */
#include "client/report/report_file.h"
#include "test/kit/capture.h"
#include "test/kit/scratch_folder.h"
#include "test/suites.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[SCRATCH_FOLDER_SIZE];
static char said[CAPTURE_SIZE];
static struct report_file file;
static struct report_file other;

static void set_up(void)
{
    scratch_folder_make(folder, "report-file");
    ck_assert_int_eq(chdir(folder), 0);
}

static void tear_down(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    scratch_folder_remove(folder);
}

static void make_file(const char *path, const char *text)
{
    FILE *made = fopen(path, "w");
    ck_assert_ptr_nonnull(made);
    fputs(text, made);
    fclose(made);
}

static void must_have(const char *path, const char *wanted)
{
    char text[64] = "";
    FILE *made = fopen(path, "r");
    ck_assert_ptr_nonnull(made);
    text[fread(text, 1, sizeof text - 1, made)] = '\0';
    fclose(made);
    ck_assert_str_eq(text, wanted);
}

/* Opens it, and catches what is said. */
static bool open_file(struct report_file *opened, const char *path)
{
    struct capture err;
    capture_begin(&err, STDERR_FILENO);
    bool good = report_file_open(opened, path);
    capture_end(&err, said);
    return good;
}

static bool write_new(const struct result *result, FILE *to)
{
    (void)result;
    return fputs("new", to) >= 0;
}

START_TEST(a_file_is_emptied_when_the_run_begins)
{
    make_file("old", "much that was written before");
    ck_assert(open_file(&file, "old"));
    must_have("old", "much that was written before");
    ck_assert(report_file_begin(&file));
    must_have("old", "");
    ck_assert(report_file_write(&file, NULL, write_new));
    must_have("old", "new");
}
END_TEST

START_TEST(a_run_that_does_not_begin_leaves_everything_as_it_was)
{
    make_file("old", "before");
    ck_assert(open_file(&file, "old"));
    ck_assert(open_file(&other, "made"));
    must_have("made", "");
    report_file_discard(&file);
    report_file_discard(&other);
    report_file_discard(&other);
    must_have("old", "before");
    ck_assert_int_ne(access("made", F_OK), 0);
}
END_TEST

/* ---- Standard output ------------------------------------------------------------------------- */

START_TEST(a_dash_takes_standard_output_over)
{
    int ends[2];
    char text[64] = "";
    struct capture err;
    ck_assert_int_eq(pipe(ends), 0);
    fflush(stdout);
    ck_assert_int_eq(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
    ck_assert_int_eq(close(ends[1]), 0);
    capture_begin(&err, STDERR_FILENO);
    ck_assert(report_file_open(&file, "-"));
    printf("text");
    fflush(stdout);
    capture_end(&err, said);
    ck_assert_str_eq(said, "text");
    ck_assert(report_file_begin(&file));
    ck_assert(report_file_flush(&file, fputs("begun ", file.file) >= 0));
    ck_assert(report_file_write(&file, NULL, write_new));
    ck_assert_int_eq(dup2(STDERR_FILENO, STDOUT_FILENO), STDOUT_FILENO); /* off the capture */
    ck_assert_int_eq(read(ends[0], text, sizeof text - 1), 9);
    ck_assert_str_eq(text, "begun new");
    ck_assert_int_eq(read(ends[0], text, 1), 0); /* nobody else holds it open */
    ck_assert_int_eq(close(ends[0]), 0);
}
END_TEST

/* Only the first failure is told. */
START_TEST(a_flush_that_fails_is_told_once)
{
    struct capture err;
    ck_assert(open_file(&file, "/dev/full"));
    capture_begin(&err, STDERR_FILENO);
    ck_assert(!report_file_flush(&file, fputs("row", file.file) >= 0));
    ck_assert(!report_file_flush(&file, fputs("row", file.file) >= 0));
    ck_assert(!report_file_write(&file, NULL, write_new));
    capture_end(&err, said);
    ck_assert_str_eq(said, "comms-client: cannot write /dev/full: No space left on device\n");
    ck_assert(file.has_failed && !file.is_closed_pipe);
}
END_TEST

/* ---- A file that is replaced ----------------------------------------------------------------- */

static bool write_to_full_disk(const struct result *result, FILE *to)
{
    (void)result;
    (void)fputs("half", to);
    errno = ENOSPC;
    return false;
}

/* How many files there are in the folder. */
static int count_files(void)
{
    int count = 0;
    DIR *here = opendir(".");
    ck_assert_ptr_nonnull(here);
    for (const struct dirent *entry; (entry = readdir(here)) != NULL;) {
        count += entry->d_name[0] == '.' ? 0 : 1;
    }
    closedir(here);
    return count;
}

START_TEST(a_replaced_file_is_old_or_new)
{
    make_file("old", "before");
    FILE *reader = fopen("old", "r");
    ck_assert_ptr_nonnull(reader);
    ck_assert(report_file_open_replaced(&file, "old"));
    ck_assert(report_file_begin(&file));
    must_have("old", "before");
    ck_assert_int_eq(count_files(), 1);
    ck_assert(report_file_write(&file, NULL, write_new));
    must_have("old", "new");
    ck_assert_int_eq(fgetc(reader), 'b'); /* whoever had opened it reads the old one */
    fclose(reader);
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(a_replaced_file_that_cannot_be_written_stays)
{
    struct capture err;
    make_file("old", "before");
    ck_assert(report_file_open_replaced(&file, "old"));
    capture_begin(&err, STDERR_FILENO);
    ck_assert(!report_file_write(&file, NULL, write_to_full_disk));
    capture_end(&err, said);
    ck_assert_str_eq(said, "comms-client: cannot write old: No space left on device\n");
    must_have("old", "before");
    ck_assert_int_eq(count_files(), 1);
    ck_assert(report_file_open_replaced(&file, "new"));
    report_file_discard(&file);
    ck_assert(!file.is_replaced);
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(a_replaced_file_is_known_by_any_name)
{
    make_file("old", "before");
    ck_assert_int_eq(symlink("old", "soft"), 0);
    ck_assert(open_file(&other, "old"));
    ck_assert(report_file_open_replaced(&file, "soft"));
    ck_assert(report_file_is(&file, fileno(other.file)));
    ck_assert(!report_file_is(&file, STDERR_FILENO));
    report_file_discard(&other);
    ck_assert(report_file_write(&file, NULL, write_new));
    must_have("old", "new"); /* the link stays one */
    ck_assert_int_eq(count_files(), 2);
}
END_TEST

START_TEST(a_link_to_nothing_is_written_through)
{
    ck_assert_int_eq(symlink("new", "soft"), 0);
    ck_assert(report_file_open_replaced(&file, "soft"));
    ck_assert(report_file_write(&file, NULL, write_new));
    must_have("new", "new");
    struct stat status;
    ck_assert_int_eq(lstat("soft", &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    ck_assert_int_eq(count_files(), 2);
}
END_TEST

START_TEST(without_a_path_there_is_no_file)
{
    ck_assert(open_file(&file, NULL));
    ck_assert(!report_file_is(&file, STDOUT_FILENO));
    ck_assert(report_file_begin(&file));
    ck_assert(report_file_write(&file, NULL, write_new));
    report_file_discard(&file);
}
END_TEST

START_TEST(what_cannot_be_opened_is_said_by_its_path)
{
    static const struct {
        const char *path;
        const char *line;
    } cases[] = {
        {"missing/file", "comms-client: cannot write missing/file: No such file or directory\n"},
        {"below", "comms-client: cannot write below: Is a directory\n"},
        {"old/file", "comms-client: cannot write old/file: Not a directory\n"},
        {"loop", "comms-client: cannot write loop: Too many levels of symbolic links\n"}};
    make_file("old", "before");
    ck_assert_int_eq(mkdir("below", 0700), 0);
    ck_assert_int_eq(symlink("loop", "loop"), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert(!open_file(&file, cases[i].path));
        ck_assert_str_eq(said, cases[i].line);
        ck_assert_ptr_null(file.file);
    }
    if (geteuid() != 0) {
        ck_assert_int_eq(chmod("old", 0400), 0);
        ck_assert(!open_file(&file, "old"));
        ck_assert_str_eq(said, "comms-client: cannot write old: Permission denied\n");
    }
}
END_TEST

START_TEST(a_file_is_known_by_any_name)
{
    static const struct {
        const char *path;
        bool is_same;
    } paths[] = {{"old", true},  {"./old", true}, {"hard", true},
                 {"soft", true}, {"new", false},  {"/dev/null", false}};
    make_file("old", "before");
    ck_assert_int_eq(link("old", "hard"), 0);
    ck_assert_int_eq(symlink("old", "soft"), 0);
    ck_assert(open_file(&other, "old"));
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        ck_assert(open_file(&file, paths[i].path));
        ck_assert_msg(report_file_is(&file, fileno(other.file)) == paths[i].is_same, "%s",
                      paths[i].path);
        report_file_discard(&file);
    }
    report_file_discard(&other);
}
END_TEST

START_TEST(what_is_no_regular_file_may_be_shared)
{
    int ends[2];
    char path[32];
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    const char *const paths[] = {"/dev/null", path};
    for (size_t i = 0; i < 2; i++) {
        ck_assert(open_file(&file, paths[i]));
        ck_assert(open_file(&other, paths[i]));
        ck_assert(!report_file_is(&file, fileno(other.file)));
        ck_assert(report_file_begin(&file));
        ck_assert(report_file_write(&file, NULL, write_new));
        report_file_discard(&other);
        ck_assert_int_eq(access(paths[i], F_OK), 0);
    }
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(a_full_disk_is_said)
{
    struct capture err;
    ck_assert(open_file(&file, "/dev/full"));
    ck_assert(report_file_begin(&file));
    capture_begin(&err, STDERR_FILENO);
    bool good = report_file_write(&file, NULL, write_new);
    capture_end(&err, said);
    ck_assert(!good);
    ck_assert_str_eq(said, "comms-client: cannot write /dev/full: No space left on device\n");
}
END_TEST

Suite *report_file_suite(void)
{
    Suite *suite = suite_create("report-file");
    TCase *tcase = tcase_create("report-file");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_file_is_emptied_when_the_run_begins);
    tcase_add_test(tcase, a_run_that_does_not_begin_leaves_everything_as_it_was);
    tcase_add_test(tcase, a_dash_takes_standard_output_over);
    tcase_add_test(tcase, a_flush_that_fails_is_told_once);
    tcase_add_test(tcase, a_replaced_file_is_old_or_new);
    tcase_add_test(tcase, a_replaced_file_that_cannot_be_written_stays);
    tcase_add_test(tcase, a_replaced_file_is_known_by_any_name);
    tcase_add_test(tcase, a_link_to_nothing_is_written_through);
    tcase_add_test(tcase, without_a_path_there_is_no_file);
    tcase_add_test(tcase, what_cannot_be_opened_is_said_by_its_path);
    tcase_add_test(tcase, a_file_is_known_by_any_name);
    tcase_add_test(tcase, what_is_no_regular_file_may_be_shared);
    tcase_add_test(tcase, a_full_disk_is_said);
    return suite;
}
