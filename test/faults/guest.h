/*
 * A guest: a client of one stateful session, made of the client's own call and channel, that checks
 * every message against the sequence. Tests drive many guests in one thread: each calls at the
 * moment that the test chooses, which comms-client does not. A test fails where a message is wrong.
 *
 * C core must have been set up (guests_set_up). For the test's own thread.
 */
#ifndef COMMS_TEST_FAULTS_GUEST_H
#define COMMS_TEST_FAULTS_GUEST_H

#include "client/grpc/call.h"
#include "client/grpc/channel.h"
#include "shared/protocol/sequence.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The time in which all of a hundred that ask at once must have their status. A sanitizer makes
 * everything slow. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STATUS_WITHIN_NS (5 * NS_PER_S)
enum { GUESTS_ARE_SLOW = 1 };
#else
#define STATUS_WITHIN_NS NS_PER_S
enum { GUESTS_ARE_SLOW = 0 };
#endif

struct guest {
    char target[32];
    struct channel_route route;
    struct channel channel; /* its own connection */
    struct call call;

    /* the session */
    struct uuid uuid;
    char uuid_text[UUID_TEXT_SIZE];
    struct sequence sequence; /* what has come so far */
    uint32_t last;            /* the last message */

    /* the call */
    unsigned answers_due; /* of the two answers to CONTINUE */
    bool was_answered;    /* some message of the session came */
    bool is_over;         /* and the three fields below are known */
    enum status status;
    char text[FAILURE_TEXT_SIZE]; /* the error reply; empty: none */
    int64_t over_at;              /* time on clock_monotonic */

    /* a guest that stops reading: the event that it has not handled */
    bool is_reading;
    bool has_held;
    grpc_event held;
};

/* A test's checked fixture. */
void guests_set_up(void);
void guests_tear_down(void);

/* Makes an array of guests of a server on this port, each with a session of n numbers of its own.
 * guests_share gives all of them the session of the first one, and guest_set_session another one to
 * a guest that has no call. */
void guests_init(struct guest *guests, size_t count, uint16_t port, uint32_t n);
void guests_share(struct guest *guests, size_t count);
void guest_set_session(struct guest *guest, const struct uuid *uuid, uint32_t n);

/* Ends all calls, frees what the guests hold. */
void guests_cleanup(struct guest *guests, size_t count);

/* Opens a call by START, or by CONTINUE where `from` stands (it may be the guest itself). An
 * attempt of 0 is absent. The guest must have no call. */
void guest_start(struct guest *guest, uint32_t attempt);
void guest_continue(struct guest *guest, const struct guest *from, uint32_t attempt);

/* Whether the guest's call is open and not over. */
bool guest_is_live(const struct guest *guest);

/* Reads nothing more; reads on. */
void guest_stop_reading(struct guest *guest);
void guest_read_on(struct guest *guest);

/* Time on clock_monotonic. */
int64_t guests_now(void);

/* Takes what comes until this time on clock_monotonic: one event, or none. False: none came. */
bool guests_take(int64_t until);

/* Waits until the guest has this position, or is over; fails the test after 20 s. */
void guest_await_position(struct guest *guest, uint32_t position);

/* Waits until the call is over, and returns its status; fails the test after 20 s. */
enum status guest_await_end(struct guest *guest);

/* Cancels the call and waits for its end. */
void guest_hang_up(struct guest *guest);

#endif
