/*
 * How many streams the system lets this process hold; the server computes it at start. Beside them
 * there are health watches, as many as places.h gives them. A stream has a thread, which takes two
 * memory maps and one pid, and the pid counts for the system, for the control group and for the
 * user. A stream may come on its own connection, which takes a descriptor. What is already in use,
 * and what C core and the rest of the process need, is left out.
 *
 * capacity_read fills the struct from files; the functions here calculate and log. For any thread.
 */
#ifndef COMMS_SERVER_WORK_CAPACITY_H
#define COMMS_SERVER_WORK_CAPACITY_H

#include <stdint.h>

enum ceiling_kind {
    CEILING_PID_MAX,     /* kernel.pid_max: the threads of the whole system */
    CEILING_THREADS_MAX, /* kernel.threads-max: the threads of the whole system, too */
    CEILING_CGROUP, /* pids.max of this control group or of one above: the one with least room */
    CEILING_NPROC,  /* ulimit -u: the threads of the user, if that is not root */
    CEILING_MAPS,   /* vm.max_map_count: the memory maps of this process */
    CEILING_NOFILE, /* ulimit -n: the descriptors of this process; limits connections only */
    CEILING_KINDS
};

/* There is no ceiling, or it could not be read. */
#define CEILING_NONE UINT64_MAX

struct ceiling {
    uint64_t max;
    uint64_t used; /* 0 if it could not be read */
};

enum { CAPACITY_PATH_SIZE = 512, CAPACITY_CONNECTION_STREAMS = 1000 };

struct capacity {
    struct ceiling ceilings[CEILING_KINDS];
    unsigned processors;               /* C core and malloc need more for each */
    char pids_max[CAPACITY_PATH_SIZE]; /* path of the file with CEILING_CGROUP */
};

/* What is not used yet; CEILING_NONE: no limit. */
uint64_t ceiling_left(const struct ceiling *ceiling);

/*
 * The streams (CEILING_NOFILE: the connections) that this ceiling leaves room for, one at least;
 * CEILING_NONE: no limit. Keeps room for the rest of the process, but at most half of what is left,
 * so a small system serves fewer streams.
 */
uint64_t capacity_can_hold(const struct capacity *capacity, enum ceiling_kind kind);

/* The value of this ceiling that is enough for `wanted` streams, in thousands, with a reserve. */
uint64_t capacity_raise_to(const struct capacity *capacity, enum ceiling_kind kind,
                           uint64_t wanted);

/* The streams that all ceilings leave room for, `wanted` at most. Streams may share connections. */
uint64_t capacity_admit(const struct capacity *capacity, uint64_t wanted);

/*
 * The streams that one connection may have at a time. `given`: what the user wants; a warning says
 * so if the connection could then take all the streams that the server admits. 0, nothing is given:
 * half of these streams, CAPACITY_CONNECTION_STREAMS at most, one at least.
 */
uint64_t capacity_connection_streams(uint64_t admitted, uint64_t given);

/* The connections that the ceiling of descriptors leaves room for, `wanted` at most. */
uint64_t capacity_admit_connections(const struct capacity *capacity, uint64_t wanted);

/*
 * Logs each ceiling that leaves room for fewer than `streams`, and the command that raises it: the
 * tightest first. Then the ceiling of descriptors, if it leaves room for fewer than `connections`.
 */
void capacity_report(const struct capacity *capacity, uint64_t streams, uint64_t connections);

#endif
