#include "client/verifier.h"

#include <inttypes.h>
#include <stdio.h>

enum { ANSWERS = 2 };

void verifier_init_stateless(struct verifier *verifier, uint32_t n)
{
    *verifier = (struct verifier){.mode = MODE_STATELESS, .n = n};
}

void verifier_init_stateful(struct verifier *verifier, const struct uuid *uuid, uint32_t n)
{
    *verifier =
        (struct verifier){.mode = MODE_STATEFUL, .n = n, .uuid = *uuid, .position_is_known = true};
    sequence_init(&verifier->sequence, uuid, n);
}

void verifier_init_joining(struct verifier *verifier, const struct uuid *uuid, uint32_t n,
                           uint32_t last)
{
    verifier_init_stateful(verifier, uuid, n);
    verifier->last = last;
    verifier->position_is_known = false;
}

void verifier_begin_stream(struct verifier *verifier, bool resumes)
{
    verifier->answers_awaited = resumes && verifier->mode == MODE_STATEFUL ? ANSWERS : 0;
}

static enum verdict take_stateless(struct verifier *verifier, uint64_t message)
{
    if (verifier_is_complete(verifier)) {
        return VERDICT_SURPLUS;
    }
    bool good;
    if (verifier->count == 0) {
        good = message >= 1 && message <= STATELESS_FIRST_MAX;
        verifier->expected = 0; /* any of 1..255 */
    } else {
        verifier->expected = stateless_next(verifier->last);
        good = message == verifier->expected;
    }
    if (!good) {
        return VERDICT_WRONG_NUMBER;
    }
    verifier->count++;
    verifier->last = message;
    verifier->sum += message;
    return VERDICT_NUMBER;
}

/* The position that the server says: ours, or where we join one that fits our last message. */
static enum verdict take_position(struct verifier *verifier, uint64_t message)
{
    struct sequence *sequence = &verifier->sequence;
    if (verifier->position_is_known) {
        verifier->expected = sequence->position;
        return message == verifier->expected ? VERDICT_POSITION : VERDICT_WRONG_POSITION;
    }
    verifier->expected = 0; /* not known */
    if (message < 1 || message > (uint64_t)sequence->n + 1 ||
        !sequence_seek(sequence, &verifier->uuid, sequence->n, (uint32_t)message,
                       (uint32_t)verifier->last)) {
        return VERDICT_WRONG_POSITION;
    }
    verifier->position_is_known = true;
    verifier->count = message > sequence->n ? sequence->n : message;
    return VERDICT_POSITION;
}

static enum verdict take_answer(struct verifier *verifier, uint64_t message)
{
    if (verifier->answers_awaited-- == ANSWERS) {
        return take_position(verifier, message);
    }
    verifier->expected = sequence_checksum(&verifier->sequence);
    return message == verifier->expected ? VERDICT_CHECKSUM_SO_FAR : VERDICT_WRONG_CHECKSUM_SO_FAR;
}

static enum verdict take_stateful(struct verifier *verifier, uint64_t message)
{
    if (verifier->answers_awaited > 0) {
        return take_answer(verifier, message);
    }
    struct sequence *sequence = &verifier->sequence;
    if (sequence_is_finished(sequence)) {
        verifier->expected = 0; /* nothing at all */
        return VERDICT_WRONG_NUMBER;
    }
    bool is_checksum = sequence->position == sequence->n;
    verifier->expected = sequence_next(sequence);
    if (message != verifier->expected) {
        return is_checksum ? VERDICT_WRONG_CHECKSUM : VERDICT_WRONG_NUMBER;
    }
    verifier->last = message;
    if (is_checksum) {
        return VERDICT_CHECKSUM;
    }
    verifier->count++;
    return VERDICT_NUMBER;
}

enum verdict verifier_take(struct verifier *verifier, uint64_t message)
{
    return verifier->mode == MODE_STATEFUL ? take_stateful(verifier, message)
                                           : take_stateless(verifier, message);
}

bool verdict_is_wrong(enum verdict verdict)
{
    return verdict >= VERDICT_WRONG_NUMBER;
}

uint32_t verifier_position(const struct verifier *verifier)
{
    return verifier->sequence.position;
}

bool verifier_is_complete(const struct verifier *verifier)
{
    if (verifier->mode == MODE_STATELESS) {
        return verifier->count == verifier->n;
    }
    return verifier->answers_awaited == 0 && verifier->position_is_known &&
           sequence_is_finished(&verifier->sequence);
}

void verifier_describe(const struct verifier *verifier, enum verdict verdict, uint64_t message,
                       char text[static VERIFIER_ERROR_SIZE])
{
    static const char *const what[] = {[VERDICT_WRONG_NUMBER] = "number",
                                       [VERDICT_WRONG_POSITION] = "position of the resume",
                                       [VERDICT_WRONG_CHECKSUM_SO_FAR] = "checksum of the resume",
                                       [VERDICT_WRONG_CHECKSUM] = "checksum"};
    char expected[48];
    if (verdict == VERDICT_WRONG_NUMBER && verifier->mode == MODE_STATELESS &&
        verifier->count == 0) {
        (void)snprintf(expected, sizeof expected, "a number from 1 to %d", STATELESS_FIRST_MAX);
    } else if (verdict == VERDICT_WRONG_NUMBER && verifier->mode == MODE_STATEFUL &&
               sequence_is_finished(&verifier->sequence) && verifier->expected == 0) {
        (void)snprintf(expected, sizeof expected, "the end of the stream");
    } else if (verdict == VERDICT_WRONG_POSITION && !verifier->position_is_known) {
        (void)snprintf(expected, sizeof expected, "where message %" PRIu64 " is", verifier->last);
    } else {
        (void)snprintf(expected, sizeof expected, "%" PRIu64, verifier->expected);
    }
    (void)snprintf(text, VERIFIER_ERROR_SIZE,
                   "wrong %s after %" PRIu64 " right numbers: expected %s, received %" PRIu64,
                   what[verdict], verifier->count, expected, message);
}
