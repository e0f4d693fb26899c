#include "test/kit/core_server.h"

#include <check.h>
#include <grpc/grpc_security.h>

int core_server_start(struct core_server *core, const char *address)
{
    core->queue = grpc_completion_queue_create_for_next(NULL);
    core->server = grpc_server_create(NULL, NULL);
    grpc_server_register_completion_queue(core->server, core->queue, NULL);
    grpc_server_credentials *credentials = grpc_insecure_server_credentials_create();
    int port = grpc_server_add_http2_port(core->server, address, credentials);
    grpc_server_credentials_release(credentials);
    ck_assert_int_gt(port, 0);
    grpc_server_start(core->server);
    return port;
}

void core_server_stop(struct core_server *core, void *shut_down, pthread_t thread)
{
    grpc_server_shutdown_and_notify(core->server, core->queue, shut_down);
    grpc_server_cancel_all_calls(core->server);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    grpc_server_destroy(core->server);
    core_queue_destroy(core->queue);
}

void core_queue_destroy(grpc_completion_queue *queue)
{
    const gpr_timespec never = gpr_inf_future(GPR_CLOCK_MONOTONIC);
    grpc_completion_queue_shutdown(queue);
    while (grpc_completion_queue_next(queue, never, NULL).type != GRPC_QUEUE_SHUTDOWN) {
    }
    grpc_completion_queue_destroy(queue);
}
