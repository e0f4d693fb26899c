/*
 * The client's runners: what they tell of what went wrong and where, what they measure, and which
 * sessions follow one another. Against a scripted server, in the test's thread and by its clock:
 * time goes by with each message, and where nothing else can happen.
 */
#include "client/run/runner.h"
#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/fake_clock.h"
#include "test/kit/programs.h"
#include "test/kit/subscription_fixture.h"
#include "test/suites.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAMS_MAX = 4, LOOKS_MAX = 2000, LOOK_MS = 10, FIRST_CONNECTION = 7 };

#define BEGAN (1000 * NS_PER_S)

static struct fake_clock fake_clock;
static struct plan plan;
static struct runner_settings settings;
static struct timers timers;
static struct runner_group group;
static struct channel channel;
static struct runner runners[STREAMS_MAX];
static size_t runner_count;

/* How long message i (from 0) of all takes; the others take nothing. */
static int64_t takes_ns[32];
static size_t messages;

/* After so many messages nothing more comes until time has gone by, once. */
static size_t silent_after;

static void let_time_go_by(struct subscription *subscription, enum verdict verdict, uint64_t number)
{
    (void)subscription;
    (void)verdict;
    (void)number;
    if (messages < sizeof takes_ns / sizeof *takes_ns) {
        fake_clock_advance(&fake_clock, takes_ns[messages]);
    }
    messages++;
}

static void ignore_break(struct subscription *subscription, const struct break_event *event)
{
    (void)subscription;
    (void)event;
}

static const struct subscription_listener printer = {.message = let_time_go_by,
                                                     .broken = ignore_break};

/* ---- The fixture: a group of runners on one connection --------------------------------------- */

static void set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
    fake_clock_init(&fake_clock, BEGAN);
    plan = (struct plan){.mode = CLIENT_STATEFUL,
                         .uuid = test_uuid,
                         .n = N,
                         .streams = 1,
                         .connections = 1,
                         .max_lateness_ns = CLOCK_NEVER};
    settings = (struct runner_settings){.plan = &plan,
                                        .subscription = {.retry_timeout_ns = 30 * NS_PER_S,
                                                         .stall_timeout_ns = 15 * NS_PER_S,
                                                         .wrong_max = 100,
                                                         .clock = &fake_clock.clock,
                                                         .listener = &runner_listener},
                                        .began = BEGAN,
                                        .printer = &printer};
    memset(takes_ns, 0, sizeof takes_ns);
    runner_count = 0;
    messages = 0;
    silent_after = SIZE_MAX;
}

static void begin(const struct script *scripts, size_t count)
{
    server = scripted_server_start(scripts, count, 0);
    ck_assert(channel_init(&channel, scripted_server_target(server), FIRST_CONNECTION));
    ck_assert(timers_init(&timers, STREAMS_MAX));
    group = (struct runner_group){.settings = &settings,
                                  .queue = grpc_completion_queue_create_for_next(NULL),
                                  .timers = &timers,
                                  .tally = tally_create()};
    ck_assert_ptr_nonnull(group.tally);
}
#define BEGIN(scripts) begin(scripts, sizeof(scripts) / sizeof *(scripts))

static void add_runner(int64_t delay_ns)
{
    struct runner *runner = &runners[runner_count++];
    runner_init(runner, &group, &channel, (unsigned)runner_count, BEGAN + delay_ns);
}

