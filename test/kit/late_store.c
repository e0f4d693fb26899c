#include "test/kit/late_store.h"

#include <check.h>

static bool submit(struct store *store, struct store_request *request)
{
    struct late_store *late = (struct late_store *)store;
    ck_assert_uint_lt(late->count, LATE_STORE_QUESTIONS_MAX);
    late->questions[late->count++] = request;
    return false;
}

struct store *late_store_init(struct late_store *late)
{
    late->store.submit = submit;
    late->count = 0;
    return &late->store;
}

struct store_request *late_store_take(struct late_store *late, size_t i,
                                      enum store_operation operation)
{
    ck_assert_uint_lt(i, late->count);
    struct store_request *question = late->questions[i];
    late->questions[i] = late->questions[--late->count];
    ck_assert_int_eq(question->operation, operation);
    return question;
}
