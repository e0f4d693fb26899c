#include "client/run/fleet.h"

#include "client/grpc/address_family.h"
#include "client/grpc/call_headers.h"
#include "client/grpc/credentials.h"
#include "client/grpc/name_addresses.h"
#include "client/run/fleet_look.h"
#include "client/run/report_schedule.h"
#include "client/run/runner_listener.h"
#include "shared/base/clock.h"
#include "shared/protocol/sequence.h"

#include <grpc/grpc_security.h>

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* C core polls in one thread at a time: more threads would only pass work to one another. */
enum { LOOPS_MAX = 4 };

/* So many paced numbers a second are half of what one loop can do. */
enum { LOOP_NUMBERS_PER_S = 20000 };

/* Wrong messages until a session is given up. A single session ends at its first, and prints it. */
enum { WRONG_MAX_ALONE = 1, WRONG_MAX = 100 };

/* ---- Before the run -------------------------------------------------------------------------- */

/*
 * A server at full speed sends until it has read that a stateless session is over. So a stream's
 * window has room for the numbers of a session, and for no more: C core's own grows to megabytes,
 * many times a short session. Where that would be too much memory C core's own remains.
 */
static int session_window(const struct plan *plan)
{
    enum { WINDOW_MAX = 4 * 1024 * 1024, FRAMED_NUMBER_SIZE = 5 + 11 };
    const uint64_t n = plan->n_fits ? SEQUENCE_N_DEFAULT_MAX : plan->n;
    const uint64_t bytes = n * (FRAMED_NUMBER_SIZE + plan->size);
    return plan->mode == CLIENT_STATELESS && bytes <= WINDOW_MAX ? (int)bytes : 0;
}

static void make_settings(struct fleet *fleet, const struct plan *plan)
{
    struct runner_settings *settings = &fleet->settings;
    unsigned wrong_max = plan_prints_numbers(plan) ? WRONG_MAX_ALONE : WRONG_MAX;
    *settings = (struct runner_settings){
        .plan = plan,
        .route = {.target = plan->target_uri,
                  .connect_timeout_ns = plan->connect_timeout_ns,
                  .server_name = plan->tls.overrides_name ? plan->tls.name : NULL,
                  .is_round_robin = plan->channel.is_round_robin,
                  .user_agent = plan->channel.user_agent,
                  .stream_window = session_window(plan),
                  .authority = plan->channel.authority},
        .subscription = {.retry_timeout_ns = plan->retry_timeout_ns,
                         .stall_timeout_ns = plan->stall_timeout_ns,
                         .ends_by_cancel = plan->interval_ns == 0,
                         .size = plan->size,
                         .wish_ns = plan->wish_ns,
                         .wrong_max = wrong_max,
                         .clock = &clock_monotonic,
                         .listener = &runner_listener},
        .listener = fleet->listener->sessions,
        .news = &fleet->news};
    settings->began = fleet_now(fleet);
    settings->measure_from = clock_add(settings->began, plan->warmup_ns);
    settings->repeat_until =
        plan->duration_ns == 0 ? 0 : clock_add(settings->began, plan->duration_ns);
}

static void stop_for_first_connect(void *context)
{
    fleet_request_stop(context);
}

/* Before the loops get their settings. */
static bool make_first_connect(struct fleet *fleet, const struct plan *plan)
{
    if (plan->retries_connect) {
        return true;
    }
    fleet->has_first_connect =
        first_connect_init(&fleet->first_connect, stop_for_first_connect, fleet);
    fleet->settings.subscription.first_connect = &fleet->first_connect;
    return fleet->has_first_connect;
}

static bool make_credentials(struct fleet *fleet, const struct plan *plan)
{
    if (!plan->tls.is_on) {
        return true;
    }
    fleet->settings.route.credentials = credentials_create(&plan->tls);
    return fleet->settings.route.credentials != NULL;
}

static bool make_headers(struct fleet *fleet, const struct header_list *list)
{
    struct channel_route *route = &fleet->settings.route;
    route->headers = call_headers_create(list);
    route->header_count = list->count;
    return list->count == 0 || route->headers != NULL;
}

/*
 * Of several loops, one wakes another for nearly each number that comes alone. How many come is
 * known before the run only if the pace was given: a server may announce full speed.
 */
