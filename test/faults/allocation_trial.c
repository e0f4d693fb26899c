#include "test/faults/allocation_trial.h"

#include "shared/base/options.h"
#include "test/faults/guest.h"
#include "test/kit/programs.h"

#include <check.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum {
    RUNS_MAX = 24,
    NUMBERS_MAX = 1000,
    CALLS = 2,
    TRIES = 2,
    GUESTS = (CALLS + 1) * TRIES,
    NUMBERS = 8,
    NUMBERS_LONG = 60000, /* of a session that is abandoned long before its end */
    TIMEOUT_MS = 500      /* the server's --session-timeout */
};

#define PATIENCE_NS (30 * NS_PER_S)

static const char fails_text[] = "the allocation fails";

/* A run in which allocation `number` fails. */
struct run {
    unsigned number;
    struct program *program;
    bool serves; /* the server: it listens */
    unsigned refusals;
    struct guest guests[GUESTS];
};

struct counts {
    unsigned ended; /* programs that ended for want of memory */
    unsigned refusals;
};

static struct run runs[RUNS_MAX];

static struct program *start(const char *name, enum allocation_choice choice, unsigned number,
                             const char *const *arguments)
{
    char path[256];
    char variable[32];
    snprintf(path, sizeof path, "%s/%s", programs_shimmed_folder(), name);
    snprintf(variable, sizeof variable, "%s=%u",
             choice == EACH_PLACE ? "FAIL_PLACE" : "FAIL_ALLOCATION", number);
    const char *const environment[] = {variable, NULL};
    const struct program_spec spec = {
        .path = path, .arguments = arguments, .environment = environment};
    return program_start_spec(&spec);
}

static bool has_said(const struct program *program, const char *text)
{
    return strstr(program_output(program, PROGRAM_STDERR), text) != NULL;
}

/* ---- The server ------------------------------------------------------------------------------ */

/* It ends with a reason, or it listens. */
static void await_server(struct run *run)
{
    struct program *program = run->program;
    const char *line = program_await_line(program, PROGRAM_STDOUT, "listening on 127.0.0.1:");
    run->serves = line != NULL;
    if (line == NULL) {
        int status = program_wait_exit(program);
        ck_assert_msg((status == 1 || status == EXIT_USAGE) && has_said(program, fails_text) &&
                          has_said(program, "comms-server: cannot ") && has_said(program, "memory"),
                      "status %d: %s", status, program_output(program, PROGRAM_STDERR));
        return;
    }
    uint64_t port;
    ck_assert(output_skip(&line, "listening on 127.0.0.1:") && output_read_number(&line, &port));
    guests_init(run->guests, GUESTS, (uint16_t)port, NUMBERS);
}

/* Waits for the guest's number at this position, or for its end. */
static void await_number(struct guest *guest, uint32_t position)
{
    while (!guest->is_over && guest->sequence.position < position) {
        ck_assert(guests_take(guests_now() + PROGRAM_DEADLINE_MS * NS_PER_MS));
    }
}

/* Whether it has one. False: it was refused for want of memory, once in a run; a connection that
 * cannot be kept is closed. After a thread that could not be started the server has few streams for
 * a while, so it may refuse more than once while another stream ends. */
static bool is_served(struct run *run, const struct guest *guest)
{
    static const char too_many[] = "too many streams";
    if (!guest->is_over) {
        return true;
    }
    bool is_for_memory = guest->status == STATUS_RESOURCE_EXHAUSTED ||
                         (guest->status == STATUS_UNAVAILABLE && !guest->was_answered);
    ck_assert_msg(is_for_memory, "allocation %u: %s, %s", run->number, status_name(guest->status),
                  guest->text);
    bool is_again = run->refusals > 0 && strncmp(guest->text, too_many, sizeof too_many - 1) == 0;
    run->refusals += !is_again;
    ck_assert_msg(run->refusals == 1, "allocation %u: refused again: %s", run->number, guest->text);
    return false;
}

/* Whether the session is gone because the guest came back too late. */
static bool is_gone(const struct guest *guest, int64_t left_at)
{
    return guest->is_over && guest->status == STATUS_NOT_FOUND &&
           guests_now() >= left_at + TIMEOUT_MS * NS_PER_MS;
}

/* One of two guests, which START, or CONTINUE where `from` stood when it left, until they get a
 * number; NULL: on a machine with much else to do the session was evicted before. A guest whose
 * connection was closed would wait before it connects again: the other one has its own. */
static struct guest *get_served(struct run *run, struct guest pair[static TRIES],
                                const struct guest *from, int64_t left_at)
{
    const int64_t until = guests_now() + PATIENCE_NS;
    struct guest *guest = pair;
    for (;;) {
        uint32_t position = 0;
        if (from == NULL) {
            guest_start(guest, 0);
        } else {
            guest_set_session(guest, &from->uuid, from->sequence.n);
            guest_continue(guest, from, 0);
            position = from->sequence.position;
        }
        await_number(guest, position + 1);
        if (from != NULL && is_gone(guest, left_at)) {
            return NULL;
        }
        if (is_served(run, guest)) {
            return guest;
        }
        ck_assert_msg(guests_now() < until, "allocation %u: nobody is served", run->number);
        guest = guest->status == STATUS_UNAVAILABLE ? &pair[1] : guest;
    }
}

