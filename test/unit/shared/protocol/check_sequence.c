/* shared/protocol/sequence: the messages of a session. */
#include "shared/protocol/sequence.h"
#include "test/kit/vectors.h"
#include "test/suites.h"

#include <inttypes.h>

static struct vectors vectors;

static void read_vectors(void)
{
    vectors_read(&vectors);
}

static const struct vector *client_vector(void)
{
    return vectors_find(&vectors, "a17417a0-aa39-40b5-8675-247713cc4908");
}

/* All n + 1 messages of a session, each compared with a sum that is kept here. */
static void assert_session(const struct vector *vector, uint32_t n, uint32_t checksum)
{
    struct sequence sequence;
    sequence_init(&sequence, &vector->uuid, n);
    ck_assert_uint_eq(sequence_checksum(&sequence), 0);
    uint64_t sum = 0;
    for (uint32_t k = 1; k <= n; k++) {
        bool right = sequence.position == k - 1 && !sequence_is_finished(&sequence);
        uint32_t number = sequence_next(&sequence);
        sum += number;
        right = right && (k > VECTOR_FIRST || number == vector->first[k - 1]) &&
                sequence_checksum(&sequence) == sum % 123456;
        if (!right) { /* an assertion of Check costs a system call, and there are 65,535 */
            ck_abort_msg("%s: number %" PRIu32 " of %" PRIu32, vector->text, k, n);
        }
    }
    ck_assert(!sequence_is_finished(&sequence));
    ck_assert_msg(sequence_next(&sequence) == checksum,
                  "%s: the checksum of %" PRIu32 " numbers is not %" PRIu32, vector->text, n,
                  checksum);
    ck_assert(sequence_is_finished(&sequence));
    ck_assert_uint_eq(sequence.position, n + 1);
    ck_assert_uint_eq(sequence_checksum(&sequence), checksum);
}

START_TEST(the_messages_are_the_numbers_then_the_checksum)
{
    for (size_t v = 0; v < vectors.count; v++) {
        const struct vector *vector = &vectors.items[v];
        ck_assert_uint_ge(vector->checksum_count, 4);
        for (size_t c = 0; c < vector->checksum_count; c++) {
            assert_session(vector, vector->checksums[c].count, vector->checksums[c].checksum);
        }
    }
}
END_TEST

START_TEST(checksums_in_the_middle_are_known)
{
    struct sequence sequence;
    for (size_t v = 0; v < vectors.count; v++) {
        const struct vector *vector = &vectors.items[v];
        for (size_t c = 0; c < vector->checksum_count; c++) {
            sequence_init(&sequence, &vector->uuid, VECTOR_LENGTH);
            while (sequence.position < vector->checksums[c].count) {
                (void)sequence_next(&sequence);
            }
            ck_assert_uint_eq(sequence_checksum(&sequence), vector->checksums[c].checksum);
        }
    }
}
END_TEST

START_TEST(the_smallest_session_has_two_messages)
{
    const struct vector *vector = client_vector();
    struct sequence sequence;
    sequence_init(&sequence, &vector->uuid, 1);
    ck_assert_uint_eq(sequence_next(&sequence), 3856042040);
    ck_assert(!sequence_is_finished(&sequence));
    ck_assert_uint_eq(sequence_next(&sequence), 3856042040 % 123456);
    ck_assert(sequence_is_finished(&sequence));
}
END_TEST

START_TEST(the_largest_sum_does_not_wrap)
{
    const struct vector *vector = client_vector();
    struct sequence sequence;
    sequence_init(&sequence, &vector->uuid, SEQUENCE_N_MAX);
    sequence.position = SEQUENCE_N_MAX;
    sequence.sum = (uint64_t)SEQUENCE_N_MAX * UINT32_MAX;
    ck_assert_uint_eq(sequence_next(&sequence), 54849); /* (2^24 - 1)(2^32 - 1) modulo 123456 */
}
END_TEST

START_TEST(a_stateless_stream_goes_by_threes_and_wraps)
{
    static const uint64_t pairs[][2] = {{1, 3},
                                        {5, 15},
                                        {255, 765},
                                        {6148914691236517205, UINT64_MAX},
                                        {6148914691236517206, 2},
                                        {UINT64_MAX, UINT64_MAX - 2},
                                        {UINT64_C(1) << 63, UINT64_C(1) << 63}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        ck_assert_uint_eq(stateless_next(pairs[i][0]), pairs[i][1]);
        ck_assert_uint_eq(stateless_previous(pairs[i][1]), pairs[i][0]);
    }
}
END_TEST

Suite *sequence_suite(void)
{
    Suite *suite = suite_create("sequence");
    TCase *tcase = tcase_create("sequence");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, read_vectors, NULL);
    tcase_add_test(tcase, the_messages_are_the_numbers_then_the_checksum);
    tcase_add_test(tcase, checksums_in_the_middle_are_known);
    tcase_add_test(tcase, the_smallest_session_has_two_messages);
    tcase_add_test(tcase, the_largest_sum_does_not_wrap);
    tcase_add_test(tcase, a_stateless_stream_goes_by_threes_and_wraps);
    return suite;
}
