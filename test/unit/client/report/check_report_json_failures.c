/* client/report/report_json: what the schema refuses, and what is told when writing fails. */
#include "client/report/report_json.h"
#include "test/kit/json_fixture.h"
#include "test/suites.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What must not pass for a result: the schema is no use if it lets everything through. */
static const struct {
    const char *from, *to;
} mutations[] = {
    {"\"proven\": false", "\"proven\": 0"},
    {"\"resumes\": 2", "\"resumes\": -2"},
    {"\"elapsed_ns\"", "\"elapsed\""},
    {"\"exit_status\": 1", "\"exit_status\": 1, \"more\": 1"},
    {"\"cause\": \"stalled\"", "\"cause\": \"tired\""},
    {"\"18446744073709551615\"", "18446744073709551615"},
    {"[1, 1]", "[1, 1, 1]"},
    {"\"waiting\": 4", "\"event\": \"interval\", \"waiting\": 4"},
    {"\"pace_ns\": 250000000", "\"pace_ns\": NaN"},
    {"session not found", "\xff"},
};

START_TEST(a_changed_file_is_not_as_the_schema_says)
{
    begin_full_result();
    write_json();
    const char *from = strstr(json_written, mutations[_i].from);
    ck_assert_msg(from != NULL, "there is no '%s'", mutations[_i].from);
    char *whole = json_written;
    json_written = NULL;
    FILE *file = open_json();
    ck_assert_int_ge(fprintf(file, "%.*s%s%s", (int)(from - whole), whole, mutations[_i].to,
                             from + strlen(mutations[_i].from)),
                     0);
    ck_assert_int_eq(fclose(file), 0);
    free(whole);
    expect_schema(false, JSON_INVALID);
}
END_TEST

START_TEST(a_full_disk_is_said)
{
    begin_full_result();
    FILE *file = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(setvbuf(file, NULL, _IONBF, 0), 0);
    errno = 0;
    ck_assert(!report_json_write(&json_result, file));
    ck_assert_int_eq(errno, ENOSPC);
    errno = 0;
    ck_assert(!report_json_write_sample(&json_samples[0], file));
    ck_assert_int_eq(errno, ENOSPC);
    errno = 0;
    ck_assert(!report_json_write_end(&json_result, file));
    ck_assert_int_eq(errno, ENOSPC);
    (void)fclose(file);
}
END_TEST

static unsigned long allocations_left; /* until the one that fails */
static bool has_failed;

/* Does not set errno where it fails: nothing promises that. */
static void *allocate(size_t bytes)
{
    if (allocations_left-- == 0) {
        has_failed = true;
        return NULL;
    }
    return malloc(bytes);
}

static bool write_everything(FILE *file)
{
    return report_json_write(&json_result, file) &&
           report_json_write_sample(&json_samples[0], file) &&
           report_json_write_end(&json_result, file);
}

/* Every allocation of jansson fails in turn, and none after it; a sanitizer sees what is lost. */
START_TEST(missing_memory_is_said)
{
    begin_full_result();
    json_result.breaks.row_count = 1;
    json_result.violation_count = 1;
    json_result.unfinished_count = 1;
    json_result.sample_count = 2;
    json_result.first = json_result.resume = json_result.late = (struct histogram){.count = 0};
    FILE *file = fopen("/dev/null", "w");
    ck_assert_ptr_nonnull(file);
    json_set_alloc_funcs(allocate, free);
    unsigned long failing = 0;
    do {
        allocations_left = failing++;
        has_failed = false;
        errno = 0;
        bool good = write_everything(file);
        ck_assert_msg(good == !has_failed && (good || errno == ENOMEM), "allocation %lu: %s, %d",
                      failing, good ? "good" : "not good", errno);
    } while (has_failed);
    json_set_alloc_funcs(malloc, free);
    ck_assert_int_eq(fclose(file), 0);
}
END_TEST

Suite *report_json_failures_suite(void)
{
    Suite *suite = suite_create("report-json-failures");
    TCase *tcase = tcase_create("report-json-failures");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, NULL, end_result);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_changed_file_is_not_as_the_schema_says, 0,
                        sizeof mutations / sizeof *mutations);
    tcase_add_test(tcase, a_full_disk_is_said);
    tcase_add_test(tcase, missing_memory_is_said);
    return suite;
}
