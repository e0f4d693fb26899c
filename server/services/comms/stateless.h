/* A stateless stream: it knows nothing but its last number. Belongs to one thread. */
#ifndef COMMS_SERVER_SERVICES_COMMS_STATELESS_H
#define COMMS_SERVER_SERVICES_COMMS_STATELESS_H

#include "shared/protocol/command.h"

#include <stdbool.h>
#include <stdint.h>

struct stateless {
    uint64_t next; /* the number that is sent next */
};

/* Begins as START or CONTINUE says. */
void stateless_begin(struct stateless *stateless, const struct command *command);

/* Returns the next number; there always is one. */
uint64_t stateless_take(struct stateless *stateless);

#endif
