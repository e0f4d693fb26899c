/* client/report/report_json: what is in it, and that it is as client/report/result.schema.json
 * says. */
#include "client/report/report_json.h"
#include "test/kit/json_fixture.h"
#include "test/kit/known_session.h"
#include "test/suites.h"

#include <signal.h>
#include <string.h>

START_TEST(a_full_result_is_as_the_schema_says)
{
    begin_full_result();
    write_json();
    expect_schema(false, 0);
}
END_TEST

START_TEST(the_server_is_told_as_it_announced_itself)
{
    begin_full_result();
    write_json();
    expect_json("\n  \"interval_ns\": null,\n  \"rate_interval_ns\": 500000000,\n");
    expect_json("\n  \"server\": {\"version\": \"9.8.7\", \"mode\": \"stateful\", "
                "\"interval_ns\": 1000000000, \"min_interval_ns\": 1, \"max_size\": 77, "
                "\"max_numbers\": 65535, "
                "\"session_timeout_ns\": 30000000000, \"others_differ\": false},\n"
                "  \"interval_ns\": 1000000000,\n");
    json_result.server.has = 1U << ANNOUNCED_INTERVAL;
    json_result.servers_differ = true;
    json_plan.interval_is_given = true;
    json_plan.interval_ns = 7;
    json_plan.wish_ns = 0;
    write_json();
    expect_schema(false, 0);
    expect_json("\n  \"interval_ns\": 7,\n  \"rate_interval_ns\": null,\n");
    expect_json("\n  \"server\": {\"version\": null, \"mode\": null, "
                "\"interval_ns\": 1000000000, \"min_interval_ns\": null, \"max_size\": null, "
                "\"max_numbers\": null, "
                "\"session_timeout_ns\": null, \"others_differ\": true},\n");
    json_result.server.has = 0;
    write_json();
    expect_schema(false, 0);
    expect_json("\n  \"server\": null,\n");
}
END_TEST

START_TEST(tls_is_told_with_its_verification)
{
    begin_full_result();
    json_plan.tls.is_on = true;
    write_json();
    expect_schema(false, 0);
    expect_json("\n  \"tls\": \"verified\",\n  \"tls_server_name\": null,\n");
    strcpy(json_plan.tls.name, "comms.example");
    json_plan.tls.skips_verification = true;
    write_json();
    expect_schema(false, 0);
    expect_json("\n  \"tls\": \"unverified\",\n  \"tls_server_name\": \"comms.example\",\n");
}
END_TEST

START_TEST(the_channel_is_told_without_the_values_of_headers)
{
    static char name[] = "authorization";
    static unsigned char secret[] = "hunter2";
    static struct plan_header header = {name, secret, sizeof secret - 1};
    begin_full_result();
    write_json();
    expect_json("\n  \"address_family\": null,\n  \"load_balancing\": \"pick_first\",\n  "
                "\"headers\": [],\n  \"authority\": null,\n  \"user_agent\": null,\n");
    json_plan.channel = (struct channel_plan){.family = ADDRESS_IPV6,
                                              .is_round_robin = true,
                                              .headers = {.count = 1, .items = &header},
                                              .authority = "a.example",
                                              .user_agent = "probe \"1\""};
    write_json();
    json_plan.channel = (struct channel_plan){.family = ADDRESS_ANY};
    expect_schema(false, 0);
    expect_json("\n  \"address_family\": \"ipv6\",\n  \"load_balancing\": \"round_robin\",\n  "
                "\"headers\": [\"authorization\"],\n  \"authority\": \"a.example\",\n  "
                "\"user_agent\": \"probe \\\"1\\\"\",\n");
    ck_assert_ptr_null(strstr(json_written, "hunter2"));
}
END_TEST

