/* client/report/progress_line: what fits, what is left out, and that header and line agree. */
#include "client/report/progress_line.h"
#include "shared/base/clock.h"
#include "shared/page/format.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

static struct progress_line line;
static struct sample sample;
static char text[PROGRESS_LINE_SIZE];

static void prepare(void)
{
    line = (struct progress_line){.width = 0};
    sample =
        (struct sample){.at_ns = 5 * NS_PER_S,
                        .length_ns = NS_PER_S,
                        .live = 9999,
                        .waiting = 1,
                        .counts = {.numbers = 9996, .breaks = 42, .resumes = 500, .late = 221}};
}

static bool format(size_t width)
{
    return progress_line_format(&line, width, &sample, NULL, text);
}

static const struct {
    size_t width;
    const char *header, *text;
} layouts[] = {
    {SIZE_MAX, "      time      live   waiting   numbers/s  breaks  resumes    late  verdict",
     "     5.0 s     9,999         1       9,996      42      500     221  ok"},
    {76, "      time      live   waiting   numbers/s  breaks  resumes    late  verdict",
     "     5.0 s     9,999         1       9,996      42      500     221  ok"},
    {75, "      time      live   waiting   numbers/s  breaks    late  verdict",
     "     5.0 s     9,999         1       9,996      42     221  ok"},
    {67, "      time      live   waiting   numbers/s  breaks    late  verdict",
     "     5.0 s     9,999         1       9,996      42     221  ok"},
    {66, "      time      live   waiting   numbers/s  breaks  verdict",
     "     5.0 s     9,999         1       9,996      42  ok"},
    {59, "      time      live   waiting   numbers/s  breaks  verdict",
     "     5.0 s     9,999         1       9,996      42  ok"},
    {58, "      time      live   numbers/s  breaks  verdict",
     "     5.0 s     9,999       9,996      42  ok"},
    {49, "      time      live   numbers/s  breaks  verdict",
     "     5.0 s     9,999       9,996      42  ok"},
    {48, "      time      live   numbers/s  verdict", "     5.0 s     9,999       9,996  ok"},
    {41, "      time      live   numbers/s  verdict", "     5.0 s     9,999       9,996  ok"},
    {40, "      time      live   numbers/s  wrong", "     5.0 s     9,999       9,996  0"},
    {39, "      time      live   numbers/s  wrong", "     5.0 s     9,999       9,996  0"},
    {38, "      time   numbers/s  wrong", "     5.0 s       9,996  0"},
    {28, "      time  wrong", "     5.0 s  0"},
    {16, "wrong", "no"},
    {4, "wron", "no"},
    {1, "w", "n"},
    {0, "", ""},
};

START_TEST(a_line_fits_every_width)
{
    bool is_new = format(layouts[_i].width);
    ck_assert_str_eq(line.header, layouts[_i].header);
    ck_assert_str_eq(text, layouts[_i].text);
    ck_assert_int_eq(is_new, layouts[_i].width > 0);
    ck_assert(!format(layouts[_i].width)); /* the header is printed once */
}
END_TEST

static const struct {
    size_t width;
    const char *header, *text;
} layouts_with_bytes[] = {
    {SIZE_MAX,
     "      time      live   waiting   numbers/s  bytes/s  breaks  resumes    late  verdict",
     "     5.0 s     9,999         1       9,996  156 MiB      42      500     221  ok"},
    {80, "      time      live   waiting   numbers/s  bytes/s  breaks    late  verdict",
     "     5.0 s     9,999         1       9,996  156 MiB      42     221  ok"},
    {60, "      time      live   numbers/s  bytes/s  breaks  verdict",
     "     5.0 s     9,999       9,996  156 MiB      42  ok"},
    {50, "      time      live   numbers/s  bytes/s  verdict",
     "     5.0 s     9,999       9,996  156 MiB  ok"},
    {40, "      time   numbers/s  bytes/s  wrong", "     5.0 s       9,996  156 MiB  0"},
    {30, "      time   numbers/s  wrong", "     5.0 s       9,996  0"},
    {20, "      time  wrong", "     5.0 s  0"},
};