static size_t count_loops(const struct plan *plan)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = processors > 0 && processors < LOOPS_MAX ? (size_t)processors : LOOPS_MAX;
    const bool has_pace = plan->interval_is_given || plan->wish_ns > 0;
    if (has_pace && plan->interval_ns > 0) {
        const double per_s = (double)plan->streams * NS_PER_S / (double)plan->interval_ns;
        const double needed = 1 + per_s / LOOP_NUMBERS_PER_S;
        count = needed < (double)count ? (size_t)needed : count;
    }
    return plan->connections < count ? plan->connections : count;
}

/* Stream s is on connection s % connections, connection c on loop c % loops. */
static size_t share(size_t all, size_t parts, size_t part)
{
    return all / parts + (part < all % parts ? 1 : 0);
}

static bool fill_loop(struct fleet *fleet, size_t i)
{
    const struct plan *plan = fleet->settings.plan;
    struct loop *loop = &fleet->loops[i];
    size_t streams = 0;
    for (size_t c = i; c < plan->connections; c += fleet->loop_count) {
        streams += share(plan->streams, plan->connections, c);
    }
    fleet->loops_ready++;
    if (!loop_init(loop, &fleet->settings, share(plan->connections, fleet->loop_count, i),
                   streams)) {
        return false;
    }
    for (size_t c = i; c < plan->connections; c += fleet->loop_count) {
        struct connection *connection = loop_add_connection(loop, (unsigned)c + 1);
        if (connection == NULL) {
            return false;
        }
        for (size_t s = c; s < plan->streams; s += plan->connections) {
            double delay = (double)plan->ramp_ns * (double)s / plan->streams;
            loop_add_runner(loop, connection, (unsigned)s + 1,
                            fleet->settings.began + (int64_t)delay);
        }
    }
    return true;
}

bool fleet_init(struct fleet *fleet, const struct plan *plan, const struct fleet_listener *listener)
{
    *fleet = (struct fleet){.listener = listener, .lock = PTHREAD_MUTEX_INITIALIZER};
    fleet->has_condition = clock_condition_init(&fleet->ended) == 0;
    fleet->has_news = server_news_init(&fleet->news, plan);
    make_settings(fleet, plan);
    address_family_choose(plan->channel.family);
    fleet->loop_count = count_loops(plan);
    fleet->result = calloc(1, sizeof *fleet->result);
    fleet->loops = calloc(fleet->loop_count, sizeof *fleet->loops);
    fleet->seen = calloc(fleet->loop_count, sizeof *fleet->seen);
    if (!fleet->has_condition || !fleet->has_news || fleet->seen == NULL || fleet->result == NULL ||
        fleet->loops == NULL || !make_credentials(fleet, plan) ||
        !make_headers(fleet, &plan->channel.headers) || !make_first_connect(fleet, plan)) {
        return false;
    }
    for (size_t i = 0; i < fleet->loop_count; i++) {
        if (!fill_loop(fleet, i)) {
            return false;
        }
    }
    return true;
}

void fleet_cleanup(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->loops_ready; i++) {
        loop_cleanup(&fleet->loops[i]);
    }
    free(fleet->loops);
    free(fleet->seen);
    free(fleet->settings.route.headers);
    if (fleet->settings.route.credentials != NULL) {
        grpc_channel_credentials_release(fleet->settings.route.credentials);
    }
    if (fleet->result != NULL) {
        free(fleet->result->samples);
        free(fleet->result);
    }
    if (fleet->has_first_connect) {
        first_connect_cleanup(&fleet->first_connect);
    }
    if (fleet->has_news) {
        server_news_cleanup(&fleet->news);
    }
    if (fleet->has_condition) {
        (void)pthread_cond_destroy(&fleet->ended);
    }
    (void)pthread_mutex_destroy(&fleet->lock);
}

/* ---- While it runs --------------------------------------------------------------------------- */

static void loop_has_ended(void *argument)
{
    struct fleet *fleet = argument;
    (void)pthread_mutex_lock(&fleet->lock);
    fleet->loops_ended++;
    (void)pthread_cond_signal(&fleet->ended);
    (void)pthread_mutex_unlock(&fleet->lock);
}

/* Waits until the deadline, or until all loops have ended. Returns whether they have. */
static bool wait_until(struct fleet *fleet, int64_t deadline)
{
    const struct clock *clock = fleet->settings.subscription.clock;
    (void)pthread_mutex_lock(&fleet->lock);
    while (fleet->loops_ended < fleet->loop_count && clock->now(clock) < deadline) {
        clock->wait(clock, &fleet->ended, &fleet->lock, deadline);
    }
    bool all = fleet->loops_ended == fleet->loop_count;
    (void)pthread_mutex_unlock(&fleet->lock);
    return all;
}

