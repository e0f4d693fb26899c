/* The acceptor's threads and C core's server start and end, without any connection. */
#include "server/rpc/acceptor.h"
#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/fake_stream.h"
#include "test/suites.h"

#include <semaphore.h>

static struct fake_record record;
static struct service service;
static struct acceptor_settings settings;
static sem_t ended;

static void note_end(void)
{
    (void)sem_post(&ended);
}

static void set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
    record = (struct fake_record){.clock = &clock_monotonic};
    service = fake_service(&record);
    const struct workers_settings workers = {
        .clock = &clock_monotonic, .max_streams = 1, .drained = note_end};
    settings = (struct acceptor_settings){
        .dispatch = {.workers = workers_create(&workers), .services = &service, .service_count = 1},
        .connections = connections_create(),
        .ended = note_end};
    ck_assert_ptr_nonnull(settings.dispatch.workers);
    ck_assert_ptr_nonnull(settings.connections);
    ck_assert_int_eq(sem_init(&ended, 0, 0), 0);
}

static void tear_down(void)
{
    workers_destroy(settings.dispatch.workers);
    connections_destroy(settings.connections);
    sem_destroy(&ended);
    grpc_teardown();
}

START_TEST(it_starts_and_stops)
{
    for (int i = 0; i < 3; i++) {
        struct acceptor *acceptor = acceptor_start(&settings);
        ck_assert_ptr_nonnull(acceptor);
        ck_assert(!acceptor_has_ended(acceptor));
        ck_assert_int_ne(sem_trywait(&ended), 0);
        acceptor_shut_down(acceptor);
        ck_assert_int_eq(sem_wait(&ended), 0);
        ck_assert(acceptor_has_ended(acceptor));
        acceptor_stop(acceptor);
    }
}
END_TEST

START_TEST(to_break_off_nothing_changes_nothing)
{
    struct acceptor *acceptor = acceptor_start(&settings);
    ck_assert_ptr_nonnull(acceptor);
    acceptor_shut_down(acceptor);
    acceptor_cancel_calls(acceptor);
    acceptor_stop(acceptor);
    ck_assert_int_eq(sem_trywait(&ended), 0);
}
END_TEST

Suite *acceptor_suite(void)
{
    Suite *suite = suite_create("acceptor");
    TCase *acceptor = tcase_create("acceptor");
    suite_add_tcase(suite, acceptor);
    tcase_add_checked_fixture(acceptor, set_up, tear_down);
    tcase_add_test(acceptor, it_starts_and_stops);
    tcase_add_test(acceptor, to_break_off_nothing_changes_nothing);
    return suite;
}
