#include "shared/grpc/setup.h"

#include "shared/base/log.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>

#include <stddef.h>

static void forward(gpr_log_func_args *line)
{
    log_event(LOG_LEVEL_DEBUG, "grpc", log_text("message", line->message));
}

/*
 * absl::SetMutexDeadlockDetectionMode, where the C core is one whose Abseil looks for deadlocks:
 * Debian 12's does, in every lock that C core takes. There is no other way to it from C.
 */
extern void set_deadlock_detection(int mode) __asm__(
    "_ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE") __attribute__((weak));

enum { DEADLOCKS_IGNORED = 0 }; /* absl::OnDeadlockCycle::kIgnore */

void grpc_setup(void)
{
    if (set_deadlock_detection != NULL) {
        set_deadlock_detection(DEADLOCKS_IGNORED);
    }
    gpr_set_log_function(forward);
    grpc_init();
}

void grpc_teardown(void)
{
    grpc_shutdown_blocking();
}