static void tear_down(void)
{
    for (size_t i = 0; i < runner_count; i++) {
        runner_cleanup(&runners[i]);
    }
    channel_cleanup(&channel);
    grpc_completion_queue_shutdown(group.queue);
    while (
        grpc_completion_queue_next(group.queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type !=
        GRPC_QUEUE_SHUTDOWN) {
    }
    grpc_completion_queue_destroy(group.queue);
    timers_cleanup(&timers);
    free(group.tally);
    scripted_server_stop(server);
    server = NULL;
    fake_clock_cleanup(&fake_clock);
    grpc_teardown();
}

static int64_t now(void)
{
    return fake_clock_now(&fake_clock);
}

/*
 * Whether nothing happens any more unless time goes by: no call is open, or the test says so, and
 * the server knows of the call whose silence it is.
 */
static bool is_time_to_wait(void)
{
    if (messages >= silent_after && scripted_server_request_count(server) > 0) {
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

static void fire_due(void)
{
    while (timers_next(&timers) <= now()) {
        timers_fire_one(&timers, now());
    }
}

static void take_event(int look_ms)
{
    gpr_timespec until =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(look_ms, GPR_TIMESPAN));
    grpc_event event = grpc_completion_queue_next(group.queue, until, NULL);
    if (event.type == GRPC_OP_COMPLETE) {
        runner_handle(&event);
    }
    fire_due();
    if (event.type != GRPC_OP_COMPLETE && group.running > 0 && is_time_to_wait()) {
        int64_t due = timers_next(&timers);
        ck_assert_int_ne(due, CLOCK_NEVER);
        fake_clock_advance(&fake_clock, due > now() ? due - now() : 0);
        fire_due();
    }
}

static void run(void)
{
    fire_due();
    for (int i = 0; group.running > 0; i++) {
        ck_assert_msg(i < LOOKS_MAX, "it never ends: %zu messages", messages);
        take_event(LOOK_MS);
    }
}

static void run_one(void)
{
    add_runner(0);
    run();
}

/* ---- What is told of a violation ------------------------------------------------------------- */

static const struct violation *only_violation(void)
{
    ck_assert_uint_eq(group.tally->counts.violations, 1);
    ck_assert_uint_eq(group.tally->violation_count, 1);
    return &group.tally->violations[0];
}

/* The checksum comes instead: it is no number, and must not make up for the one that is missing. */
START_TEST(the_last_number_that_is_lost_is_not_received)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N6, OK}}};
    BEGIN(scripts);
    run_one();
    ck_assert_int_eq(only_violation()->kind, VIOLATION_LOST);
    ck_assert_uint_eq(group.tally->counts.lost, 1);
    ck_assert_uint_eq(group.tally->counts.numbers, N - 1);
}
END_TEST

START_TEST(a_violation_tells_where_it_was_found)
{
    static const struct script scripts[] = {{{N1, N2, N4, N5, N6, OK}}};
    BEGIN(scripts);
    takes_ns[0] = takes_ns[1] = NS_PER_S;
    run_one();
    const struct violation *violation = only_violation();
    ck_assert_int_eq(violation->kind, VIOLATION_LOST);
    ck_assert_uint_eq(violation->stream, 1);
    ck_assert(violation->has_uuid);
    ck_assert(uuid_equal(&violation->uuid, &test_uuid));
    ck_assert_uint_eq(violation->position, 3);
    ck_assert_uint_eq(violation->amount, 1);
    ck_assert(violation->has_expected);
    ck_assert_uint_eq(violation->expected, 2921788346);
    ck_assert(violation->has_received);
    ck_assert_uint_eq(violation->received, 3326752945);
    ck_assert_uint_eq(violation->connection, FIRST_CONNECTION);
    ck_assert_int_eq(violation->at_ns, 2 * NS_PER_S);
    ck_assert(!violation->after_resume);
    ck_assert_uint_eq(group.tally->counts.lost, 1);
    ck_assert_uint_eq(group.tally->counts.numbers, N - 1);
    ck_assert_uint_eq(group.tally->counts.finished, 1);
    ck_assert_uint_eq(group.tally->proven, 0);
    ck_assert_uint_eq(group.tally->unfinished_streams, 0);
}
END_TEST

