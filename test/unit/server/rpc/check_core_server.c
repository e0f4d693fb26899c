/* server/rpc/core_server: what C core keeps of a server. */
#include "server/rpc/core_server.h"
#include "shared/grpc/setup.h"
#include "test/suites.h"

#include <grpc/grpc.h>
#include <grpc/support/alloc.h>

#include <string.h>

static bool channelz_has_a_server(void)
{
    char *servers = grpc_channelz_get_servers(0);
    const bool has = strstr(servers, "serverId") != NULL;
    gpr_free(servers);
    return has;
}

START_TEST(channelz_has_the_server_only_if_it_is_asked_for)
{
    const struct core_server_settings settings = {.max_streams = 1, .has_channelz = _i == 1};
    grpc_server *server = core_server_create(&settings);
    ck_assert(channelz_has_a_server() == settings.has_channelz);
    grpc_server_destroy(server);
}
END_TEST

Suite *core_server_suite(void)
{
    Suite *suite = suite_create("core_server");
    TCase *tcase = tcase_create("arguments");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, grpc_setup, grpc_teardown);
    tcase_add_loop_test(tcase, channelz_has_the_server_only_if_it_is_asked_for, 0, 2);
    return suite;
}
