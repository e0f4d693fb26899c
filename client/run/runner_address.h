/* Where the stream of a runner went. For the thread of the runner. */
#ifndef COMMS_CLIENT_RUN_RUNNER_ADDRESS_H
#define COMMS_CLIENT_RUN_RUNNER_ADDRESS_H

#include "client/run/runner.h"

/* Notes the address of the server from which the stream begins to receive, in the group's tally. */
void runner_note_address(struct runner *runner);

#endif
