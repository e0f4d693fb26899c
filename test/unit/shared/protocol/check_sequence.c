/*
 * shared/protocol/sequence: the messages of a session, and how a client's place in them is found.
 */
#include "shared/protocol/sequence.h"
#include "test/kit/vectors.h"
#include "test/suites.h"

#include <inttypes.h>
#include <string.h>

static struct vectors vectors;

static void read_vectors(void)
{
    vectors_read(&vectors);
}

static const struct vector *vector_of(const char *uuid)
{
    for (size_t v = 0; v < vectors.count; v++) {
        if (strcmp(vectors.items[v].text, uuid) == 0) {
            return &vectors.items[v];
        }
    }
    ck_abort_msg("no vector of %s", uuid);
}

static const struct vector *client_vector(void)
{
    return vector_of("a17417a0-aa39-40b5-8675-247713cc4908");
}

/* Its 1st and 5th numbers are equal. */
static const struct vector *repeating_vector(void)
{
    return vector_of("24cb0169-21d3-a888-8000-000000000005");
}

/* The sequence must stand after message `position`: the next ones tell. */
static void assert_stands_at(struct sequence *sequence, const struct uuid *uuid, uint32_t n,
                             uint32_t position)
{
    struct sequence expected;
    sequence_init(&expected, uuid, n);
    while (expected.position < position) {
        (void)sequence_next(&expected);
    }
    ck_assert_uint_eq(sequence->n, n);
    ck_assert_uint_eq(sequence->position, position);
    ck_assert_uint_eq(sequence_checksum(sequence), sequence_checksum(&expected));
    ck_assert_int_eq(sequence_is_finished(sequence), position == n + 1);
    for (int i = 0; i < 3 && !sequence_is_finished(&expected); i++) {
        uint32_t peeked = sequence_peek(sequence);
        ck_assert_uint_eq(peeked, sequence_next(&expected));
        ck_assert_uint_eq(peeked, sequence_next(sequence));
    }
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

START_TEST(a_position_is_sought_and_its_message_compared)
{
    enum { N = 12 };
    const struct vector *vector = client_vector();
    uint32_t messages[N + 2] = {0};
    struct sequence sequence;
    sequence_init(&sequence, &vector->uuid, N);
    for (uint32_t k = 1; k <= N + 1; k++) {
        messages[k] = sequence_next(&sequence);
    }
    for (uint32_t position = 0; position <= N + 1; position++) {
        ck_assert(sequence_seek(&sequence, &vector->uuid, N, position, messages[position]));
        assert_stands_at(&sequence, &vector->uuid, N, position);
        /* Only at position 0 there is no message, and any will do. */
        for (uint32_t other = 0; other <= N + 1; other++) {
            bool expected = position == 0 || other == position;
            ck_assert_int_eq(sequence_seek(&sequence, &vector->uuid, N, position, messages[other]),
                             expected);
        }
        ck_assert_int_eq(
            sequence_seek(&sequence, &vector->uuid, N, position, messages[position] + 1),
            position == 0);
        ck_assert_int_eq(sequence_seek(&sequence, &vector->uuid, N, position, UINT32_MAX),
                         position == 0);
    }
    ck_assert(sequence_seek(&sequence, &vector->uuid, N, 0, UINT32_MAX));
    assert_stands_at(&sequence, &vector->uuid, N, 0);
}
END_TEST

START_TEST(a_value_is_sought_among_what_was_sent)
{
    enum { N = 12 };
    const struct vector *vector = client_vector();
    struct sequence all;
    struct sequence sequence;
    sequence_init(&all, &vector->uuid, N);
    for (uint32_t position = 1; position <= N + 1; position++) {
        uint32_t message = sequence_next(&all);
        for (uint32_t sent = 0; sent <= N + 1; sent++) {
            bool found = sequence_seek_latest(&sequence, &vector->uuid, N, sent, message);
            ck_assert_int_eq(found, sent >= position);
            if (found) {
                assert_stands_at(&sequence, &vector->uuid, N, position);
            }
        }
    }
    ck_assert(!sequence_seek_latest(&sequence, &vector->uuid, N, N + 1, 0));
    ck_assert(!sequence_seek_latest(&sequence, &vector->uuid, N, N + 1, UINT32_MAX));
}
END_TEST

/* By value the latest place that was sent is meant, by position exactly the one that is named. */
START_TEST(a_value_that_repeats_is_told_apart)
{
    int repeats = 0;
    struct sequence sequence;
    for (size_t v = 0; v < vectors.count; v++) {
        const struct vector *vector = &vectors.items[v];
        if (!vector->has_repeat) {
            continue;
        }
        const struct uuid *uuid = &vector->uuid;
        const uint32_t n = VECTOR_LENGTH;
        const uint32_t first = vector->repeat_first;
        const uint32_t second = vector->repeat_second;
        const uint32_t value = vector->repeat_value;
        const struct {
            uint32_t sent;
            uint32_t latest;
        } cases[] = {{first - 1, 0},
                     {first, first},
                     {second - 1, first},
                     {second, second},
                     {second + 1, second}};
        repeats++;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            bool found = sequence_seek_latest(&sequence, uuid, n, cases[i].sent, value);
            ck_assert_int_eq(found, cases[i].latest != 0);
            if (found) {
                assert_stands_at(&sequence, uuid, n, cases[i].latest);
            }
        }
        ck_assert(sequence_seek(&sequence, uuid, n, first, value));
        assert_stands_at(&sequence, uuid, n, first);
        ck_assert(sequence_seek(&sequence, uuid, n, second, value));
        assert_stands_at(&sequence, uuid, n, second);
        ck_assert(!sequence_seek(&sequence, uuid, n, first + 1, value));
        ck_assert(!sequence_seek(&sequence, uuid, n, second - 1, value) || second - 1 == first);
    }
    ck_assert_int_ge(repeats, 3);
}
END_TEST

