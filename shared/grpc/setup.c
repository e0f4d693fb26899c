#include "shared/grpc/setup.h"

#include "shared/base/log.h"
#include "shared/grpc/core_version.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>

static void forward(gpr_log_func_args *line)
{
    log_event(LOG_LEVEL_DEBUG, "grpc", log_text("message", line->message));
}

void grpc_setup(void)
{
    core_version_check(grpc_version_string());
    core_version_ignore_deadlocks();
    gpr_set_log_function(forward);
    grpc_init();
}

void grpc_teardown(void)
{
    grpc_shutdown_blocking();
}
