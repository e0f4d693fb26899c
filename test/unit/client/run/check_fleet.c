/*
 * All streams of a run: spread over connections and threads, sampled while they run, and added up
 * to a result that says what became of each number.
 */
#include "client/run/fleet.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/lying_server.h"
#include "test/kit/programs.h"
#include "test/kit/scripted_server.h"
#include "test/suites.h"

#include <sodium.h>

#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { N = 20, STREAMS = 60, CONNECTIONS = 5, STREAMS_MAX = 100, TIMEOUT_S = 60 };
enum { ALL = STREAMS * N, ALL_GAPS = STREAMS * (N - 1) };

#define HOUR_NS  (3600 * NS_PER_S)
#define SHORT_NS (20 * NS_PER_MS)
#define NUMBER(value)                                                                              \
    {                                                                                              \
        .kind = SCRIPT_NUMBER, .number = (value)                                                   \
    }

static struct lying_server *lying_server; /* NULL: none */
static struct scripted_server *server;    /* NULL: none */
static struct plan plan;
static struct fleet fleet;
static bool has_fleet;
static const struct result *result;

/* Heard in the calling thread. */
static size_t intervals;
static size_t stop_at_interval; /* the listener is dissatisfied then; 0: never */
static uint64_t last_heard;     /* numbers */

/* Heard in the streams' threads. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t first_start[STREAMS_MAX + 1]; /* by the stream's number; 0: not yet */
static int64_t last_start;                   /* of any session */
static uint64_t measured;                    /* numbers that came when the warm-up was over */
static uint64_t heard;
static char first_break[REASON_SIZE + 64]; /* which stream, when and why; empty: none broke */

/* ---- The fixture ----------------------------------------------------------------------------- */

/* In the thread that runs it. */
static const struct subscription *subscription_of(unsigned stream)
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
    pthread_mutex_lock(&lock);
    if (message->verdict == VERDICT_NUMBER) {
        heard++;
        measured += subscription->last_activity >= fleet.settings.measure_from;
    }
    if (first_start[stream] == 0) {
        first_start[stream] = subscription->opened_at;
    }
    if (subscription->opened_at > last_start) {
        last_start = subscription->opened_at;
    }
    pthread_mutex_unlock(&lock);
}

static void hear_break(void *context, unsigned stream, const struct session_break *event)
{
    (void)context;
    pthread_mutex_lock(&lock);
    if (first_break[0] == '\0') {
        snprintf(first_break, sizeof first_break, "stream %u after %.3f s: %s", stream,
                 (double)event->age_ns / (double)NS_PER_S, event->reason);
    }
    pthread_mutex_unlock(&lock);
}

static const struct session_listener sessions = {.message = hear_message, .broken = hear_break};

/* Samples come in order, one after the other, and nothing in them goes backwards. */
static bool hear_interval(void *context, const struct sample *sample, const struct sample *previous)
{
    (void)context;
    ck_assert((previous == NULL) == (intervals == 0));
    ck_assert_int_eq(sample->length_ns, sample->at_ns - (previous == NULL ? 0 : previous->at_ns));
    ck_assert_int_ge(sample->length_ns, 0);
    ck_assert_uint_ge(sample->counts.numbers, previous == NULL ? 0 : previous->counts.numbers);
    ck_assert_uint_le(sample->live + sample->waiting, plan.streams);
    intervals++;
    last_heard = sample->counts.numbers;
    return intervals != stop_at_interval;
}

static const struct fleet_listener listener = {.interval = hear_interval, .sessions = &sessions};

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
    plan = (struct plan){.mode = CLIENT_STATEFUL,
                         .n = N,
                         .retry_timeout_ns = 30 * NS_PER_S,
                         .stall_timeout_ns = 30 * NS_PER_S,
                         .streams = STREAMS,
                         .connections = CONNECTIONS,
                         .max_lateness_ns = CLOCK_NEVER,
                         .report_every_ns = 50 * NS_PER_MS};
}

