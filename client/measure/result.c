#include "client/measure/result.h"

#include "client/measure/fail_on.h"
#include "shared/base/clock.h"

/* -1: shorter than said by more than a quarter, 1: longer, 0: neither. */
static int compare_pace(double ns, double said_ns)
{
    return ns < said_ns - said_ns / 4 ? -1 : ns > said_ns + said_ns / 4 ? 1 : 0;
}

int64_t result_find_pace(const struct result *result)
{
    const double said = (double)result->interval_ns;
    if (result->interval_ns == 0 || result->whole_gaps == 0) {
        return 0;
    }
    const int64_t median = histogram_quantile(&result->gap, 0.5);
    const double mean = result->whole_gaps_ns / (double)result->whole_gaps;
    const int side = compare_pace(mean, said);
    const bool is_other = side != 0 && side == compare_pace((double)median, said);
    /* Far below the mean: most numbers came together with others, the first ones perhaps so late
     * that they shortened the mean. */
    const bool is_steady = (double)median > mean / 4;
    return is_other && is_steady ? median : 0;
}

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
