/* A result as a run might have it, the same each time. For one thread. */
#ifndef COMMS_TEST_KIT_SAMPLE_RESULT_H
#define COMMS_TEST_KIT_SAMPLE_RESULT_H

#include "client/measure/result.h"

/*
 * A proven run of plan->streams streams, a number a second each, for plan->duration_ns (a
 * minute, where that is 0) with a sample a second. Of a hundred streams twelve break, in bursts.
 * The options must outlive it.
 */
struct result *sample_result_create(const struct plan *plan);
void sample_result_destroy(struct result *result);

/* Makes it a run that found violations, left streams unfinished and held some back. */
void sample_result_spoil(struct result *result);

#endif