/* 127.0.0.1:PORT, of its own end: what is found in the logs of proxies and servers. */
START_TEST(a_violation_tells_the_connections_address)
{
    static const struct script scripts[] = {{{N1, NUMBER(7), N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    run_one();
    char own[CONNECTION_ADDRESS_SIZE];
    uint64_t port;
    socket_watch_address(channel.socket, own, sizeof own);
    ck_assert_str_eq(only_violation()->address, own);
    ck_assert_str_ne(own, scripted_server_target(server));
    const char *rest = own;
    ck_assert(output_skip(&rest, "127.0.0.1:") && output_read_number(&rest, &port));
    ck_assert_str_eq(rest, "");
}
END_TEST

static const struct {
    struct script script;
    enum violation_kind kind;
    uint64_t position;
    uint64_t amount;
} kinds[] = {
    {{{N1, N1, N2, N3, N4, N5, N6, OK}}, VIOLATION_REPEATED, 1, 1},
    {{{N1, N3, N2, N4, N5, N6, OK}}, VIOLATION_REORDERED, 2, 1},
    {{{N1, N2, NUMBER(7), N4, N5, N6, OK}}, VIOLATION_CORRUPT, 3, 1},
    {{{N1, N2, N3, N4, N5, NUMBER(7), OK}}, VIOLATION_CHECKSUM, 6, 1},
    {{{N1, N2, BYTES("\xff"), N3, N4, N5, N6, OK}}, VIOLATION_MALFORMED, 3, 1},
    {{{N1, N2, OK}}, VIOLATION_ENDED_EARLY, 3, 3},
    {{{OK}}, VIOLATION_ENDED_EARLY, 1, 5},
    {{{N1, N2, N3, N4, N5, OK}}, VIOLATION_ENDED_EARLY, 6, 0}, /* only the checksum is missing */
};

/* Its place was taken by a corrupt one, so it never was among the lost: nothing is taken back. */
START_TEST(a_number_that_was_not_lost_is_not_taken_back)
{
    static const struct script scripts[] = {{{N1, NUMBER(7), N3, N2, N4, N5, N6, OK}}};
    BEGIN(scripts);
    run_one();
    ck_assert_uint_eq(group.tally->counts.violations, 2);
    ck_assert_uint_eq(group.tally->counts.corrupt, 1);
    ck_assert_uint_eq(group.tally->counts.reordered, 1);
    ck_assert_uint_eq(group.tally->counts.lost, 0);
    ck_assert_uint_eq(group.tally->counts.numbers, N);
}
END_TEST

START_TEST(each_kind_is_told)
{
    begin(&kinds[_i].script, 1);
    run_one();
    const struct violation *violation = only_violation();
    ck_assert_int_eq(violation->kind, kinds[_i].kind);
    ck_assert_uint_eq(violation->position, kinds[_i].position);
    ck_assert_uint_eq(violation->amount, kinds[_i].amount);
    bool has_number =
        kinds[_i].kind != VIOLATION_MALFORMED && kinds[_i].kind != VIOLATION_ENDED_EARLY;
    ck_assert(violation->has_received == has_number);
    ck_assert(violation->has_expected == has_number);
}
END_TEST

/* The first three messages of a stream that goes on: position, checksum, a number. */
static const struct {
    struct script scripts[2];
    enum violation_kind kind;
    bool after_resume;
} resumes[] = {
    {{{{N1, BREAK}}, {{NUMBER(2), NUMBER(17336), N2, N3, N4, N5, N6, OK}}},
     VIOLATION_POSITION,
     true},
    {{{{N1, BREAK}}, {{NUMBER(1), NUMBER(17337), N2, N3, N4, N5, N6, OK}}},
     VIOLATION_CHECKSUM,
     true},
    {{{{N1, BREAK}}, {{NUMBER(1), NUMBER(17336), N1, N2, N3, N4, N5, N6, OK}}},
     VIOLATION_REPEATED,
     true},
    {{{{N1, BREAK}}, {{NUMBER(1), NUMBER(17336), N3, N4, N5, N6, OK}}}, VIOLATION_LOST, true},
    {{{{N1, BREAK}}, {{NUMBER(1), NUMBER(17336), N2, N4, N5, N6, OK}}}, VIOLATION_LOST, false},
    {{{{N1, N3, BREAK}}, {{NUMBER(3), NUMBER(13788), N4, N5, N6, OK}}}, VIOLATION_LOST, false},
};

START_TEST(it_is_told_whether_it_was_right_after_a_resume)
{
    begin(resumes[_i].scripts, 2);
    run_one();
    ck_assert_uint_eq(group.tally->counts.breaks, 1);
    ck_assert_uint_eq(group.tally->counts.resumes, 1);
    ck_assert_int_eq(only_violation()->kind, resumes[_i].kind);
    ck_assert(only_violation()->after_resume == resumes[_i].after_resume);
    ck_assert_uint_eq(group.tally->counts.finished, 1);
}
END_TEST

START_TEST(a_stateless_violation_has_no_uuid)
{
    static const struct script scripts[] = {{{NUMBER(5), NUMBER(45), AWAIT, OK}}};
    plan.mode = CLIENT_STATELESS;
    plan.n = 3;
    BEGIN(scripts);
    run_one();
    ck_assert(!only_violation()->has_uuid);
    ck_assert_uint_eq(only_violation()->position, 2);
}
END_TEST

/* ---- What is measured ------------------------------------------------------------------------ */

/* The second number half a second late, the third in its time again, the fourth too early. */
START_TEST(numbers_are_late_behind_the_pace)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    plan.interval_ns = NS_PER_S;
    takes_ns[0] = 1500 * NS_PER_MS;
    takes_ns[1] = 500 * NS_PER_MS;
    takes_ns[2] = 900 * NS_PER_MS;
    takes_ns[3] = 1100 * NS_PER_MS; /* after the one that came early: on that one's time */
    run_one();
    const struct tally *tally = group.tally;
    ck_assert_uint_eq(tally->counts.numbers, N);
    ck_assert_uint_eq(tally->first.count, 1);
    ck_assert_int_eq(tally->first.max, 0);
    ck_assert_uint_eq(tally->gap.count, N - 1);
    ck_assert_int_eq(tally->gap.min, 500 * NS_PER_MS);
    ck_assert_int_eq(tally->gap.max, 1500 * NS_PER_MS);
    ck_assert_uint_eq(tally->late.count, N - 1);
    ck_assert_int_eq(tally->late.max, 500 * NS_PER_MS);
    ck_assert_int_eq(tally->late.min, 0);
    ck_assert_uint_eq(tally->counts.late, 1); /* 100 ms are not more than 100 ms */
    ck_assert_uint_eq(tally->counts.violations, 0);
    ck_assert_uint_eq(tally->proven, 1);
}
END_TEST

/* Just as late as it may be, and a bit more. */
START_TEST(a_number_may_be_too_late)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    plan.interval_ns = NS_PER_S;
    plan.max_lateness_ns = 400 * NS_PER_MS;
    takes_ns[0] = 1400 * NS_PER_MS;
    takes_ns[1] = 600 * NS_PER_MS;
    takes_ns[2] = 1400 * NS_PER_MS + 1;
    takes_ns[3] = 600 * NS_PER_MS;
    run_one();
    const struct violation *violation = only_violation();
    ck_assert_int_eq(violation->kind, VIOLATION_LATE);
    ck_assert_uint_eq(violation->position, 4);
    ck_assert_uint_eq(violation->amount, (uint64_t)(400 * NS_PER_MS + 1));
    ck_assert(!violation->has_expected);
    ck_assert(!violation->has_received);
    ck_assert_int_eq(violation->at_ns, 3400 * NS_PER_MS + 1);
    ck_assert_uint_eq(group.tally->counts.late, 2);
    ck_assert_uint_eq(group.tally->counts.lost + group.tally->counts.corrupt, 0);
}
END_TEST

/* At full speed there is no time that a number is due. */
START_TEST(at_full_speed_nothing_is_late)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    plan.max_lateness_ns = 0;
    takes_ns[0] = takes_ns[2] = 5 * NS_PER_S;
    run_one();
    ck_assert_uint_eq(group.tally->late.count, 0);
    ck_assert_uint_eq(group.tally->counts.late, 0);
    ck_assert_uint_eq(group.tally->counts.violations, 0);
    ck_assert_int_eq(group.tally->gap.max, 5 * NS_PER_S);
}
END_TEST

