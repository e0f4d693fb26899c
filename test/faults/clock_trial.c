#include "test/faults/clock_trial.h"

#include "test/faults/guest.h"
#include "test/kit/programs.h"
#include "test/kit/scratch_folder.h"

#include <check.h>

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    NUMBERS = 60000,
    INTERVAL_MS = 20,
    TIMEOUT_MS = 1000,
    HOUR_S = 3600,
    MINUTES_A_DAY = 1440,
    TRIES = 5 /* on a machine that has much else to do */
};

static struct guest guests[4];

static void let_pass(int64_t until)
{
    while (guests_now() < until) {
        (void)guests_take(until);
    }
}

static void start_at(struct guest *guest, uint32_t position)
{
    guest_start(guest, 0);
    guest_await_position(guest, position);
}

static void expect_gone(struct guest *guest)
{
    guest_continue(guest, guest, 0);
    enum status status = guest_await_end(guest);
    ck_assert_msg(status == STATUS_NOT_FOUND, "the session is still there: %s, %s",
                  status_name(status), guest->text);
}

/* Whether a guest that left then is resumed now, which it must be within the session's time-out.
 * False: the machine was too slow for that, and the session is gone. */
static bool is_resumed(struct guest *guest, int64_t left_at, int timeout_ms)
{
    uint32_t position = guest->sequence.position;
    guest_continue(guest, guest, 0);
    while (!guest->is_over && !guest->was_answered) {
        ck_assert(guests_take(guests_now() + PROGRAM_DEADLINE_MS * NS_PER_MS));
    }
    if (guest->was_answered) {
        guest_await_position(guest, position + 2);
        return true;
    }
    ck_assert_msg(guest->status == STATUS_NOT_FOUND &&
                      guests_now() >= left_at + timeout_ms * NS_PER_MS,
                  "not resumed in time: %s, %s", status_name(guest->status), guest->text);
    return false;
}

/* Breaks the guest's stream; returns the time before. */
static int64_t leave(struct guest *guest)
{
    const int64_t left_at = guests_now();
    guest_hang_up(guest);
    return left_at;
}

/* ---- The wall clock -------------------------------------------------------------------------- */

bool clock_trial_is_possible(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#else
    return true;
#endif
}

struct wall_clock {
    char folder[SCRATCH_FOLDER_SIZE];
    char path[SCRATCH_FOLDER_SIZE + 16];
    int64_t *offset_s;
};

static void wall_clock_make(struct wall_clock *wall)
{
    scratch_folder_make(wall->folder, "comms-clock");
    snprintf(wall->path, sizeof wall->path, "%s/offset", wall->folder);
    int fd = open(wall->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, sizeof *wall->offset_s), 0);
    wall->offset_s = mmap(NULL, sizeof *wall->offset_s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert(wall->offset_s != MAP_FAILED);
    close(fd);
}

static void wall_clock_remove(struct wall_clock *wall)
{
    munmap(wall->offset_s, sizeof *wall->offset_s);
    scratch_folder_remove(wall->folder);
}

static struct program *start_with_clock(const struct wall_clock *wall, uint16_t *ret_port)
{
    static const char *const arguments[] = {
        "--mode", "stateful",          "--port", "0", "--listen", "127.0.0.1", "--interval",
        "20ms",   "--session-timeout", "1s",     NULL};
    char preload[256];
    char variable[sizeof wall->path + 16];
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s/wall-clock.so", programs_shimmed_folder());
    snprintf(variable, sizeof variable, "WALL_CLOCK=%s", wall->path);
    const char *const environment[] = {preload, variable, NULL};
    const struct program_spec spec = {
        .path = programs_server_path(), .arguments = arguments, .environment = environment};
    struct program *server = program_start_spec(&spec);
    const char *line = program_wait_line(server, PROGRAM_STDOUT, "listening on ");
    uint64_t port;
    ck_assert(output_skip(&line, "listening on 127.0.0.1:") && output_read_number(&line, &port));
    *ret_port = (uint16_t)port;
    return server;
}

/* The minute of the day at which the next line with this text was logged. */
static int logged_minute(struct program *server, const char *text)
{
    const char *line = program_wait_line(server, PROGRAM_STDERR, text);
    const char *time = strchr(line, 'T');
    ck_assert_ptr_nonnull(time);
    return (int)strtol(time + 1, NULL, 10) * 60 + (int)strtol(time + 4, NULL, 10);
}

/* The clock that the server logs by has gone this many hours: the shim does what it should. */
static void expect_hours(int from_minute, int to_minute, int hours)
{
    int gone = (to_minute - from_minute - hours * 60 + 2 * MINUTES_A_DAY) % MINUTES_A_DAY;
    ck_assert_msg(gone <= 1, "the server's wall clock was not set: from minute %d to %d",
                  from_minute, to_minute);
}

/* For a while the stream gets its numbers: no gap. None ever comes before its time, counted from
 * before the START: no burst. */
static void expect_pace(struct guest *guest, int64_t started_at)
{
    enum { WHILE_MS = 400, EXPECTED = WHILE_MS / INTERVAL_MS };
    uint32_t before = guest->sequence.position;
    let_pass(guests_now() + WHILE_MS * NS_PER_MS);
    guest_await_position(guest, before + EXPECTED / 4);
    int64_t due = 1 + (guests_now() - started_at) / (INTERVAL_MS * NS_PER_MS);
    ck_assert_msg(guest->sequence.position <= due, "%u numbers came instead of %d",
                  guest->sequence.position, (int)due);
}

