/*
 * comms-client of a server that keeps to the protocol but for one lie in some of its streams: it
 * must find each, name it, and find nothing else.
 */
#include "client/report/violation_text.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/lying_server.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <sodium.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 30, STREAMS = 20, EVERY = 10, EXIT_VIOLATED = 1, EXIT_REFUSED = 3, FOUND_MAX = STREAMS };

/* A lie, and the modes in which there is such a one. */
static const struct {
    struct lie_settings lie;
    bool is_stateful_only;
} lies[] = {
    {{.lie = LIE_DROP, .at = 10, .amount = 1}, false},
    {{.lie = LIE_DROP, .at = 2, .amount = 27}, false},
    {{.lie = LIE_DROP, .at = 29, .amount = 2}, true}, /* only the checksum tells */
    {{.lie = LIE_REPEAT, .at = 1}, false},
    {{.lie = LIE_REPEAT, .at = 29}, false},
    {{.lie = LIE_REPEAT, .at = 30}, true},
    {{.lie = LIE_SWAP, .at = 12}, false},
    {{.lie = LIE_CORRUPT, .at = 7}, false},
    {{.lie = LIE_CORRUPT, .at = 30}, false},
    {{.lie = LIE_WRONG_CHECKSUM, .at = 1}, true},
    {{.lie = LIE_EARLY_OK, .at = 10}, true},
    {{.lie = LIE_EARLY_OK, .at = 30}, true},
    {{.lie = LIE_WRONG_POSITION_ON_RESUME, .at = 10}, true},
    {{.lie = LIE_WRONG_CHECKSUM_ON_RESUME, .at = 10}, true},
    {{.lie = LIE_BREAK_THEN_REPEAT, .at = 10}, false},
    {{.lie = LIE_BREAK_THEN_SKIP, .at = 10}, false},
    {{.lie = LIE_OLDER_ATTEMPT_TAKES_OVER, .at = 10}, true},
};
enum { LIES = sizeof lies / sizeof *lies, SIZE = 20000 };

/* Lies about the padding of number 7, of which SIZE bytes were asked for. */
static const struct lie_settings paddings[] = {
    {.padding_length = SIZE, .wrong_byte = 1},
    {.padding_length = SIZE, .wrong_byte = SIZE / 2},
    {.padding_length = SIZE, .wrong_byte = SIZE},
    {.padding_length = SIZE - 1},
    {.padding_length = 1},
    {.padding_length = 0},
    {.padding_length = SIZE + 1},
    {.padding_length = 1024 * 1024 + 1},
};
enum { PADDINGS = sizeof paddings / sizeof *paddings };

static struct lying_server *lying_server;

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
}

static void tear_down(void)
{
    if (lying_server != NULL) {
        lying_server_stop(lying_server);
        lying_server = NULL;
    }
    grpc_teardown();
}

static uint64_t json_number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    ck_assert_msg(json_is_integer(value), "no number \"%s\"", name);
    return (uint64_t)json_integer_value(value);
}

/* A 64-bit value, which the report writes as a string of digits. */
static uint64_t json_digits(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    ck_assert_msg(text != NULL, "no digits \"%s\"", name);
    return strtoull(text, NULL, 10);
}

static const char *json_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    ck_assert_msg(text != NULL, "no text \"%s\"", name);
    return text;
}

/* Kinds as the report has them: a name as one word. */
static const char *kind_word(enum violation_kind kind)
{
    switch (kind) {
    case VIOLATION_CHECKSUM:
        return "wrong_checksum";
    case VIOLATION_POSITION:
        return "wrong_position";
    case VIOLATION_ENDED_EARLY:
        return "ended_early";
    case VIOLATION_PADDING:
        return "wrong_padding";
    case VIOLATION_ATTEMPT:
        return "wrong_attempt";
    case VIOLATION_LOST:
    case VIOLATION_REPEATED:
    case VIOLATION_REORDERED:
    case VIOLATION_CORRUPT:
    case VIOLATION_MALFORMED:
    case VIOLATION_LATE:
    case VIOLATION_KINDS:
        break;
    }
    return violation_kind_name(kind);
}

