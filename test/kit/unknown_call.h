/* A call of a method that no server has: the smallest thing that a server answers. */
#ifndef COMMS_TEST_KIT_UNKNOWN_CALL_H
#define COMMS_TEST_KIT_UNKNOWN_CALL_H

#include <grpc/grpc.h>

/* Returns the status that the call ends with. From any thread. */
grpc_status_code unknown_call(grpc_channel *channel);

#endif
