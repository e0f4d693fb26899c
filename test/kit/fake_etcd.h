/*
 * A model of etcd in memory, for tests of what is said to etcd: keys with their revisions, nested
 * transactions, watches. Each store has a link of its own. Nothing happens before fake_etcd_run,
 * which carries calls out in order and answers them; it can lose calls or answers, carry a call out
 * late, refuse what is too much, and lose events.
 *
 * For one thread.
 */
#ifndef COMMS_TEST_KIT_FAKE_ETCD_H
#define COMMS_TEST_KIT_FAKE_ETCD_H

#include "server/stores/etcd/etcd_link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAKE_LINKS_MAX = 8, FAKE_WATCHES_MAX = 3 };

enum fake_fault {
    FAKE_NO_FAULT,
    FAKE_LOSE_CALL,   /* is not carried out; ends without an answer */
    FAKE_LOSE_ANSWER, /* is carried out; ends without an answer */
    FAKE_DELAY,       /* ends without an answer, and is carried out by fake_etcd_catch_up */
    FAKE_LOSE_LEASE,  /* is refused, because its lease does not exist */
    FAKE_REFUSE       /* is refused for ever */
};

struct fake_etcd;
struct fake_call;

struct fake_link {
    struct etcd_link link; /* first: a pointer to one is a pointer to the other */
    struct fake_etcd *etcd;
    struct fake_call *first; /* not carried out yet */
    struct fake_call *last;
    struct etcd_watcher *watcher;
    struct etcd_bytes watches[FAKE_WATCHES_MAX];
    size_t watch_count;
    bool is_new_watch;
    bool is_away;      /* calls end without an answer, and are not carried out */
    bool loses_events; /* the watch tells nothing */

    /* What happens to the next calls whose request has `fault_in` in its bytes. */
    enum fake_fault fault;
    const char *fault_in; /* NULL: in any */
    unsigned fault_count;
    unsigned faults_done;

    /* NULL: none; else asked for each call. */
    enum fake_fault (*choose)(struct fake_link *link);
    void *context;
};

struct fake_etcd {
    struct fake_key *keys; /* sorted by nothing */
    size_t count;
    size_t size;
    int64_t revision;
    int64_t lease;
    bool is_full;          /* refuses transactions that put outside of nested ones, and leases */
    bool withholds_leases; /* who asks for one gets no answer */
    struct fake_link links[FAKE_LINKS_MAX];
    size_t link_count;
    struct fake_call *late; /* to be carried out by fake_etcd_catch_up */
    uint64_t transactions;  /* that were carried out, without the nested ones */
    uint64_t revoked;       /* keys that went with fake_etcd_revoke */
};

void fake_etcd_init(struct fake_etcd *etcd);
void fake_etcd_cleanup(struct fake_etcd *etcd);

struct fake_link *fake_etcd_link(struct fake_etcd *etcd);

/* The next `count` calls that have this text in them have this fault. */
void fake_link_fail(struct fake_link *link, enum fake_fault fault, const char *in, unsigned count);

/* Carries out and answers all calls of all links, and tells the watchers. False: there was nothing.
 */
bool fake_etcd_run(struct fake_etcd *etcd);

/* Carries out the calls that were delayed. */
void fake_etcd_catch_up(struct fake_etcd *etcd);

/* All keys are gone, and no watcher hears of it. */
void fake_etcd_empty(struct fake_etcd *etcd);

/* The keys that begin with this text are gone, as with their leases. */
void fake_etcd_revoke(struct fake_etcd *etcd, const char *beginning);

/* The value of a key; NULL: there is none. */
const uint8_t *fake_etcd_value(const struct fake_etcd *etcd, const char *key, size_t *ret_length);

/* How many keys begin with this text; how many of them have no lease. */
size_t fake_etcd_keys(const struct fake_etcd *etcd, const char *beginning);
size_t fake_etcd_keys_for_ever(const struct fake_etcd *etcd, const char *beginning);

#endif
