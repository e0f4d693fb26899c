/*
 * client/report/report_html: what is on the page for good, bad, empty and hostile results, and that
 * it is sound HTML.
 */
#include "client/measure/fail_on.h"
#include "client/options/fail_on_option.h"
#include "client/report/break_text.h"
#include "client/report/report_html.h"
#include "client/report/result_text.h"
#include "shared/base/clock.h"
#include "test/kit/page_fixture.h"
#include "test/kit/sample_result.h"
#include "test/kit/utf8.h"
#include "test/suites.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_good_run_is_on_the_page)
{
    static const char *const texts[] = {
        "<h1>proven</h1>",
        "<dt>Target</dt><dd>dns:///proxy.example.org:8080</dd>",
        "<dt>Streams</dt><dd>10,000</dd>",
        "<dt>Connections</dt><dd>100, with at most 100 streams on one</dd>",
        "a connection breaks every 20 s on average, 25 % of them fall silent, seed 42",
        "<dt>Began</dt><dd>2026-11-23 18:37:12 UTC</dd>",
        "<dt>Warm-up</dt><dd>5 s</dd>",
        "<dt>Stall time-out</dt><dd>none</dd>",
        "<dt>Most lateness</dt><dd>not limited</dd>",
        "<dt>Exit status</dt><dd>0</dd>",
        "<dt>Breaks</dt><dd>1,200</dd>",
        "<dt>Lost</dt><dd>0 ",
        "312 MiB",
        "69 % of a core",
        "<code>resume_p99&gt;5s</code>",
        "✓ kept",
        "<dt>Failed attempts</dt><dd>0<",
        "<a href=\"#times\">Times</a>",
        "<section id=\"json\">",
        "&quot;streams_proven&quot;: 10000,",
        ">on time</text>",
        ">time of the run</text>",
        ">numbers/s</text>",
        ">streams</text>",
        "30 s to 31 s: ",
        ", 540 breaks</title>",
        "aria-label=\"Throughput over 60 s: ",
        "In this time 1,200 breaks.",
        "← warm-up",
        "<th scope=\"row\">10.0.0.1:443</th><td class=\"number\">6</td><td "
        "class=\"number\">10,000</td>",
        "<th scope=\"row\">[2001:db8::1]:443</th><td class=\"number\">–</td>",
        "<a href=\"#addresses\">Where the streams went</a>",
    };
    char proof[PROOF_SIZE];
    write_page();
    expect_sound_page();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        expect_on_page(texts[i]);
    }
    result_proof(page_result, proof);
    expect_on_page(proof);
    expect_not_on_page("id=\"violations\"");
    expect_not_on_page("id=\"unfinished\"");
    expect_not_on_page("&quot;buckets&quot;");
    ck_assert_uint_eq(count_on_page("<svg class=\"plot\""), 6);
    ck_assert_uint_eq(count_on_page("<g class=\"stretch\">"), 120);
    ck_assert_uint_eq(count_on_page("<rect class=\"break\""), 8);
    ck_assert_uint_eq(count_on_page(">share of all</text>"), 4);
    ck_assert_uint_eq(count_on_page(" transform=\"rotate(-90)\""), 6); /* each height has a title */
}
END_TEST

START_TEST(what_broke_is_on_the_page)
{
    write_page();
    for (size_t i = 0; i < page_result->breaks.row_count; i++) {
        char name[BREAK_NAME_SIZE];
        char hint[BREAK_HINT_SIZE];
        break_name(page_result->breaks.rows[i].kind, name);
        expect_on_page(name);
        if (break_row_hint(&page_result->breaks.rows[i], hint)) {
            expect_on_page(hint);
        }
    }
    expect_not_on_page("other causes");
    page_result->breaks.count += 1234; /* of which no row is left */
    write_page();
    expect_sound_page();
    expect_on_page("other causes</th><td class=\"number\">1,234</td>");
}
END_TEST

START_TEST(a_bad_run_is_on_the_page)
{
    static const char *const texts[] = {
        "<h1>violated</h1>",
        "<dt>Lost</dt><dd class=\"bad\">2,000 ",
        "2,345 violations, of which the first 12 follow",
        "lost: 1 number<",
        "late by 1.23 s",
        "right after a resume",
        "<small>a17417a0-aa39-40b5-8675-247713cc4900</small>",
        "<td class=\"number\">3856042040</td><td class=\"number\">–</td>",
        "<small>127.0.0.1:54782</small>",
        "3 streams did not receive everything.",
        "UNAVAILABLE: Failed to connect: Connection refused",
        "class=\"notice\"",
        "--interval 1 s: the median gap between numbers is 1.25 s",
        "<strong class=\"bad\">✗ broken</strong>",
    };
    char error[FAIL_ON_ERROR_SIZE];
    char advice[ADVICE_SIZE];
    ck_assert(fail_on_option_add(&page_plan.fail_on, "lost>1999", error));
    sample_result_spoil(page_result);
    page_result->pace_ns = 1250000001;
    write_page();
    expect_sound_page();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        expect_on_page(texts[i]);
    }
    ck_assert(result_held_back_advice(page_result, advice));
    expect_on_page(advice);
    expect_not_on_page("No violations");
}
END_TEST