/* The leaver leaves a session. */
struct leaving {
    int minute; /* by the server's wall clock, before it is set */
    int64_t at; /* time on clock_monotonic */
};

/* An hour forth: nothing is evicted before its time. The leaver comes back, and leaves again. */
static struct leaving set_forth(struct program *server, const struct wall_clock *wall,
                                int64_t started_at)
{
    struct guest *leaver = &guests[1];
    for (int tries = 0; tries < TRIES; tries++) {
        *wall->offset_s = 0;
        start_at(leaver, 2);
        struct leaving leaving = {.at = leave(leaver)};
        leaving.minute = logged_minute(server, "session left");
        *wall->offset_s = HOUR_S;
        expect_pace(&guests[0], started_at);
        if (is_resumed(leaver, leaving.at, TIMEOUT_MS)) {
            leaving.at = leave(leaver);
            expect_hours(leaving.minute, logged_minute(server, "session left"), 1);
            return leaving;
        }
        (void)program_wait_line(server, PROGRAM_STDERR, "session evicted");
    }
    ck_abort_msg("the session was not resumed in time, %d times", TRIES);
}

/* Two hours back: it is evicted in its time all the same. Returns how long after it was left. */
static int64_t set_back(struct program *server, const struct wall_clock *wall, int64_t started_at,
                        struct leaving leaving)
{
    *wall->offset_s = -HOUR_S;
    expect_pace(&guests[0], started_at);
    const int hour_before = logged_minute(server, "session evicted");
    const int64_t took_ns = guests_now() - leaving.at;
    expect_hours(leaving.minute, hour_before, -1);
    expect_gone(&guests[1]);
    expect_pace(&guests[0], started_at);
    return took_ns;
}

void clock_trial(void)
{
    struct wall_clock wall;
    uint16_t port;
    int64_t took_ns;
    int tries = 0;
    wall_clock_make(&wall);
    struct program *server = start_with_clock(&wall, &port);
    guests_init(guests, 2, port, NUMBERS);
    const int64_t started_at = guests_now();
    start_at(&guests[0], 2);
    do {
        const struct leaving leaving = set_forth(server, &wall, started_at);
        took_ns = set_back(server, &wall, started_at, leaving);
        ck_assert_msg(++tries < TRIES, "evicted after %lld ms", (long long)(took_ns / NS_PER_MS));
    } while (took_ns >= (int64_t)2 * TIMEOUT_MS * NS_PER_MS);
    printf(
        "  wall clock: an hour forth, two hours back: evicted after %lld ms of %d; %u numbers at "
        "their time\n",
        (long long)(took_ns / NS_PER_MS), TIMEOUT_MS, guests[0].sequence.position);
    guests_cleanup(guests, 2);
    program_signal(server, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server), 0);
    program_destroy(server);
    wall_clock_remove(&wall);
}

/* ---- A server that is stopped ---------------------------------------------------------------- */

void stop_trial(int stop_ms)
{
    char timeout[16];
    int tries = 0;
    snprintf(timeout, sizeof timeout, "%dms", stop_ms / 2);
    struct server server =
        server_start("stateful", "--interval", "20ms", "--session-timeout", timeout, NULL);
    guests_init(guests, 4, server.port, NUMBERS);
    struct guest *owner = &guests[0];
    struct guest *idle = &guests[1];
    struct guest *loser = &guests[2];
    struct guest *taker = &guests[3];
    start_at(owner, 2);
    start_at(idle, 2);
    start_at(loser, 2);
    start_at(taker, 2); /* it is connected from now on */
    guest_hang_up(taker);
    guest_hang_up(idle);
    program_wait_line(server.program, PROGRAM_STDERR, "session left");
    program_wait_line(server.program, PROGRAM_STDERR, "session left");

    program_signal(server.program, SIGSTOP);
    const int64_t go_on_at = guests_now() + stop_ms * NS_PER_MS;
    guest_set_session(taker, &loser->uuid, NUMBERS);
    guest_continue(taker, loser, 0); /* the server reads it when it goes on */
    let_pass(go_on_at);
    program_signal(server.program, SIGCONT);

    /* The owner whose session was taken over is told, and changes nothing more. */
    guest_await_position(taker, loser->sequence.position + 2);
    ck_assert_int_eq(guest_await_end(loser), STATUS_ABORTED);
    guest_await_position(taker, loser->sequence.position + 2);
    /* The idle session's time was over while the server slept: it does not come back. */
    program_wait_line(server.program, PROGRAM_STDERR, "session evicted");
    program_wait_line(server.program, PROGRAM_STDERR, "session evicted");
    expect_gone(idle);
    /* An owned session is never evicted; it catches up a second's numbers at most. */
    uint32_t position = owner->sequence.position;
    guest_await_position(owner, position + 2);
    while (!is_resumed(owner, leave(owner), stop_ms / 2)) {
        ck_assert_int_lt(++tries, TRIES);
        start_at(owner, 2);
    }
    printf(
        "  stopped for %d ms: the idle session was evicted, the owned one goes on at %u, the one "
        "taken over at %u\n",
        stop_ms, owner->sequence.position, taker->sequence.position);
    guests_cleanup(guests, 4);
    server_stop(&server);
}
