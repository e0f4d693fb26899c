/* A store that keeps the questions until the test takes them, to be answered late or out of order.
 */
#ifndef COMMS_TEST_KIT_LATE_STORE_H
#define COMMS_TEST_KIT_LATE_STORE_H

#include "server/sessions/store.h"

#include <stddef.h>

enum { LATE_STORE_QUESTIONS_MAX = 8 };

struct late_store {
    struct store store; /* first: a pointer to one is a pointer to the other */
    struct store_request *questions[LATE_STORE_QUESTIONS_MAX];
    size_t count;
};

/* Prepares a store without questions, and returns what a conversation asks. */
struct store *late_store_init(struct late_store *late);

/* Takes question i, which must be of this kind; the last one gets its place. */
struct store_request *late_store_take(struct late_store *late, size_t i,
                                      enum store_operation operation);

#endif
