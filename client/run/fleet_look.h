/*
 * How a fleet follows its loops: it asks each how it is, keeps the course of the streams, and tells
 * the listener of intervals and breaks. For fleet.c, in the thread that runs the fleet.
 */
#ifndef COMMS_CLIENT_RUN_FLEET_LOOK_H
#define COMMS_CLIENT_RUN_FLEET_LOOK_H

#include "client/run/fleet.h"

#include <stdbool.h>
#include <stdint.h>

/* The time on the clock of the run, nanoseconds. */
int64_t fleet_now(const struct fleet *fleet);

/* Before the first look. */
void fleet_look_begin(struct fleet *fleet);

/* A look between two reports; tells of breaks that are due. False: the listener wants the end. */
bool fleet_look(struct fleet *fleet);

/* A look with which an interval ends; tells of it, and of all breaks. False: as above. */
bool fleet_look_and_report(struct fleet *fleet);

#endif