/* What is lost was due as well: the next number is in its time. */
START_TEST(a_number_after_a_loss_is_not_late)
{
    static const struct script scripts[] = {{{N1, N4, N5, N6, OK}}};
    BEGIN(scripts);
    plan.interval_ns = NS_PER_S;
    takes_ns[0] = 3 * NS_PER_S;
    takes_ns[1] = NS_PER_S;
    run_one();
    ck_assert_int_eq(only_violation()->kind, VIOLATION_LOST);
    ck_assert_uint_eq(only_violation()->amount, 2);
    ck_assert_int_eq(group.tally->late.max, 0);
}
END_TEST

/* From the break to the next number, over a try that failed. */
START_TEST(a_resume_is_measured)
{
    static const struct script scripts[] = {{{N1, BREAK}}, {{BREAK}}, {{AFTER_1}}};
    BEGIN(scripts);
    run_one();
    const struct tally *tally = group.tally;
    ck_assert_uint_eq(tally->counts.breaks, 2);
    ck_assert_uint_eq(tally->counts.resumes, 1);
    ck_assert_uint_eq(tally->resume.count, 1);
    ck_assert_int_eq(tally->resume.max, now() - BEGAN);
    ck_assert_int_ge(tally->resume.max, 1000 * NS_PER_MS); /* 0.4 s and 0.64 s at least */
    ck_assert_uint_eq(tally->first.count, 1);
    ck_assert_uint_eq(tally->breaks.count, 2);
    ck_assert_uint_eq(tally->breaks.row_count, 1);
    ck_assert_int_eq(tally->breaks.rows[0].kind.cause, BREAK_STATUS);
    ck_assert_int_eq(tally->breaks.rows[0].times[0].at_ns, 0);
    ck_assert_int_gt(tally->breaks.rows[0].times[1].at_ns, 0);
    ck_assert_uint_eq(tally->proven, 1);
}
END_TEST