/* Whether the client's violation is what had to be found. */
static bool is_it(const json_t *violation, const struct finding *finding, enum mode mode)
{
    struct uuid uuid;
    if (strcmp(json_text(violation, "kind"), kind_word(finding->kind)) != 0 ||
        json_number(violation, "position") != finding->position) {
        return false;
    }
    if (mode == MODE_STATEFUL) {
        const char *text = json_text(violation, "uuid");
        ck_assert(uuid_parse(text, strlen(text), &uuid));
        if (!uuid_equal(&uuid, &finding->uuid)) {
            return false;
        }
    }
    if (finding->kind != VIOLATION_LATE && json_number(violation, "amount") != finding->amount) {
        return false;
    }
    return !finding->has_numbers || (json_digits(violation, "expected") == finding->expected &&
                                     json_digits(violation, "received") == finding->received);
}

/* Each finding must be among the violations, once, and nothing else. */
static void compare(const json_t *violations, enum mode mode)
{
    bool used[FOUND_MAX] = {false};
    size_t count = lying_server_finding_count(lying_server);
    char *text = json_dumps(violations, JSON_COMPACT);
    ck_assert_msg(json_array_size(violations) == count, "%zu instead of %zu: %.2000s",
                  json_array_size(violations), count, text);
    for (size_t i = 0; i < count; i++) {
        const struct finding finding = lying_server_finding(lying_server, i);
        size_t k = 0;
        while (k < count && (used[k] || !is_it(json_array_get(violations, k), &finding, mode))) {
            k++;
        }
        ck_assert_msg(k < count, "no \"%s\" at %llu in: %.2000s", violation_kind_name(finding.kind),
                      (unsigned long long)finding.position, text);
        used[k] = true;
    }
    free(text);
}

/* Runs the client against the lying_server; it must end so, and have found so much, exactly. */
static void run_client(const struct lying_server_settings *settings, const char *interval,
                       int status, size_t wanted)
{
    char file[] = "/tmp/comms-check-XXXXXX";
    char number[16];
    char streams[16];
    char size[16];
    bool is_paced = strcmp(interval, "0") != 0;
    int descriptor = mkstemp(file);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    snprintf(number, sizeof number, "%d", N);
    snprintf(streams, sizeof streams, "%d", STREAMS);
    snprintf(size, sizeof size, "%u", (unsigned)settings->lie.size);
    lying_server = lying_server_start(settings);
    struct program *client = client_start(
        lying_server_port(lying_server), "-m", mode_name(settings->mode), "--streams", streams,
        "--connections", "2", "--numbers", number, "--interval", interval, "--size", size, "--json",
        file, is_paced ? "--max-lateness" : NULL, "1500ms", NULL);
    int got = program_wait_exit(client);
    json_error_t error = {.line = 0};
    json_t *root = json_load_file(file, 0, &error);
    unlink(file);
    ck_assert_msg(got == status, "status %d instead of %d: %s%s", got, status,
                  program_output_end(client, PROGRAM_STDOUT),
                  program_output_end(client, PROGRAM_STDERR));
    program_destroy(client);
    ck_assert_msg(root != NULL, "%s: %s, line %d", file, error.text, error.line);
    ck_assert_uint_eq(lying_server_start_count(lying_server), STREAMS);
    ck_assert_uint_eq(lying_server_finding_count(lying_server), wanted);
    compare(json_object_get(json_object_get(root, "end"), "violations"), settings->mode);
    json_decref(root);
}

START_TEST(each_lie_to_sessions_is_found)
{
    const struct lying_server_settings settings = {
        .mode = MODE_STATEFUL, .every = EVERY, .lie = lies[_i].lie};
    run_client(&settings, "0", EXIT_VIOLATED, STREAMS / EVERY);
}
END_TEST

START_TEST(each_lie_to_stateless_streams_is_found)
{
    const struct lying_server_settings settings = {
        .mode = MODE_STATELESS, .every = EVERY, .lie = lies[_i].lie};
    if (!lies[_i].is_stateful_only) {
        run_client(&settings, "0", EXIT_VIOLATED, STREAMS / EVERY);
    }
}
END_TEST

