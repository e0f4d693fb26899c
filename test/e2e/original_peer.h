/*
 * The original client as a peer (test/e2e/original_client, in Python): started as a program, and
 * held to every line that it must print. For the test's own thread.
 */
#ifndef COMMS_TEST_E2E_ORIGINAL_PEER_H
#define COMMS_TEST_E2E_ORIGINAL_PEER_H

#include "shared/base/uuid.h"
#include "test/kit/programs.h"

#include <stdint.h>
#include <stdio.h>

/* In the lines that are expected: the lines about retries, one or more. How long the server was
 * away decides how many; each wait must be double the last one. */
#define ORIGINAL_PEER_RETRIES "~"

struct original_peer {
    const char *mode; /* as its option -m has it */
    const char *word; /* N, or the last number; NULL: none */
    unsigned port;
    struct program *program;
};

/* Starts it against the server, or the proxy, at this port. */
struct original_peer original_peer_start(unsigned port, const char *mode, const char *word);

/*
 * Waits for its end and frees it. The test fails unless the exit status is 0, stderr is empty, and
 * stdout has the lines of the mode and the port, then these, and no others.
 */
void original_peer_expect(struct original_peer *peer, const char *lines);

/*
 * The same where the lines are to be computed, from what it says of itself or of its stream: n and
 * uuid, or the first number.
 *
 * A stateless stream that broke `breaks` times; each time it must have been tried again, at once or
 * later, and go on with the number that was due.
 */
void original_peer_expect_stateless(struct original_peer *peer, unsigned n, unsigned breaks);
/* A session with a random uuid and a random n, from beginning to end. */
void original_peer_expect_random_session(struct original_peer *peer);

#endif
