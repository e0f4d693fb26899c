#include "test/kit/channel_fixture.h"

#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/core_server.h"
#include "test/kit/script_words.h"
#include "test/kit/serving.h"

#include <check.h>

#include <string.h>

grpc_completion_queue *channel_queue;
struct channel channels[2];
struct caller callers[2];

static const struct script endless[] = {{{NUMBER(1), AWAIT, NUMBER(2)}}};

void channel_set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
    channel_queue = grpc_completion_queue_create_for_next(NULL);
}

void channel_tear_down(void)
{
    channel_cleanup(&channels[0]);
    channel_cleanup(&channels[1]);
    core_queue_destroy(channel_queue);
    stop_serving();
    grpc_teardown();
}

static void connect_to(const char *target)
{
    static struct channel_route route;
    route = (struct channel_route){.target = target, .connect_timeout_ns = 20 * NS_PER_S};
    ck_assert(channel_init(&channels[0], &route, 1));
    ck_assert(channel_init(&channels[1], &route, 2));
}

void channel_serve_one_by_one(void)
{
    connect_to(serve_scripts(endless, 1, 0));
}

void channel_serve_all(void)
{
    connect_to(serve_truth(MODE_STATELESS, HOUR_NS));
}

struct request request_of(const char *text)
{
    struct request request = {.length = strlen(text)};
    memcpy(request.text, text, request.length);
    return request;
}

void begin_call(struct caller *caller, struct channel *channel)
{
    const struct request start = request_of("START");
    *caller = (struct caller){.replies = 0};
    call_init(&caller->call, caller);
    call_open(&caller->call, channel, channel_queue, &start);
}

bool take_channel_event_within(int64_t time_ms)
{
    gpr_timespec until =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(time_ms, GPR_TIMESPAN));
    grpc_event event = grpc_completion_queue_next(channel_queue, until, NULL);
    if (event.type != GRPC_OP_COMPLETE) {
        return false;
    }
    struct caller *caller = call_of_event(&event)->owner;
    struct reply reply;
    struct padding_fault fault;
    caller->replies += call_take(&caller->call, &event, &reply, &fault) == CALL_REPLY;
    if (call_is_over(&caller->call)) {
        caller->is_over = true;
        caller->status = call_status(&caller->call);
        call_close(&caller->call);
    }
    return true;
}

void take_channel_event(void)
{
    ck_assert(take_channel_event_within(CHANNEL_PATIENCE_MS));
}

void await_replies(const struct caller *caller, unsigned count)
{
    while (caller->replies < count) {
        ck_assert_msg(!caller->is_over, "it ended with status %d", caller->status);
        take_channel_event();
    }
}

enum status await_end(const struct caller *caller)
{
    while (!caller->is_over) {
        take_channel_event();
    }
    return caller->status;
}

void hang_up(struct caller *caller)
{
    call_cancel(&caller->call);
    ck_assert_int_eq(await_end(caller), STATUS_CANCELLED);
}

void call_once(struct channel *channel)
{
    begin_call(&callers[0], channel);
    await_replies(&callers[0], 1);
    hang_up(&callers[0]);
}

void read_address(const struct channel *channel, char text[static ADDRESS_TEXT_SIZE])
{
    socket_watch_address(channel->socket, NULL, text, ADDRESS_TEXT_SIZE);
}