START_TEST(values_are_where_they_belong)
{
    begin_full_result();
    json_plan.connect_timeout_ns = 1234;
    json_plan.retries_connect = true;
    write_json();
    expect_json("\n  \"connect_timeout_ns\": 1234,\n  \"retry_connect\": true,\n");
    expect_json("\n  \"fail_on\": [\"resume_p99 > 2s\", \"throughput<5000\"]\n");
    expect_json("\n  \"began\": \"2026-11-23T18:37:12.087Z\",\n");
    expect_json("\n  \"version\": \"" COMMS_VERSION "\",\n");
    expect_json("{\"address\": \"10.0.0.1:443\", \"connections\": 4, \"streams\": 30}");
    expect_json("{\"address\": \"[::1]:443\", \"connections\": null, \"streams\": 10}");
    expect_json("\n  \"chaos\": {\"cut_ns\": 1000000000, \"stall_fraction\": 0.25, "
                "\"seed\": \"18446744073709551615\"},\n");
    expect_json("\n  \"max_lateness_ns\": 1000000000,\n");
    expect_json("\n  {\"at_ns\": 2000000000, \"length_ns\": 1000000000, \"live\": 36, "
                "\"waiting\": 4, \"live_lowest\": 30, \"waiting_highest\": 9, "
                "\"counts\": {\"numbers\": 72, ");
    expect_json("\n    {\"begin_ns\": 1000000000, \"end_ns\": 2300000000, \"live\": 0.0, "
                "\"waiting\": 40.0}");
    expect_json("\n  \"exit_status\": 1,\n");
    expect_json("\n  \"signal\": 15,\n");
    expect_json("\n  \"counts\": {\"numbers\": 1, \"bytes\": 13, \"resumes\": 2, \"breaks\": 3, "
                "\"failed_attempts\": 12, \"late\": 4, "
                "\"lost\": 5, \"repeated\": 6, \"reordered\": 7, \"corrupt\": 8, "
                "\"violations\": 9, \"sessions_started\": 10, \"sessions_finished\": 11},\n");
    expect_json("\n  \"expected\": 6,\n  \"received\": 1,\n");
    expect_json("\n    \"gap\": {\"count\": 23, \"min_ns\": 1, ");
    expect_json("\"buckets\": [[1, 1], [3, 1], [9, 1], [27, 1], [81, 1], [243, 1], ");
    expect_json("\n    {\"cause\": \"connection_refused\", \"code\": null, ");
    expect_json("\n    {\"kind\": \"lost\", \"stream\": 17, "
                "\"uuid\": \"a17417a0-aa39-40b5-8675-247713cc4908\", \"position\": 5, "
                "\"amount\": 2, \"expected\": \"18446744073709551615\", "
                "\"received\": \"9007199254740993\", \"connection\": 3, "
                "\"address\": \"127.0.0.1:54782\", \"at_ns\": 12000000000, "
                "\"after_resume\": true, ");
    expect_json("\n    {\"kind\": \"repeated\", \"stream\": 17, \"uuid\": null, ");
    expect_json("\n    {\"outcome\": \"refused\", \"streams\": 2, \"stream\": 20, "
                "\"reason\": \"session not found\"}\n");
    expect_json("\n    {\"condition\": \"throughput<5000\", \"value\": 246.9");
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
    begin_full_result();
    write_json();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_json(rows[i].line);
    }
}
END_TEST

START_TEST(a_single_session_is_named)
{
    begin_empty_result();
    json_plan.mode = CLIENT_STATEFUL_TEST_RECONNECT;
    json_plan.uuid = test_uuid;
    json_plan.last = 4711;
    write_json();
    expect_json("\n  \"uuid\": \"a17417a0-aa39-40b5-8675-247713cc4908\",\n  \"last\": 4711,\n");
}
END_TEST

START_TEST(a_stream_has_a_line_for_all_that_happens)
{
    begin_full_result();
    write_json_lines();
    size_t lines = 0;
    for (const char *at = strchr(json_written, '\n'); at != NULL; at = strchr(at + 1, '\n')) {
        lines++;
    }
    ck_assert_uint_eq(lines, 2 + 3 + JSON_SAMPLES + 1);
    expect_json("\n{\"event\": \"server\", \"version\": ");
    ck_assert_ptr_eq(
        strstr(json_written, "{\"event\": \"start\", \"start\": {\"schema_version\": 1, "),
        json_written);
    expect_json("\n{\"event\": \"breaks\", \"at_ns\": 12000000000, \"cause\": \"rst_stream\", "
                "\"code\": 8, \"name\": \"RST_STREAM (CANCEL)\", \"count\": 3, "
                "\"address\": \"10.0.0.1:443\", \"words\": \"\"}\n");
    expect_json("\n{\"event\": \"failed_attempts\", \"at_ns\": 0, "
                "\"cause\": \"connection_refused\", \"code\": null, ");
    expect_json("\n{\"event\": \"other_breaks\", \"count\": 5}\n");
    expect_json("{\"event\": \"interval\", \"at_ns\": 1000000000, ");
    expect_json("\n{\"event\": \"end\", \"start\": {");
    expect_schema(true, 0);
}
END_TEST

