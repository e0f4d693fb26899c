/*
 * How many streams were live and waiting in the course of a run. It follows the streams' own
 * changes, and not only the moments of the reports: an outage between two reports is in it. Plain
 * data; belongs to one thread.
 */
#ifndef COMMS_CLIENT_MEASURE_COURSE_H
#define COMMS_CLIENT_MEASURE_COURSE_H

#include <stddef.h>
#include <stdint.h>

enum { COURSE_POINTS = 4096 };

/* A time in which the counts did not change, or their averages over a short time. */
struct course_point {
    int64_t begin_ns; /* nanoseconds since the beginning of the run */
    int64_t end_ns;
    double live;
    double waiting;
};

/* Points in order, without gaps; all zeroes is an empty course. */
struct course {
    size_t count;
    struct course_point points[COURSE_POINTS];
};

/*
 * Adds a point that begins where the last one ends. It lengthens the last one if the counts are the
 * same. If there is no room, neighbours that are nearly the same, or short, become one, with their
 * average; so an outage stays visible in a run of days, and in all 1,440 of a day with one a
 * minute.
 */
void course_add(struct course *course, const struct course_point *point);

#endif
