/*
 * What the tests of the subscription have in common: short words for a lying server's scripts, one
 * server, one subscriber to it, and what must come of them. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_SUBSCRIBED_H
#define COMMS_TEST_KIT_SUBSCRIBED_H

#include "test/kit/subscriber.h"

#include <check.h>

/* clang-format off */
#define NUMBER(value)     {.kind = LIE_NUMBER, .number = (value)}
#define ERROR(words)      {.kind = LIE_ERROR, .text = (words)}
#define BYTES(bytes)      {.kind = LIE_BYTES, .text = (bytes)}
#define AWAIT             {.kind = LIE_AWAIT}
#define STATUS(code, why) {.kind = LIE_STATUS, .status = STATUS_##code, .text = (why)}
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
extern struct lying_server *server; /* NULL: none */
extern struct subscriber subscriber;

/* A test's checked fixture. */
void subscribed_set_up(void);
void subscribed_tear_down(void);

/*
 * Starts the server; the subscriber is to have the whole session. (For a stateless stream, or to
 * join, the verifier is then set anew.)
 */
void serve(const struct script *scripts, size_t count, size_t again_from);
#define SERVE(scripts) serve(scripts, sizeof(scripts) / sizeof *(scripts), 0)

/* The same from a server that is somewhere else. */
void subscribe_to(const char *target);

/* Ends what those began; done by the tear-down too. */
void end_serving(void);

/* Runs the subscriber; it must end so. */
void expect_result(enum subscription_result wanted);

/* So many requests must have come; the i-th (from 0) must be this, at this position (-1: none). */
void expect_requests(size_t count);
void expect_request(size_t i, const char *text, int position);

#endif
