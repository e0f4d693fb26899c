#include "server/work/limits.h"

#include "shared/base/log.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

/* The kernel, once it has been through all pids, gives none below this again. */
enum { PIDS_RESERVED = 300 };

/*
 * Kept for the server's own threads (some 20), for C core, whose two executors have up to two
 * threads a processor each, and for what else starts on the system. What C core gives to a thread
 * that could not be started is never done.
 */
enum { THREADS_KEPT = 64, THREADS_KEPT_PER_PROCESSOR = 4 };

/*
 * Kept for all memory that is no stack of a stream: malloc has up to eight arenas a processor,
 * which are two maps each, adds a heap to them with every few thousand streams, and maps each large
 * block by itself. C core aborts the process when malloc has nothing, so these must last until all
 * streams are there. The threads above have their two as well.
 */
enum { MAPS_KEPT = 1024, MAPS_KEPT_PER_PROCESSOR = 2 * (8 + THREADS_KEPT_PER_PROCESSOR) };

/* Kept for sockets and files, and for those that C core polls with. */
enum { DESCRIPTORS_KEPT = 32 };

/*
 * A thread's stack is one map, the guard below it another. And abseil, below C core, maps 64 KiB at
 * a time for what it keeps of threads and mutexes: 5 maps with 1,000 streams (measured), but 36 to
 * 39 where it looks for deadlocks, as Debian 12's does unless it is told not to. So 20 take 41.
 */
enum { MAPS_STREAMS = 20, MAPS_OF_THEM = 2 * MAPS_STREAMS + 1 };

static const struct {
    const char *name;
    const char *command; /* raises it, with the number behind it */
} kinds[LIMIT_KINDS] = {
    [LIMIT_PID_MAX] = {"kernel.pid_max", "sysctl -w kernel.pid_max="},
    [LIMIT_THREADS_MAX] = {"kernel.threads-max", "sysctl -w kernel.threads-max="},
    [LIMIT_CGROUP] = {"pids.max", "echo "},
    [LIMIT_NPROC] = {"nproc", "ulimit -u "},
    [LIMIT_MAPS] = {"vm.max_map_count", "sysctl -w vm.max_map_count="},
    [LIMIT_NOFILE] = {"nofile", "ulimit -n "},
};

/* Room for a command that raises a limit. */
enum { RAISE_SIZE = LIMITS_PATH_SIZE + 64 };

uint64_t limit_left(const struct limit *limit)
{
    if (limit->max == LIMIT_NONE) {
        return LIMIT_NONE;
    }
    return limit->max > limit->used ? limit->max - limit->used : 0;
}

static uint64_t kept(const struct limits *limits, enum limit_kind kind)
{
    const uint64_t processors = limits->processors;
    const uint64_t threads = THREADS_KEPT + THREADS_KEPT_PER_PROCESSOR * processors;
    switch (kind) {
    case LIMIT_PID_MAX:
        return PIDS_RESERVED + threads;
    case LIMIT_MAPS:
        return MAPS_KEPT + MAPS_KEPT_PER_PROCESSOR * processors;
    case LIMIT_NOFILE:
        return DESCRIPTORS_KEPT;
    case LIMIT_THREADS_MAX:
    case LIMIT_CGROUP:
    case LIMIT_NPROC:
    case LIMIT_KINDS:
        break;
    }
    return threads;
}

uint64_t limits_can_hold(const struct limits *limits, enum limit_kind kind)
{
    uint64_t left = limit_left(&limits->kinds[kind]);
    if (left == LIMIT_NONE) {
        return LIMIT_NONE;
    }
    uint64_t reserve = kept(limits, kind);
    if (reserve > left / 2) {
        reserve = left / 2;
    }
    uint64_t held = left - reserve;
    if (kind == LIMIT_MAPS) {
        held = held * MAPS_STREAMS / MAPS_OF_THEM;
    }
    return held > 0 ? held : 1;
}

uint64_t limits_raise_to(const struct limits *limits, enum limit_kind kind, uint64_t wanted)
{
    uint64_t needed = limits->kinds[kind].used + kept(limits, kind) + wanted;
    if (kind == LIMIT_MAPS) {
        needed += wanted * MAPS_OF_THEM / MAPS_STREAMS - wanted;
    }
    return (needed / 1000 + 2) * 1000;
}

/* The limit of streams that leaves room for the fewest, but for those told already; LIMIT_KINDS:
 * there is room for all that are wanted. */
static enum limit_kind find_tightest(const struct limits *limits, uint64_t wanted,
                                     const bool told[LIMIT_KINDS])
{
    enum limit_kind tightest = LIMIT_KINDS;
    uint64_t held = wanted;
    for (enum limit_kind kind = 0; kind < LIMIT_NOFILE; kind++) {
        if (!told[kind] && limits_can_hold(limits, kind) < held) {
            tightest = kind;
            held = limits_can_hold(limits, kind);
        }
    }
    return tightest;
}

uint64_t limits_admit(const struct limits *limits, uint64_t wanted)
{
    const bool told[LIMIT_KINDS] = {false};
    enum limit_kind kind = find_tightest(limits, wanted, told);
    return kind == LIMIT_KINDS ? wanted : limits_can_hold(limits, kind);
}

static void report(const struct limits *limits, enum limit_kind kind, uint64_t wanted)
{
    const bool is_group = kind == LIMIT_CGROUP;
    char raise[RAISE_SIZE];
    (void)snprintf(raise, sizeof raise, "%s%" PRIu64 "%s%s%s", kinds[kind].command,
                   limits_raise_to(limits, kind, wanted), is_group ? " >'" : "",
                   is_group ? limits->pids_max : "", is_group ? "'" : "");
    log_event(LOG_LEVEL_WARN, kind == LIMIT_NOFILE ? "fewer connections" : "fewer streams",
              log_number("max-streams", wanted),
              log_number("can-hold", limits_can_hold(limits, kind)),
              log_word("limit", kinds[kind].name), log_text("raise", raise));
}

void limits_report(const struct limits *limits, uint64_t wanted)
{
    bool told[LIMIT_KINDS] = {false};
    for (enum limit_kind kind; (kind = find_tightest(limits, wanted, told)) != LIMIT_KINDS;) {
        report(limits, kind, wanted);
        told[kind] = true;
    }
    if (limits_can_hold(limits, LIMIT_NOFILE) < wanted) {
        report(limits, LIMIT_NOFILE, wanted);
    }
}
