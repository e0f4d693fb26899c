/*
 * What the tests of the client's channels share: two channels to one server, and two callers that
 * open calls on them. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_CHANNEL_FIXTURE_H
#define COMMS_TEST_KIT_CHANNEL_FIXTURE_H

#include "client/grpc/call.h"
#include "client/grpc/channel.h"

#include <stdbool.h>
#include <stdint.h>

enum { CHANNEL_PATIENCE_MS = 20000, ADDRESS_TEXT_SIZE = 128 };

/* A call, and what came of it. */
struct caller {
    struct call call;
    unsigned replies;
    enum status status; /* once it is over */
    bool is_over;
};

extern grpc_completion_queue *channel_queue;
extern struct channel channels[2]; /* to one target */
extern struct caller callers[2];

/* A test's checked fixture; the server that it starts is test/kit/serving.h's. */
void channel_set_up(void);
void channel_tear_down(void);

/* A server for one call at a time, which knows over which connection each came. */
void channel_serve_one_by_one(void);

/* A server for many calls at a time: each gets a number, and the next one in an hour. */
void channel_serve_all(void);

/* A request of this text. */
struct request request_of(const char *text);

/* Opens a call by START. */
void begin_call(struct caller *caller, struct channel *channel);

/* Takes one event out of the queue, for whichever caller it is. */
void take_channel_event(void);

/* The same, if one comes within this time, in milliseconds. False: none came. */
bool take_channel_event_within(int64_t time_ms);

/* Waits for this many replies of a call, or for its end. */
void await_replies(const struct caller *caller, unsigned count);
enum status await_end(const struct caller *caller);

/* Cancels a call, and waits for its end. */
void hang_up(struct caller *caller);

/* Opens a call that gets a number, and hangs up. */
void call_once(struct channel *channel);

/* The channel's own address; empty if it is not connected. */
void read_address(const struct channel *channel, char text[static ADDRESS_TEXT_SIZE]);

#endif
