#include "client/verify/verifier.h"

#include "client/verify/absent_messages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ANSWERS = 2 };

_Static_assert(sizeof(struct verifier) <= 160, "there is one for each of thousands of streams");
_Static_assert((int)ABSENT_MESSAGES_MAX >= (int)VERIFIER_LOOK_AHEAD,
               "all numbers that one message can skip are remembered");

void verifier_init_stateless(struct verifier *verifier, uint32_t n)
{
    *verifier = (struct verifier){.mode = MODE_STATELESS, .n = n, .position_is_known = true};
}

bool verifier_init_stateful(struct verifier *verifier, const struct uuid *uuid, uint32_t n)
{
    *verifier =
        (struct verifier){.mode = MODE_STATEFUL, .n = n, .uuid = *uuid, .position_is_known = true};
    verifier->sequence = malloc(sizeof *verifier->sequence);
    if (verifier->sequence == NULL) {
        return false;
    }
    sequence_init(verifier->sequence, uuid, n);
    return true;
}

bool verifier_init_joining(struct verifier *verifier, const struct uuid *uuid, uint32_t n,
                           uint32_t last)
{
    bool good = verifier_init_stateful(verifier, uuid, n);
    verifier->last = last;
    verifier->position_is_known = false;
    return good;
}

void verifier_cleanup(struct verifier *verifier)
{
    free(verifier->sequence);
    free(verifier->absent);
    verifier->sequence = NULL;
    verifier->absent = NULL;
}

void verifier_begin_stream(struct verifier *verifier, bool resumes)
{
    verifier->answers_awaited = resumes && verifier->mode == MODE_STATEFUL ? ANSWERS : 0;
}

/* The due message. Not known before the first number of a stateless stream. */
static uint64_t peek(const struct verifier *verifier)
{
    return verifier->mode == MODE_STATEFUL ? sequence_peek(verifier->sequence)
                                           : stateless_next(verifier->last);
}

/* Moves past the due message. */
static void advance(struct verifier *verifier)
{
    verifier->last = verifier->mode == MODE_STATEFUL ? sequence_next(verifier->sequence)
                                                     : stateless_next(verifier->last);
    verifier->position++;
}

static void count_number(struct verifier *verifier, uint64_t number)
{
    verifier->count++;
    verifier->sum += number;
}

/* Notes that a wrong message came instead of the due one. */
static void note_wrong(struct verifier *verifier)
{
    verifier->amount = 1;
    verifier->wrong_at = (uint64_t)verifier->position + 1;
    verifier->right_before = verifier->count;
    verifier->expected = 0;
    verifier->has_expected = false;
}

static void note_expected(struct verifier *verifier, uint64_t expected)
{
    note_wrong(verifier);
    verifier->expected = expected;
    verifier->has_expected = true;
}

static enum verdict take_corrupt(struct verifier *verifier, enum verdict verdict)
{
    verifier->corrupt++;
    return verdict;
}

/* The server's position must be ours; when joining, a position whose message is `last`. */
static enum verdict take_position(struct verifier *verifier, uint64_t message)
{
    uint32_t n = verifier->n;
    if (verifier->position_is_known) {
        if (message == verifier->position) {
            return VERDICT_POSITION;
        }
        note_expected(verifier, verifier->position);
        return take_corrupt(verifier, VERDICT_WRONG_POSITION);
    }
    if (message < 1 || message > (uint64_t)n + 1 ||
        !sequence_seek(verifier->sequence, &verifier->uuid, n, (uint32_t)message,
                       (uint32_t)verifier->last)) {
        note_wrong(verifier);
        return take_corrupt(verifier, VERDICT_WRONG_POSITION);
    }
    verifier->position_is_known = true;
    verifier->position = (uint32_t)message;
    verifier->count = message > n ? n : message;
    return VERDICT_POSITION;
}

static enum verdict take_answer(struct verifier *verifier, uint64_t message)
{
    if (verifier->answers_awaited-- == ANSWERS) {
        return take_position(verifier, message);
    }
    if (!verifier->position_is_known) {
        note_wrong(verifier);
        return take_corrupt(verifier, VERDICT_WRONG_CHECKSUM_SO_FAR);
    }
    uint32_t checksum = verifier_checksum(verifier);
    if (message == checksum) {
        return VERDICT_CHECKSUM_SO_FAR;
    }
    note_expected(verifier, checksum);
    return take_corrupt(verifier, VERDICT_WRONG_CHECKSUM_SO_FAR);
}

/* The server chooses the first number of a stateless stream, up to a limit. */
static enum verdict take_first(struct verifier *verifier, uint64_t message)
{
    bool good = message >= 1 && message <= STATELESS_FIRST_MAX;
    if (!good) {
        note_wrong(verifier);
    }
    verifier->position = 1;
    verifier->last = message;
    if (!good) {
        return take_corrupt(verifier, VERDICT_CORRUPT);
    }
    count_number(verifier, message);
    return VERDICT_NUMBER;
}

static void remember_absent(struct verifier *verifier, bool is_lost)
{
    const struct absent_message message = {
        .value = verifier->last, .position = verifier->position, .is_lost = is_lost};
    absent_messages_add(&verifier->absent, &message);
}

