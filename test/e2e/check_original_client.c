/* comms-server against the client that came with the original server: every mode, every break,
 * every error. Where something waits, it waits side by side. */
#include "test/e2e/original_peer.h"
#include "test/kit/fault_proxy/fault_proxy.h"
#include "test/kit/loopback.h"
#include "test/suites.h"

#include <check.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define TEST_HEAD     "N: 5\nUUID: a17417a0-aa39-40b5-8675-247713cc4908\n"
#define RESPONSE_1    "Response: 3856042040 | Count: 1\n"
#define RESPONSES_1_2 RESPONSE_1 "Response: 2229533162 | Count: 2\n"
#define RESPONSES_3_5                                                                              \
    "Response: 2921788346 | Count: 3\n"                                                            \
    "Response: 3326752945 | Count: 4\n"                                                            \
    "Response: 1636162733 | Count: 5\n"
#define ALL_NUMBERS RESPONSES_1_2 RESPONSES_3_5
#define VALID       "Checksum: 121722\nChecksum is valid: true\n"
#define RETRY       "Failed to connect, will retry in 1000 seconds\n"
#define COUNT_2     "Count set to: 2\n"
#define CHECKSUM_2  "Checksum set to: 58594\n"
#define LOST        "Error: uuid has no session: never started, or evicted\n"

START_TEST(every_mode_ends_with_the_originals_lines)
{
    struct server stateless = server_start("stateless", "--interval", "20ms", NULL);
    struct server quick = server_start("stateless", "--interval", "1ms", NULL);
    struct server stateful = server_start("stateful", "--interval", "100ms", NULL);
    struct server fast = server_start("stateful", "--interval", "0", NULL);
    struct original_peer killed = original_peer_start(stateful.port, "stateful-test", NULL);
    struct original_peer session = original_peer_start(fast.port, "stateful-test", NULL);
    struct original_peer random = original_peer_start(fast.port, "stateful", NULL);
    struct original_peer one = original_peer_start(stateless.port, "stateless", "1");
    struct original_peer judged = original_peer_start(stateless.port, "stateless", "12");
    struct original_peer unjudged = original_peer_start(stateless.port, "stateless", "13");
    struct original_peer wrapping = original_peer_start(quick.port, "stateless", "300");

    program_wait_line(killed.program, PROGRAM_STDOUT, "Count: 2");
    program_signal(killed.program, SIGKILL);
    (void)program_wait_exit(killed.program);
    struct original_peer reconnected =
        original_peer_start(stateful.port, "stateful-test-reconnect", "2229533162");

    original_peer_expect(&session, TEST_HEAD ALL_NUMBERS VALID);
    original_peer_expect_random_session(&random);
    original_peer_expect_stateless(&one, 1, 0);
    original_peer_expect_stateless(&judged, 12, 0);
    original_peer_expect_stateless(&unjudged, 13, 0);
    original_peer_expect_stateless(&wrapping, 300, 0);
    original_peer_expect(&reconnected, TEST_HEAD COUNT_2 CHECKSUM_2 RESPONSES_3_5 VALID);
    program_destroy(killed.program);
    server_stop(&stateless);
    server_stop(&quick);
    server_stop(&stateful);
    server_stop(&fast);
}
END_TEST

/* ---- What breaks: a server, a connection, a refusal ------------------------------------------ */

/* A peer, and what it meets. Each has a server of its own: all have the same session. */
struct trial {
    struct server server;
    struct fault_proxy *proxy; /* NULL: none */
    struct program *occupant;  /* the client that is in the way; NULL: none */
    struct original_peer peer;
};

/* A session whose server has this interval stops after its first number. */
static const char long_interval[] = "1h";

/* The server ends while the peer receives, and is started again at the same port, faster. */
static const struct restart {
    int signal;
    const char *mode;     /* the server's */
    const char *interval; /* the server's */
    const char *peer_mode;
    const char *word;
    const char *said;  /* by the peer before the signal */
    const char *lines; /* of the peer; NULL: a stateless stream that broke once */
} restarts[] = {
    /* The numbers have passed 2^64 then. */
    {SIGTERM, "stateless", "20ms", "stateless", "1500", "Count: 42", NULL},
    {SIGKILL, "stateless", "20ms", "stateless", "1500", "Count: 42", NULL},
    /* The drain lets it finish. */
    {SIGTERM, "stateful", "200ms", "stateful-test", NULL, "Count: 1", TEST_HEAD ALL_NUMBERS VALID},
    /* The sessions are lost with the server. */
    {SIGTERM, "stateful", long_interval, "stateful-test", NULL, "Count: 1",
     TEST_HEAD RESPONSE_1 ORIGINAL_PEER_RETRIES LOST},
    {SIGKILL, "stateful", long_interval, "stateful-test", NULL, "Count: 1",
     TEST_HEAD RESPONSE_1 ORIGINAL_PEER_RETRIES LOST},
};
enum { RESTARTS = sizeof restarts / sizeof *restarts, RESTART_N = 1500 };

