/*
 * How many streams the system lets this process hold, known before the first one comes. A stream
 * has a thread, which takes one pid (of the system's, its control group's and its user's) and two
 * memory maps. A stream may come on a connection of its own, which takes a descriptor. What is used
 * already, and what the rest of the process and C core need, is not counted as room.
 *
 * capacity_read fills the struct from files; everything here is arithmetic over it. For any thread.
 */
#ifndef COMMS_SERVER_WORK_CAPACITY_H
#define COMMS_SERVER_WORK_CAPACITY_H

#include <stdint.h>

enum ceiling_kind {
    CEILING_PID_MAX,     /* kernel.pid_max: the threads of the whole system */
    CEILING_THREADS_MAX, /* kernel.threads-max: the threads of the whole system, too */
    CEILING_CGROUP,      /* pids.max of the control group, or of one above it that leaves less */
    CEILING_NPROC,       /* ulimit -u: the threads of a user other than root */
    CEILING_MAPS,        /* vm.max_map_count: the memory maps of this process */
    CEILING_NOFILE,      /* ulimit -n: its descriptors; stops connections, the others streams */
    CEILING_KINDS
};

/* There is no ceiling, or it could not be read. */
#define CEILING_NONE UINT64_MAX

struct ceiling {
    uint64_t max;
    uint64_t used; /* 0 if it could not be read */
};

enum { CAPACITY_PATH_SIZE = 512 };

struct capacity {
    struct ceiling ceilings[CEILING_KINDS];
    unsigned processors;               /* C core and malloc take more for each */
    char pids_max[CAPACITY_PATH_SIZE]; /* path of the file with CEILING_CGROUP */
};

/* What is not used yet; CEILING_NONE: without end. */
uint64_t ceiling_left(const struct ceiling *ceiling);

/*
 * The streams (CEILING_NOFILE: the connections) that this ceiling leaves room for; CEILING_NONE:
 * any number. Keeps up to half of what is left for the rest of the process: a small system serves
 * fewer streams, always one at least.
 */
uint64_t capacity_can_hold(const struct capacity *capacity, enum ceiling_kind kind);

/* What to raise this ceiling to for `wanted` streams: in thousands, with some to spare. */
uint64_t capacity_raise_to(const struct capacity *capacity, enum ceiling_kind kind,
                           uint64_t wanted);

/* The streams, `wanted` at most, that all ceilings leave room for. */
uint64_t capacity_admit(const struct capacity *capacity, uint64_t wanted);

/*
 * Logs each ceiling that leaves room for fewer than `wanted`, and how to raise it: those of streams
 * with the tightest first, then that of connections.
 */
void capacity_report(const struct capacity *capacity, uint64_t wanted);

#endif
