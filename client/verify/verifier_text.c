#include "client/verify/verifier_text.h"

#include <inttypes.h>
#include <stdio.h>

enum { WORDS_SIZE = 48 };

static void say_expected(const struct verifier *verifier, enum verdict verdict,
                         char text[static WORDS_SIZE])
{
    if (verifier->has_expected) {
        (void)snprintf(text, WORDS_SIZE, "%" PRIu64, verifier->expected);
    } else if (verdict == VERDICT_WRONG_POSITION) {
        (void)snprintf(text, WORDS_SIZE, "the position of message %" PRIu64, verifier->last);
    } else if (!verifier->position_is_known) {
        (void)snprintf(text, WORDS_SIZE, "a right position first");
    } else if (verifier->mode == MODE_STATELESS && verifier->wrong_at == 1) {
        (void)snprintf(text, WORDS_SIZE, "a number from 1 to %d", STATELESS_FIRST_MAX);
    } else {
        (void)snprintf(text, WORDS_SIZE, "the end of the stream");
    }
}

/* Which message came again, or out of order. */
static void say_message(const struct verifier *verifier, char text[static WORDS_SIZE])
{
    if (verifier->wrong_at > verifier->n) {
        (void)snprintf(text, WORDS_SIZE, "the checksum");
    } else {
        (void)snprintf(text, WORDS_SIZE, "number %" PRIu64, verifier->wrong_at);
    }
}

void verifier_describe(const struct verifier *verifier, enum verdict verdict, uint64_t message,
                       char text[static VERIFIER_ERROR_SIZE])
{
    static const char *const what[] = {[VERDICT_REPEATED] = " came again",
                                       [VERDICT_REORDERED] = " came out of order",
                                       [VERDICT_CORRUPT] = "wrong number",
                                       [VERDICT_WRONG_POSITION] = "wrong position of the resume",
                                       [VERDICT_WRONG_CHECKSUM_SO_FAR] =
                                           "wrong checksum of the resume",
                                       [VERDICT_WRONG_CHECKSUM] = "wrong checksum"};
    char expected[WORDS_SIZE];
    char which[WORDS_SIZE] = "";
    say_expected(verifier, verdict, expected);
    if (verdict == VERDICT_LOST) {
        (void)snprintf(text, VERIFIER_ERROR_SIZE,
                       "lost %" PRIu64 " number%s after %" PRIu64
                       " right ones: expected %s, received %" PRIu64,
                       verifier->amount, verifier->amount == 1 ? "" : "s", verifier->right_before,
                       expected, message);
        return;
    }
    if (verdict == VERDICT_REPEATED || verdict == VERDICT_REORDERED) {
        say_message(verifier, which);
    }
    (void)snprintf(text, VERIFIER_ERROR_SIZE,
                   "%s%s after %" PRIu64 " right numbers: expected %s, received %" PRIu64, which,
                   what[verdict], verifier->right_before, expected, message);
}

void verifier_describe_padding(const struct padding_fault *fault, uint64_t right_before,
                               char text[static VERIFIER_ERROR_SIZE])
{
    int used = snprintf(text, VERIFIER_ERROR_SIZE,
                        "wrong padding after %" PRIu64 " right numbers: ", right_before);
    size_t size = VERIFIER_ERROR_SIZE - (size_t)used;
    if (fault->kind == PADDING_LENGTH) {
        (void)snprintf(text + used, size, "expected %" PRIu32 " bytes, received %" PRIu64,
                       fault->wanted, fault->length);
    } else {
        (void)snprintf(text + used, size,
                       "byte %" PRIu64 " of %" PRIu32 ": expected 0x%02x, received 0x%02x",
                       fault->at, fault->wanted, fault->expected, fault->received);
    }
}
