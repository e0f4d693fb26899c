/* shared/protocol/sequence: how a client's place in a session's messages is found. */
#include "shared/protocol/sequence.h"
#include "test/kit/vectors.h"
#include "test/suites.h"

#include <string.h>

static struct vectors vectors;

static void read_vectors(void)
{
    vectors_read(&vectors);
}

static const struct vector *client_vector(void)
{
    return vectors_find(&vectors, "a17417a0-aa39-40b5-8675-247713cc4908");
}

/* Its 1st and 5th numbers are equal. */
static const struct vector *repeating_vector(void)
{
    return vectors_find(&vectors, "24cb0169-21d3-a888-8000-000000000005");
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

Suite *sequence_seek_suite(void)
{
    Suite *suite = suite_create("sequence-seek");
    TCase *tcase = tcase_create("sequence-seek");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, read_vectors, NULL);
    tcase_add_test(tcase, a_position_is_sought_and_its_message_compared);
    tcase_add_test(tcase, a_value_is_sought_among_what_was_sent);
    tcase_add_test(tcase, a_value_that_repeats_is_told_apart);
    tcase_add_test(tcase, a_value_that_repeats_early_is_told_apart);
    tcase_add_test(tcase, a_value_that_occurs_once_is_found);
    tcase_add_test(tcase, a_checksum_that_equals_a_number_is_told_apart);
    tcase_add_test(tcase, messages_around_a_position_are_found);
    return suite;
}
