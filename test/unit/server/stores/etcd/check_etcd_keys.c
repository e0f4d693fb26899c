/* The keys of a shared store, and what stands at them. */
#include "server/stores/etcd/etcd_keys.h"
#include "shared/protocol/sequence.h"
#include "test/suites.h"

#include <string.h>

static const struct uuid some_uuid = {{0x7a, 0xd7, 0xf1, 0x20, 0x44, 0x54, 0x4a, 0xf5, 0x86, 0x19,
                                       0x63, 0x43, 0x43, 0x44, 0x72, 0x8f}};

#define ID UINT64_C(0x12ab)

START_TEST(keys_can_be_read_by_people)
{
    ck_assert_str_eq(etcd_key_server("p", ID).text, "p/v/00000000000012ab");
    ck_assert_str_eq(etcd_key_dead("p", ID).text, "p/d/00000000000012ab");
    ck_assert_str_eq(etcd_key_session("a/b", &some_uuid).text,
                     "a/b/s/7ad7f120-4454-4af5-8619-63434344728f");
    ck_assert_str_eq(etcd_key_wish("p", ID, &some_uuid, 2).text,
                     "p/w/00000000000012ab/7ad7f120-4454-4af5-8619-63434344728f/0000000000000002");
    ck_assert_str_eq(etcd_key_answer("p", 2, &some_uuid).text,
                     "p/h/0000000000000002/7ad7f120-4454-4af5-8619-63434344728f");
}
END_TEST

START_TEST(a_range_has_all_keys_below_and_no_other)
{
    const struct etcd_key from = etcd_key_wishes("p", ID);
    const struct etcd_key to = etcd_key_end(&from);
    const struct etcd_key inside = etcd_key_wish("p", ID, &some_uuid, UINT64_MAX);
    const struct etcd_key outside = etcd_key_wish("p", ID + 1, &some_uuid, 0);
    ck_assert_int_le(strcmp(from.text, inside.text), 0);
    ck_assert_int_lt(strcmp(inside.text, to.text), 0);
    ck_assert_int_ge(strcmp(outside.text, to.text), 0);
}
END_TEST

START_TEST(an_id_is_read_from_its_key_only)
{
    static const char *const others[] = {"p/v/",
                                         "p/v/12ab",
                                         "p/v/00000000000012AB",
                                         "p/v/00000000000012ag",
                                         "p/v/00000000000012ab0",
                                         "p/d/00000000000012ab",
                                         "q/v/00000000000012ab",
                                         ""};
    const struct etcd_key key = etcd_key_server("p", ID);
    ck_assert_uint_eq(etcd_key_read_id("p", (const uint8_t *)key.text, strlen(key.text)), ID);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        ck_assert_uint_eq(etcd_key_read_id("p", (const uint8_t *)others[i], strlen(others[i])),
                          ETCD_NOBODY);
    }
}
END_TEST

START_TEST(a_session_comes_back_as_it_was_written)
{
    struct etcd_session session = {.record = {.client = {{1, 2, 3}},
                                              .n = SEQUENCE_N_MAX,
                                              .sent = SEQUENCE_N_MAX + 1,
                                              .is_exact = true,
                                              .attempt = UINT32_MAX},
                                   .owner = UINT64_MAX,
                                   .nonce = UINT64_MAX};
    struct etcd_session read;
    uint8_t bytes[ETCD_VALUE_SIZE];
    size_t length = etcd_session_write(&session, bytes);
    ck_assert_uint_le(length, sizeof bytes);
    ck_assert(etcd_session_read(bytes, length, &read));
    ck_assert_uint_eq(read.record.n, session.record.n);
    ck_assert_uint_eq(read.record.sent, session.record.sent);
    ck_assert(read.record.is_exact);
    ck_assert_uint_eq(read.record.attempt, session.record.attempt);
    ck_assert_uint_eq(read.owner, session.owner);
    ck_assert_uint_eq(read.nonce, session.nonce);
    ck_assert(client_key_equal(&read.record.client, &session.record.client));

    session = (struct etcd_session){.record = {.n = 1}};
    length = etcd_session_write(&session, bytes);
    ck_assert(etcd_session_read(bytes, length, &read));
    ck_assert(client_key_equal(&read.record.client, NULL));
    ck_assert(!read.record.is_exact);
    ck_assert_uint_eq(read.owner, ETCD_NOBODY);
}
END_TEST

