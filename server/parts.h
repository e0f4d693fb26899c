/*
 * The parts of a server, started in order and stopped in the opposite one:
 *
 *     listener ── connections ──▶ C core ◀── polled by ── acceptor, pollers
 *     acceptor ── streams ──▶ worker, one each ── sessions ── reaper
 *     workers, sessions ── what they release ──▶ memory
 *
 * For one thread.
 */
#ifndef COMMS_SERVER_PARTS_H
#define COMMS_SERVER_PARTS_H

#include "server/net/listener.h"
#include "server/rpc/acceptor.h"
#include "server/services/comms/conversation.h"
#include "server/sessions/reaper.h"
#include "server/sessions/sessions.h"
#include "server/sessions/store_memory.h"

#include <stdint.h>

struct parts_settings {
    const struct sockets *sockets; /* to listen on; they must outlive the server's listener */
    enum mode mode;
    uint32_t max_numbers;
    int64_t interval_ns;
    uint64_t max_streams;
    uint64_t max_sessions;
    int64_t session_timeout_ns;
    const struct clock *session_clock; /* what sessions expire by: clock_monotonic, or a test's */
    void (*wake)(void); /* called from any thread, when something has ended during a drain */
};

struct parts {
    struct memory *memory;
    struct sessions *sessions; /* NULL in stateless mode */
    struct store_memory store; /* of these */
    struct reaper reaper;
    struct conversation_settings conversation;
    struct service services[1]; /* what clients can call: another service is added here */
    struct connections *connections;
    struct workers *workers;
    struct acceptor *acceptor;
    struct listener *listener;
};

/*
 * Starts all parts. NULL, or what was missing, as a clause for people; nothing runs then. The
 * server must stay where it is.
 */
const char *parts_start(struct parts *parts, const struct parts_settings *settings);

/* Accepts no more, connections and streams; those that live go on. */
void parts_stop_accepting(struct parts *parts);

/* Waits for the last stream and connection, which must be about to end, and frees all parts. */
void parts_stop(struct parts *parts);

#endif