/* A session is started, breaks, is continued, and is abandoned. */
static void begin_session(struct run *run)
{
    struct guest *other;
    for (size_t i = 0; i < TRIES; i++) {
        const struct uuid uuid = uuid_random();
        guest_set_session(&run->guests[i], &uuid, NUMBERS_LONG);
    }
    do {
        struct guest *first = get_served(run, &run->guests[0], NULL, 0);
        const int64_t left_at = guests_now();
        guest_hang_up(first);
        other = get_served(run, &run->guests[TRIES], first, left_at);
    } while (other == NULL);
    guest_hang_up(other);
}

/* A new client is served from the first number to the last one. */
static void serve_another(struct run *run)
{
    struct guest *guest = get_served(run, &run->guests[GUESTS - TRIES], NULL, 0);
    ck_assert_int_eq(guest_await_end(guest), STATUS_OK);
}

static void stop_server(struct run *run)
{
    guests_cleanup(run->guests, GUESTS);
    program_signal(run->program, SIGTERM);
}

/* Runs side by side, from allocation `first` on; returns how many have failed. */
static unsigned run_servers(enum allocation_choice choice, unsigned first, struct counts *counts)
{
    static const char *const arguments[] = {
        "--mode",   "stateful",  "--port",     "0",   "--listen",          "127.0.0.1",
        "--listen", "127.0.0.2", "--interval", "5ms", "--session-timeout", "500ms",
        NULL};
    unsigned failures = 0;
    for (unsigned i = 0; i < RUNS_MAX; i++) {
        runs[i] = (struct run){.number = first + i,
                               .program = start("comms-server", choice, first + i, arguments)};
    }
    for (unsigned i = 0; i < RUNS_MAX; i++) {
        await_server(&runs[i]);
        counts->ended += !runs[i].serves;
        if (runs[i].serves) {
            begin_session(&runs[i]);
        }
    }
    for (unsigned i = 0; i < RUNS_MAX; i++) {
        if (runs[i].serves) {
            program_wait_line(runs[i].program, PROGRAM_STDERR, "session evicted");
            serve_another(&runs[i]);
            stop_server(&runs[i]);
        }
    }
    for (unsigned i = 0; i < RUNS_MAX; i++) {
        int status = program_wait_exit(runs[i].program);
        ck_assert_msg(!runs[i].serves || status == 0, "allocation %u: status %d\n%s",
                      runs[i].number, status, program_output_end(runs[i].program, PROGRAM_STDERR));
        counts->refusals += runs[i].refusals;
        failures += has_said(runs[i].program, fails_text);
        program_destroy(runs[i].program);
    }
    return failures;
}

/* Until there are no more allocations that could fail. */
static unsigned run_all(enum allocation_choice choice, struct counts *counts,
                        unsigned (*run)(enum allocation_choice, unsigned, struct counts *))
{
    unsigned failures = 0;
    unsigned now = RUNS_MAX;
    for (unsigned first = 1; now == RUNS_MAX; first += RUNS_MAX) {
        ck_assert_uint_lt(first, NUMBERS_MAX);
        now = run(choice, first, counts);
        failures += now;
    }
    return failures;
}

void allocation_trial_of_server(enum allocation_choice choice)
{
    struct counts counts = {0};
    unsigned failures = run_all(choice, &counts, run_servers);
    printf("  allocations of the server: %u failed in turn, %u starts, %u clients refused\n",
           failures, counts.ended, counts.refusals);
    ck_assert_uint_gt(counts.ended, 0);
    ck_assert_uint_gt(counts.refusals, 0);
}

/* ---- The client ------------------------------------------------------------------------------ */

/* No memory to start; for a stream; for the options; for a file. */
static bool is_clear_end(const struct program *program, int status)
{
    const char *said = program_output(program, PROGRAM_STDOUT);
    bool has_reason = has_said(program, "memory") || strstr(said, ": out of memory\n") != NULL;
    return has_reason &&
           (status == 2 || status == 4 || status == EXIT_USAGE || status == EXIT_OUTPUT);
}

static char port_text[8];

static unsigned run_clients(enum allocation_choice choice, unsigned first, struct counts *counts)
{
    const char *const arguments[] = {"-p",     port_text,   "-m",     "stateful",  "-s",
                                     "3",      "-c",        "2",      "-n",        "8",
                                     "--json", "/dev/null", "--html", "/dev/null", "--interval",
                                     "5ms",    "--fail-on", "lost>0", NULL};
    unsigned failures = 0;
    for (unsigned i = 0; i < RUNS_MAX; i++) {
        runs[i] = (struct run){.number = first + i,
                               .program = start("comms-client", choice, first + i, arguments)};
    }
    for (unsigned i = 0; i < RUNS_MAX; i++) {
        struct program *program = runs[i].program;
        int status = program_wait_exit(program);
        bool failed = has_said(program, fails_text);
        ck_assert_msg(status == 0 || (failed && is_clear_end(program, status)),
                      "allocation %u: status %d\n%s%s", runs[i].number, status,
                      program_output_end(program, PROGRAM_STDOUT),
                      program_output_end(program, PROGRAM_STDERR));
        failures += failed;
        counts->ended += status != 0;
        program_destroy(program);
    }
    return failures;
}

void allocation_trial_of_client(enum allocation_choice choice)
{
    struct counts counts = {0};
    struct server server = server_start("stateful", "--interval", "5ms", NULL);
    snprintf(port_text, sizeof port_text, "%u", server.port);
    unsigned failures = run_all(choice, &counts, run_clients);
    printf("  allocations of the client: %u failed in turn, %u runs ended for it\n", failures,
           counts.ended);
    ck_assert_uint_gt(counts.ended, 0);
    server_stop(&server);
}
