/*
 * The page: what is on it for good, bad, empty and hostile results, that it is sound HTML, and what
 * a browser makes of it on a phone and in a wide window.
 */
#include "client/measure/fail_on.h"
#include "client/report/break_text.h"
#include "client/report/report_html.h"
#include "client/report/result_text.h"
#include "shared/base/clock.h"
#include "shared/page/html.h"
#include "test/kit/browser.h"
#include "test/kit/sample_result.h"
#include "test/suites.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct plan plan;
static struct result *result;
static char *page;

static void setup(void)
{
    plan = (struct plan){.mode = CLIENT_STATEFUL,
                         .target = "dns:///proxy.example.org:8080",
                         .n = 60,
                         .streams = 10000,
                         .connections = 100,
                         .interval_ns = NS_PER_S,
                         .duration_ns = 60 * NS_PER_S,
                         .warmup_ns = 5 * NS_PER_S,
                         .max_lateness_ns = CLOCK_NEVER,
                         .retry_timeout_ns = 120 * NS_PER_S,
                         .chaos = {20 * NS_PER_S, 0.25, 42}};
    char error[FAIL_ON_ERROR_SIZE];
    ck_assert(fail_on_add(&plan.fail_on, "resume_p99>5s", error));
    result = sample_result_create(&plan);
}

static void teardown(void)
{
    free(page);
    page = NULL;
    sample_result_destroy(result);
    plan_cleanup(&plan);
}

static void write_page(void)
{
    size_t length;
    free(page);
    FILE *file = open_memstream(&page, &length);
    ck_assert_ptr_nonnull(file);
    ck_assert(report_html_write(result, file));
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_uint_eq(strlen(page), length);
}

static void check_has(const char *text)
{
    ck_assert_msg(strstr(page, text) != NULL, "not on the page: %s", text);
}

static void check_has_not(const char *text)
{
    const char *found = strstr(page, text);
    ck_assert_msg(found == NULL, "on the page: %s: %.200s", text, found);
}

static size_t count(const char *text)
{
    size_t found = 0;
    for (const char *at = page; (at = strstr(at, text)) != NULL; at++) {
        found++;
    }
    return found;
}

/* Every element that begins ends, in the right order; only `meta` has no end. */
static void check_balance(void)
{
    enum { DEPTH_MAX = 32, NAME_SIZE = 16 };
    char open[DEPTH_MAX][NAME_SIZE];
    size_t depth = 0;
    const char *at = strchr(page + 1, '<'); /* behind the doctype */
    for (; at != NULL; at = strchr(at, '<')) {
        bool ends = at[1] == '/';
        char name[NAME_SIZE] = "";
        ck_assert_int_eq(sscanf(at + (ends ? 2 : 1), "%15[a-z0-9]", name), 1);
        const char *close = strpbrk(at + 1, "<>");
        ck_assert_msg(close != NULL && *close == '>', "not closed: %.60s", at);
        if (ends) {
            ck_assert_uint_gt(depth, 0);
            ck_assert_str_eq(name, open[--depth]);
        } else if (close[-1] != '/' && strcmp(name, "meta") != 0) {
            ck_assert_uint_lt(depth, DEPTH_MAX);
            memcpy(open[depth++], name, NAME_SIZE);
        }
        at = close;
    }
    ck_assert_uint_eq(depth, 0);
}

/* What is true of every page. */
static void check_soundness(void)
{
    static const char *const never[] = {"<script", "<img",  "<link",  "src=", "href=", "url(",
                                        "@import", "http:", "https:", "nan",  "-inf",  "inf%"};
    check_balance();
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        check_has_not(never[i]);
    }
    ck_assert_int_eq(strncmp(page, "<!DOCTYPE html>\n<html lang=\"en\">", 32), 0);
    check_has("default-src 'none'");
    ck_assert_uint_eq(count("<th"), count("<thead") + count("<th scope="));
    ck_assert_uint_eq(count("<svg class=\"plot\""), count("role=\"img\" height="));
    ck_assert_uint_eq(count("<h1>"), 1);
}

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
        "No violations",
        "No stream was left unfinished",
        "30 s to 31 s: ",
        ", 540 breaks</title>",
        "aria-label=\"Throughput over 60 s: ",
        "In this time 1,200 breaks.",
        "← warm-up",
    };
    char proof[PROOF_SIZE];
    write_page();
    check_soundness();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        check_has(texts[i]);
    }
    result_proof(result, proof);
    check_has(proof);
    ck_assert_uint_eq(count("<svg class=\"plot\""), 6);
    ck_assert_uint_eq(count("<g class=\"stretch\">"), 120);
    ck_assert_uint_eq(count("<rect class=\"break\""), 8);
}
END_TEST

