/* The result as JSON: what is in it, and that it is as client/report/result.schema.json says. */
#include "client/measure/fail_on.h"
#include "client/report/report_json.h"
#include "shared/base/clock.h"
#include "shared/page/json.h"
#include "test/kit/known_session.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAMPLES = 3, EXIT_INVALID = 3 };

static struct plan plan;
static struct result result;
static struct sample samples[SAMPLES];
static char *text; /* what was written last */
static size_t size;

static void begin_empty(void)
{
    plan = (struct plan){.target = "127.0.0.1:1337",
                         .n = 10,
                         .streams = 1,
                         .connections = 1,
                         .max_lateness_ns = CLOCK_NEVER};
    result = (struct result){.plan = &plan};
}

static void end(void)
{
    plan_cleanup(&plan);
    free(text);
    text = NULL;
}

static void add_violations(void)
{
    for (int kind = 0; kind < VIOLATION_KINDS; kind++) {
        result.violations[kind] = (struct violation){.kind = (enum violation_kind)kind,
                                                     .stream = 17,
                                                     .has_uuid = kind % 2 == 0,
                                                     .uuid = test_uuid,
                                                     .position = 5,
                                                     .amount = 2,
                                                     .has_expected = kind % 2 == 0,
                                                     .expected = UINT64_MAX,
                                                     .has_received = kind % 3 == 0,
                                                     .received = (UINT64_C(1) << 53) + 1,
                                                     .connection = 3,
                                                     .address = "127.0.0.1:54782",
                                                     .at_ns = 12 * NS_PER_S,
                                                     .after_resume = kind % 2 == 0};
    }
    result.violation_count = VIOLATION_KINDS;
}

static void add_breaks(void)
{
    for (int cause = 0; cause < BREAK_CAUSES; cause++) {
        for (int i = 0; i < BREAK_CAUSES - cause; i++) {
            const struct break_times times = {
                .at_ns = 3 * NS_PER_S * i, .age_ns = 60 * NS_PER_S, .silence_ns = NS_PER_S * i};
            break_table_record(&result.breaks,
                               (struct break_kind){.cause = (enum break_cause)cause}, &times);
        }
    }
    break_table_sort(&result.breaks);
}

static void add_samples(void)
{
    for (int i = 0; i < SAMPLES; i++) {
        samples[i] = (struct sample){.at_ns = (i + 1) * NS_PER_S,
                                     .length_ns = NS_PER_S,
                                     .live = 36,
                                     .waiting = 4,
                                     .counts = {.numbers = 36 * (uint64_t)(i + 1)}};
    }
    result.samples = samples;
    result.sample_count = SAMPLES;
}

