/* client/report/report_html: what is on the page for good and bad results, and that it is sound
 * HTML. */
#include "client/options/fail_on_option.h"
#include "client/report/break_text.h"
#include "client/report/result_text.h"
#include "shared/base/clock.h"
#include "test/kit/page_fixture.h"
#include "test/kit/sample_result.h"
#include "test/suites.h"

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
        "<th scope=\"row\">10.0.0.1:443</th><td class=\"number\">6</td>",
        "<td class=\"number\">10,000</td>",
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
        if (break_row_hint(&page_result->breaks.rows[i], true, hint)) {
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

/* What never began did not break. */
START_TEST(failed_attempts_have_a_section_of_their_own)
{
    static const char title[] = "What failed before it began</h2>";
    write_page();
    expect_not_on_page(title);
    page_result->failed_attempts = page_result->breaks;
    page_result->breaks = (struct break_table){.count = 0};
    write_page();
    expect_sound_page();
    expect_on_page(title);
    expect_on_page("half of the attempts spans");
    expect_on_page(">Failed attempts</th>");
    expect_not_on_page("What broke");
    expect_not_on_page(">Breaks</th>");
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
        "The numbers came 1.25 s apart (median), not 1 s: set --interval",
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
    expect_on_page("The numbers came 20 s apart (median), and the server announces 10 s: the "
                   "server or the path keeps another pace.</p>");
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

Suite *report_html_suite(void)
{
    Suite *suite = suite_create("report-html");
    TCase *tcase = tcase_create("text");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, page_set_up, page_tear_down);
    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, a_good_run_is_on_the_page);
    tcase_add_test(tcase, what_broke_is_on_the_page);
    tcase_add_test(tcase, failed_attempts_have_a_section_of_their_own);
    tcase_add_test(tcase, a_bad_run_is_on_the_page);
    tcase_add_test(tcase, the_server_is_among_the_facts);
    tcase_add_test(tcase, what_was_not_measured_is_not_on_the_page);
    tcase_add_test(tcase, a_short_run_has_short_labels);
    tcase_add_test(tcase, bytes_are_told_where_a_size_was_asked_for);
    tcase_add_test(tcase, what_was_not_measured_is_said_on_the_page);
    return suite;
}
