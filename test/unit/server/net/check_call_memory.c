/* server/net/call_memory: what C core gets for its calls. */
#include "server/net/call_memory.h"
#include "test/suites.h"

#include <grpc/support/alloc.h>

#include <stdint.h>
#include <string.h>

enum { SIZE = 10000, LINE = 64 };

static void *get(size_t size)
{
    void *memory = gpr_malloc_aligned(size, LINE);
    ck_assert_uint_eq((uintptr_t)memory % LINE, 0);
    memset(memory, 0xff, size); /* a sanitizer sees if it is less */
    return memory;
}

START_TEST(what_is_freed_serves_the_next_call)
{
    void *first = get(SIZE);
    void *second = get(SIZE);
    gpr_free_aligned(first);
    gpr_free_aligned(second);
    ck_assert_ptr_eq(get(SIZE), second);
    ck_assert_ptr_eq(get(SIZE - 100), first);
    gpr_free_aligned(first);
    gpr_free_aligned(second);
}
END_TEST

START_TEST(a_larger_call_gets_more)
{
    gpr_free_aligned(get(SIZE));
    void *larger = get(SIZE + LINE);
    gpr_free_aligned(larger);
    ck_assert_ptr_eq(get(SIZE + LINE), larger);
    gpr_free_aligned(larger);
}
END_TEST

START_TEST(what_is_kept_can_be_given_back)
{
    gpr_free_aligned(get(SIZE));
    call_memory_give_back();
    call_memory_give_back(); /* nothing is left */
    gpr_free_aligned(get(SIZE));
}
END_TEST

Suite *call_memory_suite(void)
{
    Suite *suite = suite_create("call-memory");
    TCase *tcase = tcase_create("call-memory");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, what_is_freed_serves_the_next_call);
    tcase_add_test(tcase, a_larger_call_gets_more);
    tcase_add_test(tcase, what_is_kept_can_be_given_back);
    return suite;
}
