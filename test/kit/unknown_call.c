#include "test/kit/unknown_call.h"

#include <check.h>

grpc_status_code unknown_call(grpc_channel *channel)
{
    grpc_completion_queue *queue = grpc_completion_queue_create_for_pluck(NULL);
    grpc_call *call = grpc_channel_create_call(channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                               grpc_slice_from_static_string("/no/Method"), NULL,
                                               gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    grpc_metadata_array headers;
    grpc_metadata_array trailers;
    grpc_metadata_array_init(&headers);
    grpc_metadata_array_init(&trailers);
    grpc_status_code status = GRPC_STATUS_UNKNOWN;
    grpc_slice details = grpc_empty_slice();
    grpc_op operations[] = {{.op = GRPC_OP_SEND_INITIAL_METADATA},
                            {.op = GRPC_OP_RECV_INITIAL_METADATA},
                            {.op = GRPC_OP_RECV_STATUS_ON_CLIENT}};
    operations[1].data.recv_initial_metadata.recv_initial_metadata = &headers;
    operations[2].data.recv_status_on_client.trailing_metadata = &trailers;
    operations[2].data.recv_status_on_client.status = &status;
    operations[2].data.recv_status_on_client.status_details = &details;
    ck_assert_int_eq(grpc_call_start_batch(call, operations, 3, call, NULL), GRPC_CALL_OK);
    (void)grpc_completion_queue_pluck(queue, call, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);

    grpc_slice_unref(details);
    grpc_metadata_array_destroy(&headers);
    grpc_metadata_array_destroy(&trailers);
    grpc_call_unref(call);
    grpc_completion_queue_shutdown(queue);
    grpc_completion_queue_destroy(queue);
    return status;
}