static void tear_down(void)
{
    if (has_fleet) {
        fleet_cleanup(&fleet);
    }
    if (lying_server != NULL) {
        lying_server_stop(lying_server);
    }
    if (server != NULL) {
        scripted_server_stop(server);
    }
    grpc_teardown();
}

static void serve(int64_t interval_ns, unsigned every, const struct lie_settings *lie)
{
    const struct lying_server_settings settings = {
        .mode = plan.mode == CLIENT_STATELESS ? MODE_STATELESS : MODE_STATEFUL,
        .interval_ns = interval_ns,
        .every = every,
        .lie = *lie};
    lying_server = lying_server_start(&settings);
    plan.interval_ns = interval_ns;
    snprintf(plan.target, sizeof plan.target, "127.0.0.1:%u", lying_server_port(lying_server));
}

static void serve_truth(int64_t interval_ns)
{
    const struct lie_settings none = {.lie = LIE_DROP, .at = UINT32_MAX};
    serve(interval_ns, 1, &none);
}

static void serve_scripts(const struct script *scripts, size_t count)
{
    server = scripted_server_start(scripts, count, count - 1);
    snprintf(plan.target, sizeof plan.target, "%s", scripted_server_target(server));
}

static void prepare(void)
{
    has_fleet = true;
    ck_assert(fleet_init(&fleet, &plan, &listener));
}

static void run(void)
{
    if (!has_fleet) {
        prepare();
    }
    result = fleet_run(&fleet);
    ck_assert_ptr_nonnull(result);
}

/* Everything that was expected came, and was right. */
static void expect_proven(uint64_t session_count)
{
    ck_assert_int_eq(result->outcome, OUTCOME_PROVEN);
    ck_assert_uint_eq(result->expected, session_count * plan.n);
    ck_assert_uint_eq(result->counts.numbers, result->expected);
    ck_assert_uint_eq(result->counts.started, session_count);
    ck_assert_uint_eq(result->counts.finished, session_count);
    ck_assert_uint_eq(result->counts.violations, 0);
    ck_assert_msg(result->counts.breaks == 0, "%" PRIu64 " breaks, the first of %s",
                  result->counts.breaks, first_break);
    ck_assert_uint_eq(result->streams_proven, plan.streams);
    ck_assert_uint_eq(result->streams_unfinished, 0);
    ck_assert_uint_eq(heard, result->expected);
    ck_assert_uint_eq(lying_server_start_count(lying_server), session_count);
}

/* ---- What is proven -------------------------------------------------------------------------- */

/* Both modes, at full speed and at a pace. */
START_TEST(every_number_of_all_streams_is_proven)
{
    plan.mode = _i / 2 == 0 ? CLIENT_STATEFUL : CLIENT_STATELESS;
    int64_t interval_ns = _i % 2 == 0 ? 0 : SHORT_NS;
    serve_truth(interval_ns);
    run();
    expect_proven(STREAMS);
    ck_assert_ptr_eq(result->plan, &plan);
    ck_assert_uint_eq(result->most_on_a_connection, STREAMS / CONNECTIONS);
    ck_assert_uint_eq(result->first.count, STREAMS);
    ck_assert_uint_eq(result->gap.count, ALL_GAPS);
    ck_assert_uint_eq(result->resume.count, 0);
    ck_assert_uint_eq(result->late.count, interval_ns == 0 ? 0 : ALL_GAPS);
    ck_assert_uint_eq(result->measured_numbers, ALL);
    ck_assert_int_ge(result->elapsed_ns, (N - 1) * interval_ns);
    ck_assert_int_eq(result->measured_ns, result->elapsed_ns);
    ck_assert_int_gt(result->began.tv_sec, 0);
    ck_assert_int_gt(result->cpu_ns, 0);
    ck_assert_uint_gt(result->peak_rss_bytes, 0);
}
END_TEST