/* Figures that nothing was measured of have no plot and no row, and a moment has no load. */
START_TEST(what_was_not_measured_is_not_on_the_page)
{
    write_page();
    expect_on_page("<th scope=\"row\">Resume</th>");
    memset(&page_result->resume, 0, sizeof page_result->resume);
    page_result->elapsed_ns = NS_PER_S - 1;
    write_page();
    expect_sound_page();
    expect_on_page("<th scope=\"row\">First number</th>");
    expect_not_on_page("<th scope=\"row\">Resume</th>");
    expect_not_on_page("<b>Resume</b>");
    expect_on_page("<dt>CPU time</dt><dd>41.2 s</dd>");
    expect_not_on_page("of a core");
}
END_TEST

/* Labels of the time are exact: "1.5 s", and no digit more. */
START_TEST(a_short_run_has_short_labels)
{
    page_plan.warmup_ns = 0;
    for (size_t i = 0; i < page_result->sample_count; i++) {
        page_result->samples[i].at_ns /= 30;
        page_result->samples[i].length_ns /= 30;
    }
    write_page();
    expect_sound_page();
    expect_on_page(">500 ms</text>");
    expect_on_page(">1 s</text>");
    expect_on_page(">1.5 s</text>");
}
END_TEST

START_TEST(the_server_is_among_the_facts)
{
    write_page();
    expect_not_on_page("<dt>Server</dt>");
    expect_not_on_page("<dt>Rate asked</dt>");
    expect_on_page("<dt>Interval</dt><dd>1 s</dd>");
    page_plan.interval_is_given = false;
    page_plan.stall_follows_interval = true;
    page_plan.rate = "0.1";
    page_plan.wish_ns = page_result->interval_ns = 10 * NS_PER_S;
    page_result->server = (struct announcement){.has = (1U << ANNOUNCED_FIELDS) - 1,
                                                .version = "<9>",
                                                .mode = MODE_STATEFUL,
                                                .interval_ns = 10 * NS_PER_S};
    page_result->servers_differ = true;
    page_result->pace_ns = 20 * NS_PER_S;
    write_page();
    expect_sound_page();
    expect_on_page("<dt>Server</dt><dd>comms-server &lt;9&gt;, stateful, one number every 10 s; "
                   "later streams met another one</dd>");
    expect_on_page("<dt>Interval</dt><dd>10 s</dd>");
    expect_on_page("<dt>Rate asked</dt><dd>0.1 a second</dd>");
    expect_on_page("<dt>Stall time-out</dt><dd>30 s</dd>");
    expect_on_page("The server does not keep the pace that it announces, 10 s: the median gap "
                   "between numbers is 20 s.</p>");
}
END_TEST

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

START_TEST(bytes_are_told_where_a_size_was_asked_for)
{
    write_page();
    expect_on_page("<dt>A message has</dt><dd>no padding</dd>");
    expect_not_on_page("iB/s");
    page_plan.size = 16384;
    page_result->measured_ns = 10 * NS_PER_S;
    page_result->measured_numbers = 640000;
    write_page();
    expect_sound_page();
    expect_on_page("<dt>A message has</dt><dd>16KiB of padding</dd>");
    expect_on_page("<dt>Throughput</dt><dd>64,000 <span class=\"unit\">numbers/s</span>"
                   "<small>over 10 s, 0.98 GiB/s</small></dd>");
    page_result->measured_numbers = 0;
    write_page();
    expect_on_page("<dt>Throughput</dt><dd>not measured</dd>");
}
END_TEST

START_TEST(what_was_not_measured_is_said_on_the_page)
{
    char error[FAIL_ON_ERROR_SIZE];
    ck_assert(fail_on_option_add(&page_plan.fail_on, "throughput<1 or none", error));
    memset(&page_result->resume, 0, sizeof page_result->resume);
    page_result->measured_numbers = 0;
    write_page();
    expect_sound_page();
    expect_on_page("<code>resume_p99&gt;5s</code></th><td class=\"number\">not measured</td>"
                   "<td><strong class=\"bad\">✗ broken</strong>");
    expect_on_page("<code>throughput&lt;1 or none</code></th><td class=\"number\">not measured"
                   "</td><td><span class=\"good\">✓ kept</span>");
    expect_on_page("<dt>Throughput</dt><dd>not measured</dd>");
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

Suite *report_html_suite(void)
{
    Suite *suite = suite_create("report-html");
    TCase *tcase = tcase_create("text");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, page_set_up, page_tear_down);
    tcase_add_test(tcase, a_good_run_is_on_the_page);
    tcase_add_test(tcase, what_broke_is_on_the_page);
    tcase_add_test(tcase, a_bad_run_is_on_the_page);
    tcase_add_test(tcase, the_server_is_among_the_facts);
    tcase_add_test(tcase, an_empty_run_has_no_empty_sections);
    tcase_add_test(tcase, what_was_not_measured_is_not_on_the_page);
    tcase_add_test(tcase, a_short_run_has_short_labels);
    tcase_add_test(tcase, markup_from_elsewhere_is_text);
    tcase_add_test(tcase, bytes_from_elsewhere_are_utf8);
    tcase_add_test(tcase, bytes_are_told_where_a_size_was_asked_for);
    tcase_add_test(tcase, what_was_not_measured_is_said_on_the_page);
    tcase_add_test(tcase, a_long_run_is_thinned_out);
    tcase_add_test(tcase, extremes_can_be_drawn);
    tcase_add_test(tcase, a_full_disk_is_told);
    return suite;
}
