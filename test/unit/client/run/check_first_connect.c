/* client/run/first_connect: what ends a run that has found no server. */
#include "client/run/first_connect.h"
#include "test/suites.h"

static struct first_connect first;
static int stops;

static void count_stop(void *context)
{
    (*(int *)context)++;
}

static void set_up(void)
{
    stops = 0;
    ck_assert(first_connect_init(&first, count_stop, &stops));
}

static void tear_down(void)
{
    first_connect_cleanup(&first);
}

/* The others fail for the same reason, or are stopped: the first one is told. */
START_TEST(the_first_failure_ends_the_run_once)
{
    char reason[FIRST_CONNECT_REASON_SIZE] = "";
    ck_assert(first_connect_is_open(&first));
    ck_assert(!first_connect_has_failed(&first, reason));
    first_connect_fail(&first, "refused");
    first_connect_fail(&first, "no route");
    ck_assert_int_eq(stops, 1);
    ck_assert(first_connect_has_failed(&first, reason));
    ck_assert_str_eq(reason, "refused");
}
END_TEST

/* What took the connection may be no server of gRPC. */
START_TEST(after_a_connection_only_another_protocol_ends_the_run)
{
    first_connect_note(&first);
    ck_assert(!first_connect_is_open(&first));
    ck_assert(first_connect_is_unanswered(&first));
}
END_TEST

START_TEST(after_an_answer_nothing_ends_the_run)
{
    first_connect_note_answer(&first);
    ck_assert(!first_connect_is_open(&first));
    ck_assert(!first_connect_is_unanswered(&first));
}
END_TEST

/* --retry-connect */
START_TEST(without_it_nothing_ends_the_run)
{
    char reason[FIRST_CONNECT_REASON_SIZE] = "";
    first_connect_note(NULL);
    first_connect_note_answer(NULL);
    ck_assert(!first_connect_is_open(NULL));
    ck_assert(!first_connect_is_unanswered(NULL));
    ck_assert(!first_connect_has_failed(NULL, reason));
    first_connect_cleanup(NULL);
}
END_TEST

Suite *first_connect_suite(void)
{
    Suite *suite = suite_create("first-connect");
    TCase *tcase = tcase_create("first-connect");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_first_failure_ends_the_run_once);
    tcase_add_test(tcase, after_a_connection_only_another_protocol_ends_the_run);
    tcase_add_test(tcase, after_an_answer_nothing_ends_the_run);
    tcase_add_test(tcase, without_it_nothing_ends_the_run);
    suite_add_tcase(suite, tcase);
    return suite;
}
