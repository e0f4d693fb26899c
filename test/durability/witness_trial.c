#include "test/durability/witness_trial.h"

#include "test/durability/trial_cluster.h"
#include "test/faults/figures.h"
#include "test/faults/guest.h"

#include <check.h>

#include <inttypes.h>

enum {
    SESSIONS = 5, /* of a server */
    CASES_MAX = (SERVER_CLUSTER_MAX - 1) * SESSIONS,
    NUMBERS = 65535,
    SOME = 5, /* numbers that a stream sends before something happens to it */
    PAUSE_MS = 50,
    CLAIMED_WITHIN_MS = 4 * TRIAL_DEATH_MS,
    ENDED_WITHIN_MS = 30000
};

/* Server 0 is the one that claims; session i is at server 1 + i / SESSIONS. */
struct trial {
    struct trial_cluster cluster;
    size_t cases;
    struct guest owners[CASES_MAX];
    struct guest claimers[CASES_MAX];
    uint32_t before[CASES_MAX]; /* the owner's position when its server goes on */
    unsigned sessions;          /* that were claimed, in all rounds */
    unsigned late;              /* numbers that had passed the check, in all rounds */
    int64_t slowest_ns;         /* from the stop to an answer of the claimer */
};

/* Opens a call, by START or from the owner's position, again and again until it has numbers. A
 * server that has just come back may have no hold of etcd yet. */
static void insist(struct trial *trial, struct guest *guests, int64_t until)
{
    for (size_t pending = trial->cases; pending > 0;) {
        pending = 0;
        for (size_t i = 0; i < trial->cases; i++) {
            const bool claims = guests == trial->claimers;
            struct guest *guest = &guests[i];
            if (!guest_is_live(guest) && claims) {
                guest_continue(guest, &trial->owners[i], 0);
            } else if (!guest_is_live(guest)) {
                guest_start(guest, 0);
            }
            pending += !guest->was_answered || guest->answers_due > 0 ||
                       guest->sequence.position < trial->before[i] + SOME;
            ck_assert_msg(guests_now() < until, "%s: still %s, %s",
                          claims ? "no claim" : "no session", status_name(guest->status),
                          guest->text);
        }
        const int64_t pause_ends = guests_now() + PAUSE_MS * NS_PER_MS;
        while (pending > 0 && guests_now() < pause_ends) {
            (void)guests_take(pause_ends);
        }
    }
}

static void begin(struct trial *trial)
{
    for (size_t i = 0; i < trial->cases; i++) {
        const struct uuid uuid = uuid_random();
        guest_set_session(&trial->owners[i], &uuid, NUMBERS);
        guest_set_session(&trial->claimers[i], &uuid, NUMBERS);
        trial->before[i] = 0;
    }
    insist(trial, trial->owners, guests_now() + CLAIMED_WITHIN_MS * NS_PER_MS);
}

static void claim(struct trial *trial)
{
    const int64_t began_at = guests_now();
    for (size_t i = 1; i < trial->cluster.servers.settings.servers; i++) {
        server_cluster_stop(&trial->cluster.servers, i);
    }
    for (size_t i = 0; i < trial->cases; i++) {
        trial->before[i] = trial->owners[i].sequence.position;
    }
    insist(trial, trial->claimers, began_at + CLAIMED_WITHIN_MS * NS_PER_MS);
    const int64_t took_ns = guests_now() - began_at;
    trial->slowest_ns = took_ns > trial->slowest_ns ? took_ns : trial->slowest_ns;
}

static size_t count_live(const struct trial *trial)
{
    size_t count = 0;
    for (size_t i = 0; i < trial->cases; i++) {
        count += guest_is_live(&trial->owners[i]);
    }
    return count;
}

/* A server that sends what it should not sends numbers of each stream. */
static void expect_nothing_more(struct trial *trial)
{
    unsigned late = 0;
    for (size_t i = 0; i < trial->cases; i++) {
        const uint32_t came = trial->owners[i].sequence.position - trial->before[i];
        ck_assert_msg(came <= 1, "%" PRIu32 " numbers came from an owner that had lost its session",
                      came);
        late += came;
    }
    ck_assert_msg(late <= trial->cases / 2,
                  "%u numbers came from %zu owners that had lost their sessions", late,
                  trial->cases);
    trial->late += late;
}

/* The stopped servers go on: what do their streams send? Whatever was on its way to the witness
 * when they were stopped has come long since. */
static void witness(struct trial *trial)
{
    const int64_t until = guests_now() + ENDED_WITHIN_MS * NS_PER_MS;
    for (size_t i = 0; i < trial->cases; i++) {
        trial->before[i] = trial->owners[i].sequence.position;
    }
    for (size_t i = 1; i < trial->cluster.servers.settings.servers; i++) {
        server_cluster_go_on(&trial->cluster.servers, i);
    }
    while (count_live(trial) > 0 && guests_now() < until) {
        (void)guests_take(until);
    }
    expect_nothing_more(trial);
    ck_assert_uint_eq(count_live(trial), 0);
    for (size_t i = 0; i < trial->cases; i++) {
        const struct guest *owner = &trial->owners[i];
        ck_assert_msg(owner->status == STATUS_UNAVAILABLE, "an owner ended with %s, %s",
                      status_name(owner->status), owner->text);
    }
}

static void run_round(struct trial *trial)
{
    begin(trial);
    claim(trial);
    witness(trial);
    for (size_t i = 0; i < trial->cases; i++) {
        guest_hang_up(&trial->claimers[i]);
    }
    trial->sessions += (unsigned)trial->cases;
}

void witness_trial(unsigned rounds, unsigned servers)
{
    static struct trial trial;
    const struct trial_cluster_settings settings = {.servers = servers + 1, .interval = "50ms"};
    ck_assert_uint_lt(servers, SERVER_CLUSTER_MAX);
    trial = (struct trial){.cases = (size_t)servers * SESSIONS};
    trial_cluster_start(&trial.cluster, &settings);
    const struct cluster_server *all = trial.cluster.servers.servers;
    for (size_t i = 0; i < trial.cases; i++) {
        guests_init(&trial.owners[i], 1, all[1 + i / SESSIONS].port, NUMBERS);
    }
    guests_init(trial.claimers, trial.cases, all[0].port, NUMBERS);
    for (unsigned round = 0; round < rounds; round++) {
        run_round(&trial);
    }
    figures_print("  witness: %u servers stopped, %u sessions claimed elsewhere within %" PRId64
                  " ms, %u numbers after a claim, which had passed the check before\n",
                  rounds * servers, trial.sessions, trial.slowest_ns / NS_PER_MS, trial.late);
    guests_cleanup(trial.owners, trial.cases);
    guests_cleanup(trial.claimers, trial.cases);
    trial_cluster_end(&trial.cluster);
}
