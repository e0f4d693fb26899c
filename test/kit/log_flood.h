/* Writes a line of the log again and again. For the test's own thread. */
#ifndef COMMS_TEST_KIT_LOG_FLOOD_H
#define COMMS_TEST_KIT_LOG_FLOOD_H

/*
 * `log` writes one line at LOG_LEVEL_INFO, always the same. The test fails unless a flood of it is
 * limited to some thousand lines, and a later line says how many were skipped; and unless all are
 * written with LOG_LEVEL_DEBUG.
 */
void log_flood_expect_limit(void (*log)(void));

#endif
