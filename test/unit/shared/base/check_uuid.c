/*
 * shared/base/uuid: the forms that are read and those that are not, the form that is written,
 * seeds.
 */
#include "shared/base/uuid.h"
#include "test/kit/vectors.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>

static const struct uuid sample = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5, 0x86, 0x75,
                                    0x24, 0x77, 0x13, 0xcc, 0x49, 0x08}};

/* From a copy of exactly that length, so that a sanitizer sees who reads on. */
static bool parse(const char *text, size_t length, struct uuid *ret_uuid)
{
    char *copy = malloc(length == 0 ? 1 : length);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, length);
    bool parsed = uuid_parse(copy, length, ret_uuid);
    free(copy);
    return parsed;
}

static void assert_refused(const char *text, size_t length)
{
    struct uuid uuid;
    struct uuid untouched;
    memset(&uuid, 0x5a, sizeof uuid);
    memset(&untouched, 0x5a, sizeof untouched);
    ck_assert_msg(!parse(text, length, &uuid), "'%.*s' was read", (int)length, text);
    ck_assert_msg(uuid_equal(&uuid, &untouched), "'%.*s' left something", (int)length, text);
}

START_TEST(every_form_is_read)
{
    static const char *const forms[] = {
        "a17417a0-aa39-40b5-8675-247713cc4908",
        "A17417A0-AA39-40B5-8675-247713CC4908",
        "a17417A0-aA39-40b5-8675-247713Cc4908",
        "a17417a0aa3940b58675247713cc4908",
        "A17417A0AA3940B58675247713CC4908",
        "{a17417a0-aa39-40b5-8675-247713cc4908}",
        "\"a17417a0-aa39-40b5-8675-247713cc4908\"",
        "urn:uuid:a17417a0-aa39-40b5-8675-247713cc4908",
        "URN:UUID:A17417A0-AA39-40B5-8675-247713CC4908",
        "Urn:uUid:a17417a0-aa39-40b5-8675-247713cc4908",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct uuid uuid = {{0}};
        ck_assert_msg(parse(forms[i], strlen(forms[i]), &uuid), "%s", forms[i]);
        ck_assert_msg(uuid_equal(&uuid, &sample), "%s", forms[i]);
    }
}
END_TEST

START_TEST(all_else_is_refused)
{
    static const char *const texts[] = {
        "",
        "a",
        "a17417a0-aa39-40b5-8675-247713cc490",
        "a17417a0-aa39-40b5-8675-247713cc49088",
        "a17417a0aa39-40b5-8675-247713cc4908-",
        "a17417a0-aa3940b5-8675-247713cc4908a",
        "a17417a0-aa39-40b58675--247713cc4908",
        "a17417a0_aa39_40b5_8675_247713cc4908",
        "a17417a0aa3940b58675247713cc4908a174",
        "g17417a0-aa39-40b5-8675-247713cc4908",
        "a17417a0-aa39-40b5-8675-247713cc490G",
        "a17417a0-aa39-40b5-8675-247713cc490/",
        "a17417a0-aa39-40b5-8675-247713cc490:",
        "a17417a0-aa39-40b5-8675-247713cc490@",
        "a17417a0-aa39-40b5-8675-247713cc490`",
        " 17417a0-aa39-40b5-8675-247713cc4908",
        "+17417a0-aa39-40b5-8675-247713cc4908",
        "0x7417a0-aa39-40b5-8675-247713cc4908",
        "a17417a0aa3940b58675247713cc490",
        "a17417a0aa3940b58675247713cc49080",
        "a17417a0aa3940b58675247713cc490x",
        "a17417a0-aa39-40b58675247713cc49",
        "{a17417a0-aa39-40b5-8675-247713cc4908",
        "a17417a0-aa39-40b5-8675-247713cc4908}",
        "{a17417a0-aa39-40b5-8675-247713cc4908\"",
        "\"a17417a0-aa39-40b5-8675-247713cc4908}",
        "}a17417a0-aa39-40b5-8675-247713cc4908{",
        "(a17417a0-aa39-40b5-8675-247713cc4908)",
        "'a17417a0-aa39-40b5-8675-247713cc4908'",
        "xa17417a0-aa39-40b5-8675-247713cc4908x",
        "{a17417a0aa3940b58675247713cc4908}",
        "{a17417a0-aa39-40b5-8675-247713cc490x}",
        "urn:uuid:a17417a0aa3940b58675247713cc4908",
        "urn:uuid:{a17417a0-aa39-40b5-8675-247713cc4908}",
        "urn-uuid:a17417a0-aa39-40b5-8675-247713cc4908",
        "urn:uuix:a17417a0-aa39-40b5-8675-247713cc4908",
        "urn:uuid:a17417a0-aa39-40b5-8675-247713cc490x",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_refused(texts[i], strlen(texts[i]));
    }
    assert_refused("a17417a0-aa39-40b5-8675-247713cc490\0", 36);
    assert_refused("a17417a0-aa39-40b5-8675-247713cc4908\0", 37);
    assert_refused("\0a17417a0-aa39-40b5-8675-247713cc4908", 37);
    assert_refused("a17417a0-aa39-40b5-8675-247713cc490\xe4", 36);
}
END_TEST

