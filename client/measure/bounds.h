/*
 * --fail-on: conditions on the result under which the run fails, such as `resume_p99>2s`. For one
 * thread.
 */
#ifndef COMMS_CLIENT_MEASURE_BOUNDS_H
#define COMMS_CLIENT_MEASURE_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>

struct result;

enum bound_relation { BOUND_ABOVE, BOUND_AT_LEAST, BOUND_BELOW, BOUND_AT_MOST };

struct bound {
    const char *text; /* as it was given; not owned */
    size_t metric;    /* index in the table of bounds.c */
    enum bound_relation relation;
    double limit; /* nanoseconds where the metric is a duration */
};

/* All zeroes: none. */
struct bounds {
    size_t count;
    struct bound *items;
};

enum { BOUND_ERROR_SIZE = 256 };

/*
 * Reads METRIC RELATION VALUE (relations: > >= < <=; blanks between them do not matter) and appends
 * it; `text` must outlive the bounds. False where it is none, with a reason that names what would
 * be right, or where memory is missing.
 */
bool bounds_add(struct bounds *bounds, const char *text, char error[static BOUND_ERROR_SIZE]);

void bounds_cleanup(struct bounds *bounds);

/* The value of the bound's metric: nanoseconds where it is a time. */
double bound_value(const struct bound *bound, const struct result *result);

/* Whether the bound's condition holds for the result: then the run fails. */
bool bound_is_broken(const struct bound *bound, const struct result *result);

/* The value of the bound's metric for people: "2.31 s", "17". */
enum { BOUND_VALUE_SIZE = 32 };
void bound_format_value(const struct bound *bound, const struct result *result,
                        char text[static BOUND_VALUE_SIZE]);

#endif
