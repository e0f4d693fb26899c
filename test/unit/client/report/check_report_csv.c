/* client/report/report_csv: RFC 4180, one row an interval, counts within it. */
#include "client/report/report_csv.h"
#include "shared/base/clock.h"
#include "test/kit/json_fixture.h"
#include "test/suites.h"

static const char header[] =
    "end_s,length_s,live_streams,waiting_streams,live_streams_lowest,waiting_streams_highest,"
    "numbers_per_s,bytes_per_s,numbers,bytes,sessions_started,sessions_finished,breaks,resumes,"
    "failed_attempts,"
    "late_numbers,lost,repeated,reordered,corrupt,violations\r\n";

START_TEST(a_row_has_what_came_within_its_interval)
{
    const struct sample first = {.at_ns = NS_PER_S,
                                 .length_ns = NS_PER_S,
                                 .live = 36,
                                 .waiting = 4,
                                 .live_lowest = 30,
                                 .waiting_highest = 9,
                                 .counts = {.numbers = 72,
                                            .bytes = 7200,
                                            .breaks = 2,
                                            .resumes = 1,
                                            .late = 5,
                                            .lost = 4,
                                            .started = 40}};
    const struct sample last = {.at_ns = 1500 * NS_PER_MS,
                                .length_ns = NS_PER_S / 2,
                                .live = 40,
                                .live_lowest = 36,
                                .waiting_highest = 4,
                                .counts = {.numbers = 82,
                                           .bytes = 8200,
                                           .breaks = 2,
                                           .resumes = 2,
                                           .failed_attempts = 6,
                                           .late = 7,
                                           .lost = 3,
                                           .repeated = 8,
                                           .reordered = 1,
                                           .corrupt = 9,
                                           .violations = 21,
                                           .started = 40,
                                           .finished = 12}};
    FILE *file = open_json();
    ck_assert(report_csv_write_header(file));
    ck_assert(report_csv_write_sample(&first, NULL, file));
    ck_assert(report_csv_write_sample(&last, &first, file));
    ck_assert_int_eq(fclose(file), 0);
    expect_json(header);
    expect_json("\r\n1.000000,1.000000,36,4,30,9,72.000,7200,72,7200,40,0,2,1,0,5,4,0,0,0,0\r\n");
    /* A number that was counted as lost came after all. */
    expect_json("\r\n1.500000,0.500000,40,0,36,4,20.000,2000,10,1000,0,12,0,1,6,2,-1,8,1,9,21\r\n");
}
END_TEST

START_TEST(an_interval_without_a_length_has_no_rate)
{
    const struct sample sample = {.counts = {.numbers = 3}};
    FILE *file = open_json();
    ck_assert(report_csv_write_sample(&sample, NULL, file));
    ck_assert_int_eq(fclose(file), 0);
    expect_json("0.000000,0.000000,0,0,0,0,0.000,0,3,0,");
}
END_TEST

START_TEST(a_failure_is_told)
{
    FILE *file = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(file);
    setvbuf(file, NULL, _IONBF, 0);
    ck_assert(!report_csv_write_header(file));
    const struct sample sample = {.at_ns = 1};
    ck_assert(!report_csv_write_sample(&sample, NULL, file));
    fclose(file);
}
END_TEST

Suite *report_csv_suite(void)
{
    Suite *suite = suite_create("report-csv");
    TCase *tcase = tcase_create("report-csv");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, NULL, end_result);
    tcase_add_test(tcase, a_row_has_what_came_within_its_interval);
    tcase_add_test(tcase, an_interval_without_a_length_has_no_rate);
    tcase_add_test(tcase, a_failure_is_told);
    return suite;
}
