/* The acceptor's threads and C core's server start and end, with and without memory. */
#define _GNU_SOURCE /* RTLD_NEXT, sem_clockwait */

#include "test/kit/acceptor_fixture.h"
#include "test/kit/unknown_call.h"
#include "test/suites.h"

#include <grpc/grpc.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

START_TEST(it_starts_and_stops)
{
    for (int i = 0; i < 3; i++) {
        struct acceptor *acceptor = acceptor_start(&acceptor_wanted);
        ck_assert_ptr_nonnull(acceptor);
        ck_assert(!acceptor_has_ended(acceptor));
        ck_assert_int_ne(sem_trywait(&acceptor_ended), 0);
        acceptor_shut_down(acceptor);
        ck_assert_int_eq(sem_wait(&acceptor_ended), 0);
        ck_assert(acceptor_has_ended(acceptor));
        acceptor_stop(acceptor);
    }
}
END_TEST

START_TEST(to_break_off_nothing_changes_nothing)
{
    struct acceptor *acceptor = acceptor_start(&acceptor_wanted);
    ck_assert_ptr_nonnull(acceptor);
    acceptor_shut_down(acceptor);
    acceptor_cancel_calls(acceptor);
    acceptor_stop(acceptor);
    ck_assert_int_eq(sem_trywait(&acceptor_ended), 0);
}
END_TEST

static grpc_channel *connect_client(struct acceptor *acceptor)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    acceptor_add_connection(acceptor, ends[0]);
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel *channel = grpc_channel_create_from_fd("test", ends[1], credentials, NULL);
    grpc_channel_credentials_release(credentials);
    return channel;
}

/* A client calls a method that the server does not have: it must be told. */
static void expect_an_answer(struct acceptor *acceptor)
{
    grpc_channel *channel = connect_client(acceptor);
    ck_assert_int_eq(unknown_call(channel), GRPC_STATUS_UNIMPLEMENTED);
    grpc_channel_destroy(channel);
}

/* ---- The end --------------------------------------------------------------------------------- */

/*
 * C core's own functions, which these two replace in this program: they note the thread. C core
 * loses a request for a call that another thread makes during the shutdown, but so rarely that no
 * trial shows it.
 */
static atomic_ulong requesting_thread;
static atomic_ulong ending_thread;

/* Function pointers are no object pointers in C. */
static void find_function(const char *name, void *ret_function)
{
    void *found = dlsym(RTLD_NEXT, name);
    ck_assert_ptr_nonnull(found);
    memcpy(ret_function, &found, sizeof found);
}

grpc_call_error grpc_server_request_call(grpc_server *server, grpc_call **call,
                                         grpc_call_details *details,
                                         grpc_metadata_array *request_metadata,
                                         grpc_completion_queue *cq_bound_to_call,
                                         grpc_completion_queue *cq_for_notification, void *tag_new)
{
    static _Thread_local __typeof__(&grpc_server_request_call) real;
    if (real == NULL) {
        find_function("grpc_server_request_call", &real);
    }
    atomic_store(&requesting_thread, (unsigned long)pthread_self());
    return real(server, call, details, request_metadata, cq_bound_to_call, cq_for_notification,
                tag_new);
}

void grpc_server_shutdown_and_notify(grpc_server *server, grpc_completion_queue *cq, void *tag)
{
    static _Thread_local __typeof__(&grpc_server_shutdown_and_notify) real;
    if (real == NULL) {
        find_function("grpc_server_shutdown_and_notify", &real);
    }
    atomic_store(&ending_thread, (unsigned long)pthread_self());
    real(server, cq, tag);
}

START_TEST(one_thread_requests_calls_and_shuts_down)
{
    struct acceptor *acceptor = acceptor_start(&acceptor_wanted);
    ck_assert_ptr_nonnull(acceptor);
    expect_an_answer(acceptor); /* after it, the acceptor's thread has made a request */
    acceptor_shut_down(acceptor);
    acceptor_stop(acceptor);
    ck_assert_uint_eq(atomic_load(&requesting_thread), atomic_load(&ending_thread));
}
END_TEST

