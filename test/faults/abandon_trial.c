#include "test/faults/abandon_trial.h"

#include "test/faults/footprint.h"
#include "test/faults/guest.h"
#include "test/kit/programs.h"

#include <check.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A session's time-out is far longer than its numbers, so it is left unfinished. */
enum { GUESTS = 100, NUMBERS = 1000, WARM_UP = 10, MEMORY_AWAIT_MS = 30000, TRIES_MORE = 5 };

/* What the heap may keep of a peak of 100,000 sessions, which take 13 MiB. A sanitizer keeps all
 * that was freed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { KEPT_KIB_MAX = 1024 * KIB_IN_MIB };
#else
enum { KEPT_KIB_MAX = 12 * KIB_IN_MIB };
#endif

struct abandoned {
    struct uuid uuid;
    int64_t left_at; /* when its client had cancelled the call */
};

static struct guest guests[GUESTS];

static size_t share(const struct abandon_settings *settings, size_t done)
{
    return settings->sessions - done < GUESTS ? settings->sessions - done : GUESTS;
}

static void start_and_leave(struct abandoned *abandoned, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        abandoned[i].uuid = uuid_random();
        guest_set_session(&guests[i], &abandoned[i].uuid, NUMBERS);
        guest_start(&guests[i], 1);
    }
    for (size_t i = 0; i < count; i++) {
        guest_await_position(&guests[i], 1);
        call_cancel(&guests[i].call);
    }
    for (size_t i = 0; i < count; i++) {
        (void)guest_await_end(&guests[i]);
        abandoned[i].left_at = guests[i].over_at;
    }
}

/* Whether the server refuses the guest; false: it has the session, which the guest leaves again. */
static bool is_refused(struct guest *guest)
{
    while (!guest->is_over && !guest->was_answered) {
        ck_assert_msg(guests_take(guests_now() + PROGRAM_DEADLINE_MS * NS_PER_MS), "no answer");
    }
    const bool is_refused = !guest->was_answered;
    if (!guest->is_over) {
        guest_hang_up(guest);
    }
    ck_assert_msg(!is_refused || guest->status == STATUS_NOT_FOUND, "%s, %s",
                  status_name(guest->status), guest->text);
    return is_refused;
}

/* Whether all of these sessions are gone at that time after they were left. */
static bool are_gone(const struct abandoned *abandoned, size_t count, int64_t after_ns)
{
    bool are_gone = true;
    for (size_t i = 0; i < count; i++) {
        while (guests_now() < abandoned[i].left_at + after_ns) {
            (void)guests_take(abandoned[i].left_at + after_ns);
        }
        guest_set_session(&guests[i], &abandoned[i].uuid, NUMBERS);
        guest_continue(&guests[i], &guests[i], 2);
    }
    for (size_t i = 0; i < count; i++) {
        are_gone = is_refused(&guests[i]) && are_gone;
    }
    return are_gone;
}

/* The machine may have had something else to do: those that were evicted too late are abandoned
 * once more, and must go then. */
static void expect_all_gone(struct abandoned *abandoned, const struct abandon_settings *settings)
{
    const int64_t after_ns = (settings->timeout_ms + settings->late_ms) * NS_PER_MS;
    int late = 0;
    for (size_t done = 0; done < settings->sessions; done += GUESTS) {
        while (!are_gone(abandoned + done, share(settings, done), after_ns)) {
            late++;
            ck_assert_msg(late <= TRIES_MORE, "abandoned sessions are still there, %d times", late);
            start_and_leave(abandoned + done, share(settings, done));
        }
    }
}

void abandon_trial(const struct abandon_settings *settings)
{
    char timeout[16];
    snprintf(timeout, sizeof timeout, "%dms", settings->timeout_ms);
    struct abandoned *abandoned = calloc(settings->sessions, sizeof *abandoned);
    ck_assert_ptr_nonnull(abandoned);
    struct server server = server_start("stateful", "--interval", "1h", "--session-timeout",
                                        timeout, "--log-level", "warn", NULL);
    const int pid = program_pid(server.program);
    guests_init(guests, GUESTS, server.port, NUMBERS);
    for (int i = 0; i < WARM_UP; i++) { /* connections, threads and calls are there from now on */
        start_and_leave(abandoned, share(settings, 0));
    }

    const uint64_t before_kib = footprint_begin_peak(pid);
    const int64_t began_at = guests_now();
    for (size_t done = 0; done < settings->sessions; done += GUESTS) {
        start_and_leave(abandoned + done, share(settings, done));
    }
    const int64_t took_ns = guests_now() - began_at;
    expect_all_gone(abandoned, settings);
    printf("  abandoned: %u sessions in %" PRId64 " ms, all gone %d ms after their time; memory "
           "%" PRIu64 " KiB, then %" PRIu64 ", at last %" PRIu64 "\n",
           settings->sessions, took_ns / NS_PER_MS, settings->late_ms, before_kib,
           footprint_peak_kib(pid), footprint_kib(pid));
    ck_assert_msg(footprint_await_kib(pid, before_kib + KEPT_KIB_MAX, MEMORY_AWAIT_MS),
                  "memory does not come back: %" PRIu64 " KiB, before %" PRIu64, footprint_kib(pid),
                  before_kib);
    guests_cleanup(guests, GUESTS);
    free(abandoned);
    server_stop(&server);
}
