#include "test/kit/runner_fixture.h"

#include "client/run/runner_listener.h"
#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/core_server.h"
#include "test/kit/fake_clock.h"

#include <check.h>
#include <sodium.h>

#include <stdlib.h>
#include <string.h>

enum { LOOKS_MAX = 2000, LOOK_MS = 10 };

struct plan runner_plan;
struct runner_settings runner_settings;
struct runner_group runner_group;
struct channel runner_channel;
struct runner runners[RUNNERS_MAX];
int64_t takes_ns[TIMED_MESSAGES];
size_t silent_after;
struct session_message last_message;

static struct fake_clock runner_clock;
static struct timers runner_timers;
static size_t runner_count;
static size_t messages_heard;

static void let_time_go_by(void *context, unsigned stream, const struct session_message *message)
{
    (void)context;
    (void)stream;
    last_message = *message;
    if (messages_heard < sizeof takes_ns / sizeof *takes_ns) {
        fake_clock_advance(&runner_clock, takes_ns[messages_heard]);
    }
    messages_heard++;
}

static void ignore_break(void *context, unsigned stream, const struct session_break *event)
{
    (void)context;
    (void)stream;
    (void)event;
}

static const struct session_listener listener = {.message = let_time_go_by, .broken = ignore_break};

void runner_set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
    fake_clock_init(&runner_clock, RUNNER_BEGAN);
    runner_plan = (struct plan){.mode = CLIENT_STATEFUL,
                                .uuid = test_uuid,
                                .n = N,
                                .streams = 1,
                                .connections = 1,
                                .interval_is_given = true,
                                .stall_timeout_ns = 15 * NS_PER_S,
                                .max_lateness_ns = CLOCK_NEVER};
    runner_settings = (struct runner_settings){.plan = &runner_plan,
                                               .subscription = {.retry_timeout_ns = 30 * NS_PER_S,
                                                                .stall_timeout_ns = 15 * NS_PER_S,
                                                                .wrong_max = 100,
                                                                .clock = &runner_clock.clock,
                                                                .listener = &runner_listener},
                                               .began = RUNNER_BEGAN,
                                               .listener = &listener};
    memset(takes_ns, 0, sizeof takes_ns);
    runner_count = 0;
    messages_heard = 0;
    silent_after = SIZE_MAX;
}

void begin_runners(const struct script *scripts, size_t count)
{
    const char *target = serve_scripts(scripts, count, 0);
    runner_settings.route =
        (struct channel_route){.target = target, .connect_timeout_ns = 20 * NS_PER_S};
    ck_assert(channel_init(&runner_channel, &runner_settings.route, RUNNER_CONNECTION));
    ck_assert(timers_init(&runner_timers, RUNNERS_MAX));
    runner_group = (struct runner_group){.settings = &runner_settings,
                                         .queue = grpc_completion_queue_create_for_next(NULL),
                                         .timers = &runner_timers,
                                         .tally = tally_create()};
    ck_assert_ptr_nonnull(runner_group.tally);
}

void add_runner(int64_t delay_ns)
{
    struct runner *runner = &runners[runner_count++];
    runner_init(runner, &runner_group, &runner_channel, (unsigned)runner_count,
                RUNNER_BEGAN + delay_ns);
}

void runner_tear_down(void)
{
    for (size_t i = 0; i < runner_count; i++) {
        runner_cleanup(&runners[i]);
    }
    channel_cleanup(&runner_channel);
    core_queue_destroy(runner_group.queue);
    timers_cleanup(&runner_timers);
    free(runner_group.tally);
    stop_serving();
    fake_clock_cleanup(&runner_clock);
    grpc_teardown();
}

int64_t runner_now(void)
{
    return fake_clock_now(&runner_clock);
}

/*
 * Whether nothing happens any more unless time goes by: no call is open, or the test says so, and
 * the server knows of the call whose silence it is.
 */
static bool is_time_to_wait(void)
{
    if (messages_heard >= silent_after && scripted_server_request_count(scripted_server) > 0) {
        silent_after = SIZE_MAX;
        return true;
    }
    for (size_t i = 0; i < runner_count; i++) {
        if (call_is_open(&runners[i].subscription.call)) {
            return false;
        }
    }
    return true;
}

static void fire_due_timers(void)
{
    while (timers_next(&runner_timers) <= runner_now()) {
        timers_fire_one(&runner_timers, runner_now());
    }
}

static void take_runner_event(int look_ms)
{
    gpr_timespec until =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(look_ms, GPR_TIMESPAN));
    grpc_event event = grpc_completion_queue_next(runner_group.queue, until, NULL);
    if (event.type == GRPC_OP_COMPLETE) {
        runner_handle(&event);
    }
    fire_due_timers();
    if (event.type != GRPC_OP_COMPLETE && runner_group.running > 0 && is_time_to_wait()) {
        int64_t due = timers_next(&runner_timers);
        ck_assert_int_ne(due, CLOCK_NEVER);
        fake_clock_advance(&runner_clock, due > runner_now() ? due - runner_now() : 0);
        fire_due_timers();
    }
}

void run_runners(void)
{
    fire_due_timers();
    for (int i = 0; runner_group.running > 0; i++) {
        ck_assert_msg(i < LOOKS_MAX, "it never ends: %zu messages", messages_heard);
        take_runner_event(LOOK_MS);
    }
}

void run_one_runner(void)
{
    add_runner(0);
    run_runners();
}

void run_runners_until(size_t messages)
{
    fire_due_timers();
    for (int i = 0; messages_heard < messages; i++) {
        ck_assert_int_lt(i, LOOKS_MAX);
        take_runner_event(LOOK_MS);
    }
}

const struct violation *only_violation(void)
{
    ck_assert_uint_eq(runner_group.tally->counts.violations, 1);
    ck_assert_uint_eq(runner_group.tally->violation_count, 1);
    return &runner_group.tally->violations[0];
}
