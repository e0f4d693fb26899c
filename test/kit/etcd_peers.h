/*
 * Servers that share their sessions through a model of etcd: each with its map of sessions and its
 * store, all in one thread, with one clock that the test moves. A peer can be stopped like a
 * process, and goes on later.
 */
#ifndef COMMS_TEST_KIT_ETCD_PEERS_H
#define COMMS_TEST_KIT_ETCD_PEERS_H

#include "server/stores/etcd/etcd_store.h"
#include "test/kit/fake_clock.h"
#include "test/kit/fake_etcd.h"

#include <stdbool.h>
#include <stdint.h>

enum { PEERS_MAX = 4, PEER_N = 9 };

#define PEER_STEP         (50 * NS_PER_MS)
#define PEER_SESSION_TIME (30 * NS_PER_S)

/* A stream's question, and what it holds. */
struct ask {
    struct session_owner owner; /* first: a pointer to one is a pointer to the other */
    struct store_request request;
    int answers; /* how often `done` was called, or the answer came at once */
    int lost;    /* how often it was told that it lost its session */
};

struct peer {
    struct etcd_store store;
    struct sessions *sessions;
    struct fake_link *link;
    bool is_stopped; /* its store's thread does not run */
    bool has_ended;
    bool is_gone; /* its store is cleaned up */
    uint64_t id;  /* the last one that it took */
};

extern struct fake_etcd etcd;
extern struct fake_clock etcd_clock;
extern struct peer peers[PEERS_MAX];

/* A test's checked fixture: three servers that know each other. */
void etcd_peers_set_up(void);
void etcd_peers_tear_down(void);

/* A further one, whose predecessor has ended for certain; 0: it has none. */
struct peer *etcd_peers_add(uint64_t predecessor);

/* Ends a peer at once, as a process whose store's thread has ended. */
void etcd_peers_end(struct peer *peer);

/* Has all peers and etcd do what they have to do now, in this order, until nothing is left. */
void etcd_peers_settle(void);

/* Lets time go by in steps, and settles after each. */
void etcd_peers_pass(int64_t time_ns);

/* Passes time until the question is answered; fails after `time_ns`. */
void etcd_peers_await(struct ask *ask, int64_t time_ns);

struct uuid peer_uuid(uint32_t number);

/* Ask, without waiting for the answer. */
void ask_start(struct ask *ask, struct peer *peer, uint32_t number);
void ask_look_up(struct ask *ask, struct peer *peer, uint32_t number);

/* After ask_look_up: with its session, which is then dropped by ask_drop_session. */
void ask_claim(struct ask *ask, struct peer *peer, uint32_t attempt, uint32_t position);
void ask_drop_session(struct ask *ask);
void ask_release(struct ask *ask, struct peer *peer);

/* Ask and wait. */
enum error start_at(struct ask *ask, struct peer *peer, uint32_t number);

/* LOOK_UP and CLAIM, again if the session is gone meanwhile, as a stream does. */
enum error continue_at(struct ask *ask, struct peer *peer, uint32_t number, uint32_t attempt,
                       uint32_t position);

/* Counts messages up to this one; false: the stream has lost the session. */
bool send_to(const struct ask *ask, uint32_t position);

/* Session FIRST is started at the first peer, and four of its messages are sent. */
enum { FIRST = 1 };
void start_first(struct ask *ask);

/* Whether the session can be found at the peer, which may say that it owns it. */
bool owns(const struct peer *peer, uint32_t number);

/* The record in etcd; false: there is none. */
bool read_record(uint32_t number, struct etcd_session *ret_session);

#endif
