/* client/report/report_html: empty and hostile results, and results that are hard to draw. */
#include "client/report/report_html.h"
#include "shared/base/clock.h"
#include "test/kit/page_fixture.h"
#include "test/kit/sample_result.h"
#include "test/kit/utf8.h"
#include "test/suites.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(an_empty_run_has_no_empty_sections)
{
    static const char *const texts[] = {
        "<h1>unreachable</h1>",
        "<dt>Chaos</dt><dd>none</dd>",
        "<a href=\"#run\">What was run</a>",
    };
    struct plan none = {.target = "127.0.0.1:1337", .streams = 1};
    struct sample silence = {.at_ns = NS_PER_S, .length_ns = NS_PER_S, .waiting = 1};
    struct result *empty = calloc(1, sizeof *empty);
    struct result *full = page_result;
    ck_assert_ptr_nonnull(empty);
    empty->plan = &none;
    empty->samples = &silence; /* in which no stream lived */
    empty->sample_count = 1;
    course_add(&empty->course, &(struct course_point){.end_ns = NS_PER_S, .waiting = 1});
    empty->outcome = OUTCOME_UNREACHABLE;
    page_result = empty;
    write_page();
    page_result = full;
    free(empty);
    expect_sound_page();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        expect_on_page(texts[i]);
    }
    ck_assert_uint_eq(count_on_page("<section "), 3); /* figures, run, JSON */
    ck_assert_uint_eq(count_on_page("href=\"#"), 3);
    expect_not_on_page("class=\"plot\"");
}
END_TEST

START_TEST(markup_from_elsewhere_is_text)
{
    static const char escaped[] = "&lt;script&gt;document.title=1&lt;/script&gt;&quot;&#39;&gt;&lt;"
                                  "img src=x onerror=oops()&gt;&amp;";
    make_page_hostile();
    write_page();
    expect_balanced_page();
    expect_not_on_page("<script");
    expect_not_on_page("<img");
    expect_not_on_page("\"'>");
    ck_assert_uint_eq(count_on_page(escaped),
                      3 + UNFINISHED_ROWS); /* title, target, bound, reasons */
    ck_assert_uint_eq(
        count_on_page("<small>0&lt;script&gt;&lt;/script&gt;&quot;&gt;&lt;img src=x&gt;<"),
        page_result->violation_count);
    expect_on_page("5,000 streams did not receive everything.");
}
END_TEST

/* In every place where bytes come from the command line, the server or the system. */
START_TEST(bytes_from_elsewhere_are_utf8)
{
    make_page_hostile();
    for (size_t i = 0; hostile_texts[i] != NULL; i++) {
        page_plan.fail_on.items[0].text = hostile_texts[i];
        (void)snprintf(page_plan.target, sizeof page_plan.target, "%s", hostile_texts[i]);
        (void)snprintf(page_result->violations[0].address, CONNECTION_ADDRESS_SIZE, "%s",
                       hostile_texts[i]);
        (void)snprintf(page_result->unfinished[0].reason, sizeof page_result->unfinished[0].reason,
                       "%s", hostile_texts[i]);
        write_page();
        expect_balanced_page();
        expect_shown_utf8(page);
        ck_assert_uint_ge(count_on_page("\uFFFD"), 5); /* in the title, too */
    }
}
END_TEST

START_TEST(a_long_run_is_thinned_out)
{
    sample_result_destroy(page_result);
    page_plan.duration_ns = 36000 * NS_PER_S;
    page_result = sample_result_create(&page_plan);
    write_page();
    expect_sound_page();
    ck_assert_uint_eq(count_on_page("<g class=\"stretch\">"), 1200);
    ck_assert_uint_lt(strlen(page), 500000);
    expect_on_page("In this time 1,200 breaks.");
    expect_on_page("Throughput over 10 h:");
}
END_TEST

/* One sample, of nothing; times of nothing, of one kind, beyond the scale. */
START_TEST(extremes_can_be_drawn)
{
    static const int64_t times[] = {0, 1, 999, NS_PER_MS, 3600 * NS_PER_S, 360000 * NS_PER_S};
    page_result->sample_count = 1;
    page_result->samples[0] = (struct sample){.at_ns = 1, .length_ns = 0};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        for (size_t k = i; k < sizeof times / sizeof *times; k++) {
            memset(&page_result->gap, 0, sizeof page_result->gap);
            histogram_record(&page_result->gap, times[i]);
            histogram_record(&page_result->gap, times[k]);
            write_page();
            expect_sound_page();
            expect_on_page("aria-label=\"Gap, 2 times");
        }
    }
}
END_TEST

START_TEST(a_full_disk_is_told)
{
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    errno = 0;
    ck_assert(!report_html_write(page_result, full));
    ck_assert_int_eq(errno, ENOSPC);
    (void)fclose(full);
}
END_TEST

Suite *report_html_odd_suite(void)
{
    Suite *suite = suite_create("report-html-odd");
    TCase *tcase = tcase_create("text");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, page_set_up, page_tear_down);
    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, an_empty_run_has_no_empty_sections);
    tcase_add_test(tcase, markup_from_elsewhere_is_text);
    tcase_add_test(tcase, bytes_from_elsewhere_are_utf8);
    tcase_add_test(tcase, a_long_run_is_thinned_out);
    tcase_add_test(tcase, extremes_can_be_drawn);
    tcase_add_test(tcase, a_full_disk_is_told);
    return suite;
}
