#include "server/work/capacity.h"

#include "server/work/places.h"
#include "shared/base/log.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

/* Pids below this are lost: when the kernel has given all pids, it starts again from here. */
enum { PIDS_RESERVED = 300 };

/*
 * Threads kept for the server itself (some 20), for health checks, reflection and the watches that
 * each server has places for (24), for C core, whose two executors have up to two
 * threads a processor each, and for other programs that start. If C core cannot start a thread, the
 * work that it gave to this thread is never done.
 */
enum { THREADS_KEPT = 64, THREADS_KEPT_PER_PROCESSOR = 4 };

/*
 * Memory maps kept for everything but the stacks of streams. malloc has up to eight arenas a
 * processor of two maps each, adds a heap for every few thousand streams, and maps each large block
 * by itself. If malloc fails, C core aborts the process, so these maps must last until all streams
 * are there. Each thread kept above needs two maps as well.
 */
enum { MAPS_KEPT = 1024, MAPS_KEPT_PER_PROCESSOR = 2 * (8 + THREADS_KEPT_PER_PROCESSOR) };

/* Descriptors kept for listening sockets, for files, and for those that C core polls with. */
enum { DESCRIPTORS_KEPT = 32 };

/*
 * The stack of a thread is one map, the guard below it another. Abseil, below C core, keeps data of
 * threads and mutexes in maps of 64 KiB: 5 maps for 1,000 streams (measured), but 36 to 39 if it
 * searches for deadlocks, as Debian 12's Abseil does unless it is told not to. So 20 streams take
 * 41 maps.
 */
enum { MAPS_STREAMS = 20, MAPS_OF_THEM = 2 * MAPS_STREAMS + 1 };

static const struct {
    const char *name;
    const char *command; /* raises it; the new value follows */
} kinds[CEILING_KINDS] = {
    [CEILING_PID_MAX] = {"kernel.pid_max", "sysctl -w kernel.pid_max="},
    [CEILING_THREADS_MAX] = {"kernel.threads-max", "sysctl -w kernel.threads-max="},
    [CEILING_CGROUP] = {"pids.max", "echo "},
    [CEILING_NPROC] = {"nproc", "ulimit -u "},
    [CEILING_MAPS] = {"vm.max_map_count", "sysctl -w vm.max_map_count="},
    [CEILING_NOFILE] = {"nofile", "ulimit -n "},
};

/* Threads of watches beyond those that are kept. */
enum { WATCHES_MAX = PLACES_WATCHES_MAX - PLACES_WATCHES_MIN };

static uint64_t extra_watches(uint64_t streams)
{
    return places_of(SERVICE_PLACES_WATCHES, streams) - PLACES_WATCHES_MIN;
}

/* The most streams that, with their extra watches, need no more than these threads. */
static uint64_t streams_of(uint64_t threads)
{
    const uint64_t few = threads * 4 / 5; /* their watches are a quarter */
    return extra_watches(few) < WATCHES_MAX ? few : threads - WATCHES_MAX;
}

/* Bytes of a command that raises a ceiling. */
enum { RAISE_SIZE = CAPACITY_PATH_SIZE + 64 };

uint64_t ceiling_left(const struct ceiling *ceiling)
{
    if (ceiling->max == CEILING_NONE) {
        return CEILING_NONE;
    }
    return ceiling->max > ceiling->used ? ceiling->max - ceiling->used : 0;
}

static uint64_t kept(const struct capacity *capacity, enum ceiling_kind kind)
{
    const uint64_t processors = capacity->processors;
    const uint64_t threads = THREADS_KEPT + THREADS_KEPT_PER_PROCESSOR * processors;
    switch (kind) {
    case CEILING_PID_MAX:
        return PIDS_RESERVED + threads;
    case CEILING_MAPS:
        return MAPS_KEPT + MAPS_KEPT_PER_PROCESSOR * processors;
    case CEILING_NOFILE:
        return DESCRIPTORS_KEPT;
    case CEILING_THREADS_MAX:
    case CEILING_CGROUP:
    case CEILING_NPROC:
    case CEILING_KINDS:
        break;
    }
    return threads;
}

