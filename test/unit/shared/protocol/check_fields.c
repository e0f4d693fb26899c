/* shared/protocol/fields: the fields of a message, one after another, and bytes that are none. */
#include "shared/protocol/fields.h"
#include "test/kit/message_bytes.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>

/* How many fields the bytes have; -1: they are broken. Reads a copy of exactly that length. */
static int count_fields(const void *bytes, size_t length, struct field *ret_last)
{
    uint8_t *copy = malloc(length == 0 ? 1 : length);
    struct fields fields;
    int count = 0;
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, length);
    fields_init(&fields, copy, length);
    while (fields_next(&fields, ret_last)) {
        count++;
    }
    struct field after;
    ck_assert(!fields_next(&fields, &after)); /* it stays so */
    bool is_broken = fields.is_broken;
    ck_assert(is_broken || fields.at == fields.end);
    free(copy);
    return is_broken ? -1 : count;
}

START_TEST(a_field_has_number_type_and_value)
{
    static const struct {
        struct bytes bytes;
        uint32_t number;
        enum field_type type;
        uint64_t value;
        size_t length;
    } rows[] = {
        {BYTES("\x08\x00"), 1, FIELD_VARINT, 0, 0},
        {BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 1, FIELD_VARINT, UINT64_MAX, 0},
        {BYTES("\x08\x85\x80\x80\x80\x80\x80\x80\x80\x80\x7e"), 1, FIELD_VARINT, 5, 0},
        {BYTES("\x11\x01\x02\x03\x04\x05\x06\x07\x08"), 2, FIELD_64_BITS, 0, 0},
        {BYTES("\x12\x00"), 2, FIELD_BYTES, 0, 0},
        {BYTES("\x12\x03"
               "abc"),
         2, FIELD_BYTES, 0, 3},
        {BYTES("\x12\x83\x00"
               "abc"),
         2, FIELD_BYTES, 0, 3},
        {BYTES("\x1d\x01\x02\x03\x04"), 3, FIELD_32_BITS, 0, 0},
        {BYTES("\xf8\xff\xff\xff\x0f\x01"), 536870911, FIELD_VARINT, 1, 0},
        {BYTES("\x1b\x1c"), 3, FIELD_GROUP, 0, 0}, /* empty */
        {BYTES("\x1b\x08\x01\x12\x01x\x23\x24\x1c"), 3, FIELD_GROUP, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct field field;
        ck_assert_msg(count_fields(rows[i].bytes.at, rows[i].bytes.length, &field) == 1, "row %zu",
                      i);
        ck_assert_uint_eq(field.number, rows[i].number);
        ck_assert_int_eq(field.type, rows[i].type);
        ck_assert_uint_eq(field.value, rows[i].value);
        ck_assert_uint_eq(field.length, rows[i].length);
        for (size_t length = 1; length < rows[i].bytes.length; length++) {
            ck_assert_msg(count_fields(rows[i].bytes.at, length, &field) == -1, "row %zu, %zu", i,
                          length);
        }
    }
}
END_TEST

START_TEST(fields_follow_one_another)
{
    struct field field;
    ck_assert_int_eq(count_fields("", 0, &field), 0);
    ck_assert_int_eq(count_fields("\x08\x01\x12\x01x\x1b\x1c\x08\x02", 9, &field), 4);
    ck_assert_uint_eq(field.value, 2);
    ck_assert_int_eq(count_fields("\x08\x01\xff", 3, &field), -1);
}
END_TEST

START_TEST(what_is_no_field_breaks_the_message)
{
    static const struct bytes rows[] = {
        BYTES("\x00\x01"), /* field 0 */
        BYTES("\x0e"),     /* wire types 6 and 7 */
        BYTES("\x0f"),
        BYTES("\x1c"),                                             /* an end without a group */
        BYTES("\x1b\x24"),                                         /* of another group */
        BYTES("\x1b\x23\x1c\x24"),                                 /* across one another */
        BYTES("\x1b"),                                             /* a group without an end */
        BYTES("\x1b\x0f\x1c"),                                     /* broken inside */
        BYTES("\x80\x80\x80\x80\x80\x01\x01"),                     /* a tag of 6 bytes */
        BYTES("\xf8\xff\xff\xff\x1f\x01"),                         /* a tag above 32 bits */
        BYTES("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), /* a varint of 11 bytes */
        BYTES("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"),    /* a length of 2^64 - 1 */
        BYTES("\x12\x02x"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct field field;
        ck_assert_msg(count_fields(rows[i].at, rows[i].length, &field) == -1, "row %zu", i);
    }
}
END_TEST

/* A peer decides how deep they are. */
START_TEST(groups_have_a_deepest)
{
    enum { DEEPEST = 100, DEEPER = 200000 };
    uint8_t *bytes = malloc(2 * (size_t)DEEPER);
    struct field field;
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, 0x1b, DEEPEST);
    memset(bytes + DEEPEST, 0x1c, DEEPEST);
    ck_assert_int_eq(count_fields(bytes, 2 * (size_t)DEEPEST, &field), 1);
    memset(bytes, 0x1b, DEEPER);
    memset(bytes + DEEPER, 0x1c, DEEPER);
    ck_assert_int_eq(count_fields(bytes, 2 * (size_t)DEEPER, &field), -1);
    free(bytes);
}
END_TEST

Suite *fields_suite(void)
{
    Suite *suite = suite_create("fields");
    TCase *tcase = tcase_create("fields");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_field_has_number_type_and_value);
    tcase_add_test(tcase, fields_follow_one_another);
    tcase_add_test(tcase, what_is_no_field_breaks_the_message);
    tcase_add_test(tcase, groups_have_a_deepest);
    return suite;
}