/* Something in every place that can hold something. */
static void begin_full(void)
{
    char error[FAIL_ON_ERROR_SIZE];
    begin_empty();
    plan.mode = CLIENT_STATEFUL;
    plan.streams = 40;
    plan.n_fits = true;
    plan.duration_ns = 60 * NS_PER_S;
    plan.max_lateness_ns = NS_PER_S;
    plan.chaos = (struct chaos_plan){NS_PER_S, 0.25, UINT64_MAX};
    ck_assert(fail_on_add(&plan.fail_on, "resume_p99 > 2s", error));
    ck_assert(fail_on_add(&plan.fail_on, "throughput<5000", error));
    result.began = (struct timespec){.tv_sec = 1795459032, .tv_nsec = 87654321};
    result.elapsed_ns = 60 * NS_PER_S;
    result.measured_ns = 50 * NS_PER_S;
    result.measured_numbers = 12345;
    result.outcome = OUTCOME_VIOLATED;
    result.signal_number = SIGTERM;
    result.counts = (struct counts){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    result.expected = 6;
    result.streams_unfinished = 40;
    result.unfinished_count = UNFINISHED_ROWS;
    for (unsigned i = 0; i < UNFINISHED_ROWS; i++) {
        result.unfinished[i] = (struct unfinished){.outcome = OUTCOME_REFUSED,
                                                   .streams = 2,
                                                   .first = 1 + i,
                                                   .reason = "session not found"};
    }
    result.streams_held_back = 7;
    for (int64_t ns = 1; ns < 60 * NS_PER_S; ns *= 3) {
        histogram_record(&result.first, ns);
        histogram_record(&result.resume, ns);
        histogram_record(&result.gap, ns);
        histogram_record(&result.late, ns);
    }
    result.pace_ns = NS_PER_S / 4;
    result.peak_rss_bytes = 1 << 20;
    result.cpu_ns = NS_PER_S;
    add_violations();
    add_breaks();
    add_samples();
}

/* ---- Writing and reading --------------------------------------------------------------------- */

static FILE *open_text(void)
{
    free(text);
    FILE *file = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(file);
    return file;
}

static void write_result(void)
{
    FILE *file = open_text();
    ck_assert(report_json_write(&result, file));
    ck_assert_int_eq(fclose(file), 0);
}

/* The lines of --json-stream. */
static void write_lines(void)
{
    FILE *file = open_text();
    for (size_t i = 0; i < result.sample_count; i++) {
        ck_assert(report_json_write_sample(&result.samples[i], file));
    }
    ck_assert(report_json_write_end(&result, file));
    ck_assert_int_eq(fclose(file), 0);
}

static void expect_schema(bool is_lines, int wanted)
{
    char path[] = "/tmp/comms-check-XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, text, size), (ssize_t)size);
    ck_assert_int_eq(close(descriptor), 0);
    struct program *script =
        program_start(programs_python_path(), "test/kit/json_schema.py",
                      "client/report/result.schema.json", path, is_lines ? "--lines" : NULL, NULL);
    int status = program_wait_exit(script);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_msg(status == wanted, "json_schema.py ended with %d\n%s", status,
                  program_output_end(script, PROGRAM_STDERR));
    program_destroy(script);
}

static json_t *read_text(void)
{
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(root != NULL, "line %d: %s", error.line, error.text);
    return root;
}

/* A member of "start" or "end" as it was written. */
static void expect_member(const char *line)
{
    ck_assert_msg(strstr(text, line) != NULL, "there is no '%s' in\n%.2000s", line, text);
}

/* ---- The tests ------------------------------------------------------------------------------- */

START_TEST(a_full_result_is_as_the_schema_says)
{
    begin_full();
    write_result();
    expect_schema(false, 0);
}
END_TEST

START_TEST(an_empty_result_is_as_the_schema_says)
{
    begin_empty();
    write_result();
    expect_schema(false, 0);
    expect_member("\n  \"began\": \"1970-01-01T00:00:00.000Z\",\n");
    expect_member("\n  \"uuid\": null,\n");
    expect_member("\n  \"max_lateness_ns\": null,\n");
    expect_member("\n\"intervals\": [\n],\n");
    expect_member("\n    \"gap\": {\"count\": 0, \"min_ns\": null, ");
}
END_TEST

START_TEST(values_are_where_they_belong)
{
    begin_full();
    write_result();
    expect_member("\n  \"began\": \"2026-11-23T18:37:12.087Z\",\n");
    expect_member("\n  \"version\": \"" COMMS_VERSION "\",\n");
    expect_member("\n  \"chaos\": {\"cut_ns\": 1000000000, \"stall_fraction\": 0.25, "
                  "\"seed\": \"18446744073709551615\"}\n");
    expect_member("\n  \"max_lateness_ns\": 1000000000,\n");
    expect_member("\n  {\"at_ns\": 2000000000, \"length_ns\": 1000000000, \"live\": 36, "
                  "\"waiting\": 4, \"counts\": {\"numbers\": 72, ");
    expect_member("\n  \"exit_status\": 1,\n");
    expect_member("\n  \"signal\": 15,\n");
    expect_member("\n  \"counts\": {\"numbers\": 1, \"resumes\": 2, \"breaks\": 3, \"late\": 4, "
                  "\"lost\": 5, \"repeated\": 6, \"reordered\": 7, \"corrupt\": 8, "
                  "\"violations\": 9, \"sessions_started\": 10, \"sessions_finished\": 11},\n");
    expect_member("\n  \"expected\": 6,\n  \"received\": 1,\n");
    expect_member("\n    \"gap\": {\"count\": 23, \"min_ns\": 1, ");
    expect_member("\"buckets\": [[1, 1], [3, 1], [9, 1], [27, 1], [80, 1], [240, 1], ");
    expect_member("\n    {\"cause\": \"connection_refused\", \"code\": null, ");
    expect_member("\n    {\"kind\": \"lost\", \"stream\": 17, "
                  "\"uuid\": \"a17417a0-aa39-40b5-8675-247713cc4908\", \"position\": 5, "
                  "\"amount\": 2, \"expected\": \"18446744073709551615\", "
                  "\"received\": \"9007199254740993\", \"connection\": 3, "
                  "\"address\": \"127.0.0.1:54782\", \"at_ns\": 12000000000, "
                  "\"after_resume\": true, ");
    expect_member("\n    {\"kind\": \"repeated\", \"stream\": 17, \"uuid\": null, ");
    expect_member("\n    {\"outcome\": \"refused\", \"streams\": 2, \"stream\": 20, "
                  "\"reason\": \"session not found\"}\n");
    expect_member("\n    {\"condition\": \"throughput<5000\", \"value\": 246.9");
}
END_TEST

/* 0 is a code too (NO_ERROR, OK), so it does not stand for none. */
START_TEST(codes_are_where_the_cause_has_one)
{
    static const struct {
        enum break_cause cause;
        const char *line;
    } rows[] = {{BREAK_HTTP, "{\"cause\": \"http_status\", \"code\": 0, "},
                {BREAK_RST_STREAM, "{\"cause\": \"rst_stream\", \"code\": 0, "},
                {BREAK_STATUS, "{\"cause\": \"status\", \"code\": 0, "},
                {BREAK_GOAWAY, "{\"cause\": \"goaway\", \"code\": null, "},
                {BREAK_CHAOS_STALL, "{\"cause\": \"chaos_silence\", \"code\": null, "}};
    begin_full();
    write_result();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_member(rows[i].line);
    }
}
END_TEST

