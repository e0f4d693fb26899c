#include "test/kit/subscription_fixture.h"

#include "shared/base/log.h"
#include "shared/grpc/setup.h"

#include <sodium.h>

struct scripted_server *server;
struct subscription_driver driver;

static bool has_driver;

void subscription_fixture_set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
}

void subscription_fixture_tear_down(void)
{
    end_serving();
    grpc_teardown();
}

static void subscribe(const char *target)
{
    subscription_driver_init(&driver, server, target);
    verifier_init_stateful(&driver.subscription.verifier, &test_uuid, N);
    has_driver = true;
}

void serve(const struct script *scripts, size_t count, size_t again_from)
{
    server = scripted_server_start(scripts, count, again_from);
    subscribe(scripted_server_target(server));
}

void subscribe_to(const char *target)
{
    server = NULL;
    subscribe(target);
}

void end_serving(void)
{
    if (has_driver) {
        subscription_driver_cleanup(&driver);
        has_driver = false;
    }
    if (server != NULL) {
        scripted_server_stop(server);
        server = NULL;
    }
}

void expect_result(enum session_result wanted)
{
    enum session_result result = subscription_driver_run(&driver);
    ck_assert_msg(result == wanted, "result %d instead of %d: %s", result, wanted,
                  driver.subscription.reason);
}

void expect_requests(size_t count)
{
    ck_assert_uint_eq(scripted_server_request_count(server), count);
}

void expect_request(size_t i, const char *text, int position)
{
    const struct request request = scripted_server_request(server, i);
    ck_assert_str_eq(request.text, text);
    ck_assert(request.has_position == (position >= 0));
    ck_assert(position < 0 || request.position == (uint32_t)position);
}
