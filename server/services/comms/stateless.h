/* A stateless stream: all that it knows is its next number. Belongs to one thread. */
#ifndef COMMS_SERVER_SERVICES_COMMS_STATELESS_H
#define COMMS_SERVER_SERVICES_COMMS_STATELESS_H

#include "shared/protocol/command.h"

#include <stdbool.h>
#include <stdint.h>

struct stateless {
    uint64_t next;
};

/* Begins with START or CONTINUE. */
void stateless_begin(struct stateless *stateless, const struct command *command);

/* Returns the next number; the numbers never end. */
uint64_t stateless_take(struct stateless *stateless);

#endif