START_TEST(a_single_session_is_named)
{
    begin_empty();
    plan.mode = CLIENT_STATEFUL_TEST_RECONNECT;
    plan.uuid = test_uuid;
    plan.last = 4711;
    write_result();
    expect_member("\n  \"uuid\": \"a17417a0-aa39-40b5-8675-247713cc4908\",\n  \"last\": 4711,\n");
}
END_TEST

START_TEST(a_stream_is_a_line_an_interval_and_one_more)
{
    begin_full();
    write_lines();
    size_t lines = 0;
    for (const char *at = strchr(text, '\n'); at != NULL; at = strchr(at + 1, '\n')) {
        lines++;
    }
    ck_assert_uint_eq(lines, SAMPLES + 1);
    expect_member("{\"event\": \"interval\", \"at_ns\": 1000000000, ");
    expect_member("\n{\"event\": \"end\", \"start\": {");
    expect_schema(true, 0);
}
END_TEST

START_TEST(every_outcome_has_its_word)
{
    static const enum outcome outcomes[] = {
        OUTCOME_PROVEN,     OUTCOME_VIOLATED, OUTCOME_UNREACHABLE, OUTCOME_REFUSED,
        OUTCOME_INCOMPLETE, OUTCOME_FAIL_ON,  OUTCOME_INTERRUPTED};
    begin_empty();
    FILE *file = open_text();
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        result.outcome = outcomes[i];
        result.signal_number = outcomes[i] == OUTCOME_INTERRUPTED ? SIGINT : 0;
        ck_assert(report_json_write_end(&result, file));
    }
    ck_assert_int_eq(fclose(file), 0);
    expect_member("\"outcome\": \"proven\", \"proven\": true, \"exit_status\": 0, ");
    expect_member("\"outcome\": \"incomplete\", \"proven\": false, \"exit_status\": 4, ");
    expect_member("\"outcome\": \"bound_broken\", \"proven\": true, \"exit_status\": 5, ");
    expect_member("\"outcome\": \"interrupted\", \"proven\": false, \"exit_status\": 130, "
                  "\"signal\": 2, ");
    expect_schema(true, 0);
}
END_TEST

START_TEST(hostile_text_stays_text)
{
    begin_full();
    strcpy(plan.target, "\xff\"},\n\t\\u0000\x01</script>\xc3");
    strcpy(result.unfinished[0].reason, "\xed\xa0\x80 \xe2\x82\xac \xf0\x9f\x98\x80 \xe2\x82");
    strcpy(result.violations[0].address, "\x80\x1b[2J\"");
    write_result();
    expect_schema(false, 0);
    json_t *root = read_text();
    const char *target = NULL;
    const char *reason = NULL;
    const char *address = NULL;
    ck_assert_int_eq(json_unpack(root, "{s:{s:s},s:{s:[{s:s}],s:[{s:s}]}}", "start", "target",
                                 &target, "end", "unfinished", "reason", &reason, "violations",
                                 "address", &address),
                     0);
    ck_assert_str_eq(target, "\xef\xbf\xbd\"},\n\t\\u0000\x01</script>\xef\xbf\xbd");
    ck_assert_str_eq(reason, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \xe2\x82\xac "
                             "\xf0\x9f\x98\x80 \xef\xbf\xbd\xef\xbf\xbd");
    ck_assert_str_eq(address, "\xef\xbf\xbd\x1b[2J\"");
    json_decref(root);
    write_lines();
    expect_schema(true, 0);
}
END_TEST

