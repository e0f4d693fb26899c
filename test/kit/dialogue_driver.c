#include "test/kit/dialogue_driver.h"

#include "shared/base/clock.h"

#include <check.h>

static void tell(struct service_host *host, enum service_word word)
{
    struct dialogue_driver *driver = (struct dialogue_driver *)host;
    driver->news += word == SERVICE_NEWS;
}

void dialogue_driver_begin(struct dialogue_driver *driver, const struct service *service)
{
    *driver = (struct dialogue_driver){.host = {.tell = tell, .peer = "127.0.0.1:1"},
                                       .operations = service->operations};
    driver->operations->begin(&driver->dialogue, service, &driver->host);
}

void dialogue_driver_say(struct dialogue_driver *driver, const void *bytes, size_t length)
{
    driver->operations->message(&driver->dialogue, bytes, length);
}

void dialogue_driver_half_close(struct dialogue_driver *driver)
{
    driver->operations->half_close(&driver->dialogue);
}

void dialogue_driver_hear(struct dialogue_driver *driver, enum service_word word)
{
    driver->operations->hear(&driver->dialogue, word);
}

void dialogue_driver_shut_down(struct dialogue_driver *driver)
{
    driver->operations->shut_down(&driver->dialogue);
}

bool dialogue_driver_finishes_by(const struct dialogue_driver *driver, int64_t deadline)
{
    return driver->operations->finishes_by(&driver->dialogue, deadline);
}

void dialogue_driver_leave(struct dialogue_driver *driver)
{
    driver->operations->leave(&driver->dialogue, SERVICE_BROKEN);
    ck_assert_int_eq(driver->dialogue.state, DIALOGUE_OVER);
}

struct service_message dialogue_driver_take(struct dialogue_driver *driver)
{
    struct service_message message = {.length = 0};
    int64_t due = 0;
    ck_assert_int_eq(driver->operations->next(&driver->dialogue, &message, &due), DIALOGUE_SEND);
    ck_assert_int_ne(driver->dialogue.state, DIALOGUE_OVER);
    return message;
}

void dialogue_driver_expect(struct dialogue_driver *driver, const void *bytes, size_t length)
{
    const struct service_message message = dialogue_driver_take(driver);
    ck_assert_uint_eq(message.length, length);
    ck_assert_mem_eq(message.bytes, bytes, length);
}

void dialogue_driver_expect_wait(struct dialogue_driver *driver, int64_t due)
{
    struct service_message message;
    int64_t until = 0;
    ck_assert_int_eq(driver->operations->next(&driver->dialogue, &message, &until), DIALOGUE_WAIT);
    ck_assert_int_eq(until, due);
}

void dialogue_driver_expect_end(struct dialogue_driver *driver, enum error error)
{
    struct service_message message;
    int64_t due;
    ck_assert_int_eq(driver->operations->next(&driver->dialogue, &message, &due), DIALOGUE_END);
    ck_assert_int_eq(driver->host.outcome.error, error);
    ck_assert(driver->operations->encode_failure == NULL); /* the status says it all */
    dialogue_driver_leave(driver);
}
