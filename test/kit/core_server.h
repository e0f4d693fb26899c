/*
 * A server of gRPC's C core with one queue, for servers that a test writes itself, and the end of a
 * queue. The caller's thread takes the tags.
 */
#ifndef COMMS_TEST_KIT_CORE_SERVER_H
#define COMMS_TEST_KIT_CORE_SERVER_H

#include <grpc/grpc.h>

#include <pthread.h>

struct core_server {
    grpc_server *server;
    grpc_completion_queue *queue; /* of all tags */
};

/* Listens at the address, "127.0.0.1:0" for any port. Returns the port; the test fails if it cannot
 * listen. */
int core_server_start(struct core_server *core, const char *address);

/* Cancels all calls, and joins the thread, which returns once the tag `shut_down` has come. */
void core_server_stop(struct core_server *core, void *shut_down, pthread_t thread);

/* Throws away the tags that are left, and frees the queue, on which nothing is under way. */
void core_queue_destroy(grpc_completion_queue *queue);

#endif
