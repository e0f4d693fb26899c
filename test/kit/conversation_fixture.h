/*
 * What the tests of conversations at full speed share: a server of each mode, and streams of the
 * session of UUID, the known session. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_CONVERSATION_FIXTURE_H
#define COMMS_TEST_KIT_CONVERSATION_FIXTURE_H

#include "test/kit/session_words.h"
#include "test/kit/talk.h"

#include <stdint.h>

extern struct talk_server stateless_server;
extern struct talk_server stateful_server;

/* A test's checked fixture: both servers, without a session. */
void conversation_set_up(void);
void conversation_tear_down(void);

struct talk_server *server_of(enum mode mode);

/* The messages that the stateful server has counted of this uuid's session, which must exist. */
uint32_t sent_of(const char *text);

/* Expects messages `from` to `to` of the session of UUID. */
void expect_messages(struct talk *talk, uint32_t from, uint32_t to);

/* Expects the two answers to CONTINUE. */
void expect_answers(struct talk *talk, uint64_t position, uint64_t checksum);

/* A stream starts the session of UUID, sends the first `sent` messages and is lost. */
void send_and_leave(uint32_t sent);

#endif
