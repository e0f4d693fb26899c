/* The session of the original client's tests, which everybody knows by heart: its messages. */
#ifndef COMMS_TEST_KIT_KNOWN_SESSION_H
#define COMMS_TEST_KIT_KNOWN_SESSION_H

#include "shared/base/uuid.h"

#include <stdint.h>

enum { KNOWN_N = 5, KNOWN_CHECKSUM = 121722 };

extern const struct uuid test_uuid;

/* The numbers, and then their checksum. */
extern const uint64_t known_messages[KNOWN_N + 1];

/* The checksum after this many messages, from 0 on. */
extern const uint64_t known_checksums[KNOWN_N + 2];

#endif
