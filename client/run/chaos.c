#include "client/run/chaos.h"

#include "shared/base/number.h"

#include <math.h>
#include <string.h>

/* splitmix64 (Steele, Lea, Flood 2014): any state is a good one. */
static uint64_t next_random(struct chaos *chaos)
{
    chaos->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = chaos->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* From 0 to just under 1. */
static double next_fraction(struct chaos *chaos)
{
    return (double)(next_random(chaos) >> 11) / (double)(UINT64_C(1) << 53);
}

void chaos_init(struct chaos *chaos, const struct chaos_plan *plan, unsigned connection,
                unsigned connections)
{
    *chaos = (struct chaos){.mean_ns = (double)plan->cut_ns * connections,
                            .stall_fraction = plan->stall_fraction,
                            .state = connection};
    chaos->state = plan->seed ^ next_random(chaos);
}

int64_t chaos_next_ns(struct chaos *chaos)
{
    const double longest_ns = (double)(INT64_MAX / 2); /* can be added to any time */
    return (int64_t)fmin(-log(1.0 - next_fraction(chaos)) * chaos->mean_ns, longest_ns);
}

bool chaos_next_is_stall(struct chaos *chaos)
{
    return next_fraction(chaos) < chaos->stall_fraction;
}

static const char usage[] = "expected cut=TIME or cut=TIME,stall=PERCENT%, such as cut=2s,stall=1%";

static bool parse_cut(const char *word, size_t length, struct chaos_plan *plan)
{
    return duration_parse(word, length, &plan->cut_ns) == NUMBER_OK && plan->cut_ns > 0;
}

static bool parse_stall(const char *word, size_t length, struct chaos_plan *plan)
{
    uint64_t percent;
    if (length < 2 || word[length - 1] != '%' ||
        number_parse(word, length - 1, 100, &percent) != NUMBER_OK) {
        return false;
    }
    plan->stall_fraction = (double)percent / 100;
    return true;
}

const char *chaos_parse(const char *text, struct chaos_plan *ret_plan)
{
    static const char cut[] = "cut=";
    static const char stall[] = "stall=";
    struct chaos_plan plan = {.cut_ns = 0};
    for (;;) {
        size_t length = strcspn(text, ",");
        bool good = false;
        if (strncmp(text, cut, sizeof cut - 1) == 0) {
            good = parse_cut(text + sizeof cut - 1, length - (sizeof cut - 1), &plan);
        } else if (strncmp(text, stall, sizeof stall - 1) == 0) {
            good = parse_stall(text + sizeof stall - 1, length - (sizeof stall - 1), &plan);
        }
        if (!good) {
            return usage;
        }
        text += length;
        if (*text == '\0') {
            break;
        }
        text++; /* the comma: another word must follow */
    }
    if (plan.cut_ns == 0) {
        return usage;
    }
    ret_plan->cut_ns = plan.cut_ns;
    ret_plan->stall_fraction = plan.stall_fraction;
    return NULL;
}
