/* Short words for the scripts of a scripted server. */
#ifndef COMMS_TEST_KIT_SCRIPT_WORDS_H
#define COMMS_TEST_KIT_SCRIPT_WORDS_H

#include "test/kit/scripted_server.h"

/* clang-format off */
#define NUMBER(value)     {.kind = SCRIPT_NUMBER, .number = (value)}
#define ERROR(words)      {.kind = SCRIPT_ERROR, .text = (words)}
#define BYTES(bytes)      {.kind = SCRIPT_BYTES, .text = (bytes)}
#define HEADER(field)     {.kind = SCRIPT_HEADER, .text = (field)}
#define AWAIT             {.kind = SCRIPT_AWAIT}
#define SILENCE           {.kind = SCRIPT_SILENCE}
#define STATUS(code, why) {.kind = SCRIPT_STATUS, .status = STATUS_##code, .text = (why)}
#define OK                STATUS(OK, "")
#define BREAK             STATUS(UNAVAILABLE, "cut")
#define NO_SESSION        STATUS(NOT_FOUND, "uuid has no session: never started, or evicted")
/* clang-format on */

#endif