/* The first two numbers come before it is over, the others from then on. */
START_TEST(the_warm_up_is_not_measured)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}};
    BEGIN(scripts);
    settings.measure_from = BEGAN + 2 * NS_PER_S;
    takes_ns[0] = NS_PER_S;
    takes_ns[1] = NS_PER_S;
    takes_ns[2] = NS_PER_S;
    run_one();
    ck_assert_uint_eq(group.tally->counts.numbers, N);
    ck_assert_uint_eq(group.tally->measured_numbers, 3);
    ck_assert_uint_eq(group.tally->first.count, 0);
    ck_assert_uint_eq(group.tally->gap.count, 3);
}
END_TEST

/* ---- Streams that are held back -------------------------------------------------------------- */

/*
 * The server serves one call at a time: the second stream hears nothing, not even a header, while
 * the first one goes on for longer than the stall time-out.
 */
START_TEST(a_stream_without_a_header_is_held_back)
{
    static const struct script scripts[] = {
        {{NUMBER(5), NUMBER(15), NUMBER(45), NUMBER(135), NUMBER(405), AWAIT, OK}}};
    plan.mode = CLIENT_STATELESS;
    plan.streams = 2;
    BEGIN(scripts);
    for (size_t i = 0; i < 4; i++) {
        takes_ns[i] = 5 * NS_PER_S;
    }
    add_runner(0);
    add_runner(0);
    run();
    const struct tally *tally = group.tally;
    ck_assert_uint_eq(tally->held_back, 1);
    ck_assert(runners[0].was_held_back != runners[1].was_held_back);
    ck_assert_uint_eq(tally->counts.breaks, 1);
    ck_assert_int_eq(tally->breaks.rows[0].kind.cause, BREAK_WAITING);
    ck_assert_uint_eq(tally->proven, 2); /* it had its turn */
    ck_assert_uint_eq(channel.generation, 1);
}
END_TEST