START_TEST(what_broke_is_on_the_page)
{
    write_page();
    for (size_t i = 0; i < result->breaks.row_count; i++) {
        char name[BREAK_NAME_SIZE];
        char hint[BREAK_HINT_SIZE];
        break_name(result->breaks.rows[i].kind, name);
        check_has(name);
        if (break_row_hint(&result->breaks.rows[i], hint)) {
            check_has(hint);
        }
    }
    check_has_not("other causes");
    result->breaks.count += 1234; /* of which no row is left */
    write_page();
    check_soundness();
    check_has("other causes</th><td class=\"number\">1,234</td>");
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
    ck_assert(fail_on_add(&plan.fail_on, "lost>1999", error));
    sample_result_spoil(result);
    result->pace_ns = 1250000001;
    write_page();
    check_soundness();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        check_has(texts[i]);
    }
    ck_assert(result_held_back_advice(result, advice));
    check_has(advice);
    check_has_not("No violations");
}
END_TEST

START_TEST(an_empty_run_says_so)
{
    static const char *const texts[] = {
        "<h1>unreachable</h1>",        "The run was over before its first interval.",
        "Nothing was measured.",       "Nothing broke.",
        "No bounds were set",          "No violations",
        "<dt>Chaos</dt><dd>none</dd>",
    };
    struct plan none = {.target = "127.0.0.1:1337", .streams = 1};
    struct result *empty = calloc(1, sizeof *empty);
    struct result *full = result;
    ck_assert_ptr_nonnull(empty);
    empty->plan = &none;
    empty->outcome = OUTCOME_UNREACHABLE;
    result = empty;
    write_page();
    result = full;
    free(empty);
    check_soundness();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        check_has(texts[i]);
    }
    ck_assert_uint_eq(count("Nothing was measured."), 4);
    check_has_not("class=\"plot\"");
}
END_TEST

/* All that others can have written, as markup. */
static void make_hostile(void)
{
    static const char markup[] = "<script>document.title=1</script>\"'><img src=x onerror=oops()>&";
    static const char text[] = "0<script></script>\"><img src=x>";
    (void)snprintf(plan.target, sizeof plan.target, "%s", markup);
    plan.fail_on.items[0].text = markup;
    sample_result_spoil(result);
    for (size_t i = 0; i < result->violation_count; i++) {
        (void)snprintf(result->violations[i].address, sizeof result->violations[i].address, "%s",
                       text);
    }
    for (size_t i = 0; i < UNFINISHED_ROWS; i++) {
        result->unfinished[i].outcome = OUTCOME_REFUSED;
        (void)snprintf(result->unfinished[i].reason, sizeof result->unfinished[i].reason, "%s",
                       markup);
    }
    result->unfinished_count = UNFINISHED_ROWS;
    result->streams_unfinished = 5000;
}

START_TEST(markup_from_elsewhere_is_text)
{
    static const char escaped[] = "&lt;script&gt;document.title=1&lt;/script&gt;&quot;&#39;&gt;&lt;"
                                  "img src=x onerror=oops()&gt;&amp;";
    make_hostile();
    write_page();
    check_balance();
    check_has_not("<script");
    check_has_not("<img");
    check_has_not("\"'>");
    ck_assert_uint_eq(count(escaped), 3 + UNFINISHED_ROWS); /* title, target, bound, reasons */
    ck_assert_uint_eq(count("<small>0&lt;script&gt;&lt;/script&gt;&quot;&gt;&lt;img src=x&gt;<"),
                      result->violation_count);
    check_has("5,000 streams did not receive everything.");
}
END_TEST

