/*
 * comms-client against the original server: scripted conversations with the original's texts, in
 * its order. It sends each error as a reply, or several for one command, and then OK; it knows no
 * position and no attempt; and it drops a session with its last message. What the client must say
 * to it, and print, is here line for line. All conversations go on side by side.
 */
#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/programs.h"
#include "test/kit/session_words.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPTS_MAX = 3, COMMANDS_MAX = 4, PROVEN = 0, REFUSED = 3, OUTPUT = 1024 };

#define FIVE         "N: 5\nUUID: " UUID "\n"
#define NUMBER_1     "Response: 3856042040 | Count: 1\n"
#define NUMBER_2     "Response: 2229533162 | Count: 2\n"
#define REST         "Response: 2921788346 | Count: 3\n" NUMBER_4 "Response: 1636162733 | Count: 5\n"
#define NUMBER_4     "Response: 3326752945 | Count: 4\n"
#define VALID        "Checksum: 121722\nChecksum is valid: true\n"
#define START        "START " UUID " 5"
#define CONTINUE     "CONTINUE " UUID " "
#define GONE         ERROR("uuid has no session"), OK
#define LOST         "connection lost (UNAVAILABLE: cut), retrying in "
#define REFUSAL(why) "comms-client: the server refused: " why "\n"

static const struct conversation {
    const char *mode;                   /* the client's arguments: this, */
    const char *word;                   /* and this; NULL: none */
    struct script scripts[SCRIPTS_MAX]; /* what the server says, call by call */
    const char *commands[COMMANDS_MAX]; /* what the client says to it */
    int status;
    const char *output; /* the client's, after its first two lines */
    const char *errors; /* on stderr: the beginning, for how long it waits is random */
} conversations[] = {
    {"stateless",
     "3",
     {{{NUMBER(5), NUMBER(15), NUMBER(45), AWAIT, OK}}},
     {"START", "END"},
     PROVEN,
     "N: 3\nResponse: 5 | Count: 1\nResponse: 15 | Count: 2\nResponse: 45 | Count: 3\n"
     "Sum: 65\nTest passed: true\n",
     ""},
    {"stateless",
     "3",
     {{{NUMBER(5), NUMBER(15), BREAK}}, {{NUMBER(45), AWAIT, OK}}},
     {"START", "CONTINUE 15", "END"},
     PROVEN,
     "N: 3\nResponse: 5 | Count: 1\nResponse: 15 | Count: 2\nResponse: 45 | Count: 3\n"
     "Sum: 65\nTest passed: true\n",
     LOST},
    {"stateful-test",
     NULL,
     {{{N1, N2, N3, N4, N5, N6, OK}}},
     {START},
     PROVEN,
     FIVE NUMBER_1 NUMBER_2 REST VALID,
     ""},
    {"stateful-test",
     NULL,
     {{{N1, N2, BREAK}}, {{AFTER_2}}},
     {START, CONTINUE "2229533162"},
     PROVEN,
     FIVE NUMBER_1 NUMBER_2 "Count set to: 2\nChecksum set to: 58594\n" REST VALID,
     LOST},
    /* between its two answers to CONTINUE */
    {"stateful-test",
     NULL,
     {{{N1, N2, BREAK}}, {{NUMBER(2), BREAK}}, {{AFTER_2}}},
     {START, CONTINUE "2229533162", CONTINUE "2229533162"},
     PROVEN,
     FIVE NUMBER_1 NUMBER_2 "Count set to: 2\nCount set to: 2\nChecksum set to: 58594\n" REST VALID,
     LOST},
    {"stateful-test-reconnect",
     "2229533162",
     {{{AFTER_2}}},
     {CONTINUE "2229533162"},
     PROVEN,
     FIVE "Count set to: 2\nChecksum set to: 58594\n" REST VALID,
     ""},
    /* START did not arrive */
    {"stateful-test",
     NULL,
     {{{BREAK}}, {{GONE}}, {{N1, N2, N3, N4, N5, N6, OK}}},
     {START, CONTINUE "0", START},
     PROVEN,
     FIVE NUMBER_1 NUMBER_2 REST VALID,
     LOST},
    /* START arrived: the original knows no CONTINUE from the beginning */
    {"stateful-test",
     NULL,
     {{{BREAK}}, {{ERROR("wrong last number"), OK}}},
     {START, CONTINUE "0"},
     REFUSED,
     FIVE,
     LOST},
    /* the session has gone with its last message, which is lost */
    {"stateful-test",
     NULL,
     {{{N1, N2, N3, N4, N5, BREAK}}, {{GONE}}},
     {START, CONTINUE "1636162733"},
     REFUSED,
     FIVE NUMBER_1 NUMBER_2 REST,
     LOST},
    {"stateful-test-reconnect",
     "1",
     {{{ERROR("wrong last number"), OK}}},
     {CONTINUE "1"},
     REFUSED,
     FIVE,
     REFUSAL("OUT_OF_RANGE: wrong last number")},
    {"stateful-test-reconnect",
     "1",
     {{{GONE}}},
     {CONTINUE "1"},
     REFUSED,
     FIVE,
     REFUSAL("NOT_FOUND: uuid has no session")},
    {"stateful-test",
     NULL,
     {{{ERROR("uuid already taken"), OK}}},
     {START},
     REFUSED,
     FIVE,
     REFUSAL("ALREADY_EXISTS: uuid already taken")},
    {"stateful-test",
     NULL,
     {{{ERROR("invalid n value"), OK}}},
     {START},
     REFUSED,
     FIVE,
     REFUSAL("INVALID_ARGUMENT: invalid n value")},
    /* two for one command: the last one counts */
    {"stateful-test",
     NULL,
     {{{ERROR("invalid uuid"), GONE}}},
     {START},
     REFUSED,
     FIVE,
     REFUSAL("NOT_FOUND: uuid has no session")},
    {"stateful-test",
     NULL,
     {{{N1, ERROR("server was already running"), OK}}},
     {START},
     REFUSED,
     FIVE NUMBER_1,
     REFUSAL("FAILED_PRECONDITION: server was already running")},
    /* the server has the other mode */
    {"stateless",
     "3",
     {{{ERROR("invalid start parameters"), OK}}},
     {"START"},
     REFUSED,
     "N: 3\n",
     REFUSAL("INVALID_ARGUMENT: invalid start parameters")},
};