/* The first stream of many is as any other; alone it has the uuid that was given. */
START_TEST(the_first_stream_can_be_asked_for)
{
    static const struct uuid uuid = {{0xa1, 0x74}};
    plan.streams = plan.connections = 1;
    plan.uuid = uuid;
    serve_truth(0);
    run();
    expect_proven(1);
    ck_assert_int_eq(fleet_first_session(&fleet).result, SESSION_PROVEN);
    ck_assert(uuid_equal(&subscription_of(1)->verifier.uuid, &uuid));
}
END_TEST

START_TEST(streams_are_spread_evenly)
{
    enum { MANY = 23, FEW = 7 };
    unsigned on_connection[FEW + 1] = {0};
    bool is_there[MANY + 1] = {false};
    plan.streams = MANY;
    plan.connections = FEW;
    serve_truth(0);
    prepare();
    for (size_t l = 0; l < fleet.loop_count; l++) {
        const struct loop *loop = &fleet.loops[l];
        ck_assert_uint_gt(loop->connection_count, 0);
        for (size_t s = 0; s < loop->runner_count; s++) {
            const struct runner *runner = &loop->runners[s];
            unsigned connection = runner->subscription.channel->number;
            ck_assert(runner->number >= 1 && runner->number <= MANY);
            ck_assert(connection >= 1 && connection <= FEW);
            ck_assert(!is_there[runner->number]);
            is_there[runner->number] = true;
            on_connection[connection]++;
        }
    }
    for (size_t i = 1; i <= FEW; i++) {
        ck_assert_uint_eq(on_connection[i], MANY / FEW + (i <= MANY % FEW ? 1 : 0));
    }
    run();
    expect_proven(MANY);
    ck_assert_uint_eq(result->most_on_a_connection, MANY / FEW + 1);
}
END_TEST

/* Each connection is one of its own, and all streams of it are on that. */
START_TEST(each_connection_is_its_own)
{
    char addresses[CONNECTIONS + 1][CONNECTION_ADDRESS_SIZE] = {""};
    const struct lie_settings lie = {.lie = LIE_CORRUPT, .at = 3};
    serve(0, 1, &lie);
    run();
    ck_assert_uint_eq(result->violation_count, STREAMS);
    for (size_t i = 0; i < result->violation_count; i++) {
        const struct violation *violation = &result->violations[i];
        uint64_t port;
        const char *rest = violation->address;
        ck_assert_uint_eq(violation->connection, (violation->stream - 1) % CONNECTIONS + 1);
        ck_assert(output_skip(&rest, "127.0.0.1:") && output_read_number(&rest, &port));
        char *known = addresses[violation->connection];
        if (known[0] == '\0') {
            memcpy(known, violation->address, CONNECTION_ADDRESS_SIZE);
        }
        ck_assert_str_eq(known, violation->address);
    }
    for (size_t i = 1; i <= CONNECTIONS; i++) {
        for (size_t k = 1; k < i; k++) {
            ck_assert_str_ne(addresses[i], addresses[k]);
        }
    }
}
END_TEST

/* ---- What is violated ------------------------------------------------------------------------ */

static const struct finding *find(const struct finding *findings, size_t count,
                                  const struct uuid *uuid)
{
    for (size_t i = 0; i < count; i++) {
        if (uuid_equal(&findings[i].uuid, uuid)) {
            return &findings[i];
        }
    }
    ck_abort_msg("a violation where nobody lied");
}

static void expect_findings(unsigned count, bool after_resume)
{
    struct finding findings[STREAMS];
    ck_assert_uint_eq(lying_server_finding_count(lying_server), count);
    for (size_t i = 0; i < count; i++) {
        findings[i] = lying_server_finding(lying_server, i);
    }
    ck_assert_int_eq(result->outcome, OUTCOME_VIOLATED);
    ck_assert_uint_eq(result->counts.violations, count);
    ck_assert_uint_eq(result->violation_count, count);
    ck_assert_uint_eq(result->streams_proven, STREAMS - count);
    for (size_t i = 0; i < count; i++) {
        const struct violation *violation = &result->violations[i];
        const struct finding *finding = find(findings, count, &violation->uuid);
        ck_assert_int_eq(violation->kind, finding->kind);
        ck_assert_uint_eq(violation->position, finding->position);
        ck_assert_uint_eq(violation->amount, finding->amount);
        ck_assert(violation->has_received == finding->has_numbers);
        ck_assert(!finding->has_numbers || violation->received == finding->received);
        ck_assert(!finding->has_numbers || violation->expected == finding->expected);
        ck_assert(violation->after_resume == after_resume);
        ck_assert_int_ge(violation->at_ns, 0);
        ck_assert_int_le(violation->at_ns, result->elapsed_ns);
    }
}