START_TEST(a_long_run_is_thinned_out)
{
    sample_result_destroy(result);
    plan.duration_ns = 36000 * NS_PER_S;
    result = sample_result_create(&plan);
    write_page();
    check_soundness();
    ck_assert_uint_eq(count("<g class=\"stretch\">"), 1200);
    ck_assert_uint_lt(strlen(page), 500000);
    check_has("In this time 1,200 breaks.");
    check_has("Throughput over 10 h:");
}
END_TEST

/* One sample, of nothing; times of nothing, of one kind, beyond the scale. */
START_TEST(extremes_can_be_drawn)
{
    static const int64_t times[] = {0, 1, 999, NS_PER_MS, 3600 * NS_PER_S, 360000 * NS_PER_S};
    result->sample_count = 1;
    result->samples[0] = (struct sample){.at_ns = 1, .length_ns = 0};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        for (size_t k = i; k < sizeof times / sizeof *times; k++) {
            memset(&result->gap, 0, sizeof result->gap);
            histogram_record(&result->gap, times[i]);
            histogram_record(&result->gap, times[k]);
            write_page();
            check_soundness();
            check_has("aria-label=\"Gap, 2 times");
        }
    }
}
END_TEST

START_TEST(a_full_disk_is_told)
{
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    errno = 0;
    ck_assert(!report_html_write(result, full));
    ck_assert_int_eq(errno, ENOSPC);
    (void)fclose(full);
}
END_TEST

/* ---- In a browser ---------------------------------------------------------------------------- */

/*
 * Tells of each frame, when all are loaded: the plots that have something in them, and what is
 * wrong. Texts must not meet, leave the page, or be too small to be read.
 */
static const char script[] =
    "<pre></pre><script>onload = () => {"
    "for (const frame of document.querySelectorAll('iframe')) {"
    "  const page = frame.contentDocument, root = page.documentElement, wrong = [];"
    "  const plots = page.querySelectorAll('svg.plot');"
    "  const boxes = (plot, kind) => [...plot.querySelectorAll(kind)]"
    "    .map(text => text.getBoundingClientRect()).filter(box => box.width > 0);"
    "  const meet = (a, b) => a.left < b.right && b.left < a.right &&"
    "    a.top < b.bottom - 3 && b.top < a.bottom - 3;"
    "  let drawn = 0;"
    "  for (const plot of plots) {"
    "    const shapes = [...plot.querySelectorAll('.live, .waiting, .bar')];"
    "    drawn += shapes.some(shape => shape.getBoundingClientRect().height > 0);"
    "    for (const kind of ['.x', '.y', '.note']) {"
    "      const all = boxes(plot, kind);"
    "      if (all.length < 1 && kind != '.note') wrong.push('no ' + kind);"
    "      all.forEach((a, i) => {"
    "        if (a.left < 0 || a.right > root.clientWidth) wrong.push(kind + ' leaves');"
    "        if (a.height < 11) wrong.push(kind + ' is small');"
    "        if (all.slice(i + 1).some(b => meet(a, b))) wrong.push(kind + ' meet');"
    "      });"
    "    }"
    "  }"
    "  if (root.scrollWidth > root.clientWidth) wrong.push('scrolls ' + root.scrollWidth);"
    "  if (page.querySelector('script, img')) wrong.push('has a script');"
    "  document.querySelector('pre').append(`${frame.title} ${frame.width}: ${drawn} of"
    " ${plots.length} plots, wrong: ${[...new Set(wrong)].join(', ') || 'nothing'};\\n`);"
    "}}</script>";

static void check_no_complaint(const struct program *program)
{
    const char *complaint = browser_complaint(program);
    ck_assert_msg(complaint == NULL, "the browser complains: %.900s", complaint);
}

static const unsigned widths[] = {320, 360, 768, 1280};
enum { WIDTHS = sizeof widths / sizeof *widths };

/* The page in a frame of each width: what the page forbids holds in the frames, not for the script.
 */
static void put_frames(struct html *frames, const char *name)
{
    for (size_t i = 0; i < WIDTHS; i++) {
        html_put(frames, "<iframe title=\"%s\" width=\"%u\" height=\"600\" srcdoc=\"", name,
                 widths[i]);
        html_put_text(frames, page);
        html_put(frames, "\"></iframe>\n");
    }
}

