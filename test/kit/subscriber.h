/*
 * A subscription to a lying server, run to its end with a clock of its own: time goes by only while
 * the subscription is paused, and where the test says that the server will be silent. So a test of
 * backoffs and time-outs takes no time, and nothing depends on how fast the machine is.
 *
 * C core must have been set up.
 */
#ifndef COMMS_TEST_KIT_SUBSCRIBER_H
#define COMMS_TEST_KIT_SUBSCRIBER_H

#include "client/run/subscription.h"
#include "test/kit/fake_clock.h"
#include "test/kit/lying_server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SUBSCRIBER_BREAKS_MAX = 256 };

#define SUBSCRIBER_START_TIME    (1000 * NS_PER_S)
#define SUBSCRIBER_RETRY_TIMEOUT (30 * NS_PER_S)
#define SUBSCRIBER_STALL_TIMEOUT (15 * NS_PER_S)

struct subscriber {
    struct subscription subscription;
    struct subscription_settings settings;
    struct channel channel;
    grpc_completion_queue *queue;
    struct fake_clock clock;
    struct lying_server *server; /* NULL: the target is somewhere else */

    /*
     * What happens meanwhile; may be set before the run. After these many requests and messages the
     * server is silent: then, and as soon as it is so, time goes by to what is due next.
     */
    bool is_silent_after;
    size_t silent_requests;
    size_t silent_messages;
    bool stops; /* it is stopped after so many messages and breaks */
    size_t stop_messages;
    size_t stop_breaks;
    int64_t event_takes_ns;    /* time that goes by with each event */
    int64_t message_takes_ns;  /* and with each message */
    void (*on_message)(void);  /* called at each message */
    void (*on_break)(void);    /* called at each break */
    void (*on_deadline)(void); /* called when time has gone by to what is due */

    /* what was heard */
    size_t messages;
    enum verdict last_verdict;
    uint64_t last_number;
    size_t breaks; /* that were to be resumed */
    struct break_event last_break;
    int64_t delays[SUBSCRIBER_BREAKS_MAX];
    char break_reason[REASON_SIZE]; /* the last one */
};

/* The verifier is set by the caller. */
void subscriber_init(struct subscriber *subscriber, struct lying_server *server,
                     const char *target);

/* Starts it and runs it until it is done; the test fails where it hangs. */
enum subscription_result subscriber_run(struct subscriber *subscriber);

/* How much time has gone by. */
int64_t subscriber_elapsed(struct subscriber *subscriber);

void subscriber_cleanup(struct subscriber *subscriber);

#endif
