/* Sessions of which all messages are known, from shared/protocol/sequence.h alone. */
#ifndef COMMS_TEST_FUZZ_CONVERSATION_KNOWN_SESSIONS_H
#define COMMS_TEST_FUZZ_CONVERSATION_KNOWN_SESSIONS_H

#include "shared/base/uuid.h"

#include <stdint.h>

/* Once, before the others. */
void known_sessions_compute(void);

const struct uuid *known_uuid(int session);

/* Which session has this uuid; NOBODY: none. */
int known_session(const struct uuid *uuid);

/* The message at a position, from 1 to n + 1 (the checksum), of a session of n numbers. */
uint32_t known_message(int session, uint32_t n, uint32_t position);

/* The checksum of the first `count` numbers. */
uint32_t known_checksum(int session, uint32_t count);

#endif
