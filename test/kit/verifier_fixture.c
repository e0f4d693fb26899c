#include "test/kit/verifier_fixture.h"

#include "client/verify/verifier_text.h"

#include <check.h>

const struct uuid repeating_uuid = {{0x24, 0xcb, 0x01, 0x69, 0x21, 0xd3, 0xa8, 0x88, 0x80}};
const uint64_t repeated_number = 3691886270;

struct verifier verifier;
uint64_t messages[STREAM_N_MAX + 2];
uint32_t message_count;

void forget_verifier(void)
{
    verifier_cleanup(&verifier);
}

void begin_stream(enum mode mode, const struct uuid *session, uint32_t n)
{
    verifier_cleanup(&verifier);
    if (mode == MODE_STATEFUL) {
        struct sequence sequence;
        sequence_init(&sequence, session, n);
        message_count = n + 1;
        for (uint32_t k = 1; k <= message_count; k++) {
            messages[k] = sequence_next(&sequence);
        }
        ck_assert(verifier_init_stateful(&verifier, session, n));
    } else {
        message_count = n;
        messages[1] = 1;
        for (uint32_t k = 2; k <= n + 1; k++) {
            messages[k] = 3 * messages[k - 1];
        }
        verifier_init_stateless(&verifier, n);
    }
    verifier_begin_stream(&verifier, false);
}

void take(uint64_t message, enum verdict wanted)
{
    enum verdict verdict = verifier_take(&verifier, message);
    if (verdict != wanted) { /* an assertion of Check costs a system call */
        ck_abort_msg("verdict %d instead of %d on message %u", verdict, wanted,
                     verifier_position(&verifier));
    }
}

void take_right(uint64_t message, enum verdict wanted)
{
    take(message, wanted);
    ck_assert(!verdict_is_wrong(wanted));
}

void take_all(uint32_t first, uint32_t last)
{
    for (uint32_t k = first; k <= last; k++) {
        take(messages[k], k > verifier.n ? VERDICT_CHECKSUM : VERDICT_NUMBER);
    }
}

void take_wrong(uint64_t message, enum verdict wanted, uint64_t wrong_at, const char *text)
{
    char said[VERIFIER_ERROR_SIZE];
    take(message, wanted);
    verifier_describe(&verifier, wanted, message, said);
    ck_assert_str_eq(said, text);
    ck_assert_uint_eq(verifier.wrong_at, wrong_at);
    ck_assert(verdict_is_wrong(wanted));
}

void take_corrupt(uint64_t message, enum verdict wanted, const char *text)
{
    char said[VERIFIER_ERROR_SIZE];
    uint32_t corrupt = verifier.corrupt;
    ck_assert_int_eq(verifier_take(&verifier, message), wanted);
    ck_assert(verdict_is_wrong(wanted));
    ck_assert_uint_eq(verifier.corrupt, corrupt + 1);
    ck_assert_uint_eq(verifier.amount, 1);
    verifier_describe(&verifier, wanted, message, said);
    ck_assert_str_eq(said, text);
}

void expect_counters(uint32_t lost, uint32_t repeated, uint32_t reordered, uint32_t corrupt)
{
    ck_assert_uint_eq(verifier.lost, lost);
    ck_assert_uint_eq(verifier.repeated, repeated);
    ck_assert_uint_eq(verifier.reordered, reordered);
    ck_assert_uint_eq(verifier.corrupt, corrupt);
}
