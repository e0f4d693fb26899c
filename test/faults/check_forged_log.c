/* A client's bytes in the log: in whatever field they come, they begin no line, no key and no value
 * of their own, in none of the formats. */
#include "test/kit/log_lines.h"
#include "test/kit/programs.h"
#include "test/kit/raw_http2/raw_client.h"
#include "test/kit/scratch_folder.h"
#include "test/suites.h"

#include <check.h>

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { WINDOW_DEFAULT = 65535, SHOWN_MAX = 200 /* bytes of a wrong line */ };

#define FORGED "2026-11-27T12:00:00.000Z notice stopped forged=yes"

/* Line feeds and what a terminal takes for one, in front of a line like ours; and the end of a
 * value, in front of a field like ours. */
static const char *const values[] = {"agent\n" FORGED "\n",
                                     "agent\r\n" FORGED "\r\n",
                                     "agent\x1b[2J\x1b[E" FORGED,
                                     "agent\xc2\x85" FORGED "\xc2\x85",
                                     "agent\v\f" FORGED,
                                     "agent\n<0>level=error event=stopped forged=yes",
                                     "agent\n{\"event\":\"stopped\",\"forged\":\"yes\"}",
                                     "agent\" forged=yes x=\"",
                                     "agent\\\" forged=yes x=\\\"",
                                     "agent\",\"forged\":\"yes\",\"x\":\"",
                                     "agent\xe2\x80\xa8" FORGED "\xe2\x80\xa9",
                                     "agent\xff\xfe\xc3\" forged=yes"};

static const char *const names[] = {"user-agent",   "x-own",        "x-own-bin",
                                    ":authority",   "grpc-timeout", "grpc-encoding",
                                    "content-type", ("x\n" FORGED)};

/* Time, a blank and a level begin each line of ours. */
static bool is_ours(const char *line)
{
    static const char form[] = "0000-00-00T00:00:00.000Z ";
    for (size_t i = 0; i < sizeof form - 1; i++) {
        if (form[i] == '0' ? !isdigit((unsigned char)line[i]) : line[i] != form[i]) {
            return false;
        }
    }
    return true;
}

static void send_call(uint16_t port, const char *method, const struct frame_field *field,
                      const char *command)
{
    struct raw_client client;
    struct frames frames = {NULL, 0, 0};
    raw_client_connect(&client, port, 0);
    frames_add_hello(&frames, WINDOW_DEFAULT);
    frames_add_call_with(&frames, 1, method, field, field == NULL ? 0 : 1);
    frames_add_command(&frames, 1, command);
    (void)raw_client_send(&client, &frames);
    frames_cleanup(&frames);
    ck_assert(raw_client_await_ends(&client, 1, RAW_PATIENCE_MS) || client.is_closed);
    raw_client_close(&client);
}

static void send_all(uint16_t port)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
            const struct frame_field field = {names[j], values[i], strlen(values[i])};
            send_call(port, FRAME_METHOD, &field, "STOP");
        }
        send_call(port, values[i], NULL, "STOP");
        send_call(port, FRAME_METHOD, NULL, values[i]);
    }
}

/* Starts a server with this format, lets all be sent to it, and ends it. */
static struct program *attack(const char *format)
{
    struct server server =
        server_start("stateful", "--log-level", "debug", "--log-format", format, NULL);
    send_all(server.port);
    program_signal(server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    const char *text = program_output(server.program, PROGRAM_STDERR);
    ck_assert_ptr_nonnull(strstr(text, "forged=yes")); /* else nothing is shown here */
    return server.program;
}

START_TEST(no_line_of_the_log_is_a_clients)
{
    struct program *server = attack("text");
    const char *text = program_output(server, PROGRAM_STDERR);
    for (const char *line; *(line = text) != '\0';) {
        (void)output_next_line(&text, "");
        const size_t length = (size_t)(text - line);
        const int shown = length < SHOWN_MAX ? (int)length : SHOWN_MAX;
        ck_assert_msg(is_ours(line), "not ours: %.*s", shown, line);
        ck_assert_msg(memcmp(line, FORGED, sizeof FORGED - 1) != 0, "forged: %.200s", line);
        for (size_t i = 0; i + 1 < length; i++) {
            ck_assert_msg((unsigned char)line[i] >= ' ', "byte %d in: %.*s", line[i], shown, line);
        }
    }
    program_destroy(server);
}
END_TEST

/* Reads each line, and asks for what no line of ours has. */
static void expect_ours(const char *text, bool is_json)
{
    unsigned stops = 0;
    for (size_t length; (length = strcspn(text, "\n")) > 0; text += length + 1) {
        json_t *object =
            is_json ? log_line_read_json(text, length) : log_line_read_logfmt(text, length);
        ck_assert_msg(object != NULL, "not ours: %.*s", (int)length, text);
        ck_assert_msg(json_object_get(object, "forged") == NULL &&
                          json_object_get(object, "x") == NULL,
                      "forged: %.*s", (int)length, text);
        const char *event = json_string_value(json_object_get(object, "event"));
        ck_assert_ptr_nonnull(event);
        stops += strcmp(event, "stopped") == 0;
        json_decref(object);
    }
    ck_assert_uint_eq(stops, 1);
}

/* Another program's reader of JSON takes each line of the file. */
static void expect_python_reads(const char *text)
{
    static const char script[] =
        "import json, sys\n"
        "lines = open(sys.argv[1], 'rb').read().decode('utf-8').splitlines()\n"
        "print('events', sum('forged' not in json.loads(line) for line in lines), len(lines))\n";
    char folder[SCRATCH_FOLDER_SIZE];
    char path[SCRATCH_FOLDER_SIZE + 8];
    char wanted[64];
    scratch_folder_make(folder, "forged");
    snprintf(path, sizeof path, "%s/log", folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    size_t lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    snprintf(wanted, sizeof wanted, "events %zu %zu", lines, lines);
    struct program *python = program_start(programs_python_path(), "-c", script, path, NULL);
    ck_assert_str_eq(program_wait_line(python, PROGRAM_STDOUT, "events"), wanted);
    program_destroy(python);
    scratch_folder_remove(folder);
}

START_TEST(no_key_or_value_is_a_clients)
{
    static const char *const formats[] = {"logfmt", "json"};
    struct program *server = attack(formats[_i]);
    const char *text = program_output(server, PROGRAM_STDERR);
    expect_ours(text, _i == 1);
    if (_i == 1) {
        expect_python_reads(text);
    }
    program_destroy(server);
}
END_TEST

Suite *forged_log_suite(void)
{
    Suite *suite = suite_create("forged-log");
    TCase *tcase = tcase_create("forged-log");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, no_line_of_the_log_is_a_clients);
    tcase_add_loop_test(tcase, no_key_or_value_is_a_clients, 0, 2);
    return suite;
}