/* Nobody receives: the connection may be dead, and nothing is said of what holds it back. */
START_TEST(a_dead_connection_holds_nobody_back)
{
    static const struct script scripts[] = {{{{SCRIPT_SILENCE}}}, {{AFTER_0}}};
    BEGIN(scripts);
    silent_after = 0;
    run_one();
    ck_assert_uint_eq(group.tally->counts.breaks, 1);
    ck_assert_int_eq(group.tally->breaks.rows[0].kind.cause, BREAK_WAITING);
    ck_assert_uint_eq(group.tally->held_back, 0);
    ck_assert_uint_eq(channel.generation, 2);
}
END_TEST

/* ---- Sessions, one after the other ----------------------------------------------------------- */

/* Each takes two seconds: they begin at 0, 2 and 4 s. */
START_TEST(sessions_follow_each_other_until_the_end)
{
    static const struct script scripts[] = {{{NUMBER(5), NUMBER(15), AWAIT, OK}}};
    plan.mode = CLIENT_STATELESS;
    plan.n = 2;
    settings.repeat_until = BEGAN + 5 * NS_PER_S;
    BEGIN(scripts);
    for (size_t i = 0; i < 32; i++) {
        takes_ns[i] = NS_PER_S;
    }
    run_one();
    const struct tally *tally = group.tally;
    ck_assert_uint_eq(tally->counts.started, 3);
    ck_assert_uint_eq(tally->counts.finished, 3);
    ck_assert_uint_eq(tally->counts.numbers, 6);
    ck_assert_uint_eq(tally->expected, 6);
    ck_assert_uint_eq(tally->first.count, 3);
    ck_assert_uint_eq(tally->proven, 1); /* the stream */
    ck_assert_int_eq(now() - BEGAN, 6 * NS_PER_S);
}
END_TEST

/* The end itself is too late. */
START_TEST(no_session_begins_at_the_end)
{
    static const struct script scripts[] = {{{NUMBER(5), NUMBER(15), AWAIT, OK}}};
    plan.mode = CLIENT_STATELESS;
    plan.n = 2;
    settings.repeat_until = BEGAN + 2 * NS_PER_S + _i;
    BEGIN(scripts);
    takes_ns[0] = takes_ns[1] = NS_PER_S;
    takes_ns[2] = NS_PER_S;
    run_one();
    ck_assert_uint_eq(group.tally->counts.started, 1 + (uint64_t)_i);
}
END_TEST

static void play_at_pace(const struct script *scripts, int64_t duration_ns)
{
    plan.mode = CLIENT_STATELESS;
    plan.interval_ns = NS_PER_S;
    plan.n_fits = true;
    plan.duration_ns = duration_ns;
    settings.repeat_until = BEGAN + duration_ns;
    begin(scripts, 1);
    for (size_t i = 0; i < 3; i++) {
        takes_ns[i] = NS_PER_S;
    }
    run_one();
}

/*
 * At a number a second four come within 3.5 s, at 0, 1, 2 and 3 s. Then it is over: sessions of one
 * number, which take no time, are not to fill the rest of the last second.
 */
START_TEST(a_session_fits_what_is_left)
{
    static const struct script scripts[] = {
        {{NUMBER(5), NUMBER(15), NUMBER(45), NUMBER(135), AWAIT, OK}}};
    play_at_pace(scripts, 3500 * NS_PER_MS);
    ck_assert_uint_eq(group.tally->counts.started, 1);
    ck_assert_uint_eq(group.tally->expected, 4);
    ck_assert_uint_eq(group.tally->proven, 1);
}
END_TEST

