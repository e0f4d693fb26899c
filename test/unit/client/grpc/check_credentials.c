/* client/grpc/credentials: they are made of every right plan, and let nobody in who is none. What
 * they do to a connection is test/e2e/check_client_tls.c's. */
#define _GNU_SOURCE /* memmem */
#include "client/grpc/credentials.h"
#include "test/kit/certificates.h"
#include "test/kit/channel_fixture.h"
#include "test/kit/loopback.h"
#include "test/kit/serving.h"
#include "test/suites.h"

#include <grpc/grpc_security.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct certificates certificates;
static struct tls_plan tls;

static void set_up(void)
{
    channel_set_up();
    certificates_make(&certificates);
    tls = (struct tls_plan){.is_on = true, .name = "localhost"};
}

static void tear_down(void)
{
    certificate_set_cleanup(&tls.files);
    certificates_remove(&certificates);
    channel_tear_down();
}

static void read_files(const char *certificate, const char *key, const char *authorities)
{
    static char paths[3][CERTIFICATES_PATH_SIZE];
    const char *const names[] = {certificate, key, authorities};
    char reason[CERTIFICATE_REASON_SIZE];
    const char *found[3] = {NULL, NULL, NULL};
    for (size_t i = 0; i < 3; i++) {
        found[i] = names[i] == NULL ? NULL : certificates_path(&certificates, names[i], paths[i]);
    }
    tls.paths = (struct certificate_paths){found[0], found[1], found[2]};
    ck_assert_msg(certificate_set_read(&tls.files, &tls.paths, reason), "%s", reason);
}

/* Begins a call over TLS, and waits for its end: nobody speaks TLS here. */
static void call_in_vain(const char *target)
{
    static struct channel_route route;
    channel_serve_one_by_one();
    route = *channels[0].route;
    route.target = target == NULL ? route.target : target;
    route.credentials = credentials_create(&tls);
    route.server_name = tls.overrides_name ? tls.name : NULL;
    ck_assert_ptr_nonnull(route.credentials);
    channels[0].route = &route;
    channel_renew(&channels[0]);
    grpc_channel_credentials_release(route.credentials); /* the channel holds on to them */
    begin_call(&callers[0], &channels[0]);
    ck_assert_int_eq(await_end(&callers[0]), STATUS_UNAVAILABLE);
    ck_assert(!channel_is_ready(&channels[0]));
}

/* The fixture's server speaks no TLS, and has got no command. */
static void expect_no_call(void)
{
    call_in_vain(NULL);
    ck_assert_uint_eq(scripted_server_request_count(scripted_server), 0);
}

START_TEST(the_system_s_authorities_are_trusted)
{
    expect_no_call();
}
END_TEST

START_TEST(authorities_and_a_certificate_are_taken)
{
    read_files("client.pem", "client.key", "ca.pem");
    tls.overrides_name = true;
    expect_no_call();
}
END_TEST

START_TEST(even_without_verification_it_is_tls)
{
    tls.skips_verification = true;
    expect_no_call();
}
END_TEST

/* Takes what a client says first, and hangs up. */
struct listener {
    int descriptor;
    char hello[4096];
    size_t length;
};

static void *hear_hello(void *argument)
{
    struct listener *listener = argument;
    int descriptor = accept(listener->descriptor, NULL, NULL);
    ssize_t length = recv(descriptor, listener->hello, sizeof listener->hello, 0);
    listener->length = length > 0 ? (size_t)length : 0;
    (void)close(descriptor);
    return NULL;
}

START_TEST(the_name_is_sent_to_the_server)
{
    static const char name[] = "example.org";
    struct listener listener = {.length = 0};
    uint16_t port;
    char target[32];
    pthread_t thread;
    listener.descriptor = loopback_listen(0, SOCK_CLOEXEC, &port);
    ck_assert_int_ge(listener.descriptor, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, hear_hello, &listener), 0);
    snprintf(target, sizeof target, "ipv4:127.0.0.1:%u", port);
    snprintf(tls.name, sizeof tls.name, "%s", name);
    tls.overrides_name = true;
    call_in_vain(target);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_ptr_nonnull(memmem(listener.hello, listener.length, name, strlen(name)));
    ck_assert_ptr_nonnull(memmem(listener.hello, listener.length, "\2h2", 3)); /* ALPN */
    (void)close(listener.descriptor);
}
END_TEST

Suite *credentials_suite(void)
{
    Suite *suite = suite_create("credentials");
    TCase *tcase = tcase_create("credentials");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_system_s_authorities_are_trusted);
    tcase_add_test(tcase, authorities_and_a_certificate_are_taken);
    tcase_add_test(tcase, even_without_verification_it_is_tls);
    tcase_add_test(tcase, the_name_is_sent_to_the_server);
    suite_add_tcase(suite, tcase);
    return suite;
}