/* Padding hides no lie, and the number is what is wrong. */
START_TEST(each_lie_is_found_in_padded_messages)
{
    struct lying_server_settings settings = {
        .mode = MODE_STATEFUL, .every = EVERY, .lie = lies[_i].lie};
    settings.lie.size = SIZE;
    run_client(&settings, "0", EXIT_VIOLATED, STREAMS / EVERY);
}
END_TEST

START_TEST(wrong_padding_is_found)
{
    struct lying_server_settings settings = {
        .mode = (enum mode)(_i % 2), .every = EVERY, .lie = paddings[_i / 2]};
    settings.lie.lie = LIE_PADDING;
    settings.lie.at = 7;
    settings.lie.size = SIZE;
    run_client(&settings, "0", EXIT_VIOLATED, STREAMS / EVERY);
}
END_TEST

/* A server that pads for a client that has asked for no padding. */
START_TEST(padding_that_nobody_wants_is_found)
{
    const struct lying_server_settings settings = {
        .mode = (enum mode)(_i % 2),
        .every = EVERY,
        .lie = {.lie = LIE_PADDING, .at = 1, .padding_length = _i < 2 ? 1 : SIZE}};
    run_client(&settings, "0", EXIT_VIOLATED, STREAMS / EVERY);
}
END_TEST

/* The client has found nothing wrong: it knows that the server is none that pads. */
START_TEST(a_server_that_never_pads_counts_as_one_that_refuses)
{
    const struct lying_server_settings settings = {
        .mode = (enum mode)_i, .every = 1, .lie = {.lie = LIE_PADDING, .at = 1, .size = SIZE}};
    lying_server = lying_server_start(&settings);
    struct program *client =
        client_start(lying_server_port(lying_server), "-m", mode_name(settings.mode), "-n", "5",
                     "-s", "3", "--interval", "0", "--size", "20000", NULL);
    ck_assert_int_eq(program_wait_exit(client), EXIT_REFUSED);
    ck_assert_ptr_nonnull(strstr(program_output(client, PROGRAM_STDOUT),
                                 "…): refused: no padding came with the first "
                                 "message: an original or an older server ignores --size 20000: "
                                 "leave it out\n"));
    program_destroy(client);
}
END_TEST

/* The last number: those after it would be late too. A busy machine may delay any by a second. */
START_TEST(a_number_held_back_is_late)
{
    const struct lying_server_settings settings = {
        .mode = (enum mode)_i,
        .interval_ns = 20 * NS_PER_MS,
        .every = EVERY,
        .lie = {.lie = LIE_LATE, .at = N, .late_ns = 3 * NS_PER_S}};
    run_client(&settings, "20ms", EXIT_VIOLATED, STREAMS / EVERY);
}
END_TEST

/* The lie is so far ahead that it is never told. */
START_TEST(the_truth_is_proven)
{
    const struct lying_server_settings settings = {
        .mode = MODE_STATELESS, .every = 1, .lie = {.lie = LIE_DROP, .at = STATELESS_LINES + 1}};
    run_client(&settings, "0", 0, 0);
}
END_TEST

/* After the last number, where no lie fits. */
START_TEST(breaks_are_no_lies)
{
    const struct lying_server_settings settings = {
        .mode = MODE_STATEFUL, .every = 1, .lie = {.lie = LIE_BREAK_THEN_SKIP, .at = N}};
    run_client(&settings, "0", 0, 0);
}
END_TEST

Suite *lies_suite(void)
{
    Suite *suite = suite_create("lies");
    TCase *tcase = tcase_create("lies");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, each_lie_to_sessions_is_found, 0, LIES);
    tcase_add_loop_test(tcase, each_lie_to_stateless_streams_is_found, 0, LIES);
    tcase_add_loop_test(tcase, each_lie_is_found_in_padded_messages, 0, LIES);
    tcase_add_loop_test(tcase, wrong_padding_is_found, 0, 2 * PADDINGS);
    tcase_add_loop_test(tcase, padding_that_nobody_wants_is_found, 0, 4);
    tcase_add_loop_test(tcase, a_server_that_never_pads_counts_as_one_that_refuses, 0, 2);
    tcase_add_loop_test(tcase, a_number_held_back_is_late, 0, 2);
    tcase_add_test(tcase, the_truth_is_proven);
    tcase_add_test(tcase, breaks_are_no_lies);
    return suite;
}
