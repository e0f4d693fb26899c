/*
 * What the tests of the subscription share: short words for the scripts of a server, one scripted
 * server, one driver whose subscription calls it, and what both must have seen. For the test's own
 * thread.
 */
#ifndef COMMS_TEST_KIT_SUBSCRIPTION_FIXTURE_H
#define COMMS_TEST_KIT_SUBSCRIPTION_FIXTURE_H

#include "test/kit/subscription_driver.h"

#include <check.h>

/* clang-format off */
#define NUMBER(value)     {.kind = SCRIPT_NUMBER, .number = (value)}
#define ERROR(words)      {.kind = SCRIPT_ERROR, .text = (words)}
#define BYTES(bytes)      {.kind = SCRIPT_BYTES, .text = (bytes)}
#define AWAIT             {.kind = SCRIPT_AWAIT}
#define STATUS(code, why) {.kind = SCRIPT_STATUS, .status = STATUS_##code, .text = (why)}
#define OK                STATUS(OK, "")
#define BREAK             STATUS(UNAVAILABLE, "cut")
#define NO_SESSION        STATUS(NOT_FOUND, "uuid has no session: never started, or evicted")
/* clang-format on */

/* The session: its uuid, its numbers, their checksum. */
#define UUID "a17417a0-aa39-40b5-8675-247713cc4908"
enum { N = 5, CHECKSUM = 121722 };
#define N1 NUMBER(3856042040)
#define N2 NUMBER(2229533162)
#define N3 NUMBER(2921788346)
#define N4 NUMBER(3326752945)
#define N5 NUMBER(1636162733)
#define N6 NUMBER(CHECKSUM)
/* The answers to CONTINUE at a position, and what follows. */
#define AFTER_0 NUMBER(0), NUMBER(0), N1, N2, N3, N4, N5, N6, OK
#define AFTER_1 NUMBER(1), NUMBER(17336), N2, N3, N4, N5, N6, OK
#define AFTER_2 NUMBER(2), NUMBER(58594), N3, N4, N5, N6, OK
#define AFTER_3 NUMBER(3), NUMBER(13788), N4, N5, N6, OK
#define AFTER_4 NUMBER(4), NUMBER(121357), N5, N6, OK
#define AFTER_5 NUMBER(5), NUMBER(CHECKSUM), N6, OK

extern const struct uuid test_uuid;
extern struct scripted_server *server; /* NULL: none */
extern struct subscription_driver driver;

/* A test's checked fixture. */
void subscription_fixture_set_up(void);
void subscription_fixture_tear_down(void);

/*
 * Starts the server, and prepares the driver for the whole session. A test of a stateless stream,
 * or of one that joins, sets the verifier again.
 */
void serve(const struct script *scripts, size_t count, size_t again_from);
#define SERVE(scripts) serve(scripts, sizeof(scripts) / sizeof *(scripts), 0)

/* Prepares the driver for a server that the test itself started at `target`. */
void subscribe_to(const char *target);

/* Stops the server and frees the driver; the tear-down does so too. */
void end_serving(void);

/* Runs the driver to its end; the test fails unless its subscription has this result. */
void expect_result(enum subscription_result wanted);

/*
 * Fails the test unless the server received `count` requests, or unless request i (from 0) has this
 * text and this position (-1: none).
 */
void expect_requests(size_t count);
void expect_request(size_t i, const char *text, int position);

#endif
