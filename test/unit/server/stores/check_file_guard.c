/* A fault while LMDB reads the mapped file. */
#include "server/stores/file_guard.h"
#include "test/kit/file_fixture.h"
#include "test/suites.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

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

Suite *file_guard_suite(void)
{
    Suite *suite = suite_create("file-guard");
    TCase *tcase = tcase_create("file-guard");
    tcase_add_checked_fixture(tcase, file_set_up, file_tear_down);
    tcase_add_test(tcase, test_fault_is_survived);
    tcase_add_test_raise_signal(tcase, test_other_fault_is_not, SIGBUS);
    suite_add_tcase(suite, tcase);
    return suite;
}
