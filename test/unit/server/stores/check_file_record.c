/* What is written of a session comes back, and nothing that was changed on the way. */
#include "server/stores/file_record.h"
#include "shared/protocol/sequence.h"
#include "test/suites.h"

#include <sodium.h>

#include <string.h>

enum { RUN = 7 };
#define GENERATION UINT64_C(0x0102030405060708)

static const struct session_record record = {.uuid = {{1, 2, 3, [15] = 16}},
                                             .client = {{9, [15] = 8}},
                                             .n = 0x01020304 & SEQUENCE_N_MAX,
                                             .sent = 0x00020304,
                                             .is_exact = true,
                                             .attempt = UINT32_MAX,
                                             .generation = GENERATION};

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
}

static void expect_same(const struct session_record *got, const struct session_record *wanted)
{
    ck_assert_mem_eq(got->uuid.bytes, wanted->uuid.bytes, sizeof got->uuid.bytes);
    ck_assert_mem_eq(got->client.bytes, wanted->client.bytes, sizeof got->client.bytes);
    ck_assert_uint_eq(got->n, wanted->n);
    ck_assert_uint_eq(got->sent, wanted->sent);
    ck_assert_int_eq(got->is_exact, wanted->is_exact);
    ck_assert_uint_eq(got->attempt, wanted->attempt);
    ck_assert_uint_eq(got->generation, wanted->generation);
}

START_TEST(test_record_comes_back)
{
    struct session_record rows[] = {record, record, record, record};
    rows[1].is_exact = false;
    rows[2].n = 1;
    rows[2].sent = 2; /* finished */
    rows[2].attempt = 0;
    rows[3].n = SEQUENCE_N_MAX;
    rows[3].sent = SEQUENCE_N_MAX + 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[FILE_RECORD_SIZE];
        struct session_record got;
        uint64_t run = 0;
        file_record_encode(&rows[i], UINT64_MAX - i, bytes);
        ck_assert(file_record_decode(GENERATION, bytes, sizeof bytes, &got, &run));
        expect_same(&got, &rows[i]);
        ck_assert_uint_eq(run, UINT64_MAX - i);
    }
}
END_TEST

START_TEST(test_each_changed_bit_is_found)
{
    uint8_t bytes[FILE_RECORD_SIZE];
    struct session_record got = {.n = 42};
    uint64_t run = 43;
    file_record_encode(&record, RUN, bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        ck_assert_msg(!file_record_decode(GENERATION, bytes, sizeof bytes, &got, &run), "bit %zu",
                      bit);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    ck_assert_uint_eq(got.n, 42);
    ck_assert_uint_eq(run, 43);
}
END_TEST

/* The record of one session under the key of another one. */
START_TEST(test_record_belongs_to_its_key)
{
    uint8_t bytes[FILE_RECORD_SIZE];
    struct session_record got;
    uint64_t run;
    file_record_encode(&record, RUN, bytes);
    ck_assert(!file_record_decode(GENERATION + 1, bytes, sizeof bytes, &got, &run));
    ck_assert(!file_record_decode(GENERATION ^ 1ULL << 63, bytes, sizeof bytes, &got, &run));
}
END_TEST

START_TEST(test_record_of_another_size)
{
    uint8_t bytes[FILE_RECORD_SIZE + 1] = {0};
    struct session_record got;
    uint64_t run;
    file_record_encode(&record, RUN, bytes);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        ck_assert_int_eq(file_record_decode(GENERATION, bytes, size, &got, &run),
                         size == FILE_RECORD_SIZE);
    }
}
END_TEST

/* With a checksum that is right, by a writer with a bug or by an attacker. */
START_TEST(test_record_that_cannot_be)
{
    struct session_record rows[] = {record, record, record, record, record, record};
    rows[0].n = 0;
    rows[1].n = SEQUENCE_N_MAX + 1;
    rows[2].sent = rows[2].n + 2;
    rows[3].generation = 0;
    rows[4].generation = UINT64_MAX; /* the next one would be 0 */
    rows[5].n = UINT32_MAX;          /* n + 1 is 0 */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[FILE_RECORD_SIZE];
        struct session_record got;
        uint64_t run;
        file_record_encode(&rows[i], RUN, bytes);
        ck_assert_msg(!file_record_decode(rows[i].generation, bytes, sizeof bytes, &got, &run),
                      "row %zu", i);
    }
}
END_TEST

START_TEST(test_keys_stand_in_order)
{
    static const uint64_t generations[] = {0, 1, 255, 256, 1ULL << 32, UINT64_MAX};
    uint8_t before[FILE_KEY_SIZE];
    for (size_t i = 0; i < sizeof generations / sizeof generations[0]; i++) {
        uint8_t key[FILE_KEY_SIZE];
        file_key_encode(generations[i], key);
        ck_assert_uint_eq(file_key_decode(key), generations[i]);
        ck_assert(i == 0 || memcmp(before, key, sizeof key) < 0);
        memcpy(before, key, sizeof key);
    }
}
END_TEST

START_TEST(test_head)
{
    const struct file_head head = {.run = 3, .crashed_run = UINT64_MAX, .is_closed = true};
    struct file_head got = {.run = 42};
    uint8_t bytes[FILE_HEAD_SIZE];
    file_head_encode(&head, bytes);
    ck_assert_int_eq(file_head_decode(bytes, sizeof bytes, &got), FILE_HEAD_GOOD);
    ck_assert_uint_eq(got.run, 3);
    ck_assert_uint_eq(got.crashed_run, UINT64_MAX);
    ck_assert(got.is_closed);
    for (size_t size = 0; size < sizeof bytes; size++) {
        ck_assert_int_ne(file_head_decode(bytes, size, &got), FILE_HEAD_GOOD);
    }
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        ck_assert_int_ne(file_head_decode(bytes, sizeof bytes, &got), FILE_HEAD_GOOD);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    bytes[16] = FILE_FORMAT + 1;
    ck_assert_int_eq(file_head_decode(bytes, sizeof bytes, &got), FILE_HEAD_NEWER);
    ck_assert_int_eq(file_head_decode(bytes, 20, &got), FILE_HEAD_NEWER);
    bytes[0] = 'x';
    ck_assert_int_eq(file_head_decode(bytes, sizeof bytes, &got), FILE_HEAD_FOREIGN);
}
END_TEST

Suite *file_record_suite(void)
{
    Suite *suite = suite_create("file-record");
    TCase *tcase = tcase_create("file-record");
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, test_record_comes_back);
    tcase_add_test(tcase, test_each_changed_bit_is_found);
    tcase_add_test(tcase, test_record_belongs_to_its_key);
    tcase_add_test(tcase, test_record_of_another_size);
    tcase_add_test(tcase, test_record_that_cannot_be);
    tcase_add_test(tcase, test_keys_stand_in_order);
    tcase_add_test(tcase, test_head);
    suite_add_tcase(suite, tcase);
    return suite;
}
