#include "client/measure/result.h"

#include "shared/base/clock.h"

int result_exit_status(const struct result *result)
{
    bool was_interrupted = result->outcome == OUTCOME_INTERRUPTED;
    return (int)result->outcome + (was_interrupted ? result->signal_number : 0);
}

double result_throughput(const struct result *result)
{
    return result->measured_ns == 0 ? 0
                                    : (double)result->measured_numbers /
                                          ((double)result->measured_ns / (double)NS_PER_S);
}