/* Four bytes of those at which something changes: jansson, which takes only UTF-8, is the judge. */
START_TEST(only_what_is_not_utf8_is_replaced)
{
    static const char edges[] = "\x01\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf"
                                "\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff";
    const size_t count = sizeof edges - 1;
    for (size_t i = 0; i < count * count * count * count; i++) {
        const char bytes[] = {edges[i % count], edges[i / count % count],
                              edges[i / count / count % count], edges[i / count / count / count],
                              '\0'};
        json_t *strict = json_string(bytes);
        json_t *value = page_json_text(bytes);
        ck_assert_ptr_nonnull(value);
        if ((strcmp(json_string_value(value), bytes) == 0) != (strict != NULL)) {
            ck_abort_msg("%02x %02x %02x %02x", (unsigned char)bytes[0], (unsigned char)bytes[1],
                         (unsigned char)bytes[2], (unsigned char)bytes[3]);
        }
        json_decref(strict);
        json_decref(value);
    }
}
END_TEST

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
    begin_full();
    write_result();
    const char *from = strstr(text, mutations[_i].from);
    ck_assert_msg(from != NULL, "there is no '%s'", mutations[_i].from);
    char *whole = text;
    text = NULL;
    FILE *file = open_text();
    ck_assert_int_ge(fprintf(file, "%.*s%s%s", (int)(from - whole), whole, mutations[_i].to,
                             from + strlen(mutations[_i].from)),
                     0);
    ck_assert_int_eq(fclose(file), 0);
    free(whole);
    expect_schema(false, EXIT_INVALID);
}
END_TEST

START_TEST(a_full_disk_is_said)
{
    begin_full();
    FILE *file = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(setvbuf(file, NULL, _IONBF, 0), 0);
    errno = 0;
    ck_assert(!report_json_write(&result, file));
    ck_assert_int_eq(errno, ENOSPC);
    errno = 0;
    ck_assert(!report_json_write_sample(&samples[0], file));
    ck_assert_int_eq(errno, ENOSPC);
    errno = 0;
    ck_assert(!report_json_write_end(&result, file));
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
    return report_json_write(&result, file) && report_json_write_sample(&samples[0], file) &&
           report_json_write_end(&result, file);
}

/* Every allocation of jansson fails in turn, and none after it; a sanitizer sees what is lost. */
START_TEST(missing_memory_is_said)
{
    begin_full();
    result.breaks.row_count = 1;
    result.violation_count = 1;
    result.unfinished_count = 1;
    result.sample_count = 2;
    result.first = result.resume = result.late = (struct histogram){.count = 0};
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

Suite *report_json_suite(void)
{
    Suite *suite = suite_create("report-json");
    TCase *report = tcase_create("report-json");
    suite_add_tcase(suite, report);
    tcase_add_checked_fixture(report, NULL, end);
    tcase_set_timeout(report, 60);
    tcase_add_test(report, a_full_result_is_as_the_schema_says);
    tcase_add_test(report, an_empty_result_is_as_the_schema_says);
    tcase_add_test(report, values_are_where_they_belong);
    tcase_add_test(report, codes_are_where_the_cause_has_one);
    tcase_add_test(report, a_single_session_is_named);
    tcase_add_test(report, a_stream_is_a_line_an_interval_and_one_more);
    tcase_add_test(report, every_outcome_has_its_word);
    tcase_add_test(report, hostile_text_stays_text);
    tcase_add_test(report, only_what_is_not_utf8_is_replaced);
    tcase_add_loop_test(report, a_changed_file_is_not_as_the_schema_says, 0,
                        sizeof mutations / sizeof *mutations);
    tcase_add_test(report, a_full_disk_is_said);
    tcase_add_test(report, missing_memory_is_said);
    return suite;
}
