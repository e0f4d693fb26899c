/* The words for a violation. For any thread. */
#ifndef COMMS_CLIENT_REPORT_VIOLATION_TEXT_H
#define COMMS_CLIENT_REPORT_VIOLATION_TEXT_H

#include "client/measure/violation.h"

/* "lost", "repeated", "reordered", "corrupt", "wrong checksum", "ended early", …; static. */
const char *violation_kind_name(enum violation_kind kind);

/* Room for any text of violation_describe, NUL included. */
enum { VIOLATION_TEXT_SIZE = 384 };

/*
 * Writes a line for people: `stream 17 (uuid …) position 5: lost 2: expected 81, received 729, on
 * connection 3 (127.0.0.1:54782) at 12.034 s, right after a resume`.
 */
void violation_describe(const struct violation *violation, char text[static VIOLATION_TEXT_SIZE]);

#endif
