/* client/grpc/call_headers, and the names that a call gives itself: what the server gets. */
#include "client/grpc/call_headers.h"
#include "test/kit/channel_fixture.h"
#include "test/kit/serving.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 512 };

static char tenant[] = "x-tenant";
static char id[] = "id-bin";
static unsigned char blue[] = {'b', 'l', 'u', 'e'};
static unsigned char bytes[] = {0xFF, 'x'};
static struct plan_header headers[] = {{tenant, blue, 4}, {id, bytes, 2}, {tenant, bytes + 1, 1}};

/* Makes a call over a channel of this route, and reads what its server got. */
static void call_over(struct channel_route route, char text[static TEXT_SIZE])
{
    static struct channel_route kept;
    channel_serve_one_by_one();
    kept = route;
    kept.target = scripted_server_target(scripted_server);
    kept.connect_timeout_ns = 20 * NS_PER_S;
    channel_cleanup(&channels[0]);
    ck_assert(channel_init(&channels[0], &kept, 1));
    call_once(&channels[0]);
    scripted_server_headers(scripted_server, 0, text, TEXT_SIZE);
}

START_TEST(the_server_gets_what_the_route_has)
{
    const struct header_list list = {.count = 3, .items = headers};
    char text[TEXT_SIZE];
    grpc_metadata *metadata = call_headers_create(&list);
    ck_assert_ptr_nonnull(metadata);
    call_over((struct channel_route){.user_agent = "probe/7",
                                     .authority = "a.example:443",
                                     .headers = metadata,
                                     .header_count = 3},
              text);
    ck_assert_ptr_eq(strstr(text, ":authority: a.example:443\n"), text);
    ck_assert_msg(strstr(text, "\nuser-agent: probe/7 grpc-c/") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "\nx-tenant: blue\n") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "\nid-bin: \xFFx\n") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "\nx-tenant: x\n") != NULL, "%s", text);
    free(metadata);
}
END_TEST

START_TEST(without_them_it_gets_c_cores_own)
{
    const struct header_list none = {.count = 0};
    char text[TEXT_SIZE];
    ck_assert_ptr_null(call_headers_create(&none));
    call_over((struct channel_route){.target = NULL}, text);
    ck_assert_ptr_eq(strstr(text, ":authority: 127.0.0.1:"), text);
    ck_assert_msg(strstr(text, "\nuser-agent: grpc-c/") != NULL, "%s", text);
    ck_assert_ptr_null(strstr(text, "x-tenant"));
}
END_TEST

Suite *client_call_headers_suite(void)
{
    Suite *suite = suite_create("client-call-headers");
    TCase *tcase = tcase_create("call-headers");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, channel_set_up, channel_tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, the_server_gets_what_the_route_has);
    tcase_add_test(tcase, without_them_it_gets_c_cores_own);
    return suite;
}
