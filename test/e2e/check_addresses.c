/* comms-client and a name with several addresses: which of them it connects to, and what it tells
 * of them. */
#include "test/kit/instrument.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <check.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 256, WORDS_MAX = 24 };

/* The three addresses at which a server listens, and one at which nobody does. */
#define LISTENING "127.0.0.2,127.0.0.1,127.0.0.3"
#define NOBODY    "127.0.0.4"

static struct server server;

static void set_up(void)
{
    server = server_start("stateful", "--interval", "20ms", "--listen", "127.0.0.2", "--listen",
                          "127.0.0.3", NULL);
}

static void tear_down(void)
{
    server_stop(&server);
}

/* A client of many.test, which has these addresses; further words follow, then NULL. */
static struct program *start_client(const char *addresses, const char *const *more)
{
    char host[TEXT_SIZE];
    char preload[TEXT_SIZE];
    char names[TEXT_SIZE];
    const char *words[WORDS_MAX] = {"-m", "stateful", "--interval", "20ms", "--host", host};
    size_t count = 6;
    snprintf(host, sizeof host, "many.test:%u", server.port);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s/names.so", programs_shimmed_folder());
    snprintf(names, sizeof names, "NAMES_ADDRESSES=%s", addresses);
    const char *const environment[] = {preload, names, NULL};
    for (; *more != NULL; more++) {
        ck_assert_uint_lt(count, WORDS_MAX - 1);
        words[count++] = *more;
    }
    const struct program_spec spec = {
        .path = programs_client_path(), .arguments = words, .environment = environment};
    return program_start_spec(&spec);
}

static void expect_row(json_t *result, size_t i, const char *host, int connections, int streams)
{
    char address[TEXT_SIZE];
    json_t *row = json_array_get(json_object_get(json_object_get(result, "end"), "addresses"), i);
    ck_assert_ptr_nonnull(row);
    snprintf(address, sizeof address, "%s:%u", host, server.port);
    ck_assert_str_eq(json_string_value(json_object_get(row, "address")), address);
    ck_assert_int_ge(json_integer_value(json_object_get(row, "connections")), connections);
    ck_assert_int_ge(json_integer_value(json_object_get(row, "streams")), streams);
}

/* The i-th address has no connection: in the JSON, and in the table. */
static void expect_unused(const struct program *client, json_t *result, size_t i, const char *host)
{
    char address[TEXT_SIZE];
    char line[2 * TEXT_SIZE];
    json_t *row = json_array_get(json_object_get(json_object_get(result, "end"), "addresses"), i);
    snprintf(address, sizeof address, "%s:%u", host, server.port);
    snprintf(line, sizeof line, "\n%-22s        0        0\n", address);
    instrument_expect_text(client, PROGRAM_STDOUT, line);
    ck_assert_str_eq(json_string_value(json_object_get(row, "address")), address);
    ck_assert(json_is_integer(json_object_get(row, "connections")));
    ck_assert_int_eq(json_integer_value(json_object_get(row, "connections")), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(row, "streams")), 0);
}

static size_t count_rows(json_t *result)
{
    return json_array_size(json_object_get(json_object_get(result, "end"), "addresses"));
}

/* The streams of each connection take turns, from the first ones on. */
START_TEST(round_robin_goes_to_all_addresses)
{
    char path[INSTRUMENT_PATH_SIZE];
    char line[TEXT_SIZE];
    instrument_make_file(path);
    const char *const more[] = {"-s",          "12",     "-c", "2", "-n", "10", "--load-balancing",
                                "round_robin", "--json", path, NULL};
    struct program *client = start_client(LISTENING, more);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    instrument_expect_text(client, PROGRAM_STDOUT, "\nserver                connected  streams\n");
    snprintf(line, sizeof line, "\n127.0.0.3:%-12u        ", server.port);
    instrument_expect_text(client, PROGRAM_STDOUT, line);
    json_t *result = instrument_read_json(path);
    ck_assert_uint_eq(count_rows(result), 3);
    expect_row(result, 0, "127.0.0.1", 1, 1);
    expect_row(result, 1, "127.0.0.2", 1, 1);
    expect_row(result, 2, "127.0.0.3", 1, 1);
    json_decref(result);
    program_destroy(client);
}
END_TEST

/* The first address refuses, so the second one is tried: all go there. */
START_TEST(pick_first_goes_to_the_first_that_takes_it)
{
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    const char *const more[] = {"-s", "6", "-c", "2", "-n", "5", "--json", path, NULL};
    struct program *client = start_client(NOBODY "," LISTENING, more);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    json_t *result = instrument_read_json(path);
    ck_assert_uint_eq(count_rows(result), 4);
    expect_row(result, 1, "127.0.0.2", 2, 6);
    expect_unused(client, result, 3, NOBODY);
    json_decref(result);
    program_destroy(client);
}
END_TEST