/* A stream that found something wrong, or was refused, has no further session. */
START_TEST(only_a_good_session_is_followed)
{
    static const struct script scripts[][1] = {{{{N1, NUMBER(7), N3, N4, N5, N6, OK}}},
                                               {{{N1, STATUS(PERMISSION_DENIED, "no")}}}};
    settings.repeat_until = CLOCK_NEVER;
    BEGIN(scripts[_i]);
    run_one();
    ck_assert_uint_eq(group.tally->counts.started, 1);
    ck_assert_uint_eq(group.tally->proven, 0);
    ck_assert_uint_eq(group.tally->counts.finished, _i == 0 ? 1 : 0);
}
END_TEST

/* The uuid that was given is the first session's alone. */
START_TEST(each_further_session_has_a_uuid_of_its_own)
{
    static const struct script scripts[] = {{{N1, N2, N3, N4, N5, N6, OK}}, {{OK}}};
    settings.repeat_until = CLOCK_NEVER;
    BEGIN(scripts);
    run_one();
    ck_assert_uint_eq(group.tally->counts.started, 2);
    ck_assert_str_eq(scripted_server_request(server, 0).text, "START " UUID " 5");
    ck_assert(!uuid_equal(&only_violation()->uuid, &test_uuid));
}
END_TEST

/* What came before it joined is not expected again. */
START_TEST(a_stream_that_joins_expects_the_rest)
{
    static const struct script scripts[] = {{{AFTER_2}}};
    plan.mode = CLIENT_STATEFUL_TEST_RECONNECT;
    plan.last = 2229533162;
    BEGIN(scripts);
    run_one();
    ck_assert_uint_eq(group.tally->proven, 1);
    ck_assert_uint_eq(group.tally->expected, 3);
    ck_assert_uint_eq(group.tally->counts.numbers, 3);
}
END_TEST

/* ---- How streams end ------------------------------------------------------------------------- */

static void expect_unfinished(enum outcome outcome, const char *reason)
{
    ck_assert_uint_eq(group.tally->unfinished_streams, 1);
    ck_assert_uint_eq(group.tally->unfinished_count, 1);
    ck_assert_uint_eq(group.tally->unfinished[0].first, 1);
    ck_assert_int_eq(group.tally->unfinished[0].outcome, outcome);
    ck_assert_str_eq(group.tally->unfinished[0].reason, reason);
    ck_assert_uint_eq(group.tally->counts.finished, 0);
    ck_assert_uint_eq(group.tally->expected, N);
}

START_TEST(a_refused_stream_is_unfinished)
{
    static const struct script scripts[] = {{{N1, STATUS(PERMISSION_DENIED, "no")}}};
    BEGIN(scripts);
    run_one();
    expect_unfinished(OUTCOME_REFUSED, "PERMISSION_DENIED: no");
    ck_assert_uint_eq(group.tally->refused, 1);
    ck_assert_uint_eq(group.tally->counts.breaks, 0);
}
END_TEST

START_TEST(a_stream_that_gives_up_is_unfinished)
{
    static const struct script scripts[] = {{{BREAK}}};
    BEGIN(scripts);
    run_one();
    expect_unfinished(OUTCOME_UNREACHABLE, "UNAVAILABLE: cut");
    ck_assert_uint_eq(group.tally->unreachable, 1);
    ck_assert_uint_gt(group.tally->counts.breaks, 5);
    ck_assert_int_eq(now() - BEGAN, 30 * NS_PER_S);
}
END_TEST

START_TEST(a_stream_that_ended_early_is_unfinished)
{
    static const struct script scripts[] = {{{N1, N2, OK}}};
    BEGIN(scripts);
    run_one();
    expect_unfinished(OUTCOME_INCOMPLETE,
                      "the server ended the stream with OK after 2 of 5 numbers");
    ck_assert_uint_eq(group.tally->counts.lost, 3);
    ck_assert_uint_eq(group.tally->counts.numbers + group.tally->counts.lost, N);
}
END_TEST

static void run_until(size_t wanted)
{
    fire_due();
    for (int i = 0; messages < wanted; i++) {
        ck_assert_int_lt(i, LOOKS_MAX);
        take_event(LOOK_MS);
    }
}

