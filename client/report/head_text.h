/* The plan, before a run of many streams, on standard output. For one thread. */
#ifndef COMMS_CLIENT_REPORT_HEAD_TEXT_H
#define COMMS_CLIENT_REPORT_HEAD_TEXT_H

#include "client/plan.h"
#include "client/report/terminal.h"

/* Prints what is to be run, and how the server is reached. */
void head_text_print(const struct terminal *terminal, const struct plan *plan);

#endif
