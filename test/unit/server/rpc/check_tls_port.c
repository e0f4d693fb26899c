/* Calls that come by the TLS port, and what C core says of them: who speaks no TLS is refused. */
#include "test/kit/acceptor_fixture.h"
#include "test/kit/certificates.h"
#include "test/kit/loopback.h"
#include "test/kit/unknown_call.h"
#include "test/suites.h"

#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

static struct certificates certificates;
static char paths[3][CERTIFICATES_PATH_SIZE];
static struct tls_port port;
static bool gives_plain_credentials;

/* Replaces C core's own function in this program: as if it could make no handshaker, after which it
 * lets clients in without TLS. */
grpc_server_credentials *
grpc_ssl_server_credentials_create_with_options(grpc_ssl_server_credentials_options *options)
{
    grpc_ssl_server_credentials_options_destroy(options);
    return gives_plain_credentials ? grpc_insecure_server_credentials_create() : NULL;
}

static void set_up(void)
{
    char reason[CERTIFICATE_REASON_SIZE];
    acceptor_set_up();
    certificates_make(&certificates);
    const struct certificate_paths wanted = {
        .certificate = certificates_path(&certificates, "server.pem", paths[0]),
        .key = certificates_path(&certificates, "server.key", paths[1]),
        .authorities = certificates_path(&certificates, "ca.pem", paths[2])};
    ck_assert_msg(tls_port_init(&port, &wanted, &clock_monotonic, reason), "%s", reason);
    acceptor_wanted.tls = &port;
}

static void tear_down(void)
{
    tls_port_cleanup(&port);
    certificates_remove(&certificates);
    acceptor_tear_down();
}

static void make_non_blocking(int descriptor)
{
    ck_assert_int_eq(fcntl(descriptor, F_SETFL, O_NONBLOCK), 0);
}

/* A TCP connection to the acceptor, as a channel without TLS. */
static grpc_channel *connect_plainly(struct acceptor *acceptor)
{
    uint16_t number;
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int listening = loopback_listen(0, 0, &number);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    address = loopback_address(number);
    ck_assert_int_eq(connect(client, (const struct sockaddr *)&address, sizeof address), 0);
    int accepted = accept(listening, (struct sockaddr *)&address, &length);
    ck_assert_int_ge(accepted, 0);
    (void)close(listening);
    make_non_blocking(client);
    make_non_blocking(accepted);
    ck_assert_int_eq(
        connections_add(acceptor_wanted.connections, accepted, (struct sockaddr *)&address, length),
        CONNECTION_NOT_REFUSED);
    acceptor_add_connection(acceptor, accepted);
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel *channel = grpc_channel_create_from_fd("test", client, credentials, NULL);
    grpc_channel_credentials_release(credentials);
    return channel;
}

static void stop(struct acceptor *acceptor)
{
    acceptor_shut_down(acceptor);
    ck_assert_int_eq(sem_wait(&acceptor_ended), 0);
    acceptor_stop(acceptor);
}

/* With mutual TLS, and without. */
START_TEST(a_call_without_tls_is_refused)
{
    gives_plain_credentials = true;
    if (_i == 1) {
        port.rotation.paths.authorities = NULL;
    }
    struct acceptor *acceptor = acceptor_start(&acceptor_wanted);
    ck_assert_msg(acceptor != NULL, "%s", port.problem);
    grpc_channel *channel = connect_plainly(acceptor);
    ck_assert_int_eq(unknown_call(channel), GRPC_STATUS_UNAUTHENTICATED);
    ck_assert_uint_eq(atomic_load(&acceptor_refusals.counts[REFUSAL_NOT_IDENTIFIED]), 1);
    grpc_channel_destroy(channel);
    stop(acceptor);
}
END_TEST

START_TEST(a_unix_socket_needs_no_tls)
{
    int ends[2];
    gives_plain_credentials = true;
    struct acceptor *acceptor = acceptor_start(&acceptor_wanted);
    ck_assert_msg(acceptor != NULL, "%s", port.problem);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    acceptor_add_connection(acceptor, ends[0]);
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel *channel = grpc_channel_create_from_fd("test", ends[1], credentials, NULL);
    grpc_channel_credentials_release(credentials);
    ck_assert_int_eq(unknown_call(channel), GRPC_STATUS_UNIMPLEMENTED);
    grpc_channel_destroy(channel);
    stop(acceptor);
}
END_TEST

/* As with a C core that has no such port: there is no way in, and no other one is taken. */
START_TEST(without_a_way_in_nothing_is_served)
{
    gives_plain_credentials = false;
    ck_assert_ptr_null(acceptor_start(&acceptor_wanted));
    ck_assert_ptr_nonnull(port.problem);
}
END_TEST

Suite *tls_port_suite(void)
{
    Suite *suite = suite_create("tls_port");
    TCase *tcase = tcase_create("tls_port");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_call_without_tls_is_refused, 0, 2);
    tcase_add_test(tcase, a_unix_socket_needs_no_tls);
    tcase_add_test(tcase, without_a_way_in_nothing_is_served);
    suite_add_tcase(suite, tcase);
    return suite;
}