/* Of all kinds that are no matter of time; each tenth session is lied to. */
static const struct {
    struct lie_settings lie;
    uint64_t missing; /* numbers that did not come right, of each */
    uint64_t lost;
    bool resumes;
} lies[] = {
    {{.lie = LIE_DROP, .at = 5, .amount = 2}, 2, 2, false},
    {{.lie = LIE_REPEAT, .at = 5}, 0, 0, false},
    {{.lie = LIE_SWAP, .at = 5}, 0, 0, false},
    {{.lie = LIE_CORRUPT, .at = 5}, 1, 0, false},
    {{.lie = LIE_WRONG_CHECKSUM, .at = 5}, 0, 0, false},
    {{.lie = LIE_EARLY_OK, .at = 5}, N - 5, N - 5, false},
    {{.lie = LIE_WRONG_POSITION_ON_RESUME, .at = 5}, 0, 0, true},
    {{.lie = LIE_WRONG_CHECKSUM_ON_RESUME, .at = 5}, 0, 0, true},
    {{.lie = LIE_BREAK_THEN_REPEAT, .at = 5}, 0, 0, true},
    {{.lie = LIE_BREAK_THEN_SKIP, .at = 5}, 1, 1, true},
};

START_TEST(each_lie_is_found_and_no_other)
{
    enum { EVERY = 10, LIED_TO = STREAMS / EVERY };
    serve(0, EVERY, &lies[_i].lie);
    run();
    expect_findings(LIED_TO, lies[_i].resumes);
    ck_assert_uint_eq(result->expected, ALL);
    ck_assert_uint_eq(result->counts.numbers, result->expected - LIED_TO * lies[_i].missing);
    ck_assert_uint_eq(result->counts.lost, LIED_TO * lies[_i].lost);
    ck_assert_uint_eq(result->counts.breaks, lies[_i].resumes ? LIED_TO : 0);
    ck_assert_uint_eq(result->counts.resumes, lies[_i].resumes ? LIED_TO : 0);
    ck_assert_uint_eq(result->resume.count, lies[_i].resumes ? LIED_TO : 0);
    ck_assert_uint_eq(result->breaks.count, lies[_i].resumes ? LIED_TO : 0);
}
END_TEST

/* Wrong is wrong, whatever else happened. */
START_TEST(a_violation_outweighs_a_refusal)
{
    static const struct script scripts[] = {
        {{NUMBER(5), NUMBER(16), {.kind = SCRIPT_AWAIT}, {.kind = SCRIPT_STATUS}}},
        {{{.kind = SCRIPT_STATUS, .status = STATUS_PERMISSION_DENIED, .text = "no"}}}};
    plan.mode = CLIENT_STATELESS;
    plan.n = 2;
    plan.streams = 3;
    plan.connections = 1;
    serve_scripts(scripts, 2);
    run();
    ck_assert_int_eq(result->outcome, OUTCOME_VIOLATED);
    ck_assert_uint_eq(result->streams_refused, 2);
    ck_assert_uint_eq(result->streams_proven, 0);
    ck_assert_uint_eq(result->streams_unfinished, 2);
}
END_TEST

/* ---- What is not finished -------------------------------------------------------------------- */

