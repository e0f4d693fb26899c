/*
 * Random faults: calls and answers are lost or come late, servers stop and go on, leases are
 * revoked, while streams start, continue and leave sessions at all servers. A witness looks after
 * each step: no session may be sent of at two servers, and no position that was sent is forgotten
 * by the next owner but after a crash. COMMS_SEED repeats a run.
 */
#include "test/kit/etcd_peers.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>

enum { SESSIONS = 6, STREAMS = 24, STEPS = 1500, SERVERS = 3, CALM_STEPS = 200 };

/* What a stream does. */
enum phase { RESTING, STARTING, LOOKING, CLAIMING, HOLDING };

static struct stream {
    struct ask ask;
    enum phase phase;
    struct peer *peer;
    uint32_t number;
} streams[STREAMS];

static uint32_t random_state;

static uint32_t pick(uint32_t below)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % below;
}

static enum fake_fault choose(struct fake_link *link)
{
    (void)link;
    switch (pick(40)) {
    case 0:
        return FAKE_LOSE_CALL;
    case 1:
    case 2:
        return FAKE_LOSE_ANSWER;
    case 3:
        return FAKE_DELAY;
    case 4:
        return FAKE_LOSE_LEASE;
    default:
        return FAKE_NO_FAULT;
    }
}

/* ---- The witness ----------------------------------------------------------------------------- */

static void look_at_owners(uint32_t seed, int step)
{
    for (uint32_t number = 0; number < SESSIONS; number++) {
        int owners = 0;
        for (int i = 0; i < SERVERS; i++) {
            owners += owns(&peers[i], number) ? 1 : 0;
        }
        ck_assert_msg(owners <= 1, "seed %u, step %d: session %u has %d owners", seed, step, number,
                      owners);
    }
}

/* No key may stay for ever but those of the servers. */
static void look_at_leases(uint32_t seed, int step)
{
    static const char *const kinds[] = {"t/s/", "t/d/", "t/w/", "t/h/"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t count = fake_etcd_keys_for_ever(&etcd, kinds[i]);
        ck_assert_msg(count == 0, "seed %u, step %d: %zu keys of %s have no lease", seed, step,
                      count, kinds[i]);
    }
}

/* A stream may send only while its server owns the session, so at most one of all may. */
static void look_at_streams(uint32_t seed, int step)
{
    int senders[SESSIONS] = {0};
    for (int i = 0; i < STREAMS; i++) {
        struct stream *stream = &streams[i];
        if (stream->phase != HOLDING ||
            fake_clock_now(&etcd_clock) >= atomic_load(stream->peer->store.store.owned_until)) {
            continue;
        }
        const uint32_t sent = session_sent(stream->ask.request.hold.session);
        if (send_to(&stream->ask, sent < PEER_N ? sent + 1 : sent)) {
            senders[stream->number]++;
        }
    }
    for (uint32_t number = 0; number < SESSIONS; number++) {
        ck_assert_msg(senders[number] <= 1, "seed %u, step %d: %d streams send of session %u", seed,
                      step, senders[number], number);
    }
}

/* ---- Streams --------------------------------------------------------------------------------- */

static void begin(struct stream *stream)
{
    stream->peer = &peers[pick(SERVERS)];
    stream->number = pick(SESSIONS);
    if (pick(3) == 0) {
        stream->phase = STARTING;
        ask_start(&stream->ask, stream->peer, stream->number);
    } else {
        stream->phase = LOOKING;
        stream->ask = (struct ask){.answers = 0};
        ask_look_up(&stream->ask, stream->peer, stream->number);
    }
}

static void leave(struct stream *stream)
{
    ask_release(&stream->ask, stream->peer);
    stream->phase = RESTING;
}

/* The position of a client: after a crash it may be one that nobody has written. */
static uint32_t position_of(const struct stream *stream)
{
    const struct session *session = stream->ask.request.session;
    return session_is_exact(session) ? session_sent(session) : pick(PEER_N + 1);
}

static void go_on(struct stream *stream)
{
    const enum error outcome = stream->ask.request.outcome;
    switch (stream->phase) {
    case RESTING:
        if (pick(4) == 0) {
            begin(stream);
        }
        break;
    case STARTING:
    case CLAIMING:
        if (stream->ask.answers > 0) {
            if (stream->phase == CLAIMING) {
                ask_drop_session(&stream->ask);
            }
            stream->phase = outcome == ERROR_NONE ? HOLDING : RESTING;
        }
        break;
    case LOOKING:
        if (stream->ask.answers > 0 && outcome == ERROR_NONE) {
            stream->phase = CLAIMING;
            ask_claim(&stream->ask, stream->peer, 0, position_of(stream));
        } else if (stream->ask.answers > 0) {
            stream->phase = RESTING;
        }
        break;
    case HOLDING:
        if (stream->ask.lost > 0 || pick(30) == 0) {
            leave(stream);
        }
        break;
    }
}