START_TEST(what_is_no_session_is_refused)
{
    struct etcd_session session = {.record = {.n = 5, .sent = 7}};
    uint8_t bytes[ETCD_VALUE_SIZE];
    struct etcd_session read;
    ck_assert(!etcd_session_read(bytes, etcd_session_write(&session, bytes), &read));
    session.record = (struct session_record){.n = UINT32_MAX}; /* n + 1 is 0 */
    ck_assert(!etcd_session_read(bytes, etcd_session_write(&session, bytes), &read));
    session.record = (struct session_record){.n = SEQUENCE_N_MAX + 1};
    ck_assert(!etcd_session_read(bytes, etcd_session_write(&session, bytes), &read));
    session.record = (struct session_record){.n = 0};
    ck_assert(!etcd_session_read(bytes, etcd_session_write(&session, bytes), &read));
    ck_assert(!etcd_session_read((const uint8_t *)"no protobuf", 11, &read));
    ck_assert(!etcd_session_read((const uint8_t *)"", 0, &read));
    /* n = 5, and a client's key of three bytes */
    ck_assert(!etcd_session_read((const uint8_t *)"\x08\x05\x3a\x03"
                                                  "abc",
                                 7, &read));
}
END_TEST

START_TEST(wishes_and_answers_come_back)
{
    const struct etcd_wish wish = {.uuid = some_uuid,
                                   .claimer = ID,
                                   .nonce = 3,
                                   .revision = INT64_MAX,
                                   .attempt = UINT32_MAX,
                                   .position = UINT32_MAX};
    const struct etcd_answer answer = {.uuid = some_uuid,
                                       .nonce = UINT64_MAX,
                                       .outcome = ETCD_WRONG_POSITION,
                                       .sent = UINT32_MAX,
                                       .is_exact = true,
                                       .attempt = UINT32_MAX,
                                       .was_owned = true};
    uint8_t bytes[ETCD_VALUE_SIZE];
    struct etcd_wish read_wish;
    struct etcd_answer read_answer;
    size_t length = etcd_wish_write(&wish, bytes);
    ck_assert_uint_le(length, sizeof bytes);
    ck_assert(etcd_wish_read(bytes, length, &read_wish));
    ck_assert(uuid_equal(&read_wish.uuid, &some_uuid));
    ck_assert_uint_eq(read_wish.claimer, ID);
    ck_assert_uint_eq(read_wish.nonce, 3);
    ck_assert_int_eq(read_wish.revision, INT64_MAX);
    ck_assert_uint_eq(read_wish.attempt, UINT32_MAX);
    ck_assert_uint_eq(read_wish.position, UINT32_MAX);
    length = etcd_answer_write(&answer, bytes);
    ck_assert_uint_le(length, sizeof bytes);
    ck_assert(etcd_answer_read(bytes, length, &read_answer));
    ck_assert(uuid_equal(&read_answer.uuid, &some_uuid));
    ck_assert_uint_eq(read_answer.nonce, UINT64_MAX);
    ck_assert_int_eq(read_answer.outcome, ETCD_WRONG_POSITION);
    ck_assert_uint_eq(read_answer.sent, UINT32_MAX);
    ck_assert(read_answer.is_exact && read_answer.was_owned);
    ck_assert_uint_eq(read_answer.attempt, UINT32_MAX);
    ck_assert(!etcd_answer_read(bytes, length - 3, &read_answer));
    ck_assert(!etcd_wish_read((const uint8_t *)"", 0, &read_wish));
    ck_assert(!etcd_answer_read((const uint8_t *)"", 0, &read_answer));
}
END_TEST

Suite *etcd_keys_suite(void)
{
    Suite *suite = suite_create("etcd-keys");
    TCase *test_case = tcase_create("all");
    tcase_add_test(test_case, keys_can_be_read_by_people);
    tcase_add_test(test_case, a_range_has_all_keys_below_and_no_other);
    tcase_add_test(test_case, an_id_is_read_from_its_key_only);
    tcase_add_test(test_case, a_session_comes_back_as_it_was_written);
    tcase_add_test(test_case, what_is_no_session_is_refused);
    tcase_add_test(test_case, wishes_and_answers_come_back);
    suite_add_tcase(suite, test_case);
    return suite;
}
