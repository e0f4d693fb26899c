/* What went wrong in a run of many streams, on standard output. For one thread. */
#ifndef COMMS_CLIENT_REPORT_TROUBLE_TEXT_H
#define COMMS_CLIENT_REPORT_TROUBLE_TEXT_H

#include "client/measure/result.h"
#include "client/report/terminal.h"

/* Prints what broke and why, which streams did not finish, and the violations: what there is. */
void trouble_text_print(const struct terminal *terminal, const struct result *result);

#endif
