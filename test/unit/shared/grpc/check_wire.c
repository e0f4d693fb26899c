/* shared/grpc/wire: gRPC's byte buffers, of one slice and of many, from and to plain bytes. */
#include "shared/grpc/wire.h"
#include "test/suites.h"

#include <grpc/slice_buffer.h>

#include <stdlib.h>
#include <string.h>

enum { SIZE_MAX_TESTED = 100, INLINE_LENGTH = 23 /* what a slice holds without a reference */ };

static void fill(uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)(i * 7 + 3);
    }
}

/* Reads the buffer into exactly `size` bytes, so that a sanitizer sees who writes on. */
static bool read_sized(grpc_byte_buffer *buffer, size_t size, const uint8_t *expected,
                       size_t length)
{
    uint8_t *bytes = malloc(size == 0 ? 1 : size);
    ck_assert_ptr_nonnull(bytes);
    size_t read = 0;
    bool fits = wire_buffer_read(buffer, bytes, size, &read);
    if (fits) {
        ck_assert_uint_eq(read, length);
        ck_assert(length == 0 || memcmp(bytes, expected, length) == 0);
    }
    free(bytes);
    return fits;
}

/* It must fit where there is room for it, not where a byte is missing; as often as one likes. */
static void assert_reads(grpc_byte_buffer *buffer, const uint8_t *expected, size_t length)
{
    for (int i = 0; i < 2; i++) {
        ck_assert(read_sized(buffer, length, expected, length));
        ck_assert(read_sized(buffer, length + 1, expected, length));
        ck_assert(read_sized(buffer, 2 * length + 10, expected, length));
        if (length > 0) {
            ck_assert(!read_sized(buffer, length - 1, expected, length));
            ck_assert(!read_sized(buffer, 0, expected, length));
        }
    }
}

/* Refilled before and after what it held was taken out of it, with what a slice holds and more. */
START_TEST(a_buffer_that_is_refilled_holds_the_latest_only)
{
    static const size_t lengths[] = {0, 1, INLINE_LENGTH, INLINE_LENGTH + 1, SIZE_MAX_TESTED, 2};
    uint8_t bytes[SIZE_MAX_TESTED];
    fill(bytes, sizeof bytes);
    grpc_byte_buffer *buffer = wire_buffer_create(NULL, 0);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        wire_buffer_refill(buffer, bytes, lengths[i]);
        assert_reads(buffer, bytes, lengths[i]);
    }
    grpc_slice_buffer_reset_and_unref(&buffer->data.raw.slice_buffer);
    wire_buffer_refill(buffer, bytes, 3);
    assert_reads(buffer, bytes, 3);
    grpc_byte_buffer_destroy(buffer);
}
END_TEST

START_TEST(a_buffer_of_one_slice)
{
    uint8_t bytes[1024];
    fill(bytes, sizeof bytes);
    static const size_t lengths[] = {
        0, 1, 2, INLINE_LENGTH - 1, INLINE_LENGTH, INLINE_LENGTH + 1, 100, 1023, 1024};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        grpc_byte_buffer *buffer = wire_buffer_create(bytes, lengths[i]);
        ck_assert_ptr_nonnull(buffer);
        ck_assert_uint_eq(grpc_byte_buffer_length(buffer), lengths[i]);
        assert_reads(buffer, bytes, lengths[i]);
        grpc_byte_buffer_destroy(buffer);
    }
}
END_TEST

START_TEST(a_buffer_has_its_own_bytes)
{
    uint8_t *bytes = malloc(SIZE_MAX_TESTED);
    uint8_t expected[SIZE_MAX_TESTED];
    ck_assert_ptr_nonnull(bytes);
    fill(bytes, SIZE_MAX_TESTED);
    fill(expected, SIZE_MAX_TESTED);
    grpc_byte_buffer *buffer = wire_buffer_create(bytes, SIZE_MAX_TESTED);
    memset(bytes, 0, SIZE_MAX_TESTED);
    free(bytes);
    assert_reads(buffer, expected, SIZE_MAX_TESTED);
    grpc_byte_buffer_destroy(buffer);
}
END_TEST

