/*
 * grpc.Comms as a service: the conversation of one stream, as proto/PROTOCOL.md defines it. The
 * conversation takes commands in their order, gives each reply when it is due, and ends with an
 * outcome.
 *
 *     waiting for START or CONTINUE ──▶ asking the store ──▶ running ──▶ over
 */
#ifndef COMMS_SERVER_SERVICES_COMMS_CONVERSATION_H
#define COMMS_SERVER_SERVICES_COMMS_CONVERSATION_H

#include "server/services/command_wait.h"
#include "server/services/comms/schedule.h"
#include "server/services/comms/stateful.h"
#include "server/services/comms/stateless.h"
#include "server/services/service.h"
#include "server/sessions/store.h"
#include "shared/base/clock.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/command.h"

#include <stdbool.h>
#include <stdint.h>

/* The settings of all conversations of a server. */
struct conversation_settings {
    enum mode mode;
    uint32_t max_n;             /* the largest n of a START */
    uint32_t max_size;          /* the largest size of a request, PADDING_MAX at most */
    int64_t interval_ns;        /* between numbers, nanoseconds; 0: full speed */
    int64_t command_timeout_ns; /* for the first command of a stream, nanoseconds */
    const struct clock *clock;
    struct store *store;            /* of the sessions; NULL in stateless mode */
    bool fails_with_ok;             /* an error that has a reply ends the stream with OK after it */
    struct service_headers headers; /* that announce the server */
};

/* A dialogue of this service. The fields are for its own files and tests. */
struct conversation {
    struct dialogue dialogue; /* first: what the worker sees */
    const struct conversation_settings *settings;
    struct service_host *host;
    struct session_owner owner;

    struct command_wait command_wait;
    int64_t wish_ns;       /* the interval that the client wishes for, nanoseconds; 0: none */
    bool refusal_unlogged; /* the client has half-closed the stream, or reset it: not known yet */
    struct schedule schedule;
    uint32_t size;         /* bytes of padding of each Data; 0: none */
    uint64_t numbers_sent; /* on this stream, without answers to CONTINUE and checksum */
    union {
        struct stateless stateless;
        struct stateful *stateful; /* owned; NULL before START or CONTINUE, and at the end */
    } stream;
    uint8_t reply[REPLY_HEAD_SIZE]; /* the message that is sent now, encoded, without its padding */
};

static inline bool conversation_is_stateful(const struct conversation *conversation)
{
    return conversation->settings->mode == MODE_STATEFUL;
}

/* The service. The settings, and what they point to, must outlive it. */
struct service conversation_service(const struct conversation_settings *settings);

#endif