struct caller {
    pthread_t thread;
    grpc_channel *channel;
    sem_t answered;
};

static void *call_until_the_end(void *argument)
{
    struct caller *caller = argument;
    while (unknown_call(caller->channel) == GRPC_STATUS_UNIMPLEMENTED) {
        (void)sem_post(&caller->answered);
    }
    return NULL;
}

/*
 * As a drain does: when no stream is left, connections that C core keeps because of a call that it
 * forgot are broken off. A lost request for a call would hold up the end in spite of that.
 */
static void await_end_of_connections(struct acceptor *acceptor)
{
    enum { GOODBYE_SECONDS = 1 };
    struct timespec until;
    ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &until), 0);
    until.tv_sec += GOODBYE_SECONDS;
    if (sem_clockwait(&acceptor_ended, CLOCK_MONOTONIC, &until) != 0) {
        acceptor_cancel_calls(acceptor);
        ck_assert_int_eq(sem_wait(&acceptor_ended), 0);
    }
}

/* Each round shuts down after another count of answers, in the middle of calls. */
START_TEST(it_ends_while_calls_come)
{
    enum { ROUNDS = 40, CALLERS = 4 };
    for (int round = 0; round < ROUNDS; round++) {
        struct acceptor *acceptor = acceptor_start(&acceptor_wanted);
        struct caller callers[CALLERS];
        for (int i = 0; i < CALLERS; i++) {
            callers[i].channel = connect_client(acceptor);
            ck_assert_int_eq(sem_init(&callers[i].answered, 0, 0), 0);
            ck_assert_int_eq(
                pthread_create(&callers[i].thread, NULL, call_until_the_end, &callers[i]), 0);
        }
        for (int i = 0; i < round % 10; i++) {
            ck_assert_int_eq(sem_wait(&callers[round % CALLERS].answered), 0);
        }
        acceptor_shut_down(acceptor);
        await_end_of_connections(acceptor);
        acceptor_stop(acceptor);
        for (int i = 0; i < CALLERS; i++) {
            ck_assert_int_eq(pthread_join(callers[i].thread, NULL), 0);
            grpc_channel_destroy(callers[i].channel);
            ck_assert_int_eq(sem_destroy(&callers[i].answered), 0);
        }
    }
}
END_TEST

/* ---- A shortage of memory -------------------------------------------------------------------- */

static atomic_int failures; /* allocations that fail from now on */

static struct call *create_later(struct call_pool *pool)
{
    return atomic_fetch_sub(&failures, 1) > 0 ? NULL : call_create(pool);
}

/* At first there is no memory for any call. Once there is, clients are served. */
START_TEST(a_shortage_of_memory_that_is_over_is_over)
{
    log_set_level(LOG_LEVEL_ERROR);
    acceptor_wanted.create_call = create_later;
    atomic_store(&failures, 1); /* the first one: then the acceptor waits before it asks again */
    struct acceptor *acceptor = acceptor_start(&acceptor_wanted);
    ck_assert_ptr_nonnull(acceptor);
    expect_an_answer(acceptor);
    acceptor_shut_down(acceptor);
    acceptor_stop(acceptor);
}
END_TEST

Suite *acceptor_suite(void)
{
    Suite *suite = suite_create("acceptor");
    TCase *acceptor = tcase_create("acceptor");
    suite_add_tcase(suite, acceptor);
    tcase_add_checked_fixture(acceptor, acceptor_set_up, acceptor_tear_down);
    tcase_set_timeout(acceptor, 60);
    tcase_add_test(acceptor, it_starts_and_stops);
    tcase_add_test(acceptor, to_break_off_nothing_changes_nothing);
    tcase_add_test(acceptor, one_thread_requests_calls_and_shuts_down);
    tcase_add_test(acceptor, it_ends_while_calls_come);
    tcase_add_test(acceptor, a_shortage_of_memory_that_is_over_is_over);
    return suite;
}