START_TEST(padded_numbers_have_their_bytes_too)
{
    line.has_bytes = true;
    sample.counts.bytes = sample.counts.numbers * 16384;
    (void)format(layouts_with_bytes[_i].width);
    ck_assert_str_eq(line.header, layouts_with_bytes[_i].header);
    ck_assert_str_eq(text, layouts_with_bytes[_i].text);
}
END_TEST

/* Where the cells of a header or a line end: in the columns before the last one. */
static size_t find_ends(const char *from, size_t columns, size_t ends[static PROGRESS_COLUMNS])
{
    size_t count = 0;
    for (const char *at = from; *at != '\0' && count < columns; at++) {
        bool is_time = at[0] != ' ' && at[1] == ' ' && at[2] == 's' && at[3] == ' '; /* "5.0 s" */
        if (at[0] != ' ' && at[1] == ' ' && !is_time) {
            ends[count++] = (size_t)(at - from);
        }
    }
    return count;
}

static void expect_agreement(void)
{
    size_t header_ends[PROGRESS_COLUMNS];
    size_t text_ends[PROGRESS_COLUMNS];
    size_t columns = 0;
    for (const char *at = line.header; *at != '\0'; at++) {
        columns += at[0] != ' ' && at[1] == ' ' ? 1 : 0;
    }
    ck_assert_uint_eq(find_ends(line.header, columns, header_ends), columns);
    ck_assert_uint_eq(find_ends(text, columns, text_ends), columns);
    ck_assert_msg(memcmp(header_ends, text_ends, columns * sizeof *text_ends) == 0, "%s\n%s",
                  line.header, text);
}

/* Counts grow from nothing to the largest, each in its turn and all together. */
START_TEST(no_count_makes_it_too_long)
{
    char violations[FORMAT_SIZE];
    static const size_t widths[] = {1, 10, 20, 39, 40, 59, 79, 104, 199, SIZE_MAX};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        for (int which = 0; which < 8; which++) {
            prepare();
            uint64_t count = 1;
            for (int digits = 0; digits < 20; digits++, count *= 10) {
                uint64_t *const counts[] = {&sample.counts.lost,      &sample.counts.repeated,
                                            &sample.counts.reordered, &sample.counts.corrupt,
                                            &sample.counts.resumes,   &sample.counts.late,
                                            &sample.counts.numbers};
                for (int i = 0; i < 7; i++) {
                    if (which == i || which == 7) {
                        *counts[i] = i == 6 && digits == 19 ? count / 10 : count;
                    }
                }
                sample.live = count > UINT32_MAX ? UINT32_MAX : (unsigned)count;
                sample.waiting = sample.live;
                sample.counts.violations = count;
                sample.at_ns = count > INT64_MAX ? INT64_MAX : (int64_t)count;
                (void)format(widths[w]);
                ck_assert_msg(strlen(text) <= widths[w], "%zu: %s", widths[w], text);
                ck_assert_msg(strlen(line.header) <= widths[w], "%zu: %s", widths[w], line.header);
                if (widths[w] >= 39) {
                    expect_agreement();
                    ck_assert_ptr_nonnull(strstr(text, " s")); /* the time, and a verdict */
                    (void)format_count(count, violations);
                    const char *last = strrchr(text, ' ') + 1;
                    ck_assert(strstr(text, "lost") != NULL || strcmp(last, violations) == 0 ||
                              (digits > 15 && strcmp(last, "yes") == 0));
                }
            }
        }
    }
}
END_TEST

