#include "shared/protocol/sequence.h"

void sequence_init(struct sequence *sequence, const struct uuid *uuid, uint32_t n)
{
    sequence->n = n;
    sequence->position = 0;
    sequence->sum = 0;
    go_rand_seed(&sequence->source, uuid_seed(uuid));
}

uint32_t sequence_checksum(const struct sequence *sequence)
{
    return (uint32_t)(sequence->sum % SEQUENCE_CHECKSUM_MODULUS);
}

bool sequence_is_finished(const struct sequence *sequence)
{
    return sequence->position > sequence->n;
}

bool sequence_seek(struct sequence *sequence, const struct uuid *uuid, uint32_t n,
                   uint32_t position, uint32_t last)
{
    sequence_init(sequence, uuid, n);
    uint32_t message = last;
    while (sequence->position < position) {
        message = sequence_next(sequence);
    }
    return message == last;
}

bool sequence_seek_latest(struct sequence *sequence, const struct uuid *uuid, uint32_t n,
                          uint32_t sent, uint32_t last)
{
    /* One pass finds the position, a second one goes there. A copy of the state at each equal value
     * would cost more than the second pass if a value is frequent. */
    uint32_t latest = 0;
    sequence_init(sequence, uuid, n);
    while (sequence->position < sent) {
        if (sequence_next(sequence) == last) {
            latest = sequence->position;
        }
    }
    return latest > 0 && sequence_seek(sequence, uuid, n, latest, last);
}

bool sequence_seek_only(struct sequence *sequence, const struct uuid *uuid, uint32_t n,
                        uint32_t last)
{
    uint32_t found = 0;
    uint32_t count = 0;
    sequence_init(sequence, uuid, n);
    while (!sequence_is_finished(sequence)) {
        if (sequence_next(sequence) == last) {
            found = sequence->position;
            count++;
        }
    }
    return count == 1 && sequence_seek(sequence, uuid, n, found, last);
}

uint32_t sequence_find_back(const struct sequence *sequence, uint64_t message)
{
    uint32_t numbers = sequence->position;
    if (sequence_is_finished(sequence)) {
        numbers = sequence->n;
        if (sequence_checksum(sequence) == message) {
            return sequence->position;
        }
    }
    for (uint32_t back = 0; back < numbers && back < GO_RAND_WORDS; back++) {
        if (go_rand_uint32_back(&sequence->source, back) == message) {
            return numbers - back;
        }
    }
    return 0;
}

uint32_t sequence_find_ahead(const struct sequence *sequence, uint64_t message, uint32_t reach)
{
    if (sequence_is_finished(sequence)) {
        return 0;
    }
    struct sequence ahead = *sequence;
    (void)sequence_next(&ahead);
    for (uint32_t i = 0; i < reach && !sequence_is_finished(&ahead); i++) {
        if (sequence_next(&ahead) == message) {
            return ahead.position;
        }
    }
    return 0;
}
