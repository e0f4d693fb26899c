/*
 * What servers that share their sessions do in etcd: the inside of the store, for its files.
 *
 * Every session has one owner: the server in whose map it is, and whose streams send of it. Only
 * transactions that compare decide about it. Every one compares that the server was not declared
 * dead, and that the record is as this server knows it: `generation` of a session in the map is
 * the revision of its record, which grows with every change of the owner.
 *
 * Everything belongs to the store's thread, except what says otherwise.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_CORE_H
#define COMMS_SERVER_STORES_ETCD_ETCD_CORE_H

#include "server/sessions/sessions.h"
#include "server/sessions/sessions_shared.h"
#include "server/sessions/store.h"
#include "server/stores/etcd/etcd_batch.h"
#include "server/stores/etcd/etcd_heartbeat.h"
#include "server/stores/etcd/etcd_keys.h"
#include "server/stores/etcd/etcd_lease.h"
#include "server/stores/etcd/etcd_link.h"
#include "server/stores/etcd/etcd_servers.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETCD_ANSWER_TIME (2 * NS_PER_S)                           /* START and LOOK_UP */
#define ETCD_CLAIM_TIME  (ETCD_SERVER_TIMEOUT + 5 * NS_PER_S / 2) /* its owner may have to die */

#define ETCD_RESERVED_PAUSE (50 * NS_PER_MS) /* to look again for a session that is on its way */

/* Something to do later. */
struct etcd_timer {
    struct etcd_timer *next;
    struct etcd_timer *previous;
    int64_t at; /* time on the clock */
    void (*fire)(struct etcd_timer *timer);
    bool is_set;
};

struct etcd_claim;
struct etcd_gift;
struct etcd_forget;
struct etcd_burial;

struct etcd_core_settings {
    struct sessions *sessions;
    const char *prefix;
    struct etcd_link *link;
    const struct clock *clock; /* CLOCK_BOOTTIME */
    int64_t session_timeout_ns;
    const uint64_t *predecessors; /* servers that have ended for certain */
    size_t predecessor_count;

    /* Called before etcd hears of a new id, and when etcd has it: then only this id matters. In
     * the store's thread. NULL: nobody is told. */
    void (*took_id)(void *context, uint64_t id, bool is_alone);
    void *context;
};

/* Counts, and what the store's status tells; written by the store's thread, read by any. */
struct etcd_counts {
    atomic_bool is_away; /* etcd does not answer, or this server does not exist there */
    atomic_bool is_full;
    atomic_uint_fast64_t queue;
    atomic_uint_fast64_t writes;
    atomic_uint_fast64_t refusals; /* of STORE_CREATE */
    struct store_latency latency;
};

struct etcd_core {
    struct etcd_core_settings settings;
    struct etcd_batch batch;
    struct etcd_batch_events batch_events;
    struct etcd_heartbeat heartbeat;
    struct etcd_heartbeat_events heartbeat_events;
    struct etcd_watcher watcher;
    struct etcd_servers servers;
    struct etcd_lease lease;
    struct session_owner owner; /* of sessions that are being given away */
    struct etcd_timer *timers;
    int64_t timers_at;           /* none fires before this time */
    struct etcd_claim *claims;   /* under way */
    struct etcd_gift *gifts;     /* wishes of other servers that are being answered */
    struct etcd_forget *forgets; /* records that are being deleted */
    struct etcd_burial *burials; /* servers that are being declared dead */
    uint64_t nonce;              /* of the last transaction that needed one */
    int64_t unanswered_since;    /* the first call of those without an answer; CLOCK_NEVER: none */
    bool is_draining;
    bool is_closing;
    size_t gifts_out; /* sessions that are on their way to nobody */

    int64_t refresh_at;     /* when records are written again */
    int64_t refresh_below;  /* those that are not newer than this revision */
    int64_t refresh_next;   /* the same, for the next time */
    uint64_t refresh_place; /* in the map */
    bool is_refreshing;
    size_t refreshes; /* under way */

    struct etcd_counts counts;
};

/* `counts` and `heartbeat.owned_until` may be read by any thread. */
void etcd_core_init(struct etcd_core *core, const struct etcd_core_settings *settings);

/* Does what is due. Returns the time at which it is to be called again. */
int64_t etcd_core_run(struct etcd_core *core);

/* ---- What a stream asks ---------------------------------------------------------------------- */

/* Each answers by request->done. STORE_CREATE: sessions_start has given the hold. */
void etcd_core_create(struct etcd_core *core, struct store_request *request);
void etcd_core_look_up(struct etcd_core *core, struct store_request *request);
void etcd_core_claim(struct etcd_core *core, struct store_request *request);

/* ---- Giving away ----------------------------------------------------------------------------- */

/* A session of ours was evicted: its record, with this generation, is deleted. */
void etcd_core_forget(struct etcd_core *core, const struct uuid *uuid, uint64_t generation);

/* Whether this server is claiming it. */
bool etcd_core_claims(const struct etcd_core *core, const struct uuid *uuid);

/* Whether its record is being deleted. */
bool etcd_core_forgets(const struct etcd_core *core, const struct uuid *uuid);

/* From now on all idle sessions are given to nobody: any server can take them. */
void etcd_core_drain(struct etcd_core *core);

/* Another server wishes for a session. */
void etcd_core_hear_wish(struct etcd_core *core, const struct etcd_wish *wish);

/* Gives the next idle sessions away; writes records again. For etcd_core_run. */
void etcd_core_give_idle(struct etcd_core *core);
void etcd_core_refresh(struct etcd_core *core);

/* ---- For the files of the core --------------------------------------------------------------- */

/* Watches what etcd has for this server, in the place of an earlier watch. */
void etcd_core_watch(struct etcd_core *core);

/* What a heartbeat has read: all that there is. */
void etcd_core_hear_all(struct etcd_core *core, const Etcd__RangeResponse *servers,
                        const Etcd__RangeResponse *wishes, const Etcd__RangeResponse *answers);

/* This server was given a session, or refused one. */
void etcd_core_hear_answer(struct etcd_core *core, const struct etcd_answer *answer,
                           int64_t revision);

/* Declares a server dead, if its heartbeat still has this revision; 0: if it has none. */
void etcd_core_bury(struct etcd_core *core, uint64_t id, int64_t revision);

/* Something has become known of a server: claims that wait for it go on. */
void etcd_core_hear_of_server(struct etcd_core *core, uint64_t id);

/* End the claims that wait, and forget the wishes of others: this server was declared dead. */
void etcd_core_end_claims(struct etcd_core *core);
void etcd_core_end_gifts(struct etcd_core *core);

int64_t etcd_core_now(const struct etcd_core *core);
uint64_t etcd_core_nonce(struct etcd_core *core);
uint64_t etcd_core_id(const struct etcd_core *core);
void etcd_core_answer(struct store_request *request, enum error outcome);

void etcd_timer_set(struct etcd_core *core, struct etcd_timer *timer, int64_t at,
                    void (*fire)(struct etcd_timer *timer));
void etcd_timer_cancel(struct etcd_core *core, struct etcd_timer *timer);

/* Fires the timers that are due. Returns the time at which it is to be called again. */
int64_t etcd_timers_run(struct etcd_core *core);

/* Reads a record that was found; false: there is none, or it is malformed, which the log says. */
bool etcd_core_read_session(const Etcd__KeyValue *found, const struct uuid *uuid,
                            struct etcd_session *ret_session);

#endif
