/* The tables of the status page: bytes of clients stay text, and nothing is shown of nothing. */
#include "server/admin/status_tables.h"
#include "test/kit/status_text.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct snapshot snapshot;
static char *text;

static void set_up(void)
{
    memset(&snapshot, 0, sizeof snapshot);
    text = NULL;
}

static void tear_down(void)
{
    free(text);
}

static void write_table(void (*put)(struct html *html, const struct snapshot *snapshot))
{
    free(text);
    text = status_text_of(put, &snapshot);
}

static void expect_text(const char *wanted)
{
    ck_assert_msg(strstr(text, wanted) != NULL, "%s is not in %s", wanted, text);
}

static size_t count_rows(void)
{
    size_t rows = 0;
    for (const char *at = strstr(text, "<tbody"); (at = strstr(at, "<tr>")) != NULL; at++) {
        rows++;
    }
    return rows;
}

/* A client on a unix socket chooses its own path. */
START_TEST(an_address_is_text)
{
    struct session_view *view = &snapshot.oldest.states[SESSION_OWNED].items[0];
    snapshot.oldest.states[SESSION_OWNED].count = 1;
    *view = (struct session_view){.n = 1233, .sent = 7, .age_ns = 61 * NS_PER_S + 5};
    snprintf(view->address, sizeof view->address, "unix:<script>alert('&\"')</script>\x1b\xff");
    memset(view->uuid.bytes, 0xab, sizeof view->uuid.bytes);
    write_table(status_put_oldest);
    ck_assert_ptr_null(strstr(text, "<script"));
    expect_text("unix:&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;\xef\xbf\xbd"
                "\xef\xbf\xbd</td>");
    expect_text("<code>abababab</code>");
    expect_text(">61 s</td>");
    expect_text("7 of 1,234</td>");
    ck_assert_uint_eq(count_rows(), 1);
}
END_TEST

START_TEST(a_session_without_a_stream_says_when_it_ends)
{
    snapshot.oldest.timeout_ns = 30 * NS_PER_S;
    for (int state = SESSION_IDLE; state <= SESSION_FINISHED; state++) {
        snapshot.oldest.states[state].count = 1;
        snapshot.oldest.states[state].items[0].age_ns = 20 * NS_PER_S * state + 1;
    }
    write_table(status_put_oldest);
    expect_text(">idle</td><td class=\"number\">20 s</td>");
    expect_text("evicted in 9 s</td>");
    expect_text(">finished</td><td class=\"number\">40 s</td>");
    expect_text("evicted in 0 s</td>"); /* the reaper is late */
    ck_assert_uint_eq(count_rows(), 2);
}
END_TEST

START_TEST(each_refusal_has_its_row)
{
    for (size_t i = 0; i < REFUSAL_ROWS; i++) {
        ck_assert_ptr_nonnull(refusal_rows_reason(i));
        snapshot.samples.last.refusals.counts[i] = 1000 + i;
        snapshot.samples.oldest.refusals.counts[i] = 1000;
    }
    write_table(status_put_refusals);
    ck_assert_uint_eq(count_rows(), REFUSAL_ROWS);
    expect_text("connection</td><td class=\"reason\">--max-connections, or no descriptors for "
                "more</td><td class=\"number\">0</td><td class=\"number\">1,000</td>");
    expect_text("stream</td><td class=\"reason\">unknown method</td><td class=\"number\">5</td>"
                "<td class=\"number\">1,005</td>");
    expect_text("command</td><td class=\"reason\">unknown command</td><td class=\"number\">10</td>"
                "<td class=\"number\">1,010</td>");
}
END_TEST

START_TEST(nothing_is_said_to_be_nothing)
{
    write_table(status_put_refusals);
    expect_text("nothing so far");
    write_table(status_put_oldest);
    expect_text("there is no session");
}
END_TEST

Suite *status_tables_suite(void)
{
    Suite *suite = suite_create("status-tables");
    TCase *tcase = tcase_create("tables");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, an_address_is_text);
    tcase_add_test(tcase, a_session_without_a_stream_says_when_it_ends);
    tcase_add_test(tcase, each_refusal_has_its_row);
    tcase_add_test(tcase, nothing_is_said_to_be_nothing);
    return suite;
}
