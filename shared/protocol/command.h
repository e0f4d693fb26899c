/*
 * The commands of the protocol as text: a client writes them into Request.message, a server reads
 * them from it. Pure functions, for any thread.
 */
#ifndef COMMS_SHARED_PROTOCOL_COMMAND_H
#define COMMS_SHARED_PROTOCOL_COMMAND_H

#include "shared/base/uuid.h"
#include "shared/protocol/error.h"

#include <stddef.h>
#include <stdint.h>

enum mode { MODE_STATELESS, MODE_STATEFUL };

enum command_kind { COMMAND_START, COMMAND_CONTINUE, COMMAND_END };

struct command {
    enum command_kind kind;
    struct uuid uuid; /* stateful */
    uint32_t n;       /* stateful START */
    uint64_t last;    /* CONTINUE: the last number received */
};

/* Room for any command that command_format writes, NUL included. */
enum { COMMAND_TEXT_SIZE = 64 };

/* "stateless" or "stateful"; static. */
const char *mode_name(enum mode mode);

/*
 * Reads a command of `length` bytes (no NUL is needed), for a server in `mode` that allows sessions
 * of up to `max_n` numbers. Returns ERROR_NONE and fills *ret_command, or returns an error and
 * fills *ret_failure. ERROR_UNKNOWN_COMMAND: the first word is no command; after every other error
 * it is START or CONTINUE.
 */
enum error command_parse(enum mode mode, uint32_t max_n, const char *text, size_t length,
                         struct command *ret_command, struct failure *ret_failure);

/* Writes the command and a NUL, in the form that the original client uses. */
void command_format(enum mode mode, const struct command *command,
                    char text[static COMMAND_TEXT_SIZE]);

#endif
