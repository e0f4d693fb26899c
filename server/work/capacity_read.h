/*
 * Reads the ceilings that the system puts on this process, all of them from files, so that a test
 * can lay out any system. For any thread.
 */
#ifndef COMMS_SERVER_WORK_CAPACITY_READ_H
#define COMMS_SERVER_WORK_CAPACITY_READ_H

#include "server/work/capacity.h"

/*
 * Reads what applies to this process now: call process_raise_descriptor_limit before. `root` stands
 * before the names of the files in /proc and /sys: "", except in tests. What cannot be read is
 * taken as no ceiling.
 */
void capacity_read(struct capacity *ret_capacity, const char *root);

#endif
