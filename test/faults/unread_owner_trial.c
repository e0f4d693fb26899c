#include "test/faults/unread_owner_trial.h"

#include "test/faults/guest.h"
#include "test/kit/programs.h"

#include <check.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The session is far larger than all windows and buffers on the way. */
enum {
    CLIENTS = 100,
    NUMBERS = 8000000,
    LOOK_EVERY_MS = 50,
    LOOKS = 4, /* that find the same, one after the other */
    DRAIN_MS = 200,
    TRIES = 4
};

#define OWNER_WITHIN_NS (STATUS_WITHIN_NS + NS_PER_S)
#define STOP_WITHIN_NS  (DRAIN_MS * NS_PER_MS + NS_PER_S + STATUS_WITHIN_NS)
#define PATIENCE_NS     (30 * NS_PER_S)

/* How long it took since the clients came: the last loser's status, and the end of the owner's
 * stream; and how long the server's end took. */
struct times {
    int64_t losers_ns;
    int64_t owner_ns;
    int64_t stop_ns;
};

static struct guest owner;
static struct guest prober;
static struct guest clients[CLIENTS];

/* The count of messages that were sent, as the refusal of an impossible position tells it. */
static uint64_t ask_sent(void)
{
    static const char only[] = " but only ";
    struct guest beyond = prober;
    beyond.sequence.position = NUMBERS + 1;
    guest_continue(&prober, &beyond, 0);
    ck_assert_int_eq(guest_await_end(&prober), STATUS_OUT_OF_RANGE);
    const char *text = strstr(prober.text, only);
    uint64_t sent = 0;
    ck_assert_msg(text != NULL && output_skip(&text, only) && output_read_number(&text, &sent),
                  "%s", prober.text);
    return sent;
}

/* Waits until the owner's stream can send nothing more. */
static uint64_t await_unread(void)
{
    uint64_t before = 0;
    uint64_t sent = 0;
    for (int same = 0; sent == 0 || same < LOOKS;) {
        const int64_t until = guests_now() + LOOK_EVERY_MS * NS_PER_MS;
        while (guests_take(until)) {
        }
        before = sent;
        sent = ask_sent();
        same = sent == before ? same + 1 : 0;
    }
    ck_assert_uint_lt(sent, NUMBERS);
    return sent;
}

/* The owner's place in the server's log, "peer=127.0.0.1:40000 reason=", which its end will have.
 */
static void read_peer(struct server *server, char text[static 64])
{
    const char *line = program_wait_line(server->program, PROGRAM_STDERR, "session started");
    const char *peer = strstr(line, "peer=");
    ck_assert_ptr_nonnull(peer);
    snprintf(text, 64, "%.*s reason=", (int)strcspn(peer, " "), peer);
}

static struct program *start_owner(enum unread_owner kind, uint16_t port)
{
    char numbers[16];
    if (kind == OWNER_WITHOUT_WINDOW) {
        guest_start(&owner, 1);
        guest_stop_reading(&owner);
        while (!owner.has_held) {
            ck_assert(guests_take(guests_now() + PROGRAM_DEADLINE_MS * NS_PER_MS));
        }
        return NULL;
    }
    snprintf(numbers, sizeof numbers, "%d", NUMBERS);
    return client_start(port, "-m", "stateful", "--uuid", owner.uuid_text, "-n", numbers,
                        "--interval", "0", "--quiet", NULL);
}

/* All come at once with one attempt: the first one of them takes the session over. Returns it. */
static struct guest *continue_all(int64_t began_at)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        guest_continue(&clients[i], &clients[i], 2);
    }
    unsigned live = CLIENTS;
    struct guest *winner = NULL;
    while (live > 1) {
        ck_assert_msg(guests_now() < began_at + PATIENCE_NS, "%u streams are still open", live);
        (void)guests_take(began_at + PATIENCE_NS);
        live = 0;
        for (size_t i = 0; i < CLIENTS; i++) {
            live += guest_is_live(&clients[i]);
            winner = guest_is_live(&clients[i]) ? &clients[i] : winner;
            if (clients[i].was_answered) { /* its numbers shall not hold the others up */
                guest_stop_reading(&clients[i]);
            }
        }
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        ck_assert_msg(&clients[i] == winner ||
                          strncmp(clients[i].text, "an older attempt", 16) == 0,
                      "%s, %s", status_name(clients[i].status), clients[i].text);
    }
    ck_assert_msg(live == 1, "no stream owns the session");
    return winner;
}

static void init_all(uint16_t port)
{
    guests_init(&owner, 1, port, NUMBERS);
    guests_init(&prober, 1, port, NUMBERS);
    guests_init(clients, CLIENTS, port, NUMBERS);
    guest_set_session(&prober, &owner.uuid, NUMBERS);
    for (size_t i = 0; i < CLIENTS; i++) {
        guest_set_session(&clients[i], &owner.uuid, NUMBERS);
    }
}

static void cleanup_all(void)
{
    guests_cleanup(clients, CLIENTS);
    guests_cleanup(&prober, 1);
    guests_cleanup(&owner, 1);
}

static struct times measure(enum unread_owner kind)
{
    char peer[64];
    struct times times;
    struct server server = server_start("stateful", "--interval", "0", "--max-numbers", "16000000",
                                        "--drain-timeout", "200ms", NULL);
    init_all(server.port);
    struct program *stopped = start_owner(kind, server.port);
    read_peer(&server, peer);
    if (stopped != NULL) {
        program_signal(stopped, SIGSTOP);
    }
    uint64_t sent = await_unread();

    const int64_t began_at = guests_now();
    struct guest *winner = continue_all(began_at);
    times.losers_ns = guests_now() - began_at;
    guest_read_on(winner);
    guest_await_position(winner, 1000);
    program_wait_line(server.program, PROGRAM_STDERR, peer);
    times.owner_ns = guests_now() - began_at;

    guest_stop_reading(winner); /* nobody reads when the server is told to stop */
    const int64_t stop_at = guests_now();
    server_stop(&server);
    times.stop_ns = guests_now() - stop_at;
    printf("  unread owner, %s: %" PRIu64 " of %d sent; the losers' statuses within %" PRId64
           " ms, the owner's stream ended after %" PRId64 ", the server after %" PRId64 "\n",
           kind == OWNER_STOPPED ? "stopped" : "no window", sent, NUMBERS,
           times.losers_ns / NS_PER_MS, times.owner_ns / NS_PER_MS, times.stop_ns / NS_PER_MS);
    program_destroy(stopped);
    cleanup_all();
    return times;
}

/* All must have been in time at once. It is tried again, because the machine may have had something
 * else to do. */
void unread_owner_trial(enum unread_owner kind)
{
    for (int tries = 1; tries <= TRIES; tries++) {
        const struct times times = measure(kind);
        if (times.losers_ns <= STATUS_WITHIN_NS && times.owner_ns <= OWNER_WITHIN_NS &&
            times.stop_ns <= STOP_WITHIN_NS) {
            return;
        }
    }
    ck_abort_msg("%d times too late, at last as printed above", TRIES);
}
