/* Where the streams of a run went, on standard output. For one thread. */
#ifndef COMMS_CLIENT_REPORT_ADDRESS_TEXT_H
#define COMMS_CLIENT_REPORT_ADDRESS_TEXT_H

#include "client/measure/result.h"
#include "client/report/terminal.h"

/* Prints a line for each address of a name, or if there are several, also for those without a
 * connection. */
void address_text_print(const struct terminal *terminal, const struct result *result);

#endif
