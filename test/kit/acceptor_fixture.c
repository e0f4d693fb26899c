#include "test/kit/acceptor_fixture.h"

#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/fake_service.h"

#include <check.h>

struct acceptor_settings acceptor_wanted;
struct refusals acceptor_refusals;
sem_t acceptor_ended;

static struct fake_record record;
static struct service service;

static void note_end(void)
{
    (void)sem_post(&acceptor_ended);
}

void acceptor_set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
    record = (struct fake_record){.clock = &clock_monotonic};
    service = fake_service(&record);
    const struct connections_settings connections = {
        .max = 1, .max_tls = 1, .clock = &clock_monotonic};
    const struct workers_settings workers = {.clock = &clock_monotonic,
                                             .max_streams = 1,
                                             .send_timeout_ns = CLOCK_NEVER,
                                             .drained = note_end};
    acceptor_wanted = (struct acceptor_settings){
        .dispatch = {.workers = workers_create(&workers), .services = &service, .service_count = 1},
        .connections = connections_create(&connections),
        .max_connection_streams = 1,
        .refusals = &acceptor_refusals,
        .ended = note_end,
        .create_call = call_create};
    refusals_init(&acceptor_refusals, NULL);
    ck_assert_ptr_nonnull(acceptor_wanted.dispatch.workers);
    ck_assert_ptr_nonnull(acceptor_wanted.connections);
    ck_assert_int_eq(sem_init(&acceptor_ended, 0, 0), 0);
}

void acceptor_tear_down(void)
{
    workers_destroy(acceptor_wanted.dispatch.workers);
    connections_destroy(acceptor_wanted.connections);
    sem_destroy(&acceptor_ended);
    grpc_teardown();
}
