/*
 * The parts of a server. They start in one order and stop in the reverse order.
 *
 *     listener ── connections ──▶ preface ──▶ C core ◀── poll ── pollers
 *     acceptor ── streams ──▶ workers ── store ──▶ sessions ◀── reaper
 *     workers, sessions ── bytes used and released ──▶ memory
 *
 * For the main thread.
 */
#ifndef COMMS_SERVER_PARTS_H
#define COMMS_SERVER_PARTS_H

#include "server/admin/admin.h"
#include "server/net/listener.h"
#include "server/net/preface.h"
#include "server/rpc/acceptor.h"
#include "server/services/comms/announce.h"
#include "server/services/comms/conversation.h"
#include "server/services/health/health.h"
#include "server/services/reflection/reflection.h"
#include "server/sessions/reaper.h"
#include "server/sessions/sessions.h"
#include "server/sessions/store.h"
#include "server/stores/stores.h"

#include <stdbool.h>
#include <stdint.h>

struct parts_settings {
    const struct sockets *sockets; /* to listen on; open until parts_stop_accepting has returned */
    struct tls_port *tls;          /* NULL: no connection speaks TLS */
    const struct sockets *admin;   /* of the admin port, until parts_stop_admin; NULL: it is off */
    struct host_check admin_hosts;
    enum mode mode;
    uint32_t max_numbers;       /* of a stateful session */
    uint32_t max_size;          /* of the padding of a message, bytes */
    int64_t interval_ns;        /* between numbers, nanoseconds; 0: full speed */
    int64_t command_timeout_ns; /* for the first command of a stream, nanoseconds */
    int64_t send_timeout_ns;    /* for a client to take a message, nanoseconds */
    bool fails_with_ok;         /* an error that has a reply ends the stream with OK after it */
    uint64_t max_streams;       /* at a time */
    uint64_t max_connection_streams;      /* of a connection at a time */
    struct store_settings store;          /* in stateless mode not used */
    uint64_t max_sessions;                /* at a time */
    uint64_t max_client_sessions;         /* of one client; 0: no limit */
    uint64_t max_connections;             /* at a time */
    uint64_t max_tls_connections;         /* of those at a time; without TLS not used */
    uint64_t max_connections_per_address; /* at a time; 0: no limit */
    int64_t connection_idle_ns;           /* without a stream, nanoseconds; 0: no limit */
    int64_t session_timeout_ns;           /* idle time before eviction, nanoseconds */
    struct connection_times times;        /* of connections; handshake_timeout_ns is at least 1 */
    const struct clock *session_clock;    /* for the time-out: clock_monotonic, or a test's */
    /* Called from any thread when the last worker or the last connection has ended in a drain. */
    void (*wake)(void);
};

struct parts {
    struct memory *memory;
    struct sessions *sessions; /* NULL in stateless mode, which has no store and no reaper either */
    struct store *store;       /* of `sessions` */
    char store_problem[STORE_PROBLEM_SIZE];
    struct reaper reaper;
    struct announce_texts announcement;
    struct conversation_settings conversation;
    struct health health;
    struct reflection_settings reflection;
    struct service services[5]; /* the services that clients can call; a new one is added here */
    struct connections *connections;
    struct refusals refusals;
    struct connection_refusals connection_refusals;
    struct workers *workers;
    struct acceptor *acceptor;
    struct preface *preface;
    struct listener *listener;
    struct admin *admin; /* NULL: it is off */
};

/*
 * Starts all parts. Returns NULL, or a static text for the user that says what was missing; then
 * nothing runs. *parts must not move until parts_stop.
 */
const char *parts_start(struct parts *parts, const struct parts_settings *settings);

/*
 * To stop, these in this order; parts_break_off if clients do not let go. First, health says
 * NOT_SERVING, and everything goes on.
 */
void parts_stop_serving(struct parts *parts);

/* No new connections; the caller then closes the listening sockets. */
void parts_stop_listening(struct parts *parts);

/* No new streams: clients get GOAWAY. Live streams go on; the caller has them end. */
void parts_stop_accepting(struct parts *parts);

/* Cancels all calls and ends all connections at once, also of clients that have stopped reading. */
void parts_break_off(struct parts *parts);

/* Waits until streams and connections have ended; does not end them itself. */
void parts_await_end(struct parts *parts);

/* Ends the admin port, which shows the drain until then. It waits for no client. */
void parts_stop_admin(struct parts *parts);

/* Ends the reaper: from now on no session is evicted. */
void parts_stop_evictions(struct parts *parts);

/* Writes what the store has still to write, and ends it. After parts_await_end, and before C core
 * ends, which a store may use. False: a thread of the store was left behind, and the process must
 * end without parts_stop. */
bool parts_close_store(struct parts *parts);

/* Frees all parts, after both. C core may look at the connections until it has ended: this comes
 * after grpc_teardown. */
void parts_stop(struct parts *parts);

#endif
