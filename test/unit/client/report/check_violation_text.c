/* client/report/violation_text: each kind's name and line, with all that is known and with all that
 * is not. */
#include "client/report/violation_text.h"
#include "shared/base/clock.h"
#include "test/kit/known_session.h"
#include "test/suites.h"

#include <string.h>

START_TEST(kinds_have_names)
{
    static const char *const names[VIOLATION_KINDS] = {
        "lost",           "repeated",       "reordered",     "corrupt",
        "wrong checksum", "wrong position", "wrong padding", "ended early",
        "wrong attempt",  "malformed",      "late"};
    for (enum violation_kind kind = 0; kind < VIOLATION_KINDS; kind++) {
        ck_assert_str_eq(violation_kind_name(kind), names[kind]);
    }
}
END_TEST

static void check(const struct violation *violation, const char *wanted)
{
    char text[VIOLATION_TEXT_SIZE];
    violation_describe(violation, text);
    ck_assert_str_eq(text, wanted);
}

START_TEST(everything_that_is_known_is_said)
{
    check(&(struct violation){.kind = VIOLATION_LOST,
                              .stream = 17,
                              .has_uuid = true,
                              .uuid = test_uuid,
                              .position = 5,
                              .amount = 2,
                              .has_expected = true,
                              .expected = 81,
                              .has_received = true,
                              .received = 729,
                              .connection = 3,
                              .address = "127.0.0.1:54782",
                              .at_ns = 12034 * NS_PER_MS,
                              .after_resume = true},
          "stream 17 (a17417a0-aa39-40b5-8675-247713cc4908) position 5: lost 2: expected 81, "
          "received 729, on connection 3 (127.0.0.1:54782) at 12.034 s, right after a resume");
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
    static const struct {
        struct violation violation;
        const char *text;
    } cases[] = {
        {{.kind = VIOLATION_REPEATED, .has_received = true, .received = 9},
         "stream 1 position 4: repeated: received 9, on connection 2 at 0.500 s"},
        {{.kind = VIOLATION_REORDERED, .has_expected = true, .expected = 27, .has_received = true},
         "stream 1 position 4: reordered: expected 27, received 0, on connection 2 at 0.500 s"},
        {{.kind = VIOLATION_CORRUPT, .has_received = true, .received = UINT64_MAX},
         "stream 1 position 4: corrupt: received 18446744073709551615, on connection 2 at 0.500 s"},
        {{.kind = VIOLATION_CHECKSUM, .has_expected = true, .expected = 1, .has_received = true},
         "stream 1 position 4: wrong checksum: expected 1, received 0, on connection 2 at "
         "0.500 s"},
        {{.kind = VIOLATION_POSITION, .has_received = true, .received = 3},
         "stream 1 position 4: wrong position: received 3, on connection 2 at 0.500 s"},
        {{.kind = VIOLATION_ENDED_EARLY, .amount = 1},
         "stream 1 position 4: ended early, 1 number before the end, on connection 2 at 0.500 s"},
        {{.kind = VIOLATION_ENDED_EARLY, .amount = 7, .has_expected = true, .expected = 1},
         "stream 1 position 4: ended early, 7 numbers before the end, on connection 2 at 0.500 s"},
        {{.kind = VIOLATION_ENDED_EARLY, .amount = 0},
         "stream 1 position 4: ended early, 0 numbers before the end, on connection 2 at 0.500 s"},
        {{.kind = VIOLATION_ATTEMPT, .amount = 1},
         "stream 1 position 4: wrong attempt, on connection 2 at 0.500 s"},
        {{.kind = VIOLATION_MALFORMED, .has_expected = true, .expected = 1},
         "stream 1 position 4: malformed, on connection 2 at 0.500 s"},
        {{.kind = VIOLATION_PADDING, .amount = 12},
         "stream 1 position 4: wrong padding from byte 12 on, on connection 2 at 0.500 s"},
        {{.kind = VIOLATION_PADDING,
          .amount = 1001,
          .has_expected = true,
          .expected = 16384,
          .has_received = true,
          .received = 1000},
         "stream 1 position 4: wrong padding from byte 1001 on: expected 16384 bytes, received "
         "1000, on connection 2 at 0.500 s"},
        {{.kind = VIOLATION_LATE, .amount = 2500000000},
         "stream 1 position 4: late by 2.50 s, on connection 2 at 0.500 s"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct violation violation = cases[i].violation;
        violation.stream = 1;
        violation.position = 4;
        violation.connection = 2;
        violation.at_ns = 500 * NS_PER_MS;
        check(&violation, cases[i].text);
    }
}
END_TEST

/* Nothing is cut, not even where every part is as long as it can be. */
START_TEST(the_longest_line_fits)
{
    struct violation violation = {.stream = UINT32_MAX,
                                  .has_uuid = true,
                                  .uuid = test_uuid,
                                  .position = UINT64_MAX,
                                  .amount = UINT64_MAX,
                                  .has_expected = true,
                                  .expected = UINT64_MAX,
                                  .has_received = true,
                                  .received = UINT64_MAX,
                                  .connection = UINT32_MAX,
                                  .at_ns = INT64_MAX,
                                  .after_resume = true};
    memset(violation.address, '9', CONNECTION_ADDRESS_SIZE - 1);
    for (enum violation_kind kind = 0; kind < VIOLATION_KINDS; kind++) {
        char text[VIOLATION_TEXT_SIZE];
        violation.kind = kind;
        violation_describe(&violation, text);
        ck_assert_ptr_nonnull(strstr(text, "received 18446744073709551615, on connection "));
        ck_assert_ptr_nonnull(strstr(text, "s, right after a resume"));
        ck_assert(kind != VIOLATION_ENDED_EARLY ||
                  strstr(text, "18446744073709551615 numbers before the end:") != NULL);
    }
}
END_TEST

Suite *violation_text_suite(void)
{
    Suite *suite = suite_create("violation-text");
    TCase *tcase = tcase_create("violation-text");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, kinds_have_names);
    tcase_add_test(tcase, everything_that_is_known_is_said);
    tcase_add_test(tcase, what_is_not_known_is_left_out);
    tcase_add_test(tcase, the_longest_line_fits);
    return suite;
}