START_TEST(a_verdict_is_kept_as_long_as_it_can)
{
    static const struct {
        size_t width;
        uint64_t violations;
        const char *text;
    } rows[] = {{39, 1, "     5.0 s     9,999       9,996  1"},
                {39, 12345, "     5.0 s       9,996  12,345"},
                {39, 1000000000, "     5.0 s       9,996  1,000,000,000"},
                {39, 1000000000000, "     5.0 s  1,000,000,000,000"},
                {39, UINT64_MAX, "     5.0 s  18,446,744,073,709,551,615"},
                {20, 12, "     5.0 s  12"},
                {20, 1000000000, "     5.0 s  yes"},
                {9, 12, "yes"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        prepare();
        sample.counts.violations = rows[i].violations;
        sample.counts.lost = rows[i].violations;
        (void)format(rows[i].width);
        ck_assert_str_eq(text, rows[i].text);
    }
}
END_TEST

/* It does not go to and fro: a column that had no room once comes back only with another width. */
START_TEST(the_layout_changes_with_the_width_and_with_growth)
{
    ck_assert(format(76));
    sample.counts.lost = sample.counts.violations = 1000;
    ck_assert(format(76));
    ck_assert_str_eq(line.header,
                     "      time      live   waiting   numbers/s  breaks    late  verdict");
    sample.counts.lost = sample.counts.violations = 0;
    ck_assert(!format(76));
    ck_assert(format(77));
    ck_assert_str_eq(line.header, "      time      live   waiting   numbers/s  breaks  resumes    "
                                  "late  verdict");
    ck_assert(format(60));
    ck_assert(format(77));
    sample.live = 1000000000; /* thirteen characters */
    ck_assert(format(200));
    ck_assert_str_eq(line.header, "      time          live   waiting   numbers/s  breaks  resumes "
                                  "   late  verdict");
    sample.live = 1;
    ck_assert(!format(200)); /* it stays as wide */
}
END_TEST

START_TEST(a_rate_is_of_the_interval)
{
    const struct sample previous = {.at_ns = 4 * NS_PER_S, .counts = {.numbers = 9000}};
    sample.length_ns = NS_PER_S / 2;
    (void)progress_line_format(&line, 39, &sample, &previous, text);
    ck_assert_str_eq(text, "     5.0 s     9,999       1,992  0");
    sample.length_ns = 0;
    (void)progress_line_format(&line, 39, &sample, &previous, text);
    ck_assert_str_eq(text, "     5.0 s     9,999           0  0");
}
END_TEST

/* Everything but the streams is of the interval alone; what was lost may be taken back. */
START_TEST(a_line_is_of_its_interval)
{
    const struct sample previous = {
        .at_ns = 4 * NS_PER_S,
        .counts = {.numbers = 9000, .breaks = 40, .resumes = 500, .lost = 3, .violations = 3}};
    sample.counts.lost = 2;
    sample.counts.reordered = 1;
    sample.counts.violations = 3;
    sample.counts.late = 0;
    ck_assert(progress_line_is_ok(&sample, &previous));
    ck_assert(!progress_line_is_ok(&sample, NULL));
    (void)progress_line_format(&line, 79, &sample, &previous, text);
    ck_assert_str_eq(text,
                     "     5.0 s     9,999         1         996       2        0       0  ok");
    sample.counts.violations = 5;
    sample.counts.corrupt = 2;
    ck_assert(!progress_line_is_ok(&sample, &previous));
    (void)progress_line_format(&line, 120, &sample, &previous, text);
    ck_assert_str_eq(text, "     5.0 s     9,999         1         996       2        0       0  "
                           "reordered 1 corrupt 2");
    sample.counts.reordered = sample.counts.corrupt = 0;
    (void)progress_line_format(&line, 121, &sample, &previous, text);
    ck_assert_ptr_nonnull(strstr(text, "  violations 2"));
    sample.counts.too_late = 2;
    (void)progress_line_format(&line, 122, &sample, &previous, text);
    ck_assert_ptr_nonnull(strstr(text, "  late 2"));
}
END_TEST

Suite *progress_line_suite(void)
{
    Suite *suite = suite_create("progress-line");
    TCase *tcase = tcase_create("progress-line");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, prepare, NULL);
    tcase_add_loop_test(tcase, padded_numbers_have_their_bytes_too, 0,
                        sizeof layouts_with_bytes / sizeof *layouts_with_bytes);
    tcase_add_loop_test(tcase, a_line_fits_every_width, 0, sizeof layouts / sizeof *layouts);
    tcase_add_test(tcase, no_count_makes_it_too_long);
    tcase_add_test(tcase, a_verdict_is_kept_as_long_as_it_can);
    tcase_add_test(tcase, the_layout_changes_with_the_width_and_with_growth);
    tcase_add_test(tcase, a_line_is_of_its_interval);
    tcase_add_test(tcase, a_rate_is_of_the_interval);
    return suite;
}
