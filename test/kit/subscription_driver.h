/*
 * Runs one subscription against a scripted server, to its end and with a fake clock: time passes
 * only while the subscription is paused, and where the test says that the server will be silent. So
 * a test of backoffs and time-outs takes no time, and no test depends on the speed of the machine.
 *
 * C core must have been set up.
 */
#ifndef COMMS_TEST_KIT_SUBSCRIPTION_DRIVER_H
#define COMMS_TEST_KIT_SUBSCRIPTION_DRIVER_H

#include "client/run/subscription.h"
#include "test/kit/fake_clock.h"
#include "test/kit/scripted_server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DRIVER_BREAKS_MAX = 256 };

#define DRIVER_START_TIME      (1000 * NS_PER_S)
#define DRIVER_RETRY_TIMEOUT   (30 * NS_PER_S)
#define DRIVER_STALL_TIMEOUT   (15 * NS_PER_S)
#define DRIVER_CONNECT_TIMEOUT (20 * NS_PER_S) /* of real time, which C core goes by */

struct subscription_driver {
    struct subscription subscription;
    struct subscription_settings settings;
    struct channel_route route;
    struct channel channel;
    grpc_completion_queue *queue;
    struct fake_clock clock;
    struct scripted_server *server; /* NULL: the target is somewhere else */

    /*
     * What happens meanwhile; may be set before the run. After these many requests and messages the
     * server is silent: then, and as soon as it is so, time goes by to what is due next.
     */
    bool is_silent_after;
    size_t silent_requests;
    size_t silent_messages;
    bool connects_late; /* it is silent as long as there is no connection */
    bool stops;         /* it is stopped after this many messages and breaks */
    size_t stop_messages;
    size_t stop_breaks;
    int64_t event_takes_ns;        /* time that goes by with each event */
    int64_t message_takes_ns;      /* and with each message */
    void (*on_message)(void);      /* called at each message */
    void (*on_break)(void);        /* called at each break */
    bool (*on_announcement)(void); /* called when headers were read; NULL: true */
    void (*on_deadline)(void);     /* called when time has gone by to what is due */

    /* what was heard */
    size_t messages;
    enum verdict last_verdict;
    uint64_t last_number;
    size_t announcements;
    struct announcement announcement; /* the last one */
    size_t breaks;                    /* that were to be resumed */
    struct session_break last_break;
    int64_t delays[DRIVER_BREAKS_MAX];
    char break_reason[REASON_SIZE]; /* the last one */
};

/* The verifier is set by the caller. */
void subscription_driver_init(struct subscription_driver *driver, struct scripted_server *server,
                              const char *target);

/* Starts it and runs it until it is done; the test fails where it hangs. */
enum session_result subscription_driver_run(struct subscription_driver *driver);

/* How much time has gone by. */
int64_t subscription_driver_elapsed(struct subscription_driver *driver);

void subscription_driver_cleanup(struct subscription_driver *driver);

#endif
