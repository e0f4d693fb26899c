#include "client/run/loop.h"

#include "shared/base/thread.h"

#include <stdlib.h>

/*
 * A loop that comes round so much too late was stopped itself: by Ctrl-Z, or with its machine. With
 * a short stall time-out it is half of that; but a loaded machine may be late, too.
 */
#define STOPPED_MAX_NS NS_PER_S
#define STOPPED_MIN_NS (100 * NS_PER_MS)

bool loop_init(struct loop *loop, const struct runner_settings *settings, size_t connections,
               size_t runners)
{
    *loop = (struct loop){.lock = PTHREAD_MUTEX_INITIALIZER, .sampled = PTHREAD_COND_INITIALIZER};
    atomic_init(&loop->stop_requested, false);
    atomic_init(&loop->sample_requested, false);
    loop->queue = grpc_completion_queue_create_for_next(NULL);
    loop->nowhere = grpc_lame_client_channel_create("nowhere", GRPC_STATUS_UNAVAILABLE, "nowhere");
    loop->waker = grpc_channel_create_call(loop->nowhere, NULL, 0, loop->queue,
                                           grpc_slice_from_static_string("/"), NULL,
                                           gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    loop->group = (struct runner_group){.settings = settings,
                                        .queue = loop->queue,
                                        .timers = &loop->timers,
                                        .tally = tally_create()};
    loop->connections = calloc(connections, sizeof *loop->connections);
    loop->runners = calloc(runners, sizeof *loop->runners);
    return timers_init(&loop->timers, 2 * connections + runners) && loop->group.tally != NULL &&
           loop->connections != NULL && loop->runners != NULL;
}

void loop_cleanup(struct loop *loop)
{
    for (size_t i = 0; i < loop->runner_count; i++) {
        runner_cleanup(&loop->runners[i]);
    }
    for (size_t i = 0; i < loop->connection_count; i++) {
        channel_cleanup(&loop->connections[i].channel);
    }
    grpc_call_unref(loop->waker);
    grpc_channel_destroy(loop->nowhere);
    grpc_completion_queue_shutdown(loop->queue);
    while (
        grpc_completion_queue_next(loop->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type !=
        GRPC_QUEUE_SHUTDOWN) {
    }
    grpc_completion_queue_destroy(loop->queue);
    timers_cleanup(&loop->timers);
    free(loop->runners);
    free(loop->connections);
    free(loop->group.tally);
    (void)pthread_cond_destroy(&loop->sampled);
    (void)pthread_mutex_destroy(&loop->lock);
}

/* ---- Connections and their breaks ------------------------------------------------------------ */

static void break_connection(struct timer *timer, int64_t now)
{
    struct connection *connection =
        (struct connection *)(void *)((char *)timer - offsetof(struct connection, chaos_timer));
    if (chaos_next_is_stall(&connection->chaos)) {
        channel_silence(&connection->channel);
    } else {
        channel_cut(&connection->channel);
    }
    timers_set(&connection->loop->timers, timer, now + chaos_next_ns(&connection->chaos));
}

static void look_at_connection(struct timer *timer, int64_t now)
{
    struct connection *connection =
        (struct connection *)(void *)((char *)timer - offsetof(struct connection, look_timer));
    channel_look(&connection->channel, now);
    if (connection->channel.was_ready) {
        first_connect_note(connection->loop->group.settings->subscription.first_connect);
    }
    timers_set(&connection->loop->timers, timer, now + CHANNEL_LOOK_NS);
}

struct connection *loop_add_connection(struct loop *loop, unsigned number)
{
    const struct runner_settings *settings = loop->group.settings;
    struct connection *connection = &loop->connections[loop->connection_count];
    connection->loop = loop;
    if (!channel_init(&connection->channel, &settings->route, number)) {
        return NULL;
    }
    loop->connection_count++;
    timers_add(&loop->timers, &connection->look_timer, look_at_connection);
    timers_set(&loop->timers, &connection->look_timer, settings->began + CHANNEL_LOOK_NS);
    timers_add(&loop->timers, &connection->chaos_timer, break_connection);
    if (settings->plan->chaos.cut_ns > 0) {
        chaos_init(&connection->chaos, &settings->plan->chaos, number, settings->plan->connections);
        timers_set(&loop->timers, &connection->chaos_timer,
                   settings->began + chaos_next_ns(&connection->chaos));
    }
    return connection;
}

void loop_add_runner(struct loop *loop, struct connection *connection, unsigned number,
                     int64_t start_at)
{
    runner_init(&loop->runners[loop->runner_count++], &loop->group, &connection->channel, number,
                start_at);
}

/* ---- The thread ------------------------------------------------------------------------------ */

static gpr_timespec timespec_of(int64_t time)
{
    if (time == CLOCK_NEVER) {
        return gpr_inf_future(GPR_CLOCK_MONOTONIC);
    }
    /* The timers use GPR_CLOCK_MONOTONIC too. */
    return gpr_time_from_nanos(time, GPR_CLOCK_MONOTONIC);
}

static void stop(struct loop *loop)
{
    loop->group.stopping = true;
    for (size_t i = 0; i < loop->runner_count; i++) {
        runner_stop(&loop->runners[i]);
    }
}

/* The next event. If there is none yet, calls the listener before it waits. */
static grpc_event next_event(struct loop *loop)
{
    const struct session_listener *listener = loop->group.settings->listener;
    if (listener != NULL && listener->before_wait != NULL) {
        grpc_event event =
            grpc_completion_queue_next(loop->queue, gpr_time_0(GPR_CLOCK_MONOTONIC), NULL);
        if (event.type != GRPC_QUEUE_TIMEOUT) {
            return event;
        }
        if (!listener->before_wait(listener->context)) {
            stop(loop);
        }
        if (loop->group.running == 0) {
            return event;
        }
    }
    return grpc_completion_queue_next(loop->queue, timespec_of(timers_next(&loop->timers)), NULL);
}

static void give_sample(struct loop *loop, bool at_last)
{
    struct tally *tally = loop->group.tally;
    const struct clock *clock = loop->group.settings->subscription.clock;
    int64_t now = clock->now(clock);
    tally_pass_time(tally, now);
    (void)pthread_mutex_lock(&loop->lock);
    if (loop->has_sample) { /* the end: nobody has taken the notes of the sample before */
        break_notes_merge(&tally->notes, &loop->sample.notes);
    }
    loop->sample = (struct loop_sample){.counts = tally->counts,
                                        .live = tally->live,
                                        .waiting = tally->waiting,
                                        .live_lowest = tally->live_lowest,
                                        .waiting_highest = tally->waiting_highest,
                                        .at = now,
                                        .live_ns = tally->live_ns,
                                        .waiting_ns = tally->waiting_ns,
                                        .notes = tally->notes};
    tally->notes = (struct break_notes){.count = 0};
    tally_begin_look(tally);
    loop->has_sample = true;
    loop->has_ended = at_last;
    (void)pthread_cond_broadcast(&loop->sampled);
    (void)pthread_mutex_unlock(&loop->lock);
}

static void answer_requests(struct loop *loop)
{
    if (atomic_exchange(&loop->sample_requested, false)) {
        give_sample(loop, false);
    }
    if (atomic_load(&loop->stop_requested)) {
        stop(loop);
    }
}

static int64_t stopped_from(const struct loop *loop)
{
    int64_t half = loop->group.settings->subscription.stall_timeout_ns / 2;
    if (half == 0 || half > STOPPED_MAX_NS) {
        return STOPPED_MAX_NS;
    }
    return half < STOPPED_MIN_NS ? STOPPED_MIN_NS : half;
}

/*
 * If the client was stopped, the silence that it finds afterwards is its own: what came meanwhile
 * is still to be read. A shorter stop cannot make a number look missing.
 */
static void look_for_a_stop(struct loop *loop, int64_t now)
{
    if (now <= clock_add(loop->expected_by, stopped_from(loop))) {
        return;
    }
    for (size_t i = 0; i < loop->connection_count; i++) {
        channel_note_stop(&loop->connections[i].channel, now, now - loop->expected_by);
    }
}

void loop_run(struct loop *loop)
{
    const struct clock *clock = loop->group.settings->subscription.clock;
    loop->expected_by = CLOCK_NEVER;
    while (loop->group.running > 0) {
        grpc_event event = next_event(loop);
        if (event.type == GRPC_OP_COMPLETE && event.tag == loop) {
            answer_requests(loop);
        } else if (event.type == GRPC_OP_COMPLETE) {
            runner_handle(&event);
        }
        int64_t now = clock->now(clock);
        look_for_a_stop(loop, now);
        timers_fire_one(&loop->timers, now);
        int64_t next = timers_next(&loop->timers);
        loop->expected_by = next > now ? next : now;
    }
    give_sample(loop, true);
}

static void *run_thread(void *argument)
{
    struct loop *loop = argument;
    thread_set_name("streams");
    loop_run(loop);
    loop->ended(loop->ended_argument);
    return NULL;
}

int loop_start(struct loop *loop, void (*ended)(void *argument), void *argument)
{
    loop->ended = ended;
    loop->ended_argument = argument;
    return thread_start(&loop->thread, 0, run_thread, loop);
}

void loop_join(struct loop *loop)
{
    (void)pthread_join(loop->thread, NULL);
}

void loop_add_to_result(const struct loop *loop, struct result *result)
{
    tally_add_to_result(loop->group.tally, result);
}

struct session_end loop_first_session(const struct loop *loop)
{
    return runner_session_end(&loop->runners[0]);
}

/* ---- From other threads ---------------------------------------------------------------------- */

void loop_request_stop(struct loop *loop)
{
    atomic_store(&loop->stop_requested, true);
    (void)grpc_call_start_batch(loop->waker, NULL, 0, loop, NULL);
}

void loop_request_sample(struct loop *loop)
{
    (void)pthread_mutex_lock(&loop->lock);
    loop->has_sample = loop->has_ended;
    (void)pthread_mutex_unlock(&loop->lock);
    atomic_store(&loop->sample_requested, true);
    (void)grpc_call_start_batch(loop->waker, NULL, 0, loop, NULL);
}

struct loop_sample loop_take_sample(struct loop *loop)
{
    (void)pthread_mutex_lock(&loop->lock);
    while (!loop->has_sample) {
        (void)pthread_cond_wait(&loop->sampled, &loop->lock);
    }
    struct loop_sample sample = loop->sample;
    loop->sample.notes = (struct break_notes){.count = 0}; /* they are told once */
    (void)pthread_mutex_unlock(&loop->lock);
    return sample;
}
