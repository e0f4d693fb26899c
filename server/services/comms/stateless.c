#include "server/services/comms/stateless.h"

#include "shared/protocol/sequence.h"

#include <sodium.h>

void stateless_begin(struct stateless *stateless, const struct command *command)
{
    stateless->next = command->kind == COMMAND_CONTINUE
                          ? stateless_next(command->last)
                          : 1 + randombytes_uniform(STATELESS_FIRST_MAX);
}

uint64_t stateless_take(struct stateless *stateless)
{
    uint64_t number = stateless->next;
    stateless->next = stateless_next(number);
    return number;
}