static const struct script one_good_then[][2] = {
    {{{NUMBER(5), NUMBER(15), {.kind = SCRIPT_AWAIT}, {.kind = SCRIPT_STATUS}}},
     {{{.kind = SCRIPT_STATUS, .status = STATUS_PERMISSION_DENIED, .text = "no"}}}},
    {{{NUMBER(5), NUMBER(15), {.kind = SCRIPT_AWAIT}, {.kind = SCRIPT_STATUS}}},
     {{{.kind = SCRIPT_STATUS, .status = STATUS_UNAVAILABLE, .text = "cut"}}}}};

/* One of three streams is served: the others are refused, or tried in vain. */
START_TEST(what_was_not_served_is_told)
{
    bool refuses = _i == 0;
    plan.mode = CLIENT_STATELESS;
    plan.n = 2;
    plan.streams = 3;
    plan.connections = 2;
    plan.retry_timeout_ns = 0;
    serve_scripts(one_good_then[_i], 2);
    run();
    ck_assert_int_eq(result->outcome, refuses ? OUTCOME_REFUSED : OUTCOME_INCOMPLETE);
    ck_assert_uint_eq(result->streams_proven, 1);
    ck_assert_uint_eq(result->streams_unfinished, 2);
    ck_assert_uint_eq(result->streams_refused, refuses ? 2 : 0);
    ck_assert_uint_eq(result->streams_unreachable, refuses ? 0 : 2);
    ck_assert_uint_eq(result->unfinished_count, 1);
    ck_assert_int_eq(result->unfinished[0].outcome,
                     refuses ? OUTCOME_REFUSED : OUTCOME_UNREACHABLE);
    ck_assert_uint_eq(result->unfinished[0].streams, 2);
    ck_assert_str_eq(result->unfinished[0].reason,
                     refuses ? "PERMISSION_DENIED: no" : "UNAVAILABLE: cut");
    ck_assert_uint_eq(result->expected, 6);
    ck_assert_uint_eq(result->counts.numbers, 2);
    ck_assert_uint_eq(result->counts.violations, 0);
}
END_TEST

/* A port that is bound, so that it is nobody else's, and does not listen. */
START_TEST(a_server_that_is_not_there_is_unreachable)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int holder = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(holder, (const struct sockaddr *)(const void *)&address, length), 0);
    ck_assert_int_eq(getsockname(holder, (struct sockaddr *)(void *)&address, &length), 0);
    snprintf(plan.target, sizeof plan.target, "127.0.0.1:%d", ntohs(address.sin_port));
    plan.retry_timeout_ns = 100 * NS_PER_MS;
    run();
    ck_assert_int_eq(result->outcome, OUTCOME_UNREACHABLE);
    ck_assert_uint_eq(result->streams_unreachable, STREAMS);
    ck_assert_uint_eq(result->streams_unfinished, STREAMS);
    ck_assert_uint_eq(result->counts.numbers, 0);
    ck_assert_uint_ge(result->counts.breaks, STREAMS);
    ck_assert_uint_le(result->counts.breaks, UINT64_C(2) * STREAMS); /* and one last try each */
    ck_assert_uint_eq(result->breaks.row_count, 1);
    ck_assert_int_eq(result->breaks.rows[0].kind.cause, BREAK_REFUSED);
    close(holder);
}
END_TEST

static void expect_stopped(void)
{
    ck_assert_int_eq(result->outcome, OUTCOME_INCOMPLETE);
    ck_assert_uint_eq(result->streams_proven, 0);
    ck_assert_uint_eq(result->streams_unfinished, result->counts.started);
    ck_assert_uint_eq(result->counts.finished, 0);
    ck_assert_str_eq(result->unfinished[0].reason, "stopped");
}

START_TEST(it_stops_when_nobody_can_hear_it)
{
    serve_truth(HOUR_NS);
    stop_at_interval = 2;
    run();
    expect_stopped();
    ck_assert_uint_ge(intervals, 2);
}
END_TEST

static void *stop_it(void *argument)
{
    bool is_time = false;
    while (!is_time) {
        pthread_mutex_lock(&lock);
        is_time = heard == STREAMS;
        pthread_mutex_unlock(&lock);
    }
    fleet_request_stop(argument);
    return NULL;
}