uint64_t capacity_can_hold(const struct capacity *capacity, enum ceiling_kind kind)
{
    uint64_t left = ceiling_left(&capacity->ceilings[kind]);
    if (left == CEILING_NONE) {
        return CEILING_NONE;
    }
    uint64_t reserve = kept(capacity, kind);
    if (reserve > left / 2) {
        reserve = left / 2;
    }
    uint64_t held = left - reserve;
    if (kind == CEILING_MAPS) {
        held = held * MAPS_STREAMS / MAPS_OF_THEM;
    }
    if (kind != CEILING_NOFILE) {
        held = streams_of(held);
    }
    return held > 0 ? held : 1;
}

uint64_t capacity_raise_to(const struct capacity *capacity, enum ceiling_kind kind, uint64_t wanted)
{
    uint64_t held = wanted;
    if (kind != CEILING_NOFILE) {
        held += extra_watches(wanted);
    }
    if (kind == CEILING_MAPS) {
        held = held * MAPS_OF_THEM / MAPS_STREAMS;
    }
    const uint64_t needed = capacity->ceilings[kind].used + kept(capacity, kind) + held;
    return (needed / 1000 + 2) * 1000;
}

/* Of the ceilings not told yet, the one that leaves room for the fewest streams. CEILING_KINDS: all
 * of these leave room for `wanted`. */
static enum ceiling_kind find_tightest(const struct capacity *capacity, uint64_t wanted,
                                       const bool told[CEILING_KINDS])
{
    enum ceiling_kind tightest = CEILING_KINDS;
    uint64_t held = wanted;
    for (enum ceiling_kind kind = 0; kind < CEILING_NOFILE; kind++) {
        if (!told[kind] && capacity_can_hold(capacity, kind) < held) {
            tightest = kind;
            held = capacity_can_hold(capacity, kind);
        }
    }
    return tightest;
}

uint64_t capacity_admit(const struct capacity *capacity, uint64_t wanted)
{
    const bool told[CEILING_KINDS] = {false};
    enum ceiling_kind kind = find_tightest(capacity, wanted, told);
    return kind == CEILING_KINDS ? wanted : capacity_can_hold(capacity, kind);
}

uint64_t capacity_connection_streams(uint64_t admitted, uint64_t given)
{
    if (given == 0) {
        const uint64_t half = admitted / 2 > 0 ? admitted / 2 : 1;
        return half < CAPACITY_CONNECTION_STREAMS ? half : CAPACITY_CONNECTION_STREAMS;
    }
    if (given >= admitted && admitted > 1) {
        log_event(LOG_LEVEL_WARN, "one connection can take all streams",
                  log_number("max-connection-streams", given), log_number("max-streams", admitted),
                  log_text("hint", "set --max-connection-streams below --max-streams"));
    }
    return given;
}

uint64_t capacity_admit_connections(const struct capacity *capacity, uint64_t wanted)
{
    uint64_t held = capacity_can_hold(capacity, CEILING_NOFILE);
    return held < wanted ? held : wanted;
}

static void report(const struct capacity *capacity, enum ceiling_kind kind, uint64_t wanted)
{
    const bool is_of_connections = kind == CEILING_NOFILE;
    const bool is_group = kind == CEILING_CGROUP;
    char raise[RAISE_SIZE];
    (void)snprintf(raise, sizeof raise, "%s%" PRIu64 "%s%s%s", kinds[kind].command,
                   capacity_raise_to(capacity, kind, wanted), is_group ? " >'" : "",
                   is_group ? capacity->pids_max : "", is_group ? "'" : "");
    log_event(LOG_LEVEL_WARN, is_of_connections ? "fewer connections" : "fewer streams",
              log_number(is_of_connections ? "max-connections" : "max-streams", wanted),
              log_number("can-hold", capacity_can_hold(capacity, kind)),
              log_word("limit", kinds[kind].name), log_text("raise", raise));
}

void capacity_report(const struct capacity *capacity, uint64_t streams, uint64_t connections)
{
    bool told[CEILING_KINDS] = {false};
    for (enum ceiling_kind kind;
         (kind = find_tightest(capacity, streams, told)) != CEILING_KINDS;) {
        report(capacity, kind, streams);
        told[kind] = true;
    }
    if (capacity_can_hold(capacity, CEILING_NOFILE) < connections) {
        report(capacity, CEILING_NOFILE, connections);
    }
}
