#include "shared/grpc_setup.h"

#include "shared/log.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>

static void forward(gpr_log_func_args *line)
{
    log_event(LOG_LEVEL_DEBUG, "grpc", "%s", line->message);
}

void grpc_setup(void)
{
    gpr_set_log_function(forward);
    grpc_init();
}

void grpc_teardown(void)
{
    grpc_shutdown_blocking();
}
