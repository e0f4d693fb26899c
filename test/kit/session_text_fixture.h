/*
 * What the tests of the session's text share: a session whose messages a verifier judges, and what
 * the text prints of it on both streams. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_SESSION_TEXT_FIXTURE_H
#define COMMS_TEST_KIT_SESSION_TEXT_FIXTURE_H

#include "client/report/session_text.h"
#include "test/kit/known_session.h"

#include <stddef.h>
#include <stdint.h>

extern struct verifier session_verifier;
extern struct plan session_plan;     /* all zeroes at first */
extern struct output session_output; /* all zeroes at first */

/* A test's checked fixture: a text that prints what it hears. */
void session_text_set_up(void);
void session_text_tear_down(void);

/* Catches what is printed from here on. */
void begin_capture(void);

/* Ends that; fails the test unless exactly this was printed on the two streams. */
void expect_printed(const char *wanted_out, const char *wanted_err);

/*
 * The same of a violated session: standard output begins so. It ends with the verdict, and the
 * checksum before that depends on what was wrong.
 */
void expect_violation_printed(const char *wanted_out, const char *wanted_err);

/* Prints the beginning of a session in this mode. */
void print_beginning(enum client_mode mode);

/* Prints the beginning of a session of the plan as it is, at this port; 0: none. */
void print_beginning_at(uint64_t port);

/* Begin another session; nothing is printed. */
void begin_stateful(void);
void begin_stateless(void);
void begin_joining(uint32_t last);

/* A message comes, is judged and printed. */
void receive(uint64_t number);

/* Messages `from` to `to` of the known session come, 1, 2, …. */
void receive_some(size_t from, size_t to);

/* The stream breaks. */
void break_stream(const char *reason, enum break_cause cause, bool resumes, int64_t delay_ns);

/* The session ends: with this result, or with what was found wrong. */
void end_session(enum session_result result, const char *reason, int signal_number);
void end_violated(void);

#endif