/* What is down is told, although all streams went on. */
START_TEST(round_robin_tells_which_addresses_are_down)
{
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    const char *const more[] = {"-s",          "4",      "-n", "5", "--load-balancing",
                                "round_robin", "--json", path, NULL};
    struct program *client = start_client(NOBODY ",127.0.0.2,127.0.0.5", more);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    json_t *result = instrument_read_json(path);
    ck_assert_uint_eq(count_rows(result), 3);
    expect_row(result, 0, "127.0.0.2", 1, 4);
    expect_unused(client, result, 1, NOBODY);
    expect_unused(client, result, 2, "127.0.0.5");
    json_decref(result);
    program_destroy(client);
}
END_TEST

/* A connection that is made anew counts as another one; a stream counts once. With this seed the
 * cuts come after 0.35, 0.59, 0.89 and 1.54 s, and go on as long as the run does. */
START_TEST(cuts_end_the_connections_to_all_addresses)
{
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    const char *const more[] = {"-s",          "12",      "-n",        "60",     "--load-balancing",
                                "round_robin", "--chaos", "cut=300ms", "--seed", "5",
                                "--json",      path,      NULL};
    struct program *client = start_client(LISTENING, more);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    json_t *result = instrument_read_json(path);
    ck_assert_uint_gt(instrument_breaks(result, "chaos_cut"), 3);
    ck_assert_uint_eq(instrument_breaks(result, "chaos_cut"), instrument_count(result, "breaks"));
    json_t *row = json_array_get(json_object_get(json_object_get(result, "end"), "addresses"), 0);
    ck_assert_int_gt(json_integer_value(json_object_get(row, "connections")), 1);
    ck_assert_int_le(json_integer_value(json_object_get(row, "streams")), 12);
    json_decref(result);
    program_destroy(client);
}
END_TEST

/* Also with round_robin, which C core has other words for. */
START_TEST(a_run_ends_at_once_if_all_addresses_refuse)
{
    static const char *const policies[] = {"pick_first", "round_robin"};
    char line[TEXT_SIZE];
    const char *const more[] = {"--load-balancing", policies[_i], NULL};
    struct program *client = start_client(NOBODY ",127.0.0.5", more);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    snprintf(line, sizeof line, "UNAVAILABLE: connection refused (127.0.0.");
    instrument_expect_text(client, PROGRAM_STDERR, line);
    ck_assert_ptr_null(strstr(program_output(client, PROGRAM_STDERR), "retrying"));
    program_destroy(client);
}
END_TEST

/* ::1 comes first, but is of the other family. */
START_TEST(the_family_is_kept_to)
{
    const char *const ipv4[] = {"-4", "5", NULL};
    const char *const ipv6[] = {"-6", "5", NULL};
    struct program *client = start_client("::1,127.0.0.2", ipv4);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    program_destroy(client);
    client = start_client("127.0.0.2", ipv6);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    instrument_expect_text(client, PROGRAM_STDERR,
                           "UNAVAILABLE: many.test has no IPv6 address (-6)\n");
    program_destroy(client);
}
END_TEST

START_TEST(a_name_without_addresses_ends_the_run_at_once)
{
    const char *const more[] = {"--retry-timeout", "10m", NULL};
    struct program *client = start_client("", more);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    instrument_expect_text(client, PROGRAM_STDERR, ": UNAVAILABLE: no such host (many.test)\n");
    program_destroy(client);
}
END_TEST

START_TEST(one_address_is_told_in_the_json_alone)
{
    char path[INSTRUMENT_PATH_SIZE];
    instrument_make_file(path);
    struct program *client = client_start(server.port, "-m", "stateful", "--interval", "20ms", "-s",
                                          "4", "-c", "2", "-n", "3", "--json", path, NULL);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    ck_assert_ptr_null(strstr(program_output(client, PROGRAM_STDOUT), "connected  streams"));
    json_t *result = instrument_read_json(path);
    ck_assert_uint_eq(count_rows(result), 1);
    expect_row(result, 0, "127.0.0.1", 2, 4);
    json_decref(result);
    program_destroy(client);
}
END_TEST

/* Not into a program with the sanitizers' runtime, which must come first. */
static bool can_preload(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#else
    return true;
#endif
}

Suite *addresses_suite(void)
{
    Suite *suite = suite_create("addresses");
    TCase *tcase = tcase_create("addresses");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, one_address_is_told_in_the_json_alone);
    if (!can_preload()) {
        return suite;
    }
    tcase_add_test(tcase, round_robin_goes_to_all_addresses);
    tcase_add_test(tcase, pick_first_goes_to_the_first_that_takes_it);
    tcase_add_test(tcase, round_robin_tells_which_addresses_are_down);
    tcase_add_test(tcase, cuts_end_the_connections_to_all_addresses);
    tcase_add_test(tcase, a_name_without_addresses_ends_the_run_at_once);
    tcase_add_loop_test(tcase, a_run_ends_at_once_if_all_addresses_refuse, 0, 2);
    tcase_add_test(tcase, the_family_is_kept_to);
    return suite;
}
