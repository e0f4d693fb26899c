/*
 * What generator and checksum cost, as the server uses them: CPU time a number, in sessions of
 * 65,535 numbers, and CPU time of a session's seeding.
 */
#include "shared/protocol/sequence.h"
#include "test/bench/usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SESSIONS = 400, SEEDINGS = 100000 };

static struct uuid uuid_of(uint32_t number)
{
    struct uuid uuid = {{0}};
    for (size_t i = 0; i < 4; i++) {
        uuid.bytes[i] = (uint8_t)(number >> 8 * i);
    }
    return uuid;
}

/* Not inlined: in the server, too, a sequence stays in memory from one number to the next. */
static __attribute__((noinline)) uint32_t next(struct sequence *sequence)
{
    return sequence_next(sequence);
}

int main(void)
{
    static struct sequence sequence;
    uint64_t consumed = 0;
    uint64_t numbers = 0;
    int64_t seeding_ns = usage_own_cpu_ns();
    for (uint32_t i = 0; i < SEEDINGS; i++) {
        const struct uuid uuid = uuid_of(i);
        sequence_init(&sequence, &uuid, SEQUENCE_N_DEFAULT_MAX);
        consumed += sequence_peek(&sequence);
    }
    seeding_ns = usage_own_cpu_ns() - seeding_ns;

    int64_t numbers_ns = 0;
    for (uint32_t i = 0; i < SESSIONS; i++) {
        const struct uuid uuid = uuid_of(i);
        sequence_init(&sequence, &uuid, SEQUENCE_N_DEFAULT_MAX);
        int64_t before = usage_own_cpu_ns();
        while (!sequence_is_finished(&sequence)) {
            consumed += next(&sequence);
            numbers++;
        }
        numbers_ns += usage_own_cpu_ns() - before;
    }
    (void)printf("{\"ns_per_number\": %.2f, \"seed_ns\": %.0f}\n",
                 (double)numbers_ns / (double)numbers, (double)seeding_ns / SEEDINGS);
    return consumed == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
