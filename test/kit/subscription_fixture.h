/*
 * What the tests of the subscription share: one scripted server, one driver whose subscription
 * calls it, and what both must have seen. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_SUBSCRIPTION_FIXTURE_H
#define COMMS_TEST_KIT_SUBSCRIPTION_FIXTURE_H

#include "test/kit/session_words.h"
#include "test/kit/subscription_driver.h"

#include <check.h>

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
void expect_result(enum session_result wanted);

/*
 * Fails the test unless the server received `count` requests, or unless request i (from 0) has this
 * text and this position (-1: none).
 */
void expect_requests(size_t count);
void expect_request(size_t i, const char *text, int position);

#endif
