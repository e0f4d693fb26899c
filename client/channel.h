/*
 * A connection to the server, on C core's side of the fence. Belongs to one thread.
 */
#ifndef COMMS_CLIENT_CHANNEL_H
#define COMMS_CLIENT_CHANNEL_H

#include <grpc/grpc.h>

#include <stdbool.h>

struct channel {
    char *target;
    grpc_channel *connection;
};

/* `target` is any that C core knows. False where memory is missing. Connects with the first call.
 */
bool channel_init(struct channel *channel, const char *target);
void channel_cleanup(struct channel *channel);

/* A new call of the service's one method; the caller unreferences it. */
grpc_call *channel_call(struct channel *channel, grpc_completion_queue *queue);

/* Whether the last try to connect failed. */
bool channel_cannot_connect(const struct channel *channel);

/*
 * Drops the connection: the next call makes a new one, and at once, while C core would let it wait
 * for a backoff of its own after a try that failed.
 */
void channel_renew(struct channel *channel);

#endif