START_TEST(every_outcome_has_its_word)
{
    static const enum outcome outcomes[] = {
        OUTCOME_PROVEN,     OUTCOME_VIOLATED, OUTCOME_UNREACHABLE, OUTCOME_REFUSED,
        OUTCOME_INCOMPLETE, OUTCOME_FAIL_ON,  OUTCOME_INTERRUPTED};
    begin_empty_result();
    FILE *file = open_json();
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        json_result.outcome = outcomes[i];
        json_result.signal_number = outcomes[i] == OUTCOME_INTERRUPTED ? SIGINT : 0;
        ck_assert(report_json_write_end(&json_result, file));
    }
    ck_assert_int_eq(fclose(file), 0);
    expect_json("\"outcome\": \"proven\", \"proven\": true, \"exit_status\": 0, ");
    expect_json("\"outcome\": \"incomplete\", \"proven\": false, \"exit_status\": 4, ");
    expect_json("\"outcome\": \"bound_broken\", \"proven\": true, \"exit_status\": 5, ");
    expect_json("\"outcome\": \"interrupted\", \"proven\": false, \"exit_status\": 130, "
                "\"signal\": 2, ");
    expect_schema(true, 0);
}
END_TEST

START_TEST(bytes_are_told_where_a_size_was_asked_for)
{
    begin_full_result();
    write_json();
    expect_json("\n  \"size\": 0,\n");
    expect_json("\n  \"throughput\": 246.9");
    expect_json("\n  \"throughput_bytes\": null,\n");
    json_plan.size = 16384;
    write_json();
    expect_schema(false, 0);
    expect_json("\n  \"size\": 16384,\n");
    expect_json("\n  \"throughput_bytes\": 4045209.6");
    json_result.measured_numbers = 0;
    write_json();
    expect_schema(false, 0);
    expect_json("\n  \"throughput_bytes\": null,\n");
}
END_TEST

START_TEST(a_wrong_padding_has_its_bytes)
{
    begin_full_result();
    json_result.violations[0] = (struct violation){.kind = VIOLATION_PADDING,
                                                   .stream = 1,
                                                   .position = 3,
                                                   .amount = 1001,
                                                   .has_expected = true,
                                                   .expected = 16384,
                                                   .has_received = true,
                                                   .received = 1000};
    json_result.violations[1] =
        (struct violation){.kind = VIOLATION_PADDING, .stream = 2, .position = 4, .amount = 5};
    write_json();
    expect_schema(false, 0);
    expect_json("\n    {\"kind\": \"wrong_padding\", \"stream\": 1, \"uuid\": null, "
                "\"position\": 3, \"amount\": 1001, \"expected\": \"16384\", "
                "\"received\": \"1000\", ");
    expect_json("\n    {\"kind\": \"wrong_padding\", \"stream\": 2, \"uuid\": null, "
                "\"position\": 4, \"amount\": 5, \"expected\": null, \"received\": null, ");
}
END_TEST

Suite *report_json_suite(void)
{
    Suite *suite = suite_create("report-json");
    TCase *tcase = tcase_create("report-json");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, NULL, end_result);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_full_result_is_as_the_schema_says);
    tcase_add_test(tcase, tls_is_told_with_its_verification);
    tcase_add_test(tcase, bytes_are_told_where_a_size_was_asked_for);
    tcase_add_test(tcase, a_wrong_padding_has_its_bytes);
    tcase_add_test(tcase, the_channel_is_told_without_the_values_of_headers);
    tcase_add_test(tcase, the_server_is_told_as_it_announced_itself);
    tcase_add_test(tcase, values_are_where_they_belong);
    tcase_add_test(tcase, codes_are_where_the_cause_has_one);
    tcase_add_test(tcase, a_single_session_is_named);
    tcase_add_test(tcase, a_stream_has_a_line_for_all_that_happens);
    tcase_add_test(tcase, every_outcome_has_its_word);
    return suite;
}