/* Live, or waiting for its first answer; another one still sleeps. */
START_TEST(streams_are_stopped)
{
    static const struct script scripts[] = {{{N1, N2}}};
    settings.repeat_until = CLOCK_NEVER;
    BEGIN(scripts);
    add_runner(0);
    add_runner(NS_PER_S);
    run_until(2 * (size_t)_i);
    ck_assert_int_eq(runners[0].state, _i == 0 ? RUNNER_WAITING : RUNNER_LIVE);
    ck_assert_uint_eq(group.tally->live, (unsigned)_i);
    ck_assert_uint_eq(group.tally->waiting, 1 - (unsigned)_i);
    ck_assert_int_eq(runners[1].state, RUNNER_ASLEEP);
    group.stopping = true;
    runner_stop(&runners[0]);
    runner_stop(&runners[1]);
    runner_stop(&runners[1]);
    run();
    ck_assert_uint_eq(group.tally->unfinished_streams, 2);
    ck_assert_uint_eq(group.tally->unfinished_count, 1);
    ck_assert_uint_eq(group.tally->unfinished[0].streams, 2);
    ck_assert_int_eq(group.tally->unfinished[0].outcome, OUTCOME_INCOMPLETE);
    ck_assert_str_eq(group.tally->unfinished[0].reason, "stopped");
    ck_assert_int_eq(runners[1].state, RUNNER_DONE);
    ck_assert_uint_eq(group.tally->counts.started, 1);
    ck_assert_uint_eq(group.tally->live + group.tally->waiting, 0);
    ck_assert_int_eq(now(), BEGAN);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 30);
    return tcase;
}

Suite *runner_suite(void)
{
    Suite *suite = suite_create("runner");
    TCase *wrong = add_case(suite, "wrong");
    tcase_add_test(wrong, a_violation_tells_where_it_was_found);
    tcase_add_test(wrong, the_last_number_that_is_lost_is_not_received);
    tcase_add_test(wrong, a_violation_tells_the_connections_address);
    tcase_add_test(wrong, a_number_that_was_not_lost_is_not_taken_back);
    tcase_add_loop_test(wrong, each_kind_is_told, 0, sizeof kinds / sizeof *kinds);
    tcase_add_loop_test(wrong, it_is_told_whether_it_was_right_after_a_resume, 0,
                        sizeof resumes / sizeof *resumes);
    tcase_add_test(wrong, a_stateless_violation_has_no_uuid);

    TCase *measured = add_case(suite, "measured");
    tcase_add_test(measured, numbers_are_late_behind_the_pace);
    tcase_add_test(measured, a_number_may_be_too_late);
    tcase_add_test(measured, at_full_speed_nothing_is_late);
    tcase_add_test(measured, a_number_after_a_loss_is_not_late);
    tcase_add_test(measured, a_resume_is_measured);
    tcase_add_test(measured, the_warm_up_is_not_measured);

    TCase *held_back = add_case(suite, "held back");
    tcase_add_test(held_back, a_stream_without_a_header_is_held_back);
    tcase_add_test(held_back, a_dead_connection_holds_nobody_back);

    TCase *sessions = add_case(suite, "sessions");
    tcase_add_test(sessions, sessions_follow_each_other_until_the_end);
    tcase_add_loop_test(sessions, no_session_begins_at_the_end, 0, 2);
    tcase_add_test(sessions, a_session_fits_what_is_left);
    tcase_add_loop_test(sessions, only_a_good_session_is_followed, 0, 2);
    tcase_add_test(sessions, each_further_session_has_a_uuid_of_its_own);
    tcase_add_test(sessions, a_stream_that_joins_expects_the_rest);

    TCase *ends = add_case(suite, "ends");
    tcase_add_test(ends, a_refused_stream_is_unfinished);
    tcase_add_test(ends, a_stream_that_gives_up_is_unfinished);
    tcase_add_test(ends, a_stream_that_ended_early_is_unfinished);
    tcase_add_loop_test(ends, streams_are_stopped, 0, 2);
    return suite;
}
