#include "client/measure/result.h"

#include "client/measure/fail_on.h"
#include "shared/base/clock.h"

void result_conclude(struct result *result, int signal_number)
{
    const struct fail_on_list *list = &result->plan->fail_on;
    result->signal_number = signal_number;
    if (signal_number != 0 && result->outcome != OUTCOME_VIOLATED &&
        result->outcome != OUTCOME_PROVEN) {
        result->outcome = OUTCOME_INTERRUPTED;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (result->outcome == OUTCOME_PROVEN && fail_on_holds(&list->items[i], result)) {
            result->outcome = OUTCOME_FAIL_ON;
        }
    }
}

int result_exit_status(const struct result *result)
{
    bool was_interrupted = result->outcome == OUTCOME_INTERRUPTED;
    return (int)result->outcome + (was_interrupted ? result->signal_number : 0);
}

bool result_has_throughput(const struct result *result)
{
    return result->measured_ns > 0 && result->measured_numbers > 0;
}

bool result_has_bytes_throughput(const struct result *result)
{
    return result_has_throughput(result) && result->plan->size > 0;
}

double result_bytes_throughput(const struct result *result)
{
    return result_throughput(result) * result->plan->size;
}

double result_throughput(const struct result *result)
{
    return result->measured_ns == 0 ? 0
                                    : (double)result->measured_numbers /
                                          ((double)result->measured_ns / (double)NS_PER_S);
}
