#include "test/kit/json_fixture.h"

#include "client/measure/fail_on.h"
#include "client/options/fail_on_option.h"
#include "client/report/report_json.h"
#include "shared/base/clock.h"
#include "test/kit/known_session.h"
#include "test/kit/programs.h"

#include <check.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct plan json_plan;
struct result json_result;
struct sample json_samples[JSON_SAMPLES];
char *json_written;

static size_t json_size;

void begin_empty_result(void)
{
    json_plan = (struct plan){.target = "127.0.0.1:1337",
                              .n = 10,
                              .streams = 1,
                              .connections = 1,
                              .max_lateness_ns = CLOCK_NEVER};
    json_result = (struct result){.plan = &json_plan};
}

void end_result(void)
{
    plan_cleanup(&json_plan);
    free(json_written);
    json_written = NULL;
}

static void add_violations(void)
{
    for (int kind = 0; kind < VIOLATION_KINDS; kind++) {
        json_result.violations[kind] = (struct violation){.kind = (enum violation_kind)kind,
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
    json_result.violation_count = VIOLATION_KINDS;
}

static void add_breaks(void)
{
    for (int cause = 0; cause < BREAK_CAUSES; cause++) {
        for (int i = 0; i < BREAK_CAUSES - cause; i++) {
            const struct break_times times = {
                .at_ns = 3 * NS_PER_S * i, .age_ns = 60 * NS_PER_S, .silence_ns = NS_PER_S * i};
            break_table_record(&json_result.breaks,
                               (struct break_kind){.cause = (enum break_cause)cause}, &times);
        }
    }
    break_table_sort(&json_result.breaks);
}

static void add_samples(void)
{
    for (int i = 0; i < JSON_SAMPLES; i++) {
        json_samples[i] = (struct sample){.at_ns = (i + 1) * NS_PER_S,
                                          .length_ns = NS_PER_S,
                                          .live = 36,
                                          .waiting = 4,
                                          .live_lowest = 30,
                                          .waiting_highest = 9,
                                          .counts = {.numbers = 36 * (uint64_t)(i + 1)}};
    }
    const struct course_point points[] = {
        {.begin_ns = 0, .end_ns = NS_PER_S, .live = 40},
        {.begin_ns = NS_PER_S, .end_ns = 2300 * NS_PER_MS, .waiting = 40}};
    json_result.course.count = 0;
    course_add(&json_result.course, &points[0]);
    course_add(&json_result.course, &points[1]);
    json_result.samples = json_samples;
    json_result.sample_count = JSON_SAMPLES;
}

void begin_full_result(void)
{
    char error[FAIL_ON_ERROR_SIZE];
    begin_empty_result();
    json_plan.mode = CLIENT_STATEFUL;
    json_plan.streams = 40;
    json_plan.n_fits = true;
    json_plan.duration_ns = 60 * NS_PER_S;
    json_plan.max_lateness_ns = NS_PER_S;
    json_plan.chaos = (struct chaos_plan){NS_PER_S, 0.25, UINT64_MAX};
    ck_assert(fail_on_option_add(&json_plan.fail_on, "resume_p99 > 2s", error));
    ck_assert(fail_on_option_add(&json_plan.fail_on, "throughput<5000", error));
    json_result.began = (struct timespec){.tv_sec = 1795459032, .tv_nsec = 87654321};
    json_result.elapsed_ns = 60 * NS_PER_S;
    json_result.measured_ns = 50 * NS_PER_S;
    json_result.measured_numbers = 12345;
    json_result.outcome = OUTCOME_VIOLATED;
    json_result.signal_number = SIGTERM;
    json_result.counts = (struct counts){1, 3, 2, 12, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14};
    json_result.expected = 6;
    json_result.streams_unfinished = 40;
    json_result.unfinished_count = UNFINISHED_ROWS;
    for (unsigned i = 0; i < UNFINISHED_ROWS; i++) {
        json_result.unfinished[i] = (struct unfinished){.outcome = OUTCOME_REFUSED,
                                                        .streams = 2,
                                                        .first = 1 + i,
                                                        .reason = "session not found"};
    }
    json_result.streams_held_back = 7;
    for (int64_t ns = 1; ns < 60 * NS_PER_S; ns *= 3) {
        histogram_record(&json_result.first, ns);
        histogram_record(&json_result.resume, ns);
        histogram_record(&json_result.gap, ns);
        histogram_record(&json_result.late, ns);
    }
    json_result.pace_ns = NS_PER_S / 4;
    json_plan.wish_ns = NS_PER_S / 2;
    json_plan.rate = "2";
    json_result.interval_ns = NS_PER_S;
    json_result.server = (struct announcement){.has = (1U << ANNOUNCED_FIELDS) - 1,
                                               .version = "9.8.7",
                                               .mode = MODE_STATEFUL,
                                               .interval_ns = NS_PER_S,
                                               .min_interval_ns = 1,
                                               .max_size = 77,
                                               .max_numbers = 65535,
                                               .session_timeout_ns = 30 * NS_PER_S};
    json_result.peak_rss_bytes = 1 << 20;
    json_result.cpu_ns = NS_PER_S;
    json_result.addresses =
        (struct address_table){.count = 2, .rows = {{"10.0.0.1:443", 4, 30}, {"[::1]:443", 0, 10}}};
    add_violations();
    add_breaks();
    add_samples();
}

FILE *open_json(void)
{
    free(json_written);
    FILE *file = open_memstream(&json_written, &json_size);
    ck_assert_ptr_nonnull(file);
    return file;
}

void write_json(void)
{
    FILE *file = open_json();
    ck_assert(report_json_write(&json_result, file));
    ck_assert_int_eq(fclose(file), 0);
}

void write_json_lines(void)
{
    static const struct break_notes notes = {
        .count = 2,
        .rows = {{.kind = {.cause = BREAK_RST_STREAM, .code = 8},
                  .had_lived = true,
                  .count = 3,
                  .at_ns = 12 * NS_PER_S,
                  .address = "10.0.0.1:443"},
                 {.kind = {.cause = BREAK_REFUSED}, .count = 1}},
        .others = 5};
    FILE *file = open_json();
    ck_assert(report_json_write_start(&json_plan, &json_result.began, file));
    ck_assert(report_json_write_server(&json_result.server, file));
    ck_assert(report_json_write_breaks(&notes, file));
    for (size_t i = 0; i < json_result.sample_count; i++) {
        ck_assert(report_json_write_sample(&json_result.samples[i], file));
    }
    ck_assert(report_json_write_end(&json_result, file));
    ck_assert_int_eq(fclose(file), 0);
}

void expect_schema(bool is_lines, int wanted)
{
    expect_schema_of("client/report/result.schema.json", is_lines, wanted);
}

void expect_schema_of(const char *schema, bool is_lines, int wanted)
{
    char path[] = "/tmp/comms-check-XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, json_written, json_size), (ssize_t)json_size);
    ck_assert_int_eq(close(descriptor), 0);
    struct program *script = program_start(programs_python_path(), "test/kit/json_schema.py",
                                           schema, path, is_lines ? "--lines" : NULL, NULL);
    int status = program_wait_exit(script);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_msg(status == wanted, "json_schema.py ended with %d\n%s", status,
                  program_output_end(script, PROGRAM_STDERR));
    program_destroy(script);
}

json_t *read_json(void)
{
    json_error_t error;
    json_t *root = json_loads(json_written, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(root != NULL, "line %d: %s", error.line, error.text);
    return root;
}

void expect_json(const char *part)
{
    ck_assert_msg(strstr(json_written, part) != NULL, "there is no '%s' in\n%.2000s", part,
                  json_written);
}