enum { CONVERSATIONS = sizeof conversations / sizeof *conversations };

struct run {
    struct scripted_server *server;
    struct program *client;
    unsigned port;
};

static void run_start(struct run *run, const struct conversation *conversation)
{
    size_t count = 0;
    while (count < SCRIPTS_MAX && conversation->scripts[count].lines[0].kind != SCRIPT_SILENCE) {
        count++;
    }
    run->server = scripted_server_start(conversation->scripts, count, 0);
    run->port = (unsigned)strtoul(strrchr(scripted_server_target(run->server), ':') + 1, NULL, 10);
    run->client = client_start(run->port, "-m", conversation->mode, conversation->word, NULL);
}

static void expect_commands(struct run *run, const struct conversation *conversation)
{
    size_t count = 0;
    while (count < COMMANDS_MAX && conversation->commands[count] != NULL) {
        count++;
    }
    ck_assert_uint_eq(scripted_server_request_count(run->server), count);
    for (size_t i = 0; i < count; i++) {
        const struct request request = scripted_server_request(run->server, i);
        ck_assert_str_eq(request.text, conversation->commands[i]);
    }
}

static void run_end(struct run *run, const struct conversation *conversation)
{
    char wanted[OUTPUT];
    snprintf(wanted, sizeof wanted, "Mode: %s\nPort: %u\n%s", conversation->mode, run->port,
             conversation->output);
    int status = program_wait_exit(run->client);
    const char *errors = program_output(run->client, PROGRAM_STDERR);
    ck_assert_str_eq(program_output(run->client, PROGRAM_STDOUT), wanted);
    ck_assert_msg(strncmp(errors, conversation->errors, strlen(conversation->errors)) == 0 &&
                      (*conversation->errors != '\0' || *errors == '\0'),
                  "on stderr: %s", errors);
    ck_assert_msg(status == conversation->status, "status %d: %s", status, errors);
    expect_commands(run, conversation);
    program_destroy(run->client);
    scripted_server_stop(run->server);
}

START_TEST(the_client_converses_with_the_original_server)
{
    struct run runs[CONVERSATIONS];
    for (int i = 0; i < CONVERSATIONS; i++) {
        run_start(&runs[i], &conversations[i]);
    }
    for (int i = 0; i < CONVERSATIONS; i++) {
        run_end(&runs[i], &conversations[i]);
    }
}
END_TEST

static void set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
}

Suite *original_server_suite(void)
{
    Suite *suite = suite_create("original-server");
    TCase *tcase = tcase_create("original-server");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, grpc_teardown);
    tcase_add_test(tcase, the_client_converses_with_the_original_server);
    return suite;
}