static struct trial restart_start(const struct restart *restart)
{
    struct trial trial = {.server =
                              server_start_held(restart->mode, "--interval", restart->interval,
                                                "--error-status", "ok", NULL)};
    trial.peer = original_peer_start(trial.server.port, restart->peer_mode, restart->word);
    return trial;
}

static void restart_strike(const struct restart *restart, struct trial *trial)
{
    unsigned port = trial->server.port;
    program_wait_line(trial->peer.program, PROGRAM_STDOUT, restart->said);
    if (restart->signal == SIGTERM) {
        server_stop(&trial->server);
    } else {
        server_kill(&trial->server);
    }
    trial->server =
        server_start_port(restart->mode, port, "--interval", "1ms", "--error-status", "ok", NULL);
}

static void restart_end(const struct restart *restart, struct trial *trial)
{
    if (restart->lines != NULL) {
        original_peer_expect(&trial->peer, restart->lines);
    } else {
        original_peer_expect_stateless(&trial->peer, RESTART_N, 1);
        program_wait_line(trial->server.program, PROGRAM_STDERR, "stream resumed");
    }
    server_stop(&trial->server);
}

enum { PLAN_MAX = 2, CUT_N = 30 };

/* A fault that happens when the peer has said something: all messages before it have come. */
#define CUT_AFTER(messages)                                                                        \
    {                                                                                              \
        FAULT_CUT, FAULT_AFTER_MESSAGES, .amount = (messages), .on_command = true                  \
    }

/* The connection breaks, and the server lives. */
static const struct cut {
    const char *mode; /* the peer's */
    const char *word;
    const char *interval;        /* the server's */
    struct fault plan[PLAN_MAX]; /* for its first connections */
    const char *said[PLAN_MAX];  /* by the peer before a fault on command */
    const char *lines;           /* of the peer; NULL: a stateless stream that broke once */
} cuts[] = {
    {"stateful-test",
     NULL,
     "20ms",
     {CUT_AFTER(2)},
     {"Count: 2"},
     TEST_HEAD RESPONSES_1_2 RETRY COUNT_2 CHECKSUM_2 RESPONSES_3_5 VALID},
    /* again, between the two answers to CONTINUE */
    {"stateful-test",
     NULL,
     "20ms",
     {CUT_AFTER(2), CUT_AFTER(1)},
     {"Count: 2", "Count set to: 2"},
     TEST_HEAD RESPONSES_1_2 RETRY COUNT_2 RETRY COUNT_2 CHECKSUM_2 RESPONSES_3_5 VALID},
    /* between the checksum and the status */
    {"stateful-test",
     NULL,
     "20ms",
     {CUT_AFTER(6)},
     {"Checksum is valid"},
     TEST_HEAD ALL_NUMBERS VALID RETRY "Count set to: 6\nChecksum set to: 121722\n"},
    /* START has passed, and its answer has not */
    {"stateful-test",
     NULL,
     long_interval,
     {{FAULT_CUT, FAULT_BEFORE_MESSAGE, .amount = 1}},
     {NULL},
     TEST_HEAD RETRY "Error: uuid already taken: CONTINUE goes on with its session\n"},
    {"stateless", "30", "20ms", {CUT_AFTER(20)}, {"Count: 20"}, NULL},
    {"stateless", "30", "20ms", {CUT_AFTER(1)}, {"Count: 1"}, NULL},
};
enum { CUTS = sizeof cuts / sizeof *cuts };

static struct trial cut_start(const struct cut *cut)
{
    const char *mode = cut->lines == NULL ? "stateless" : "stateful";
    struct trial trial = {
        .server = server_start(mode, "--interval", cut->interval, "--error-status", "ok", NULL)};
    const struct fault_proxy_options options = {
        .target = loopback_address(trial.server.port), .plan = cut->plan, .plan_length = PLAN_MAX};
    trial.proxy = fault_proxy_start(&options);
    ck_assert_ptr_nonnull(trial.proxy);
    trial.peer = original_peer_start(fault_proxy_port(trial.proxy), cut->mode, cut->word);
    return trial;
}

static void cut_strike(const struct cut *cut, struct trial *trial, int connection)
{
    if (cut->said[connection] != NULL) {
        program_wait_line(trial->peer.program, PROGRAM_STDOUT, cut->said[connection]);
        ck_assert(fault_proxy_await(trial->proxy, PROGRAM_DEADLINE_MS));
        fault_proxy_strike(trial->proxy);
    }
}

static void cut_end(const struct cut *cut, struct trial *trial)
{
    if (cut->lines != NULL) {
        original_peer_expect(&trial->peer, cut->lines);
    } else {
        original_peer_expect_stateless(&trial->peer, CUT_N, 1);
    }
    fault_proxy_stop(trial->proxy);
    server_stop(&trial->server);
}

