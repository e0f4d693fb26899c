/* client/report/report_json: empty and hostile results. */
#include "client/options/fail_on_option.h"
#include "client/report/report_json.h"
#include "test/kit/json_fixture.h"
#include "test/kit/utf8.h"
#include "test/suites.h"

#include <string.h>

START_TEST(an_empty_result_is_as_the_schema_says)
{
    begin_empty_result();
    write_json();
    expect_schema(false, 0);
    expect_json("\n  \"began\": \"1970-01-01T00:00:00.000Z\",\n");
    expect_json("\n  \"uuid\": null,\n");
    expect_json("\n  \"tls\": null,\n");
    expect_json("\n  \"max_lateness_ns\": null,\n  \"connect_timeout_ns\": 0,\n"
                "  \"retry_connect\": false,\n");
    expect_json("\n\"intervals\": [\n],\n");
    expect_json("\n    \"gap\": {\"count\": 0, \"min_ns\": null, ");
}
END_TEST

START_TEST(hostile_text_stays_text)
{
    begin_full_result();
    strcpy(json_plan.target, "\xff\"},\n\t\\u0000\x01</script>\xc3");
    strcpy(json_result.unfinished[0].reason, "\xed\xa0\x80 \xe2\x82\xac \xf0\x9f\x98\x80 \xe2\x82");
    strcpy(json_result.violations[0].address, "\x80\x1b[2J\"");
    write_json();
    expect_schema(false, 0);
    json_t *root = read_json();
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
    write_json_lines();
    expect_schema(true, 0);
}
END_TEST

START_TEST(any_bytes_become_json)
{
    begin_full_result();
    for (size_t i = 0; hostile_texts[i] != NULL; i++) {
        (void)snprintf(json_plan.target, sizeof json_plan.target, "%s", hostile_texts[i]);
        (void)snprintf(json_result.unfinished[0].reason, sizeof json_result.unfinished[0].reason,
                       "%s", hostile_texts[i]);
        json_plan.fail_on.items[0].text = hostile_texts[i];
        write_json();
        json_decref(read_json());
        for (const char *at = json_written; *at != '\0';) {
            if (utf8_next(&at) == UTF8_WRONG) {
                ck_abort_msg("not UTF-8: %.20s", at);
            }
        }
    }
    write_json_lines();
    expect_schema(true, 0);
}
END_TEST

START_TEST(what_was_not_measured_is_null)
{
    char error[FAIL_ON_ERROR_SIZE];
    begin_full_result();
    ck_assert(fail_on_option_add(&json_plan.fail_on, "breaks>3 or none", error));
    ck_assert(fail_on_option_add(&json_plan.fail_on, "first_max>3s or none", error));
    memset(&json_result.resume, 0, sizeof json_result.resume);
    memset(&json_result.first, 0, sizeof json_result.first);
    json_result.measured_numbers = 0;
    write_json();
    expect_schema(false, 0);
    expect_json("\n  \"throughput\": null,\n");
    expect_json("{\"condition\": \"resume_p99 > 2s\", \"value\": null, "
                "\"text\": \"not measured\", \"broken\": true}");
    expect_json("{\"condition\": \"throughput<5000\", \"value\": null, "
                "\"text\": \"not measured\", \"broken\": true}");
    expect_json("{\"condition\": \"breaks>3 or none\", \"value\": 3.0, "
                "\"text\": \"3\", \"broken\": false}");
    expect_json("{\"condition\": \"first_max>3s or none\", \"value\": null, "
                "\"text\": \"not measured\", \"broken\": false}");
}
END_TEST

Suite *report_json_odd_suite(void)
{
    Suite *suite = suite_create("report-json-odd");
    TCase *tcase = tcase_create("report-json");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, NULL, end_result);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, an_empty_result_is_as_the_schema_says);
    tcase_add_test(tcase, hostile_text_stays_text);
    tcase_add_test(tcase, any_bytes_become_json);
    tcase_add_test(tcase, what_was_not_measured_is_null);
    return suite;
}
