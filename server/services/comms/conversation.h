/*
 * grpc.Comms as a service: one stream's conversation, as the protocol has it (proto/PROTOCOL.md).
 * Commands go in, in order; replies come out, each when it is due; at the end there is an outcome.
 *
 *     awaiting a START or CONTINUE ──▶ asking the store ──▶ running ──▶ over
 */
#ifndef COMMS_SERVER_SERVICES_COMMS_CONVERSATION_H
#define COMMS_SERVER_SERVICES_COMMS_CONVERSATION_H

#include "server/services/comms/schedule.h"
#include "server/services/comms/stateful.h"
#include "server/services/comms/stateless.h"
#include "server/services/service.h"
#include "server/sessions/store.h"
#include "shared/base/clock.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/command.h"

#include <stdint.h>

/* What is the same for all conversations of a server. */
struct conversation_settings {
    enum mode mode;
    uint32_t max_n;
    int64_t interval_ns; /* between numbers; 0: full speed */
    const struct clock *clock;
    struct store *store; /* of sessions; NULL in stateless mode */
};

/* A dialogue of the service. The fields are for conversation.c and tests. */
struct conversation {
    struct dialogue dialogue; /* first: what the worker sees */
    const struct conversation_settings *settings;
    struct service_host *host;
    struct session_owner owner;

    struct schedule schedule;
    uint64_t numbers_sent; /* on this stream, answers and checksum not counted */
    union {
        struct stateless stateless;
        struct stateful *stateful; /* NULL: none */
    } stream;
    uint8_t reply[REPLY_NUMBER_SIZE]; /* the one that is sent now */
};

/* The service; the settings, and what they point to, must outlive it. */
struct service conversation_service(const struct conversation_settings *settings);

#endif
