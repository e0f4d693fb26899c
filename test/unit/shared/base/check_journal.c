/* shared/base/journal: which descriptor JOURNAL_STREAM means. */
#include "shared/base/journal.h"
#include "test/suites.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int sockets[2];
static uintmax_t device;
static uintmax_t inode;

static void set_up(void)
{
    struct stat status;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    ck_assert_int_eq(fstat(sockets[0], &status), 0);
    device = status.st_dev;
    inode = status.st_ino;
}

static void tear_down(void)
{
    close(sockets[0]);
    close(sockets[1]);
}

/* Whether the first socket is the journal, by a variable with both numbers in this form. */
static bool is_journal(const char *before, uintmax_t first, const char *between, uintmax_t second,
                       const char *after)
{
    char value[128];
    snprintf(value, sizeof value, "%s%ju%s%ju%s", before, first, between, second, after);
    ck_assert_int_eq(setenv("JOURNAL_STREAM", value, 1), 0);
    return journal_is_at(sockets[0]);
}

START_TEST(the_descriptor_has_this_device_and_inode)
{
    ck_assert(is_journal("", device, ":", inode, ""));
    ck_assert(!journal_is_at(sockets[1]));
    ck_assert(!journal_is_at(STDERR_FILENO)); /* a child of a service may have another one */
    ck_assert(!is_journal("", device + 1, ":", inode, ""));
    ck_assert(!is_journal("", device, ":", inode + 1, ""));
    ck_assert(!is_journal("", inode, ":", device, ""));
    ck_assert(!journal_is_at(-1));
}
END_TEST

START_TEST(a_malformed_variable_means_none)
{
    static const char *const values[] = {"", ":", "0:0", "x", "1", "18446744073709551616:1"};
    ck_assert(!is_journal(" ", device, ":", inode, ""));
    ck_assert(!is_journal("", device, ":", inode, " "));
    ck_assert(!is_journal("", device, ":", inode, ":"));
    ck_assert(!is_journal("", device, ": ", inode, ""));
    ck_assert(!is_journal("", device, " ", inode, ""));
    ck_assert(!is_journal("+", device, ":", inode, ""));
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        ck_assert_int_eq(setenv("JOURNAL_STREAM", values[i], 1), 0);
        ck_assert(!journal_is_at(sockets[0]));
    }
    ck_assert_int_eq(unsetenv("JOURNAL_STREAM"), 0);
    ck_assert(!journal_is_at(sockets[0]));
}
END_TEST

Suite *journal_suite(void)
{
    Suite *suite = suite_create("journal");
    TCase *tcase = tcase_create("journal");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_descriptor_has_this_device_and_inode);
    tcase_add_test(tcase, a_malformed_variable_means_none);
    return suite;
}