static void check_frames(const char *dom, const char *name, unsigned plots)
{
    for (size_t i = 0; i < WIDTHS; i++) {
        char line[128];
        (void)snprintf(line, sizeof line, "%s %u: %u of %u plots, wrong: nothing;\n", name,
                       widths[i], plots, plots);
        const char *found = strstr(dom, "<pre>");
        ck_assert_ptr_nonnull(found);
        ck_assert_msg(strstr(found, line) != NULL, "wanted %sfound %.900s", line, found);
    }
}

/* Median and 99th percentile at the left edge, the longest at the right one. */
static void put_times_at_the_edge(struct histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
    for (int i = 0; i < 1000; i++) {
        histogram_record(histogram, NS_PER_MS);
    }
    histogram_record(histogram, 100 * NS_PER_S);
}

START_TEST(it_fits_every_width)
{
    struct browser browser;
    char *text;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    ck_assert_ptr_nonnull(file);
    struct html frames;
    html_init(&frames, file);
    html_put(&frames, "<!DOCTYPE html>\n<html><body>\n");
    write_page();
    put_frames(&frames, "good");
    sample_result_destroy(result);
    plan.duration_ns = 159 * NS_PER_S; /* seven labels, some of them long */
    result = sample_result_create(&plan);
    make_hostile();
    memset(plan.target, 'x', sizeof plan.target - 1); /* one word, too long for a line */
    put_times_at_the_edge(&result->first);
    write_page();
    put_frames(&frames, "hostile");
    html_put(&frames, "%s</body></html>\n", script);
    ck_assert(html_finish(&frames));
    ck_assert_int_eq(fclose(file), 0);

    browser_init(&browser);
    struct program *program = browser_open(&browser, text, widths[WIDTHS - 1]);
    const char *dom = program_output(program, PROGRAM_STDOUT);
    check_no_complaint(program);
    check_frames(dom, "good", 6);
    check_frames(dom, "hostile", 6);
    program_destroy(program);
    browser_cleanup(&browser);
    free(text);
}
END_TEST

START_TEST(a_browser_shows_it_without_complaint)
{
    struct browser browser;
    write_page();
    browser_init(&browser);
    struct program *program = browser_open(&browser, page, 360);
    check_no_complaint(program);
    ck_assert_uint_eq(count("<svg class=\"plot\""), 6);
    free(page);
    page = strdup(program_output(program, PROGRAM_STDOUT));
    ck_assert_ptr_nonnull(page);
    ck_assert_uint_eq(count("<svg class=\"plot\""), 6);
    ck_assert_uint_eq(count("<path class=\"live\""), 2);
    program_destroy(program);

    /* It would have been heard. */
    program = browser_open(&browser, "<!DOCTYPE html><html><script>oops()</script></html>", 360);
    ck_assert_ptr_nonnull(browser_complaint(program));
    program_destroy(program);
    browser_cleanup(&browser);
}
END_TEST

Suite *report_html_suite(void)
{
    Suite *suite = suite_create("report-html");
    TCase *text = tcase_create("text");
    suite_add_tcase(suite, text);
    tcase_add_checked_fixture(text, setup, teardown);
    tcase_add_test(text, a_good_run_is_on_the_page);
    tcase_add_test(text, what_broke_is_on_the_page);
    tcase_add_test(text, a_bad_run_is_on_the_page);
    tcase_add_test(text, an_empty_run_says_so);
    tcase_add_test(text, markup_from_elsewhere_is_text);
    tcase_add_test(text, a_long_run_is_thinned_out);
    tcase_add_test(text, extremes_can_be_drawn);
    tcase_add_test(text, a_full_disk_is_told);

    TCase *seen = tcase_create("seen");
    suite_add_tcase(suite, seen);
    tcase_add_checked_fixture(seen, setup, teardown);
    tcase_set_timeout(seen, 60);
    tcase_add_test(seen, it_fits_every_width);
    tcase_add_test(seen, a_browser_shows_it_without_complaint);
    return suite;
}
