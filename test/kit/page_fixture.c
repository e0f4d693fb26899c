#include "test/kit/page_fixture.h"

#include "client/measure/fail_on.h"
#include "client/options/fail_on_option.h"
#include "client/report/report_html.h"
#include "shared/base/clock.h"
#include "test/kit/sample_result.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plan page_plan;
struct result *page_result;
char *page;

void page_set_up(void)
{
    page_plan = (struct plan){.mode = CLIENT_STATEFUL,
                              .target = "dns:///proxy.example.org:8080",
                              .n = 60,
                              .streams = 10000,
                              .connections = 100,
                              .interval_ns = NS_PER_S,
                              .interval_is_given = true,
                              .duration_ns = 60 * NS_PER_S,
                              .warmup_ns = 5 * NS_PER_S,
                              .max_lateness_ns = CLOCK_NEVER,
                              .retry_timeout_ns = 120 * NS_PER_S,
                              .chaos = {20 * NS_PER_S, 0.25, 42}};
    char error[FAIL_ON_ERROR_SIZE];
    ck_assert(fail_on_option_add(&page_plan.fail_on, "resume_p99>5s", error));
    page_result = sample_result_create(&page_plan);
}

void page_tear_down(void)
{
    free(page);
    page = NULL;
    sample_result_destroy(page_result);
    plan_cleanup(&page_plan);
}

void write_page(void)
{
    size_t length;
    free(page);
    FILE *file = open_memstream(&page, &length);
    ck_assert_ptr_nonnull(file);
    ck_assert(report_html_write(page_result, file));
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_uint_eq(strlen(page), length);
}

void expect_on_page(const char *text)
{
    ck_assert_msg(strstr(page, text) != NULL, "not on the page: %s", text);
}

void expect_not_on_page(const char *text)
{
    const char *found = strstr(page, text);
    ck_assert_msg(found == NULL, "on the page: %s: %.200s", text, found);
}

size_t count_on_page(const char *text)
{
    size_t found = 0;
    for (const char *at = page; (at = strstr(at, text)) != NULL; at++) {
        found++;
    }
    return found;
}

void expect_balanced_page(void)
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

void expect_sound_page(void)
{
    static const char *const never[] = {"<script", "<img",   "<link", "src=", "url(", "@import",
                                        "http:",   "https:", "nan",   "-inf", "inf%"};
    expect_balanced_page();
    ck_assert_uint_eq(count_on_page("href="), count_on_page("<a href=\"#")); /* within the page */
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        expect_not_on_page(never[i]);
    }
    ck_assert_int_eq(strncmp(page, "<!DOCTYPE html>\n<html lang=\"en\">", 32), 0);
    expect_on_page("default-src 'none'");
    ck_assert_uint_eq(count_on_page("<th"), count_on_page("<thead") + count_on_page("<th scope="));
    ck_assert_uint_eq(count_on_page("<svg class=\"plot\""), count_on_page("role=\"img\" height="));
    ck_assert_uint_eq(count_on_page("<h1>"), 1);
}

void make_page_hostile(void)
{
    static const char markup[] = "<script>document.title=1</script>\"'><img src=x onerror=oops()>&";
    static const char text[] = "0<script></script>\"><img src=x>";
    (void)snprintf(page_plan.target, sizeof page_plan.target, "%s", markup);
    page_plan.fail_on.items[0].text = markup;
    sample_result_spoil(page_result);
    for (size_t i = 0; i < page_result->violation_count; i++) {
        (void)snprintf(page_result->violations[i].address,
                       sizeof page_result->violations[i].address, "%s", text);
    }
    for (size_t i = 0; i < UNFINISHED_ROWS; i++) {
        page_result->unfinished[i].outcome = OUTCOME_REFUSED;
        (void)snprintf(page_result->unfinished[i].reason, sizeof page_result->unfinished[i].reason,
                       "%s", markup);
    }
    page_result->unfinished_count = UNFINISHED_ROWS;
    page_result->streams_unfinished = 5000;
}
