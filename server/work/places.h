/*
 * The places for live streams. Each kind of service has places of its own, so that no kind takes
 * those of another: a server that is full still answers health checks, and watchers never keep a
 * client of the numbers out. For any thread.
 */
#ifndef COMMS_SERVER_WORK_PLACES_H
#define COMMS_SERVER_WORK_PLACES_H

#include "server/services/service.h"

#include <stdint.h>

enum {
    PLACES_SHORT = 8, /* of health checks, and as many of reflection: they are over at once */
    /* A client that checks health keeps one watch open for each of its connections, and takes a
     * refused watch for a sick server: so there are a quarter of --max-streams, and some. */
    PLACES_WATCHES_MIN = 8,
    PLACES_WATCHES_MAX = 1000
};

/* The places of the kind, where --max-streams is `max_streams`. */
uint64_t places_of(enum service_places kind, uint64_t max_streams);

#endif