static bool start_loops(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->loop_count; i++) {
        if (loop_start(&fleet->loops[i], loop_has_ended, fleet) != 0) {
            fleet->loop_count = i; /* only running loops are stopped and joined */
            fleet_request_stop(fleet);
            return false;
        }
    }
    return true;
}

static enum outcome find_outcome(const struct result *result)
{
    if (result->counts.violations > 0) {
        return OUTCOME_VIOLATED;
    }
    if (result->streams_unfinished == 0) {
        return OUTCOME_PROVEN;
    }
    if (result->streams_refused > 0) {
        return OUTCOME_REFUSED;
    }
    bool nobody_got_through = result->streams_unreachable == result->plan->streams;
    return nobody_got_through ? OUTCOME_UNREACHABLE : OUTCOME_INCOMPLETE;
}

static int64_t cpu_time(const struct rusage *usage)
{
    const struct timeval *user = &usage->ru_utime;
    const struct timeval *kernel = &usage->ru_stime;
    return (user->tv_sec + kernel->tv_sec) * NS_PER_S + (user->tv_usec + kernel->tv_usec) * 1000;
}

static void finish_result(struct fleet *fleet)
{
    struct result *result = fleet->result;
    const struct plan *plan = fleet->settings.plan;
    result->plan = plan;
    result->elapsed_ns = fleet_now(fleet) - fleet->settings.began;
    result->measured_ns =
        result->elapsed_ns > plan->warmup_ns ? result->elapsed_ns - plan->warmup_ns : 0;
    for (size_t i = 0; i < fleet->loop_count; i++) {
        loop_add_to_result(&fleet->loops[i], result);
    }
    result->counts.bytes = result->counts.numbers * plan->size;
    name_addresses_add(&result->addresses);
    address_table_sort(&result->addresses);
    server_news_add_to_result(&fleet->news, result);
    break_table_sort(&result->breaks);
    break_table_sort(&result->failed_attempts);
    result->most_on_a_connection = (unsigned)share(plan->streams, plan->connections, 0);
    result->pace_ns = result_find_pace(result);
    result->outcome = find_outcome(result);

    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        result->peak_rss_bytes = (uint64_t)usage.ru_maxrss * 1024;
        result->cpu_ns = cpu_time(&usage);
    }
}

/* Looks at the loops until they end, and reports each interval. */
static void follow_loops(struct fleet *fleet)
{
    struct report_schedule schedule;
    report_schedule_init(&schedule, fleet->settings.began, fleet->settings.plan->report_every_ns);
    fleet_look_begin(fleet);
    while (!wait_until(fleet, report_schedule_deadline(&schedule))) {
        bool is_report = report_schedule_is_report(&schedule, fleet_now(fleet));
        if (!(is_report ? fleet_look_and_report(fleet) : fleet_look(fleet))) {
            fleet_request_stop(fleet);
        }
        report_schedule_look_ended(&schedule, is_report, fleet_now(fleet));
    }
}

struct result *fleet_run(struct fleet *fleet)
{
    (void)clock_gettime(CLOCK_REALTIME, &fleet->result->began);
    const struct fleet_listener *listener = fleet->listener;
    bool started = start_loops(fleet);
    if (started && listener->started != NULL &&
        !listener->started(listener->context, &fleet->result->began)) {
        fleet_request_stop(fleet);
    }
    follow_loops(fleet);
    (void)fleet_look_and_report(
        fleet); /* the rest of the last interval; the end reports a failure */
    for (size_t i = 0; i < fleet->loop_count; i++) {
        loop_join(&fleet->loops[i]);
    }
    if (!started) {
        return NULL;
    }
    finish_result(fleet);
    return fleet->result;
}

void fleet_request_stop(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->loop_count; i++) {
        loop_request_stop(&fleet->loops[i]);
    }
}

bool fleet_has_ended(struct fleet *fleet)
{
    (void)pthread_mutex_lock(&fleet->lock);
    bool has_ended = fleet->loops_ended == fleet->loop_count;
    (void)pthread_mutex_unlock(&fleet->lock);
    return has_ended;
}

struct session_end fleet_first_session(const struct fleet *fleet)
{
    return loop_first_session(&fleet->loops[0]);
}
