/*
 * Reads the ceilings that the system sets for this process. All come from files, so that a test can
 * write the files of any system. For any thread.
 */
#ifndef COMMS_SERVER_WORK_CAPACITY_READ_H
#define COMMS_SERVER_WORK_CAPACITY_READ_H

#include "server/work/capacity.h"

/*
 * Reads the ceilings as they are now, so process_raise_descriptor_limit comes first. `root` is put
 * before each path in /proc and /sys: "" except in tests. A ceiling that cannot be read counts as
 * none.
 */
void capacity_read(struct capacity *ret_capacity, const char *root);

#endif
