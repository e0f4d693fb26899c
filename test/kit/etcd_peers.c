#include "test/kit/etcd_peers.h"

#include "shared/base/log.h"

#include <check.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct fake_etcd etcd;
struct fake_clock etcd_clock;
struct peer peers[PEERS_MAX];

static size_t peer_count;

/* References of the streams that have not left their session: a test may forget its streams. */
static struct session **held;
static size_t held_count;

static void hold(struct session *session)
{
    held = realloc(held, (held_count + 1) * sizeof *held);
    ck_assert_ptr_nonnull(held);
    held[held_count++] = session;
}

static void let_go(const struct session *session)
{
    size_t i = 0;
    while (i < held_count && held[i] != session) {
        i++;
    }
    ck_assert_uint_lt(i, held_count);
    held[i] = held[--held_count];
}

static void drop_all(void)
{
    while (held_count > 0) {
        session_unref(held[--held_count]);
    }
    free(held);
    held = NULL;
}

static void do_nothing(void *context)
{
    (void)context;
}

static void note_id(void *context, uint64_t id, bool is_alone)
{
    struct peer *peer = context;
    (void)is_alone;
    peer->id = id;
}

struct peer *etcd_peers_add(uint64_t predecessor)
{
    ck_assert_uint_lt(peer_count, PEERS_MAX);
    struct peer *peer = &peers[peer_count++];
    const struct sessions_settings settings = {.max_sessions = 1000,
                                               .timeout_ns = PEER_SESSION_TIME,
                                               .clock = &etcd_clock.clock,
                                               .starts_pending = true};
    memset(peer, 0, sizeof *peer);
    peer->sessions = sessions_create(&settings);
    ck_assert_ptr_nonnull(peer->sessions);
    peer->link = fake_etcd_link(&etcd);
    const struct etcd_core_settings core = {.sessions = peer->sessions,
                                            .prefix = "t",
                                            .link = &peer->link->link,
                                            .clock = &etcd_clock.clock,
                                            .session_timeout_ns = PEER_SESSION_TIME,
                                            .predecessors = &predecessor,
                                            .predecessor_count = predecessor == 0 ? 0 : 1,
                                            .took_id = note_id,
                                            .context = peer};
    ck_assert_int_eq(etcd_store_init(&peer->store, &core, do_nothing, NULL), 0);
    return peer;
}

void etcd_peers_end(struct peer *peer)
{
    if (!peer->is_gone) {
        peer->is_gone = true;
        peer->has_ended = true;
        etcd_store_cleanup(&peer->store);
    }
}

/* The clock begins with that of the machine, by which a stream asks whether its store owns. */
void etcd_peers_set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    fake_clock_init(&etcd_clock, clock_boottime.now(&clock_boottime));
    fake_etcd_init(&etcd);
    peer_count = 0;
    for (int i = 0; i < 3; i++) {
        (void)etcd_peers_add(0);
    }
    etcd_peers_settle();
}

void etcd_peers_tear_down(void)
{
    for (size_t i = 0; i < peer_count; i++) {
        struct peer *peer = &peers[i];
        peer->link->is_away = true;
        peer->link->choose = NULL;
    }
    (void)fake_etcd_run(&etcd);
    drop_all();
    for (size_t i = 0; i < peer_count; i++) {
        etcd_peers_end(&peers[i]);
        sessions_stop_reaping(peers[i].sessions);
        sessions_destroy(peers[i].sessions);
    }
    fake_etcd_cleanup(&etcd);
    fake_clock_cleanup(&etcd_clock);
    log_set_level(LOG_LEVEL_INFO);
}

static bool run_peers(void)
{
    bool is_due = false;
    for (size_t i = 0; i < peer_count; i++) {
        struct peer *peer = &peers[i];
        if (!peer->is_stopped && !peer->has_ended) {
            const int64_t next = etcd_store_run(&peer->store);
            peer->has_ended = next < 0;
            is_due = is_due || (next >= 0 && next <= fake_clock_now(&etcd_clock));
        }
    }
    return is_due;
}

void etcd_peers_settle(void)
{
    int rounds = 0;
    bool goes_on = true;
    while (goes_on) {
        goes_on = run_peers();
        goes_on = fake_etcd_run(&etcd) || goes_on;
        ck_assert_msg(rounds++ < 10000, "the peers never settle");
    }
}

void etcd_peers_pass(int64_t time_ns)
{
    for (int64_t passed = 0; passed < time_ns; passed += PEER_STEP) {
        fake_clock_advance(&etcd_clock, PEER_STEP);
        etcd_peers_settle();
    }
}

