/*
 * The servers of a test: at most one scripted and one lying server at a time, stopped by the
 * tear-down. C core must have been set up. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_SERVING_H
#define COMMS_TEST_KIT_SERVING_H

#include "shared/base/clock.h"
#include "test/kit/lying_server.h"
#include "test/kit/scripted_server.h"

#include <stddef.h>
#include <stdint.h>

#define HOUR_NS (3600 * NS_PER_S) /* an interval that no test waits for */

extern struct scripted_server *scripted_server; /* NULL: none */
extern struct lying_server *lying_server;       /* NULL: none */

/* Each starts a server, and returns the target to reach it by; static. */

/* Says what the scripts have it say, as scripted_server_start has it. */
const char *serve_scripts(const struct script *scripts, size_t count, size_t again_from);

/* Serves many streams, and lies now and then. */
const char *serve_lies(enum mode mode, int64_t interval_ns, unsigned every,
                       const struct lie_settings *lie);

/* Serves many streams, and never lies. */
const char *serve_truth(enum mode mode, int64_t interval_ns);

/* Stops what those started. */
void stop_serving(void);

#endif
