/* The object of C core that takes sockets: the right one is accepted, and nothing else. */
#include "shared/grpc/external_listener.h"
#include "shared/grpc/setup.h"
#include "test/suites.h"

#include <grpc/grpc_security.h>

#include <stddef.h>

static struct external_listener listener;
static grpc_server *server;
static grpc_completion_queue *queue;

static void set_up(void)
{
    grpc_setup();
    listener = (struct external_listener){.handler = NULL};
    grpc_arg argument = external_listener_argument(&listener);
    const grpc_channel_args arguments = {1, &argument};
    server = grpc_server_create(&arguments, NULL);
    queue = grpc_completion_queue_create_for_next(NULL);
    grpc_server_register_completion_queue(server, queue, NULL);
}

static void tear_down(void)
{
    grpc_server_shutdown_and_notify(server, queue, NULL);
    (void)grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    grpc_completion_queue_shutdown(queue);
    grpc_server_destroy(server);
    grpc_completion_queue_destroy(queue);
    grpc_teardown();
}

static const char *open_port(void)
{
    grpc_server_credentials *credentials = grpc_insecure_server_credentials_create();
    const char *problem = external_listener_open(&listener, server, credentials);
    grpc_server_credentials_release(credentials);
    return problem;
}

START_TEST(the_packaged_library_is_known)
{
    ck_assert_ptr_null(open_port());
    ck_assert(listener.handle != NULL);
    grpc_server_start(server);
}
END_TEST

/* Why this object is refused. */
static const char *check(void *object)
{
    struct external_listener other = {.handler = object};
    const char *problem = external_listener_check(&other);
    ck_assert(other.handle == NULL);
    return problem;
}

START_TEST(an_object_of_another_library_is_refused)
{
    static const void *const functions[4];
    const void *object = &functions[1];
    ck_assert_str_eq(check(&object), "the external port has functions outside of libgrpc");
}
END_TEST

/* Credentials are objects of C core, too. */
START_TEST(an_object_of_another_class_is_refused)
{
    grpc_server_credentials *credentials = grpc_insecure_server_credentials_create();
    ck_assert_str_eq(check(credentials), "the external port is of an unknown class");
    grpc_server_credentials_release(credentials);
}
END_TEST

/* C core of another version may ignore the name. */
START_TEST(a_port_that_stores_no_object_is_refused)
{
    ck_assert_str_eq(external_listener_check(&listener), "C core made no external port");
    grpc_server_start(server);
}
END_TEST

Suite *external_listener_suite(void)
{
    Suite *suite = suite_create("external_listener");
    TCase *tcase = tcase_create("C core's object");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_packaged_library_is_known);
    tcase_add_test(tcase, an_object_of_another_library_is_refused);
    tcase_add_test(tcase, an_object_of_another_class_is_refused);
    tcase_add_test(tcase, a_port_that_stores_no_object_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
