#include "test/faults/take_over_trial.h"

#include "test/faults/guest.h"
#include "test/kit/programs.h"

#include <check.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CLIENTS = 100, GUESTS = CLIENTS + 1, NUMBERS = 65535 };

static const char taken_over[] = "session continued on another stream";
static const char older_attempt[] = "an older attempt";

/* Which attempts the clients of a round have. */
enum attempts { ABSENT, EQUAL, DIFFERENT, ATTEMPTS_KINDS };

struct tally {
    unsigned taken_over;
    unsigned older_attempt;
    unsigned slow;      /* rounds of which a loser had its status too late */
    int64_t slowest_ns; /* from the round's beginning to a loser's status, in the other rounds */
};

#define PATIENCE_NS (30 * NS_PER_S)

static struct guest guests[GUESTS];

static unsigned count_live(void)
{
    unsigned count = 0;
    for (size_t i = 0; i < GUESTS; i++) {
        count += guest_is_live(&guests[i]);
    }
    return count;
}

/* The one that is live. */
static struct guest *survivor(void)
{
    struct guest *found = NULL;
    for (size_t i = 0; i < GUESTS; i++) {
        if (guest_is_live(&guests[i])) {
            ck_assert_msg(found == NULL, "two streams own the session");
            found = &guests[i];
        }
    }
    ck_assert_msg(found != NULL, "no stream owns the session: the last status is %s, %s",
                  status_name(guests[0].status), guests[0].text);
    return found;
}

/* All but the owner CONTINUE at its position; returns the one with the highest attempt. */
static struct guest *continue_all(const struct guest *owner, enum attempts kind, uint32_t *attempt)
{
    struct guest *highest = NULL;
    uint32_t first = *attempt + 1;
    uint32_t turn = 0;
    for (size_t i = 0; i < GUESTS; i++) {
        if (&guests[i] == owner) {
            continue;
        }
        /* 37 and 100 have no common factor: each attempt once, in an order that rises and falls. */
        uint32_t own = kind == ABSENT ? 0 : kind == EQUAL ? first : first + turn * 37 % CLIENTS;
        highest = highest == NULL || own > *attempt ? &guests[i] : highest;
        *attempt = own > *attempt ? own : *attempt;
        guest_continue(&guests[i], owner, own);
        turn++;
    }
    return highest;
}

/* A loser was taken over, or its attempt was older than another one. */
static void check_loser(const struct guest *guest, enum attempts kind, struct tally *tally)
{
    bool was_older = strncmp(guest->text, older_attempt, sizeof older_attempt - 1) == 0;
    bool was_taken = strncmp(guest->text, taken_over, sizeof taken_over - 1) == 0;
    ck_assert_msg(guest->status == STATUS_ABORTED && (was_taken || (was_older && kind != ABSENT)),
                  "a loser got %s: %s", status_name(guest->status), guest->text);
    tally->older_attempt += was_older;
    tally->taken_over += was_taken;
}

/* From the round's beginning to the last loser's status. */
static int64_t slowest_of(const struct guest *winner, int64_t began_at)
{
    int64_t slowest_ns = 0;
    for (size_t i = 0; i < GUESTS; i++) {
        const int64_t took_ns = guests[i].over_at - began_at;
        slowest_ns = &guests[i] != winner && took_ns > slowest_ns ? took_ns : slowest_ns;
    }
    return slowest_ns;
}

/* Whether a server could not ask its store, as may happen to a shared one on a machine that has
 * much else to do. */
static bool was_store_away(void)
{
    static const char away[] = "session store is not available";
    for (size_t i = 0; i < GUESTS; i++) {
        if (!guest_is_live(&guests[i]) && guests[i].status == STATUS_UNAVAILABLE &&
            strncmp(guests[i].text, away, sizeof away - 1) == 0) {
            return true;
        }
    }
    return false;
}

