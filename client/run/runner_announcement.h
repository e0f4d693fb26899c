/* What a runner makes of the headers that its server sent. For the runner's thread. */
#ifndef COMMS_CLIENT_RUN_RUNNER_ANNOUNCEMENT_H
#define COMMS_CLIENT_RUN_RUNNER_ANNOUNCEMENT_H

#include "client/run/runner.h"

#include <stdint.h>

/* The runner's `announced` of struct subscription_listener. */
bool runner_take_announcement(struct subscription *subscription,
                              const struct announcement *announcement);

/* The interval of the server as it is known now, nanoseconds: sessions are as long as fits. */
int64_t runner_group_interval(const struct runner_group *group);

#endif