START_TEST(a_buffer_of_many_slices)
{
    enum { SLICES_MAX = 8 };
    static const size_t lengths[][SLICES_MAX] = {
        {1, 1},          {5, 0, 7}, {0, 0, 0, 3}, {30, 23, 24, 1, 0, 100, 2, 40},
        {1, 1, 1, 1, 1}, {0, 0},    {100, 100},   {0, 50, 0, 50, 0},
    };
    uint8_t bytes[512];
    fill(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        grpc_slice slices[SLICES_MAX];
        size_t whole = 0;
        for (size_t s = 0; s < SLICES_MAX; s++) {
            slices[s] = grpc_slice_from_copied_buffer((const char *)bytes + whole, lengths[i][s]);
            whole += lengths[i][s];
        }
        grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(slices, SLICES_MAX);
        for (size_t s = 0; s < SLICES_MAX; s++) {
            grpc_slice_unref(slices[s]);
        }
        assert_reads(buffer, bytes, whole);
        grpc_byte_buffer_destroy(buffer);
    }
}
END_TEST

START_TEST(a_buffer_of_no_slice)
{
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(NULL, 0);
    assert_reads(buffer, NULL, 0);
    grpc_byte_buffer_destroy(buffer);
}
END_TEST

START_TEST(a_large_buffer_is_joined)
{
    enum { SLICES = 50, EACH = 20000 };
    grpc_slice slices[SLICES];
    uint8_t *bytes = malloc((size_t)SLICES * EACH);
    ck_assert_ptr_nonnull(bytes);
    fill(bytes, (size_t)SLICES * EACH);
    for (size_t i = 0; i < SLICES; i++) {
        slices[i] = grpc_slice_from_copied_buffer((const char *)bytes + i * EACH, EACH);
    }
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(slices, SLICES);
    grpc_slice joined = wire_buffer_join(buffer);
    ck_assert_uint_eq(GRPC_SLICE_LENGTH(joined), (size_t)SLICES * EACH);
    ck_assert_mem_eq(GRPC_SLICE_START_PTR(joined), bytes, (size_t)SLICES * EACH);
    grpc_slice_unref(joined);
    grpc_byte_buffer_destroy(buffer);
    for (size_t i = 0; i < SLICES; i++) {
        grpc_slice_unref(slices[i]);
    }
    free(bytes);
}
END_TEST

START_TEST(a_slice_is_read_as_a_string)
{
    static const char *const texts[] = {"", "x", "/grpc.Comms/GetNumbers",
                                        "a text that is too long for an inline slice"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        grpc_slice slice = grpc_slice_from_copied_string(texts[i]);
        size_t length = strlen(texts[i]);
        for (size_t size = 1; size <= length + 3; size++) {
            char *text = malloc(size);
            ck_assert_ptr_nonnull(text);
            wire_slice_read(slice, text, size);
            ck_assert_uint_eq(strlen(text), size - 1 < length ? size - 1 : length);
            ck_assert_int_eq(strncmp(text, texts[i], size - 1), 0);
            free(text);
        }
        grpc_slice_unref(slice);
    }
}
END_TEST

Suite *wire_suite(void)
{
    Suite *suite = suite_create("wire");
    TCase *tcase = tcase_create("wire");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_buffer_of_one_slice);
    tcase_add_test(tcase, a_buffer_that_is_refilled_holds_the_latest_only);
    tcase_add_test(tcase, a_buffer_has_its_own_bytes);
    tcase_add_test(tcase, a_buffer_of_many_slices);
    tcase_add_test(tcase, a_buffer_of_no_slice);
    tcase_add_test(tcase, a_large_buffer_is_joined);
    tcase_add_test(tcase, a_slice_is_read_as_a_string);
    return suite;
}
