#include "test/kit/known_session.h"

const struct uuid test_uuid = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5, 0x86, 0x75, 0x24,
                                0x77, 0x13, 0xcc, 0x49, 0x08}};
const uint64_t known_messages[KNOWN_N + 1] = {3856042040, 2229533162, 2921788346,
                                              3326752945, 1636162733, KNOWN_CHECKSUM};
const uint64_t known_checksums[KNOWN_N + 2] = {0,      17336,          58594,         13788,
                                               121357, KNOWN_CHECKSUM, KNOWN_CHECKSUM};