/* ---- Faults ---------------------------------------------------------------------------------- */

static void disturb(void)
{
    struct peer *peer = &peers[pick(SERVERS)];
    switch (pick(60)) {
    case 0:
        peer->is_stopped = true;
        break;
    case 1:
    case 2:
        peer->is_stopped = false;
        break;
    case 3:
        peer->link->is_away = !peer->link->is_away;
        break;
    case 4:
        peer->link->loses_events = !peer->link->loses_events;
        break;
    case 5:
        fake_etcd_catch_up(&etcd);
        break;
    case 6:
        if (pick(10) == 0) {
            fake_etcd_revoke(&etcd, "t/d/");
        }
        break;
    default:
        break;
    }
}

static void calm_down(void)
{
    fake_etcd_catch_up(&etcd);
    for (int i = 0; i < SERVERS; i++) {
        peers[i].is_stopped = false;
        peers[i].link->is_away = false;
        peers[i].link->loses_events = false;
        peers[i].link->choose = NULL;
    }
}

static void run_steps(uint32_t seed, int steps, bool has_faults)
{
    for (int step = 0; step < steps; step++) {
        if (has_faults) {
            disturb();
        }
        for (int i = 0; i < STREAMS; i++) {
            go_on(&streams[i]);
        }
        fake_clock_advance(&etcd_clock, (1 + pick(has_faults ? 8 : 2)) * PEER_STEP);
        etcd_peers_settle();
        look_at_owners(seed, step);
        look_at_streams(seed, step);
        look_at_leases(seed, step);
    }
}

static void leave_all(void)
{
    for (int i = 0; i < STREAMS; i++) {
        if (streams[i].phase == STARTING || streams[i].phase == LOOKING ||
            streams[i].phase == CLAIMING) {
            etcd_peers_await(&streams[i].ask, 12 * NS_PER_S);
            if (streams[i].phase == LOOKING && streams[i].ask.request.outcome == ERROR_NONE) {
                ask_drop_session(&streams[i].ask);
                streams[i].phase = RESTING;
                continue;
            }
            go_on(&streams[i]);
        }
        if (streams[i].phase == HOLDING) {
            leave(&streams[i]);
        }
    }
}

static void run(uint32_t seed)
{
    random_state = seed;
    for (int i = 0; i < STREAMS; i++) {
        streams[i].phase = RESTING;
        streams[i].peer = NULL;
    }
    for (int i = 0; i < SERVERS; i++) {
        peers[i].link->choose = choose;
    }
    run_steps(seed, STEPS, true);
    calm_down();
    run_steps(seed, CALM_STEPS, false);
    leave_all();
    etcd_peers_pass(3 * NS_PER_S);
    /* All is well again: what a server has, it owns in etcd, and everything can be continued. */
    for (uint32_t number = 0; number < SESSIONS; number++) {
        struct ask ask;
        struct etcd_session record;
        if (read_record(number, &record)) {
            ck_assert_msg(continue_at(&ask, &peers[number % SERVERS], number, 0, 0) == ERROR_NONE,
                          "seed %u: session %u cannot be continued", seed, number);
            ask_release(&ask, &peers[number % SERVERS]);
        }
    }
}

START_TEST(no_session_has_two_owners)
{
    const char *chosen = getenv("COMMS_SEED");
    run(chosen == NULL ? (uint32_t)_i + 1 : (uint32_t)strtoul(chosen, NULL, 10));
}
END_TEST

static Suite *suite_of_seeds(const char *name, int from, int to)
{
    Suite *suite = suite_create(name);
    TCase *test_case = tcase_create("all");
    tcase_add_checked_fixture(test_case, etcd_peers_set_up, etcd_peers_tear_down);
    tcase_set_timeout(test_case, 60);
    tcase_add_loop_test(test_case, no_session_has_two_owners, from, to);
    suite_add_tcase(suite, test_case);
    return suite;
}

Suite *etcd_store_random_suite(void)
{
    return suite_of_seeds("etcd-store-random", 0, 6);
}

Suite *soak_etcd_store_suite(void)
{
    return suite_of_seeds("soak-etcd-store", 6, 600);
}
