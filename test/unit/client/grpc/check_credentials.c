/* client/grpc/credentials: they are made of every right plan, and let nobody in who is none. What
 * they do to a connection is test/e2e/check_client_tls.c's. */
#include "client/grpc/credentials.h"
#include "test/kit/certificates.h"
#include "test/kit/channel_fixture.h"
#include "test/kit/serving.h"
#include "test/suites.h"

#include <grpc/grpc_security.h>

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

/* The fixture's server speaks no TLS: the call ends, and its command has not been sent. */
static void expect_no_call(void)
{
    static struct channel_route route;
    channel_serve_one_by_one();
    route = *channels[0].route;
    route.credentials = credentials_create(&tls);
    route.server_name = tls.overrides_name ? tls.name : NULL;
    ck_assert_ptr_nonnull(route.credentials);
    channels[0].route = &route;
    channel_renew(&channels[0]);
    grpc_channel_credentials_release(route.credentials); /* the channel holds on to them */
    begin_call(&callers[0], &channels[0]);
    ck_assert_int_eq(await_end(&callers[0]), STATUS_UNAVAILABLE);
    ck_assert_uint_eq(scripted_server_request_count(scripted_server), 0);
    ck_assert(!channel_is_ready(&channels[0]));
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

Suite *credentials_suite(void)
{
    Suite *suite = suite_create("credentials");
    TCase *tcase = tcase_create("credentials");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_system_s_authorities_are_trusted);
    tcase_add_test(tcase, authorities_and_a_certificate_are_taken);
    tcase_add_test(tcase, even_without_verification_it_is_tls);
    suite_add_tcase(suite, tcase);
    return suite;
}