/* The server has one place, which another client has until it is killed. */
static const char *const limits[] = {"--max-streams", "--max-sessions"};
enum { LIMITS = sizeof limits / sizeof *limits };

static struct trial limit_start(const char *limit)
{
    struct trial trial = {.server = server_start("stateful", limit, "1", "--interval", "20ms",
                                                 "--session-timeout", "100ms", NULL)};
    trial.occupant = client_start(trial.server.port, "-m", "stateful", "-n", "4000", NULL);
    program_wait_line(trial.occupant, PROGRAM_STDOUT, "Count: 1");
    trial.peer = original_peer_start(trial.server.port, "stateful-test", NULL);
    return trial;
}

static void limit_strike(struct trial *trial)
{
    program_wait_line(trial->peer.program, PROGRAM_STDOUT, "retry in 1000");
    program_destroy(trial->occupant);
}

static void limit_end(struct trial *trial)
{
    original_peer_expect(&trial->peer, TEST_HEAD ORIGINAL_PEER_RETRIES ALL_NUMBERS VALID);
    server_stop(&trial->server);
}

/* All at once, as each waits a second before it tries again. Those that wait for a place give up
 * after 15 s: they come last, and have theirs first. */
START_TEST(what_breaks_is_taken_up_again)
{
    struct trial limited[LIMITS];
    struct trial cut[CUTS];
    struct trial restarted[RESTARTS];
    for (int i = 0; i < CUTS; i++) {
        cut[i] = cut_start(&cuts[i]);
    }
    for (int i = 0; i < RESTARTS; i++) {
        restarted[i] = restart_start(&restarts[i]);
    }
    for (int i = 0; i < LIMITS; i++) {
        limited[i] = limit_start(limits[i]);
    }
    for (int i = 0; i < LIMITS; i++) {
        limit_strike(&limited[i]);
    }
    for (int i = 0; i < RESTARTS; i++) {
        restart_strike(&restarts[i], &restarted[i]);
    }
    for (int i = 0; i < CUTS; i++) {
        cut_strike(&cuts[i], &cut[i], 0);
    }
    for (int i = 0; i < CUTS; i++) {
        cut_strike(&cuts[i], &cut[i], 1);
    }
    for (int i = 0; i < RESTARTS; i++) {
        restart_end(&restarts[i], &restarted[i]);
    }
    for (int i = 0; i < CUTS; i++) {
        cut_end(&cuts[i], &cut[i]);
    }
    for (int i = 0; i < LIMITS; i++) {
        limit_end(&limited[i]);
    }
}
END_TEST

/* ---- Errors ---------------------------------------------------------------------------------- */

static const char *const error_statuses[] = {"grpc", "ok"};
enum { ERROR_STATUSES = sizeof error_statuses / sizeof *error_statuses };

struct errors {
    struct server stateful;
    struct server stateless;
    struct program *script;
};

static struct errors errors_start(const char *status)
{
    struct errors errors;
    char stateful[16];
    char stateless[16];
    /* With OK the peer never calls without a command. */
    const char *timeout = strcmp(status, "ok") == 0 ? "30s" : "800ms";
    errors.stateful = server_start("stateful", "--interval", long_interval, "--error-status",
                                   status, "--command-timeout", timeout, NULL);
    errors.stateless = server_start("stateless", "--interval", long_interval, "--error-status",
                                    status, "--command-timeout", timeout, NULL);
    snprintf(stateful, sizeof stateful, "%u", errors.stateful.port);
    snprintf(stateless, sizeof stateless, "%u", errors.stateless.port);
    errors.script = program_start(programs_python_path(), "-B",
                                  "test/e2e/original_client/refusals.py", "--error-status", status,
                                  "--stateful", stateful, "--stateless", stateless, NULL);
    return errors;
}

static void errors_end(struct errors *errors)
{
    program_expect_success(errors->script);
    server_stop(&errors->stateful);
    server_stop(&errors->stateless);
}

START_TEST(every_error_ends_it)
{
    struct errors errors[ERROR_STATUSES];
    for (int i = 0; i < ERROR_STATUSES; i++) {
        errors[i] = errors_start(error_statuses[i]);
    }
    for (int i = 0; i < ERROR_STATUSES; i++) {
        errors_end(&errors[i]);
    }
}
END_TEST

Suite *original_client_suite(void)
{
    Suite *suite = suite_create("original-client");
    TCase *original = tcase_create("original-client");
    suite_add_tcase(suite, original);
    tcase_set_timeout(original, 60);
    tcase_add_test(original, every_mode_ends_with_the_originals_lines);
    tcase_add_test(original, what_breaks_is_taken_up_again);
    tcase_add_test(original, every_error_ends_it);
    return suite;
}