/* Starts a session of the first guest, as soon as the store takes it. */
static struct guest *begin_session(void)
{
    enum { PAUSE_MS = 100 };
    const struct uuid uuid = uuid_random();
    const int64_t until = guests_now() + PATIENCE_NS;
    for (size_t i = 0; i < GUESTS; i++) {
        if (guest_is_live(&guests[i])) {
            guest_hang_up(&guests[i]);
        }
    }
    guest_set_session(&guests[0], &uuid, NUMBERS);
    guests_share(guests, GUESTS);
    do {
        guest_start(&guests[0], 1);
        while (!guests[0].is_over && guests[0].sequence.position < 1) {
            ck_assert(guests_take(until));
        }
        const int64_t pause_ends = guests_now() + PAUSE_MS * NS_PER_MS;
        while (guests[0].is_over && guests_take(pause_ends)) {
        }
        ck_assert_msg(!guests[0].is_over || was_store_away(), "%s, %s",
                      status_name(guests[0].status), guests[0].text);
    } while (guests[0].is_over);
    return &guests[0];
}

/* Returns the new owner, which has got its next number, and the time of the slowest loser; NULL:
 * the store was away meanwhile. */
static struct guest *run_round(struct guest *owner, enum attempts kind, uint32_t *attempt,
                               struct tally *tally, int64_t *ret_slowest_ns)
{
    int64_t began_at = guests_now();
    const struct guest *highest = continue_all(owner, kind, attempt);
    while (count_live() > 1) {
        ck_assert_msg(guests_take(began_at + PATIENCE_NS), "%u streams are still open after %d ms",
                      count_live(), (int)(PATIENCE_NS / NS_PER_MS));
    }
    if (was_store_away()) {
        return NULL;
    }
    struct guest *winner = survivor();
    guest_await_position(winner, owner->sequence.position + 1);
    ck_assert_uint_eq(count_live(), 1);
    ck_assert_msg(kind != DIFFERENT || winner == highest, "an older attempt won");
    unsigned older_before = tally->older_attempt;
    for (size_t i = 0; i < GUESTS; i++) {
        if (&guests[i] != winner) {
            check_loser(&guests[i], kind, tally);
        }
    }
    ck_assert_msg(kind != EQUAL || tally->older_attempt == older_before + CLIENTS - 1,
                  "one attempt took the session twice");
    *ret_slowest_ns = slowest_of(winner, began_at);
    return winner;
}

/* A round that is too slow, or in which the store was away, is done again, because the machine may
 * have had something else to do: it must not happen often. */
static void run_rounds(unsigned rounds, int64_t status_ns, struct tally *tally)
{
    struct guest *owner = NULL;
    uint32_t attempt = 1;
    for (unsigned round = 0; round < rounds;) {
        int64_t slowest_ns = 0;
        if (owner == NULL) {
            owner = begin_session();
            attempt = 1;
        }
        const enum attempts kind = (enum attempts)(round % ATTEMPTS_KINDS);
        owner = run_round(owner, kind, &attempt, tally, &slowest_ns);
        if (owner != NULL && slowest_ns <= status_ns) {
            tally->slowest_ns = slowest_ns > tally->slowest_ns ? slowest_ns : tally->slowest_ns;
            round++;
            continue;
        }
        tally->slow++;
        ck_assert_msg(tally->slow <= 1 + rounds / 4,
                      "losers got their status late in %u rounds, at last after %" PRId64 " ms",
                      tally->slow, slowest_ns / NS_PER_MS);
    }
}

void take_over_rounds(const uint16_t *ports, size_t count, unsigned rounds, int64_t status_ns)
{
    struct tally tally = {.slowest_ns = 0};
    for (size_t i = 0; i < GUESTS; i++) {
        guests_init(&guests[i], 1, ports[i % count], NUMBERS);
    }
    run_rounds(rounds, status_ns, &tally);
    printf("  take-over: %u rounds of %d clients at %zu servers, and %u that were too slow: %u "
           "taken over, %u older attempts, the slowest status after %" PRId64 " ms; %" PRIu32
           " numbers right\n",
           rounds, CLIENTS, count, tally.slow, tally.taken_over, tally.older_attempt,
           tally.slowest_ns / NS_PER_MS, survivor()->sequence.position);
    guests_cleanup(guests, GUESTS);
}

void take_over_trial(unsigned rounds)
{
    struct server server =
        server_start("stateful", "--interval", "20ms", "--log-level", "warn", NULL);
    take_over_rounds(&server.port, 1, rounds, STATUS_WITHIN_NS);
    server_stop(&server);
}
