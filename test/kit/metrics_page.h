/* The admin port of a comms-server, and what its page /metrics says. For the test's own thread. */
#ifndef COMMS_TEST_KIT_METRICS_PAGE_H
#define COMMS_TEST_KIT_METRICS_PAGE_H

#include "test/kit/programs.h"

#include <stdbool.h>
#include <stdint.h>

/* The port of a server with --admin 127.0.0.1:0: waits for the line of the log that has it. */
uint16_t metrics_page_port(struct program *server);

/* Whether somebody listens on this port of 127.0.0.1. */
bool metrics_page_is_open(uint16_t port);

/* The value of a sample now, by its name and labels as they stand on the page. The test fails if
 * there is none. */
double metrics_page_read(uint16_t port, const char *sample);

/* Waits until it has this value; the test fails after 20 s. */
void metrics_page_await(uint16_t port, const char *sample, double value);

#endif