/* A message that was absent has come after all. */
static enum verdict take_absent(struct verifier *verifier, const struct absent_message *message)
{
    verifier->wrong_at = message->position;
    count_number(verifier, message->value);
    if (!message->is_lost && message->position == verifier->position) {
        return VERDICT_NUMBER; /* the corrupt message before it was one too many */
    }
    verifier->was_lost = message->is_lost;
    verifier->lost -= message->is_lost ? 1 : 0;
    verifier->reordered++;
    return VERDICT_REORDERED;
}

/* Message `position` has come; those before it are lost. */
static enum verdict take_lost(struct verifier *verifier, uint32_t position)
{
    uint32_t before = verifier->position;
    while (verifier->position + 1 < position && verifier->position < verifier->n) {
        advance(verifier);
        remember_absent(verifier, true);
    }
    verifier->amount = verifier->position - before;
    verifier->lost += verifier->position - before;
    if (!verifier_is_complete(verifier)) { /* else a stateless number after the last wanted one */
        advance(verifier);
        if (verifier->position <= verifier->n) {
            count_number(verifier, verifier->last);
        }
    }
    return VERDICT_LOST;
}

/* A message that is not nearby takes the place of the due one, which will not come. */
static enum verdict take_unknown(struct verifier *verifier)
{
    bool is_checksum = verifier->mode == MODE_STATEFUL && verifier->position == verifier->n;
    advance(verifier);
    if (is_checksum) {
        return take_corrupt(verifier, VERDICT_WRONG_CHECKSUM);
    }
    remember_absent(verifier, false);
    return take_corrupt(verifier, VERDICT_CORRUPT);
}

/* The position of an earlier message of this value; 0: none. */
static uint32_t find_back(const struct verifier *verifier, uint64_t message)
{
    if (verifier->mode == MODE_STATEFUL) {
        return sequence_find_back(verifier->sequence, message);
    }
    uint64_t value = verifier->last;
    uint32_t position = verifier->position;
    for (uint32_t i = 0; i < VERIFIER_LOOK_BACK && position > 0; i++, position--) {
        if (value == message) {
            return position;
        }
        value = stateless_previous(value);
    }
    return 0;
}

/* The position of a message of this value after the due one; 0: none. */
static uint32_t find_ahead(const struct verifier *verifier, uint64_t message)
{
    if (verifier->mode == MODE_STATEFUL) {
        return sequence_find_ahead(verifier->sequence, message, VERIFIER_LOOK_AHEAD);
    }
    uint64_t value = stateless_next(verifier->last);
    for (uint32_t i = 1; i <= VERIFIER_LOOK_AHEAD; i++) {
        value = stateless_next(value);
        if (value == message) {
            return verifier->position + 1 + i;
        }
    }
    return 0;
}

/*
 * Names a message that is not the due one. Absent messages are searched first, because they are
 * also among those that went by. A value that came before is then taken for a repetition, although
 * a later message has the same value once in 4 million times: after a false repetition the next
 * message is right again, but after a false loss all of them look wrong.
 */
static enum verdict take_wrong(struct verifier *verifier, uint64_t message)
{
    struct absent_message absent;
    bool is_over = verifier_is_complete(verifier);
    bool was_absent = absent_messages_take(verifier->absent, message, &absent);
    if (is_over && verifier->mode == MODE_STATELESS && !was_absent) {
        return VERDICT_SURPLUS;
    }
    if (is_over) {
        note_wrong(verifier);
    } else {
        note_expected(verifier, peek(verifier));
    }
    if (was_absent) {
        return take_absent(verifier, &absent);
    }
    uint32_t position = find_back(verifier, message);
    if (position != 0) {
        verifier->wrong_at = position;
        verifier->repeated++;
        return VERDICT_REPEATED;
    }
    if (is_over) {
        return take_corrupt(verifier, VERDICT_CORRUPT);
    }
    position = find_ahead(verifier, message);
    return position != 0 ? take_lost(verifier, position) : take_unknown(verifier);
}

enum verdict verifier_take(struct verifier *verifier, uint64_t message)
{
    if (verifier->answers_awaited > 0) {
        return take_answer(verifier, message);
    }
    if (!verifier->position_is_known) {
        note_wrong(verifier);
        return take_corrupt(verifier, VERDICT_CORRUPT);
    }
    if (verifier->mode == MODE_STATELESS && verifier->position == 0) {
        return take_first(verifier, message);
    }
    if (verifier_is_complete(verifier) || message != peek(verifier)) {
        return take_wrong(verifier, message);
    }
    advance(verifier);
    if (verifier->position > verifier->n) {
        return VERDICT_CHECKSUM;
    }
    count_number(verifier, message);
    return VERDICT_NUMBER;
}

bool verdict_is_wrong(enum verdict verdict)
{
    return verdict >= VERDICT_LOST;
}

uint32_t verifier_position(const struct verifier *verifier)
{
    return verifier->position;
}

bool verifier_is_complete(const struct verifier *verifier)
{
    if (verifier->mode == MODE_STATELESS) {
        return verifier->position >= verifier->n;
    }
    return verifier->answers_awaited == 0 && verifier->position_is_known &&
           verifier->position > verifier->n;
}

uint32_t verifier_checksum(const struct verifier *verifier)
{
    return verifier->sequence == NULL ? 0 : sequence_checksum(verifier->sequence);
}
