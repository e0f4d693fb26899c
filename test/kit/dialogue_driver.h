/*
 * Drives a dialogue of any service in the place of a worker: says what the client says, and takes
 * what the dialogue sends. A test fails where the dialogue does something else. For the test's own
 * thread.
 */
#ifndef COMMS_TEST_KIT_DIALOGUE_DRIVER_H
#define COMMS_TEST_KIT_DIALOGUE_DRIVER_H

#include "server/services/service.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

struct dialogue_driver {
    struct service_host host;
    const struct service_operations *operations;
    int news; /* how often it was told SERVICE_NEWS */
    union {
        struct dialogue dialogue;
        alignas(max_align_t) unsigned char room[SERVICE_DIALOGUE_MAX];
    };
};

/* `service` must outlive the driver, which must not move. */
void dialogue_driver_begin(struct dialogue_driver *driver, const struct service *service);

void dialogue_driver_say(struct dialogue_driver *driver, const void *bytes, size_t length);
void dialogue_driver_half_close(struct dialogue_driver *driver);
void dialogue_driver_hear(struct dialogue_driver *driver, enum service_word word);
void dialogue_driver_shut_down(struct dialogue_driver *driver);
bool dialogue_driver_finishes_by(const struct dialogue_driver *driver, int64_t deadline);
void dialogue_driver_leave(struct dialogue_driver *driver);

/* Takes the next message, which is valid until the next step. */
struct service_message dialogue_driver_take(struct dialogue_driver *driver);

/* The next step sends these bytes; waits until `due`; ends with this, and the dialogue is left. */
void dialogue_driver_expect(struct dialogue_driver *driver, const void *bytes, size_t length);
void dialogue_driver_expect_wait(struct dialogue_driver *driver, int64_t due);
void dialogue_driver_expect_end(struct dialogue_driver *driver, enum error error);

#endif
