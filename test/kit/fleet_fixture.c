#include "test/kit/fleet_fixture.h"

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/grpc/setup.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>

enum { TIMEOUT_S = 60 };

struct plan fleet_plan;
struct fleet fleet;
const struct result *fleet_result;
struct fleet_heard fleet_heard = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool has_fleet;

const struct subscription *subscription_of(unsigned stream)
{
    for (size_t i = 0; i < fleet.loop_count; i++) {
        const struct loop *loop = &fleet.loops[i];
        for (size_t k = 0; k < loop->runner_count; k++) {
            if (loop->runners[k].number == stream) {
                return &loop->runners[k].subscription;
            }
        }
    }
    ck_abort_msg("nobody runs stream %u", stream);
}

static void hear_message(void *context, unsigned stream, const struct session_message *message)
{
    const struct subscription *subscription = subscription_of(stream);
    (void)context;
    pthread_mutex_lock(&fleet_heard.lock);
    if (message->verdict == VERDICT_NUMBER) {
        fleet_heard.numbers++;
        fleet_heard.measured += subscription->last_activity >= fleet.settings.measure_from;
    }
    if (fleet_heard.first_start[stream] == 0) {
        fleet_heard.first_start[stream] = subscription->opened_at;
    }
    if (subscription->opened_at > fleet_heard.last_start) {
        fleet_heard.last_start = subscription->opened_at;
    }
    pthread_mutex_unlock(&fleet_heard.lock);
}

static void hear_break(void *context, unsigned stream, const struct session_break *event)
{
    (void)context;
    pthread_mutex_lock(&fleet_heard.lock);
    if (fleet_heard.first_break[0] == '\0') {
        snprintf(fleet_heard.first_break, sizeof fleet_heard.first_break,
                 "stream %u after %.3f s: %s", stream, (double)event->age_ns / (double)NS_PER_S,
                 event->reason);
    }
    pthread_mutex_unlock(&fleet_heard.lock);
}

static const struct session_listener sessions = {.message = hear_message, .broken = hear_break};

/* Samples come in order, one after the other, and nothing in them goes backwards. */
static bool hear_interval(void *context, const struct sample *sample, const struct sample *previous)
{
    (void)context;
    ck_assert((previous == NULL) == (fleet_heard.intervals == 0));
    ck_assert_int_eq(sample->length_ns, sample->at_ns - (previous == NULL ? 0 : previous->at_ns));
    ck_assert_int_ge(sample->length_ns, 0);
    ck_assert_uint_ge(sample->counts.numbers, previous == NULL ? 0 : previous->counts.numbers);
    ck_assert_uint_le(sample->live + sample->waiting, fleet_plan.streams);
    fleet_heard.intervals++;
    fleet_heard.last_numbers = sample->counts.numbers;
    bool has_all =
        fleet_heard.stop_at_numbers > 0 && sample->counts.numbers >= fleet_heard.stop_at_numbers;
    return fleet_heard.intervals != fleet_heard.stop_at_interval && !has_all;
}

static const struct fleet_listener listener = {.interval = hear_interval, .sessions = &sessions};

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
    fleet_plan = (struct plan){.mode = CLIENT_STATEFUL,
                               .n = FLEET_N,
                               .connect_timeout_ns = 20 * NS_PER_S,
                               .retry_timeout_ns = 30 * NS_PER_S,
                               .stall_timeout_ns = 30 * NS_PER_S,
                               .streams = FLEET_STREAMS,
                               .connections = FLEET_CONNECTIONS,
                               .interval_is_given = true,
                               .max_lateness_ns = CLOCK_NEVER,
                               .report_every_ns = 50 * NS_PER_MS};
}

void free_fleet(void)
{
    if (has_fleet) {
        fleet_cleanup(&fleet);
        has_fleet = false;
    }
}

static void tear_down(void)
{
    free_fleet();
    stop_serving();
    grpc_teardown();
}

TCase *add_fleet_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, TIMEOUT_S);
    return tcase;
}

static void set_target(const char *target)
{
    snprintf(fleet_plan.target_uri, sizeof fleet_plan.target_uri, "%s", target);
}

static enum mode server_mode(void)
{
    return fleet_plan.mode == CLIENT_STATELESS ? MODE_STATELESS : MODE_STATEFUL;
}

void fleet_serve(int64_t interval_ns, unsigned every, const struct lie_settings *lie)
{
    set_target(serve_lies(server_mode(), interval_ns, every, lie));
    fleet_plan.interval_ns = interval_ns;
}

void fleet_serve_truth(int64_t interval_ns)
{
    set_target(serve_truth(server_mode(), interval_ns));
    fleet_plan.interval_ns = interval_ns;
}

void fleet_serve_scripts(const struct script *scripts, size_t count)
{
    set_target(serve_scripts(scripts, count, count - 1));
}

void prepare_fleet(void)
{
    has_fleet = true;
    ck_assert(fleet_init(&fleet, &fleet_plan, &listener));
}

void run_fleet(void)
{
    if (!has_fleet) {
        prepare_fleet();
    }
    fleet_result = fleet_run(&fleet);
    ck_assert_ptr_nonnull(fleet_result);
}

void expect_fleet_proven(uint64_t session_count)
{
    ck_assert_int_eq(fleet_result->outcome, OUTCOME_PROVEN);
    ck_assert_uint_eq(fleet_result->expected, session_count * fleet_plan.n);
    ck_assert_uint_eq(fleet_result->counts.numbers, fleet_result->expected);
    ck_assert_uint_eq(fleet_result->counts.started, session_count);
    ck_assert_uint_eq(fleet_result->counts.finished, session_count);
    ck_assert_uint_eq(fleet_result->counts.violations, 0);
    ck_assert_msg(fleet_result->counts.breaks == 0, "%" PRIu64 " breaks, the first of %s",
                  fleet_result->counts.breaks, fleet_heard.first_break);
    ck_assert_uint_eq(fleet_result->streams_proven, fleet_plan.streams);
    ck_assert_uint_eq(fleet_result->streams_unfinished, 0);
    ck_assert_uint_eq(fleet_heard.numbers, fleet_result->expected);
    ck_assert_uint_eq(lying_server_start_count(lying_server), session_count);
}