/* Each stream has its first number, and waits for the next. */
START_TEST(it_stops_when_another_thread_asks)
{
    pthread_t stopper;
    serve_truth(HOUR_NS);
    prepare();
    ck_assert_int_eq(pthread_create(&stopper, NULL, stop_it, &fleet), 0);
    run();
    ck_assert_int_eq(pthread_join(stopper, NULL), 0);
    expect_stopped();
    ck_assert_uint_eq(result->counts.started, STREAMS);
    ck_assert_uint_eq(result->counts.numbers, STREAMS);
}
END_TEST

/* ---- Time ------------------------------------------------------------------------------------ */

START_TEST(sessions_follow_each_other_for_the_duration)
{
    plan.streams = 8;
    plan.connections = 2;
    plan.n = 3;
    plan.duration_ns = NS_PER_S;
    serve_truth(SHORT_NS);
    run();
    ck_assert_uint_ge(result->counts.started, 2 * (uint64_t)plan.streams);
    expect_proven(result->counts.started);
    ck_assert_int_ge(result->elapsed_ns, plan.duration_ns);
    ck_assert_int_lt(last_start, fleet.settings.repeat_until);
    ck_assert_uint_eq(result->first.count, result->counts.started);
}
END_TEST

/* Without an N of its own: what fits, however slow it was; and not a crowd of sessions of one. */
START_TEST(a_session_is_as_long_as_fits)
{
    plan.streams = 4;
    plan.connections = 1;
    plan.duration_ns = 450 * NS_PER_MS;
    plan.n_fits = true;
    serve_truth(50 * NS_PER_MS);
    run();
    ck_assert_int_eq(result->outcome, OUTCOME_PROVEN);
    ck_assert_uint_eq(result->counts.started, 4);
    ck_assert_uint_eq(result->counts.finished, 4);
    ck_assert_uint_le(result->expected, (uint64_t)4 * 10);
    ck_assert_uint_gt(result->expected, 0);
}
END_TEST

START_TEST(a_ramp_spreads_the_beginnings)
{
    plan.streams = 20;
    plan.connections = 3;
    plan.n = 2;
    plan.ramp_ns = 400 * NS_PER_MS;
    serve_truth(0);
    run();
    expect_proven(20);
    for (unsigned i = 1; i <= plan.streams; i++) {
        ck_assert_int_ge(first_start[i], fleet.settings.began + (i - 1) * SHORT_NS);
    }
}
END_TEST

/* A run that is all warm-up; and one that is so in part. */
START_TEST(the_warm_up_is_left_out)
{
    plan.warmup_ns = _i == 0 ? HOUR_NS : 200 * NS_PER_MS;
    serve_truth(SHORT_NS);
    run();
    expect_proven(STREAMS);
    ck_assert_uint_eq(result->measured_numbers, measured);
    ck_assert_uint_eq(result->first.count + result->gap.count, measured);
    ck_assert_int_eq(result->measured_ns, _i == 0 ? 0 : result->elapsed_ns - plan.warmup_ns);
    ck_assert(_i == 1 || measured == 0);
    ck_assert_uint_eq(result->samples[result->sample_count - 1].counts.numbers, ALL);
}
END_TEST

/* It was said to be a second: what is late by that would say nothing. */
START_TEST(another_pace_than_was_said_is_told)
{
    plan.streams = 5;
    plan.n = 5;
    serve_truth(SHORT_NS);
    plan.interval_ns = 10 * NS_PER_S;
    run();
    ck_assert_int_eq(result->outcome, OUTCOME_PROVEN);
    ck_assert_int_gt(result->pace_ns, 0);
    ck_assert_int_lt(result->pace_ns, 5 * NS_PER_S);
}
END_TEST

