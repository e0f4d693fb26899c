/*
 * How many streams the system lets this process hold, known before the first one comes. Each has a
 * thread: a pid of those of the system, of its control group and of its user, and two memory maps.
 * Each may come on a connection of its own, which has a descriptor. What is used already, and what
 * the rest of the process and C core need, is left out of the count.
 *
 * Reading is apart from counting: limits_read fills a struct from files, everything else is
 * arithmetic over it. For any thread.
 */
#ifndef COMMS_SERVER_WORK_LIMITS_H
#define COMMS_SERVER_WORK_LIMITS_H

#include <stdint.h>

enum limit_kind {
    LIMIT_PID_MAX,     /* kernel.pid_max: the threads of the whole system */
    LIMIT_THREADS_MAX, /* kernel.threads-max: the same ones */
    LIMIT_CGROUP,      /* pids.max of the control group, or of one above it that leaves less */
    LIMIT_NPROC,       /* ulimit -u: those of a user, but for root */
    LIMIT_MAPS,        /* vm.max_map_count: the memory maps of this process */
    LIMIT_NOFILE,      /* ulimit -n: its descriptors; of connections, the others are of streams */
    LIMIT_KINDS
};

/* Both where there is no limit and where none could be read. */
#define LIMIT_NONE UINT64_MAX

struct limit {
    uint64_t max;
    uint64_t used; /* 0 where that could not be read */
};

enum { LIMITS_PATH_SIZE = 512 };

struct limits {
    struct limit kinds[LIMIT_KINDS];
    unsigned processors;             /* C core and malloc take more where there are more */
    char pids_max[LIMITS_PATH_SIZE]; /* the file of LIMIT_CGROUP */
};

/*
 * Reads (limits_read.c) what applies to this process now, so after process_raise_descriptor_limit.
 * `root` is what the names of the files in /proc and /sys begin with: "", but for tests.
 */
void limits_read(struct limits *ret_limits, const char *root);

/* What is not used yet; LIMIT_NONE: there is no end. */
uint64_t limit_left(const struct limit *limit);

/*
 * The streams (of LIMIT_NOFILE: connections) that this limit leaves room for; LIMIT_NONE: any
 * number. Up to half of what is left is kept for the rest of the process: a small system serves
 * fewer streams, but serves, always one at least.
 */
uint64_t limits_can_hold(const struct limits *limits, enum limit_kind kind);

/* What to raise this limit to for so many, in round numbers and with some to spare. */
uint64_t limits_raise_to(const struct limits *limits, enum limit_kind kind, uint64_t wanted);

/* The streams, of those wanted, that all limits leave room for. */
uint64_t limits_admit(const struct limits *limits, uint64_t wanted);

/* Logs each limit that leaves room for fewer than wanted, and how to raise it: of streams the
 * tightest first, then that of connections. */
void limits_report(const struct limits *limits, uint64_t wanted);

#endif
