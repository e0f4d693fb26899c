/* Writing HTML: what is escaped, how numbers read, and that no failure to write is lost. */
#include "shared/page/html.h"
#include "test/kit/utf8.h"
#include "test/suites.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct html html;
static FILE *file;
static char *text;
static size_t length;

static void begin(void)
{
    file = open_memstream(&text, &length);
    ck_assert_ptr_nonnull(file);
    html_init(&html, file);
}

/* What was written since begin. */
static void end(const char *wanted)
{
    ck_assert(html_finish(&html));
    ck_assert_str_eq(text, wanted);
    ck_assert_int_eq(fclose(file), 0);
    free(text);
}

START_TEST(text_is_escaped)
{
    begin();
    html_put_text(&html, "<b title=\"x\" id='y'>&amp; µ\t\n\x1b\x7f~");
    end("&lt;b title=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp; µ\t\n\uFFFD\uFFFD~");
}
END_TEST

START_TEST(any_bytes_become_utf8)
{
    for (size_t i = 0; hostile_texts[i] != NULL; i++) {
        begin();
        html_put_text(&html, hostile_texts[i]);
        ck_assert(html_finish(&html));
        expect_shown_utf8(text);
        ck_assert_ptr_nonnull(strstr(text, "\uFFFD"));
        ck_assert_int_eq(fclose(file), 0);
        free(text);
    }
    begin();
    html_put_text(&html, "\xc3\xa4\xc3<\xe2\x82&\xf0\x9f\x98\x80");
    end("\xc3\xa4\uFFFD&lt;\uFFFD\uFFFD&amp;\xf0\x9f\x98\x80");
}
END_TEST

START_TEST(counts_have_separators)
{
    static const struct {
        uint64_t count;
        const char *text;
    } cases[] = {
        {0, "0"},          {999, "999"},           {1000, "1,000"},
        {12003, "12,003"}, {1000000, "1,000,000"}, {UINT64_MAX, "18,446,744,073,709,551,615"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        html_put_count(&html, cases[i].count);
        end(cases[i].text);
    }
    begin();
    html_put_amount(&html, 1, "stream");
    html_put_amount(&html, 1200, ", break");
    end("1 stream1,200 , breaks");
}
END_TEST

START_TEST(durations_have_their_unit)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {{0, "0 s"},
                 {7, "7 ns"},
                 {1234, "1.23 µs"},
                 {99960, "100 µs"},
                 {250000000, "250 ms"},
                 {999499999, "999 ms"},
                 {999500001, "1.00 s"},
                 {15000000000, "15 s"},
                 {60012345678, "60.0 s"},
                 {119990000000, "120 s"},
                 {120000000000, "2 min"},
                 {200900000000, "3 min 20 s"},
                 {3600000000000, "1 h"},
                 {9000000000000, "2 h 30 min"},
                 {4320000000000000, "1200 h"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        html_put_duration(&html, cases[i].ns);
        end(cases[i].text);
    }
}
END_TEST

START_TEST(rates_and_bytes_are_short)
{
    begin();
    html_put_rate(&html, 0.26);
    html_put(&html, " %d ", 5);
    html_put_rate(&html, 10203.6);
    html_put(&html, " ");
    html_put_rate(&html, 0);
    end("0.3 5 10,204 0");
    begin();
    html_put_bytes(&html, 1536);
    html_put(&html, " ");
    html_put_bytes(&html, UINT64_C(327483392));
    html_put(&html, " ");
    html_put_bytes(&html, UINT64_C(1023) << 20);
    end("1.50 KiB 312 MiB 1.00 GiB");
}
END_TEST

/* Every write to it fails: there is no space. */
static FILE *full_device(int buffering, size_t size)
{
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    ck_assert_int_eq(setvbuf(full, NULL, buffering, size), 0);
    return full;
}

START_TEST(a_failure_is_told_at_the_end)
{
    FILE *full = full_device(_IOFBF, BUFSIZ); /* only the flush fails */
    html_init(&html, full);
    html_put(&html, "a");
    ck_assert_int_eq(html.error, 0);
    errno = 0;
    ck_assert(!html_finish(&html));
    ck_assert_int_eq(errno, ENOSPC);
    (void)fclose(full);
}
END_TEST

START_TEST(the_first_failure_is_kept)
{
    FILE *full = full_device(_IONBF, 0); /* every write fails */
    for (int way = 0; way < 2; way++) {
        html_init(&html, full);
        if (way == 0) {
            html_put(&html, "a");
        } else {
            html_put_text(&html, "a");
        }
        ck_assert_int_eq(html.error, ENOSPC);
        html.file = NULL; /* nothing more is written: it would crash */
        html_put(&html, "b");
        html_put_text(&html, "b");
        errno = 0;
        ck_assert(!html_finish(&html));
        ck_assert_int_eq(errno, ENOSPC);
    }
    (void)fclose(full);
}
END_TEST

Suite *html_suite(void)
{
    Suite *suite = suite_create("html");
    TCase *text_case = tcase_create("text");
    suite_add_tcase(suite, text_case);
    tcase_add_test(text_case, text_is_escaped);
    tcase_add_test(text_case, any_bytes_become_utf8);
    tcase_add_test(text_case, counts_have_separators);
    tcase_add_test(text_case, durations_have_their_unit);
    tcase_add_test(text_case, rates_and_bytes_are_short);

    TCase *failures = tcase_create("failures");
    suite_add_tcase(suite, failures);
    tcase_add_test(failures, a_failure_is_told_at_the_end);
    tcase_add_test(failures, the_first_failure_is_kept);
    return suite;
}
