/*
 * A server that keeps to the protocol and lies once: it serves many streams at a time, all
 * truthful, but that each so manyth session or stateless stream has one lie in it. It tells what a
 * client must find. C core must have been set up.
 *
 * (A lying server, test/kit/lying_server.h, says what a script has it say, to one call at a time.)
 */
#ifndef COMMS_TEST_KIT_LIAR_H
#define COMMS_TEST_KIT_LIAR_H

#include "shared/protocol/command.h"
#include "test/kit/liar_lines.h"

#include <stddef.h>
#include <stdint.h>

struct liar_settings {
    enum mode mode;
    int64_t interval_ns; /* 0: full speed */
    unsigned every;      /* of the STARTs the first is lied to, and each so manyth after it */
    struct lie_settings lie;
};

struct liar;

/* Listens on a port of 127.0.0.1 that the kernel chooses. */
struct liar *liar_start(const struct liar_settings *settings);

/* Breaks off what goes on, and frees it. */
void liar_stop(struct liar *liar);

unsigned liar_port(const struct liar *liar);

/* How many sessions, or stateless streams, were STARTed. */
size_t liar_start_count(struct liar *liar);

/* What must be found because of the lies told: how much, and the i-th of it (from 0). */
size_t liar_finding_count(struct liar *liar);
struct finding liar_finding(struct liar *liar, size_t i);

#endif
