/*
 * What a disk has after its power was cut: all that was synced, and of later writes any sectors.
 * Read from the record that test/shims/disk.c has made of a server's writes.
 */
#ifndef COMMS_TEST_DURABILITY_POWER_CUT_H
#define COMMS_TEST_DURABILITY_POWER_CUT_H

#include "test/durability/disk.h"

#include <stddef.h>
#include <stdint.h>

/* The record of one file. The operations point into its bytes. */
struct disk_record {
    uint8_t *bytes;
    struct disk_operation **operations; /* in the order in which they were made */
    size_t count;
};

/* Reads the operations on this file. */
void disk_record_read(struct disk_record *record, const char *path, uint64_t inode);
void disk_record_cleanup(struct disk_record *record);

/*
 * Writes the file as it may be after a cut at this moment (CLOCK_REALTIME, nanoseconds): a write
 * that was not yet synced is there, or not, or some of its sectors are.
 */
void power_cut(const struct disk_record *record, int64_t moment, unsigned *seed, const char *path);

#endif
