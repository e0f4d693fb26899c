/* client/report/report_html: what a browser makes of the page, on a phone and in a wide window. */
#include "client/measure/result.h"
#include "shared/base/clock.h"
#include "shared/page/html.h"
#include "test/kit/browser.h"
#include "test/kit/page_fixture.h"
#include "test/kit/sample_result.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    "    for (const kind of ['.x, .y, .title', '.x', '.y', '.title', '.note']) {"
    "      const all = boxes(plot, kind);"
    "      if (all.length < 1 && kind != '.note') wrong.push('no ' + kind);"
    "      all.forEach((a, i) => {"
    "        if (a.left < 0 || a.right > root.clientWidth) wrong.push(kind + ' leaves');"
    "        if (a.height < 11) wrong.push(kind + ' is small');"
    "        if (all.slice(i + 1).some(b => meet(a, b))) wrong.push(kind + ' meet');"
    "      });"
    "    }"
    "  }"
    "  const heading = page.querySelector('h1');"
    "  if (heading.scrollWidth > heading.clientWidth) wrong.push('the verdict is cut');"
    "  if ([...page.querySelectorAll('.reason')].some("
    "    cell => cell.getBoundingClientRect().right > root.clientWidth)) wrong.push('reasons "
    "hide');"
    "  if ([...page.querySelectorAll('.finding')].some(cell => cell.clientWidth < 140))"
    "    wrong.push('findings are squeezed');"
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
    sample_result_destroy(page_result);
    page_plan.duration_ns = 159 * NS_PER_S; /* seven labels, some of them long */
    page_result = sample_result_create(&page_plan);
    make_page_hostile();
    memset(page_plan.target, 'x', sizeof page_plan.target - 1); /* one word, too long for a line */
    page_result->outcome = OUTCOME_UNREACHABLE;                 /* the longest name */
    for (size_t i = 0; i < page_result->violation_count; i++) {
        page_result->violations[i].after_resume = false; /* whose words hold the column open */
    }
    put_times_at_the_edge(&page_result->first);
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
    ck_assert_uint_eq(count_on_page("<svg class=\"plot\""), 6);
    free(page);
    page = strdup(program_output(program, PROGRAM_STDOUT));
    ck_assert_ptr_nonnull(page);
    ck_assert_uint_eq(count_on_page("<svg class=\"plot\""), 6);
    ck_assert_uint_eq(count_on_page("<path class=\"live\""), 2);
    program_destroy(program);

    /* It would have been heard. */
    program = browser_open(&browser, "<!DOCTYPE html><html><script>oops()</script></html>", 360);
    ck_assert_ptr_nonnull(browser_complaint(program));
    program_destroy(program);
    browser_cleanup(&browser);
}
END_TEST

Suite *report_html_browser_suite(void)
{
    Suite *suite = suite_create("report-html-browser");
    TCase *tcase = tcase_create("seen");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, page_set_up, page_tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, it_fits_every_width);
    tcase_add_test(tcase, a_browser_shows_it_without_complaint);
    return suite;
}