START_TEST(a_number_that_is_too_late_is_a_violation)
{
    const struct lie_settings lie = {.lie = LIE_LATE, .at = 3, .late_ns = 1500 * NS_PER_MS};
    plan.streams = 6;
    plan.n = 3;
    plan.max_lateness_ns = NS_PER_S;
    serve(SHORT_NS, 3, &lie);
    run();
    ck_assert_int_eq(result->outcome, OUTCOME_VIOLATED);
    ck_assert_uint_eq(result->counts.violations, 2);
    ck_assert_uint_eq(result->counts.numbers, result->expected);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(result->violations[i].kind, VIOLATION_LATE);
        ck_assert_uint_eq(result->violations[i].position, 3);
        ck_assert_uint_gt(result->violations[i].amount, (uint64_t)NS_PER_S);
    }
}
END_TEST

/* ---- Samples --------------------------------------------------------------------------------- */

START_TEST(the_samples_add_up_to_the_result)
{
    plan.report_every_ns = _i == 0 ? 50 * NS_PER_MS : NS_PER_MS; /* few, or a great many */
    serve_truth(SHORT_NS);
    run();
    expect_proven(STREAMS);
    ck_assert_uint_eq(result->sample_count, intervals);
    ck_assert_uint_ge(intervals, _i == 0 ? 2 : 65);
    int64_t sum_ns = 0;
    for (size_t i = 0; i < result->sample_count; i++) {
        sum_ns += result->samples[i].length_ns;
        ck_assert_int_eq(result->samples[i].at_ns, sum_ns);
    }
    const struct sample *last = &result->samples[result->sample_count - 1];
    ck_assert_int_eq(memcmp(&last->counts, &result->counts, sizeof last->counts), 0);
    ck_assert_uint_eq(last_heard, result->counts.numbers);
    ck_assert_uint_eq(last->live, 0);
    ck_assert_uint_eq(last->waiting, 0);
    ck_assert_int_le(last->at_ns, result->elapsed_ns);
}
END_TEST

START_TEST(a_fleet_that_never_ran_can_be_cleaned_up)
{
    serve_truth(0);
    prepare();
    fleet_request_stop(&fleet);
    fleet_cleanup(&fleet);
    has_fleet = false;
    ck_assert_uint_eq(lying_server_start_count(lying_server), 0);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, TIMEOUT_S);
    return tcase;
}

Suite *fleet_suite(void)
{
    Suite *suite = suite_create("fleet");
    TCase *proven = add_case(suite, "proven");
    tcase_add_loop_test(proven, every_number_of_all_streams_is_proven, 0, 4);
    tcase_add_test(proven, the_first_stream_can_be_asked_for);
    tcase_add_test(proven, streams_are_spread_evenly);
    tcase_add_test(proven, each_connection_is_its_own);

    TCase *violated = add_case(suite, "violated");
    tcase_add_loop_test(violated, each_lie_is_found_and_no_other, 0, sizeof lies / sizeof *lies);
    tcase_add_test(violated, a_violation_outweighs_a_refusal);

    TCase *unfinished = add_case(suite, "unfinished");
    tcase_add_loop_test(unfinished, what_was_not_served_is_told, 0, 2);
    tcase_add_test(unfinished, a_server_that_is_not_there_is_unreachable);
    tcase_add_test(unfinished, it_stops_when_nobody_can_hear_it);
    tcase_add_test(unfinished, it_stops_when_another_thread_asks);

    TCase *time = add_case(suite, "time");
    tcase_add_test(time, sessions_follow_each_other_for_the_duration);
    tcase_add_test(time, a_session_is_as_long_as_fits);
    tcase_add_test(time, a_ramp_spreads_the_beginnings);
    tcase_add_loop_test(time, the_warm_up_is_left_out, 0, 2);
    tcase_add_test(time, another_pace_than_was_said_is_told);
    tcase_add_test(time, a_number_that_is_too_late_is_a_violation);

    TCase *samples = add_case(suite, "samples");
    tcase_add_loop_test(samples, the_samples_add_up_to_the_result, 0, 2);
    tcase_add_test(samples, a_fleet_that_never_ran_can_be_cleaned_up);
    return suite;
}
