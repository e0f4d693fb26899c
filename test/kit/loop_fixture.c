#include "test/kit/loop_fixture.h"

#include "client/run/runner_listener.h"
#include "shared/base/log.h"
#include "shared/grpc/setup.h"

#include <check.h>
#include <sodium.h>

#include <stdio.h>

struct loop loop;
struct plan loop_plan;
struct runner_settings loop_settings;
struct loop_heard loop_heard;

static const char *loop_target = "127.0.0.1:1"; /* nobody listens there */
static bool has_loop;

static void note_message(void *context, unsigned stream, const struct session_message *message)
{
    (void)context;
    (void)stream;
    (void)message;
    if (loop_heard.messages++ == 0) {
        loop_heard.first_at = clock_monotonic.now(&clock_monotonic);
    }
}

static void note_break(void *context, unsigned stream, const struct session_break *event)
{
    (void)context;
    (void)stream;
    (void)event;
    loop_heard.breaks++;
}

struct session_listener loop_listener = {.message = note_message, .broken = note_break};

void loop_set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
}

void free_loop(void)
{
    if (has_loop) {
        loop_cleanup(&loop);
        has_loop = false;
    }
}

void loop_tear_down(void)
{
    free_loop();
    stop_serving();
    grpc_teardown();
}

void loop_serve_truth(int64_t interval_ns)
{
    loop_target = serve_truth(MODE_STATEFUL, interval_ns);
}

void loop_serve(const struct script *scripts, size_t count)
{
    loop_target = serve_scripts(scripts, count, count - 1);
}

void make_loop(enum client_mode mode, uint32_t n, unsigned connections, unsigned runners)
{
    loop_plan = (struct plan){.mode = mode,
                              .n = n,
                              .streams = runners,
                              .connections = connections,
                              .interval_is_given = true,
                              .max_lateness_ns = CLOCK_NEVER};
    snprintf(loop_plan.target_uri, sizeof loop_plan.target_uri, "%s", loop_target);
    loop_settings = (struct runner_settings){
        .plan = &loop_plan,
        .route = {.target = loop_plan.target_uri, .connect_timeout_ns = 20 * NS_PER_S},
        .subscription = {.retry_timeout_ns = 60 * NS_PER_S,
                         .wrong_max = 1,
                         .clock = &clock_monotonic,
                         .listener = &runner_listener},
        .began = clock_monotonic.now(&clock_monotonic),
        .listener = &loop_listener};
    has_loop = true;
    ck_assert(loop_init(&loop, &loop_settings, connections, runners));
    for (unsigned i = 1; i <= connections; i++) {
        struct connection *connection = loop_add_connection(&loop, i);
        ck_assert_ptr_eq(connection, &loop.connections[i - 1]);
        ck_assert_uint_eq(connection->channel.number, i);
    }
}

void add_runners(unsigned count, int64_t delay_ns)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned number = (unsigned)loop.runner_count + 1;
        loop_add_runner(&loop, &loop.connections[number % loop.connection_count], number,
                        loop_settings.began + delay_ns);
    }
}

const struct subscription *first_subscription(void)
{
    return &loop.runners[0].subscription;
}

const struct counts *loop_counts(void)
{
    return &loop.group.tally->counts;
}
