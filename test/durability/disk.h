/* What the tests and test/shims/disk.c share: which disk operations fail, and which there were. */
#ifndef COMMS_TEST_DURABILITY_DISK_H
#define COMMS_TEST_DURABILITY_DISK_H

#include <stdatomic.h>
#include <stdint.h>

/* In a file that both map. The test writes it, at any time. */
struct disk_control {
    atomic_ulong inode; /* of the file that is meant; 0: none */
    atomic_int error;   /* with which each write and sync fails; 0: they work */
    atomic_int hangs;   /* 1: each write and sync waits until it is 0 */
};

enum disk_kind {
    DISK_WRITE,
    DISK_WRITE_THROUGH, /* with O_DSYNC: what it wrote is on the disk when it has ended */
    DISK_SYNC           /* all earlier writes of the file are on the disk when it has ended */
};

/* One operation that succeeded; the bytes that were written follow. */
struct disk_operation {
    enum disk_kind kind;
    uint64_t inode;
    int64_t offset;
    uint64_t size;
    int64_t began; /* CLOCK_REALTIME, nanoseconds */
    int64_t ended;
};

#endif
