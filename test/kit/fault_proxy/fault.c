#include "test/kit/fault_proxy/fault.h"

#include <stddef.h>
#include <string.h>

static const char *const kind_names[] = {
    [FAULT_NONE] = "none",
    [FAULT_CUT] = "cut",
    [FAULT_RESET] = "reset",
    [FAULT_STALL] = "stall",
    [FAULT_HALF_CLOSE] = "half-close",
    [FAULT_CORRUPT] = "corrupt",
    [FAULT_HOLD] = "hold",
};

const char *fault_kind_name(enum fault_kind kind)
{
    return kind_names[kind];
}

enum fault_kind fault_kind_parse(const char *name)
{
    for (size_t i = FAULT_CUT; i < sizeof kind_names / sizeof *kind_names; i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            return (enum fault_kind)i;
        }
    }
    return FAULT_NONE;
}