void etcd_peers_await(struct ask *ask, int64_t time_ns)
{
    etcd_peers_settle();
    for (int64_t passed = 0; passed < time_ns && ask->answers == 0; passed += PEER_STEP) {
        etcd_peers_pass(PEER_STEP);
    }
    ck_assert_int_eq(ask->answers, 1);
}

struct uuid peer_uuid(uint32_t number)
{
    struct uuid uuid = {{0x77}};
    memcpy(uuid.bytes + 12, &number, sizeof number);
    return uuid;
}

/* ---- Questions ------------------------------------------------------------------------------- */

static void answered(struct store_request *request)
{
    struct ask *ask = (struct ask *)(void *)((char *)request - offsetof(struct ask, request));
    const bool gives_hold = request->operation == STORE_CREATE || request->operation == STORE_CLAIM;
    ask->answers++;
    if (gives_hold && request->outcome == ERROR_NONE) {
        hold(request->hold.session);
    }
}

static void lose(struct session_owner *owner)
{
    ((struct ask *)(void *)owner)->lost++;
}

static void submit(struct ask *ask, struct peer *peer, enum store_operation operation)
{
    struct store *store = &peer->store.store;
    ask->answers = 0;
    ask->request.operation = operation;
    ask->request.owner = &ask->owner;
    ask->request.done = answered;
    if (operation == STORE_RELEASE) {
        let_go(ask->request.hold.session);
    }
    if (store->submit(store, &ask->request)) {
        answered(&ask->request);
    }
}

void ask_start(struct ask *ask, struct peer *peer, uint32_t number)
{
    *ask = (struct ask){.owner = {.lose = lose}};
    ask->request.uuid = peer_uuid(number);
    ask->request.n = PEER_N;
    ask->request.attempt = 1;
    submit(ask, peer, STORE_CREATE);
}

void ask_look_up(struct ask *ask, struct peer *peer, uint32_t number)
{
    ask->owner.lose = lose;
    ask->request.uuid = peer_uuid(number);
    submit(ask, peer, STORE_LOOK_UP);
}

void ask_claim(struct ask *ask, struct peer *peer, uint32_t attempt, uint32_t position)
{
    ask->request.attempt = attempt;
    ask->request.position = position;
    submit(ask, peer, STORE_CLAIM);
}

void ask_drop_session(struct ask *ask)
{
    if (ask->request.session != NULL) {
        session_unref(ask->request.session);
        ask->request.session = NULL;
    }
}

void ask_release(struct ask *ask, struct peer *peer)
{
    submit(ask, peer, STORE_RELEASE);
    ck_assert_int_eq(ask->answers, 1);
}

enum error start_at(struct ask *ask, struct peer *peer, uint32_t number)
{
    ask_start(ask, peer, number);
    etcd_peers_await(ask, 3 * NS_PER_S);
    return ask->request.outcome;
}

enum error continue_at(struct ask *ask, struct peer *peer, uint32_t number, uint32_t attempt,
                       uint32_t position)
{
    enum { TRIES = 20 };
    *ask = (struct ask){.answers = 0};
    for (int i = 0; i < TRIES; i++) {
        ask_look_up(ask, peer, number);
        etcd_peers_await(ask, 3 * NS_PER_S);
        if (ask->request.outcome != ERROR_NONE) {
            return ask->request.outcome;
        }
        ask_claim(ask, peer, attempt, position);
        etcd_peers_await(ask, 10 * NS_PER_S);
        ask_drop_session(ask);
        if (ask->request.outcome != ERROR_NO_SESSION) {
            break;
        }
    }
    return ask->request.outcome;
}

bool send_to(const struct ask *ask, uint32_t position)
{
    return session_count(&ask->request.hold, position);
}

void start_first(struct ask *ask)
{
    ck_assert_int_eq(start_at(ask, &peers[0], FIRST), ERROR_NONE);
    ck_assert(send_to(ask, 4));
}

bool owns(const struct peer *peer, uint32_t number)
{
    const struct uuid uuid = peer_uuid(number);
    struct session *session = NULL;
    if (sessions_look(peer->sessions, &uuid, &session) != SESSION_PRESENT) {
        return false;
    }
    session_unref(session);
    return fake_clock_now(&etcd_clock) < atomic_load(peer->store.store.owned_until);
}

bool read_record(uint32_t number, struct etcd_session *ret_session)
{
    const struct uuid uuid = peer_uuid(number);
    const struct etcd_key key = etcd_key_session("t", &uuid);
    size_t length = 0;
    const uint8_t *value = fake_etcd_value(&etcd, key.text, &length);
    if (value == NULL) {
        return false;
    }
    ck_assert(etcd_session_read(value, length, ret_session));
    return true;
}