START_TEST(a_value_that_repeats_early_is_told_apart)
{
    const struct vector *vector = repeating_vector();
    ck_assert_uint_eq(vector->repeat_first, 1);
    ck_assert_uint_eq(vector->repeat_second, 5);
    struct sequence sequence;
    for (uint32_t sent = 1; sent <= 7; sent++) {
        ck_assert(sequence_seek_latest(&sequence, &vector->uuid, 6, sent, vector->repeat_value));
        assert_stands_at(&sequence, &vector->uuid, 6, sent < 5 ? 1 : 5);
    }
}
END_TEST

/* Where nobody knows how many were sent, a value counts if only one of all messages has it. */
START_TEST(a_value_that_occurs_once_is_found)
{
    enum { N = 12 };
    const struct vector *vector = client_vector();
    const struct vector *repeating = repeating_vector();
    struct sequence all;
    struct sequence sequence;
    sequence_init(&all, &vector->uuid, N);
    for (uint32_t position = 1; position <= N + 1; position++) {
        ck_assert(sequence_seek_only(&sequence, &vector->uuid, N, sequence_next(&all)));
        assert_stands_at(&sequence, &vector->uuid, N, position);
    }
    ck_assert(!sequence_seek_only(&sequence, &vector->uuid, N, 0));
    ck_assert(!sequence_seek_only(&sequence, &vector->uuid, N, UINT32_MAX));
    /* numbers 1 and 5 are equal */
    ck_assert(!sequence_seek_only(&sequence, &repeating->uuid, 6, repeating->repeat_value));
    ck_assert(sequence_seek_only(&sequence, &repeating->uuid, 4, repeating->repeat_value));
    assert_stands_at(&sequence, &repeating->uuid, 4, 1);
    struct uuid uuid; /* its checksum equals its number */
    ck_assert(uuid_parse("00000000-0000-04be-8000-000000000001", 36, &uuid));
    ck_assert(!sequence_seek_only(&sequence, &uuid, 1, 68476));
}
END_TEST

/* Message n + 1 counts as any other: where the checksum equals a number, it is the latest. */
START_TEST(a_checksum_that_equals_a_number_is_told_apart)
{
    static const struct {
        const char *uuid;
        uint32_t n;
        uint32_t number; /* which one the checksum equals */
        uint32_t value;
    } cases[] = {{"00000000-0000-04be-8000-000000000001", 1, 1, 68476},
                 {"00000000-136a-952b-8000-000000000002", 3, 2, 62046},
                 {"00000000-264a-b42d-8000-000000000003", 5, 1, 27924}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint32_t n = cases[i].n;
        const uint32_t number = cases[i].number;
        const uint32_t value = cases[i].value;
        struct uuid uuid;
        struct sequence sequence;
        ck_assert(uuid_parse(cases[i].uuid, strlen(cases[i].uuid), &uuid));
        ck_assert(sequence_seek_latest(&sequence, &uuid, n, n, value));
        assert_stands_at(&sequence, &uuid, n, number);
        ck_assert(sequence_seek_latest(&sequence, &uuid, n, n + 1, value));
        assert_stands_at(&sequence, &uuid, n, n + 1);
        ck_assert(sequence_seek(&sequence, &uuid, n, number, value));
        assert_stands_at(&sequence, &uuid, n, number);
        ck_assert(sequence_seek(&sequence, &uuid, n, n + 1, value));
        assert_stands_at(&sequence, &uuid, n, n + 1);
    }
}
END_TEST

START_TEST(messages_around_a_position_are_found)
{
    enum { N = 12, REACH = 4 };
    const struct vector *vector = client_vector();
    uint32_t messages[N + 2] = {0};
    struct sequence sequence;
    sequence_init(&sequence, &vector->uuid, N);
    for (uint32_t k = 1; k <= N + 1; k++) {
        messages[k] = sequence_next(&sequence);
    }
    for (uint32_t position = 0; position <= N + 1; position++) {
        ck_assert(sequence_seek(&sequence, &vector->uuid, N, position, messages[position]));
        for (uint32_t k = 1; k <= N + 1; k++) {
            bool is_ahead = k > position + 1 && k <= position + 1 + REACH;
            uint64_t alike = messages[k] + (UINT64_C(1) << 32);
            ck_assert_uint_eq(sequence_find_back(&sequence, messages[k]), k <= position ? k : 0);
            ck_assert_uint_eq(sequence_find_ahead(&sequence, messages[k], REACH), is_ahead ? k : 0);
            ck_assert_uint_eq(sequence_find_back(&sequence, alike), 0);
            ck_assert_uint_eq(sequence_find_ahead(&sequence, alike, REACH), 0);
        }
        assert_stands_at(&sequence, &vector->uuid, N, position);
    }
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
    tcase_add_test(tcase, a_position_is_sought_and_its_message_compared);
    tcase_add_test(tcase, a_value_is_sought_among_what_was_sent);
    tcase_add_test(tcase, a_value_that_repeats_is_told_apart);
    tcase_add_test(tcase, a_value_that_repeats_early_is_told_apart);
    tcase_add_test(tcase, a_checksum_that_equals_a_number_is_told_apart);
    tcase_add_test(tcase, a_value_that_occurs_once_is_found);
    tcase_add_test(tcase, messages_around_a_position_are_found);
    tcase_add_test(tcase, a_stateless_stream_goes_by_threes_and_wraps);
    return suite;
}