START_TEST(every_place_counts)
{
    static const char text[] = "a17417a0-aa39-40b5-8675-247713cc4908";
    for (size_t i = 0; i < sizeof text - 1; i++) {
        char changed[sizeof text];
        memcpy(changed, text, sizeof text);
        changed[i] = text[i] == '-' ? '0' : '-';
        assert_refused(changed, sizeof text - 1);
        if (text[i] != '-') {
            struct uuid uuid;
            changed[i] = text[i] == 'f' ? 'e' : 'f';
            ck_assert(parse(changed, sizeof text - 1, &uuid));
            ck_assert(!uuid_equal(&uuid, &sample));
        }
    }
}
END_TEST

START_TEST(the_plain_form_is_written)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(&sample, text);
    ck_assert_str_eq(text, "a17417a0-aa39-40b5-8675-247713cc4908");
    uuid_format(&(struct uuid){{0}}, text);
    ck_assert_str_eq(text, "00000000-0000-0000-0000-000000000000");
    struct uuid all;
    memset(&all, 0xff, sizeof all);
    uuid_format(&all, text);
    ck_assert_str_eq(text, "ffffffff-ffff-ffff-ffff-ffffffffffff");
}
END_TEST

START_TEST(what_is_written_is_read)
{
    struct uuid previous = {{0}};
    for (int i = 0; i < 1000; i++) {
        char text[UUID_TEXT_SIZE];
        struct uuid uuid = uuid_random();
        struct uuid read;
        uuid_format(&uuid, text);
        ck_assert(parse(text, strlen(text), &read));
        ck_assert(uuid_equal(&uuid, &read));
        ck_assert(!uuid_equal(&uuid, &previous));
        /* version 4, variant 1 of RFC 4122 */
        ck_assert_int_eq(text[14], '4');
        ck_assert_ptr_nonnull(strchr("89ab", text[19]));
        previous = uuid;
    }
}
END_TEST

START_TEST(all_bytes_are_compared)
{
    for (size_t i = 0; i < sizeof sample.bytes; i++) {
        struct uuid other = sample;
        ck_assert(uuid_equal(&sample, &other));
        other.bytes[i] ^= 1;
        ck_assert(!uuid_equal(&sample, &other));
    }
}
END_TEST

START_TEST(seeds_are_the_first_eight_bytes)
{
    static struct vectors vectors;
    vectors_read(&vectors);
    for (size_t v = 0; v < vectors.count; v++) {
        ck_assert_int_eq(uuid_seed(&vectors.items[v].uuid), vectors.items[v].seed);
    }
    struct uuid other = sample;
    memset(other.bytes + 8, 0, 8);
    ck_assert_int_eq(uuid_seed(&other), uuid_seed(&sample));
    other.bytes[7] ^= 1;
    ck_assert_int_ne(uuid_seed(&other), uuid_seed(&sample));
}
END_TEST

Suite *uuid_suite(void)
{
    Suite *suite = suite_create("uuid");
    TCase *tcase = tcase_create("uuid");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, every_form_is_read);
    tcase_add_test(tcase, all_else_is_refused);
    tcase_add_test(tcase, every_place_counts);
    tcase_add_test(tcase, the_plain_form_is_written);
    tcase_add_test(tcase, what_is_written_is_read);
    tcase_add_test(tcase, all_bytes_are_compared);
    tcase_add_test(tcase, seeds_are_the_first_eight_bytes);
    return suite;
}
