/* A client's bytes in the log: in whatever field they come, they begin no line of their own. */
#include "test/kit/programs.h"
#include "test/kit/raw_http2/raw_client.h"
#include "test/suites.h"

#include <check.h>

#include <ctype.h>
#include <signal.h>
#include <string.h>

enum { WINDOW_DEFAULT = 65535, SHOWN_MAX = 200 /* bytes of a wrong line */ };

#define FORGED "2026-11-27T12:00:00.000Z notice stopped forged=yes"

/* Line feeds and what a terminal takes for one, in front of a line like ours. */
static const char *const values[] = {"agent\n" FORGED "\n", "agent\r\n" FORGED "\r\n",
                                     "agent\x1b[2J\x1b[E" FORGED, "agent\xc2\x85" FORGED "\xc2\x85",
                                     "agent\v\f" FORGED};

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

START_TEST(no_line_of_the_log_is_a_clients)
{
    struct server server = server_start("stateful", "--log-level", "debug", NULL);
    send_all(server.port);
    program_signal(server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    const char *text = program_output(server.program, PROGRAM_STDERR);
    ck_assert_ptr_nonnull(strstr(text, "forged=yes")); /* else nothing is shown here */
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
    program_destroy(server.program);
}
END_TEST

Suite *forged_log_suite(void)
{
    Suite *suite = suite_create("forged-log");
    TCase *tcase = tcase_create("forged-log");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, no_line_of_the_log_is_a_clients);
    return suite;
}
