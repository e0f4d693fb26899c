/* server/net/traffic: how much a client may send, of bytes, frames and streams. */
#include "server/net/traffic.h"
#include "shared/base/clock.h"
#include "test/kit/raw_http2/frames.h"
#include "test/suites.h"

enum { STREAMS = 1000, PINGS = 1000 };

static struct traffic_total total;
static struct traffic traffic;
static uint32_t next_id;

static void begin_another(struct traffic *other, int64_t now)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const struct traffic_limits limits = {.streams = STREAMS, .waiting = TRAFFIC_WAITING_ALL};
    traffic_init(other, &limits, &total, now);
    ck_assert_int_eq(traffic_read(other, preface, sizeof preface - 1), TRAFFIC_IN_BOUNDS);
}

static void begin(int64_t now)
{
    total = (struct traffic_total){.waiting = 0};
    next_id = 1;
    begin_another(&traffic, now);
}

static bool may_receive(int64_t bytes, int64_t now)
{
    const enum traffic_excess excess = traffic_receive(&traffic, bytes, now);
    ck_assert(excess == TRAFFIC_IN_BOUNDS || excess == TRAFFIC_BYTES);
    return excess == TRAFFIC_IN_BOUNDS;
}

/* Reads the frames, and empties them. */
static enum traffic_excess read_frames(struct traffic *by, struct frames *frames, int64_t now)
{
    enum traffic_excess excess = traffic_receive(by, 0, now);
    ck_assert_int_eq(excess, TRAFFIC_IN_BOUNDS);
    excess = traffic_read(by, frames->bytes, frames->length);
    frames_cleanup(frames);
    *frames = (struct frames){NULL, 0, 0};
    return excess;
}

static enum traffic_excess read_pings(int count, int64_t now)
{
    struct frames frames = {NULL, 0, 0};
    for (int i = 0; i < count; i++) {
        frames_add(&frames, FRAME_PING, 0, 0, NULL, 8);
    }
    return read_frames(&traffic, &frames, now);
}

static enum traffic_excess read_windows(int count, int64_t now)
{
    struct frames frames = {NULL, 0, 0};
    for (int i = 0; i < count; i++) {
        frames_add_window(&frames, 0, 1);
    }
    return read_frames(&traffic, &frames, now);
}

static enum traffic_excess read_streams(struct traffic *by, int count, int64_t now)
{
    struct frames frames = {NULL, 0, 0};
    for (int i = 0; i < count; i++, next_id += 2) {
        frames_add(&frames, FRAME_HEADERS, FRAME_END_HEADERS, next_id, NULL, 1);
    }
    return read_frames(by, &frames, now);
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

START_TEST(a_burst_may_come_at_once)
{
    begin(5 * NS_PER_S);
    ck_assert(may_receive(TRAFFIC_BURST, 5 * NS_PER_S));
    ck_assert(!may_receive(1, 5 * NS_PER_S));
}
END_TEST

/* Also if it comes in many small reads. */
START_TEST(more_may_come_with_time)
{
    enum { READS_A_SECOND = 1000 };
    begin(0);
    ck_assert(may_receive(TRAFFIC_BURST, 0));
    for (int64_t i = 1; i <= (int64_t)10 * READS_A_SECOND; i++) {
        const int64_t bytes = i % (READS_A_SECOND / 16 + 1) == 0 ? TRAFFIC_RATE / 16 - 1 : 0;
        ck_assert(may_receive(bytes, i * (NS_PER_S / READS_A_SECOND) + NS_PER_MS));
    }
    ck_assert(!may_receive(TRAFFIC_RATE, 10 * NS_PER_S + NS_PER_MS));
}
END_TEST

START_TEST(silence_is_not_saved)
{
    begin(0);
    ck_assert(may_receive(TRAFFIC_BURST, 3600 * NS_PER_S));
    ck_assert(!may_receive(1, 3600 * NS_PER_S));
}
END_TEST

START_TEST(calls_and_messages_give_credit)
{
    begin(0);
    for (int i = 0; i < 10000; i++) {
        ck_assert(may_receive(TRAFFIC_CREDIT, 0));
        if (i % 2 == 0) {
            traffic_take_call(&traffic);
        } else {
            traffic_take_message(&traffic);
        }
    }
    for (int i = 0; i < 10000; i++) { /* no more than all */
        traffic_take_message(&traffic);
    }
    ck_assert(may_receive(TRAFFIC_BURST, 0));
    ck_assert(!may_receive(1, 0));
}
END_TEST

START_TEST(sent_bytes_give_credit)
{
    enum { STEP = TRAFFIC_PING_BYTES, CREDIT = STEP / TRAFFIC_SENT_SHARE };
    begin(0);
    ck_assert(may_receive(TRAFFIC_BURST, 0));
    for (int i = 1; i <= STEP * 10; i++) {
        traffic_send(&traffic, 1); /* no byte is forgotten */
        ck_assert(may_receive(i % STEP == 0 ? CREDIT : 0, 0));
    }
    ck_assert(!may_receive(1, 0));
}
END_TEST

/* ---- Frames ---------------------------------------------------------------------------------- */

START_TEST(frames_have_a_bound_of_their_own)
{
    const int frames_max = TRAFFIC_POINTS_BURST / FRAME_METER_COST + 2 * STREAMS;
    begin(0);
    ck_assert_int_eq(read_windows(frames_max, 0), TRAFFIC_IN_BOUNDS);
    ck_assert_int_eq(read_windows(1, 0), TRAFFIC_FRAMES);
}
END_TEST

START_TEST(pings_have_a_bound_of_their_own)
{
    begin(0);
    ck_assert_int_eq(read_pings(TRAFFIC_PINGS, 0), TRAFFIC_IN_BOUNDS);
    ck_assert_int_eq(read_pings(1, 0), TRAFFIC_FRAMES);
}
END_TEST

START_TEST(a_ping_each_few_seconds_is_welcome_for_ever)
{
    begin(0);
    for (int i = 0; i < 10 * PINGS; i++) {
        ck_assert_int_eq(read_pings(10, (int64_t)i * 5 * NS_PER_S), TRAFFIC_IN_BOUNDS);
    }
}
END_TEST

/* A ping for each number, and two WINDOW_UPDATE frames, which is as much as any client does. */
START_TEST(a_client_may_answer_each_number)
{
    enum { DATA = 21, PING_ANSWER = 17 };
    begin(0);
    for (int i = 0; i < 100 * PINGS; i++) {
        struct frames frames = {NULL, 0, 0};
        const int64_t now = i * (NS_PER_S / 200);
        traffic_send(&traffic, DATA + PING_ANSWER);
        frames_add_window(&frames, 0, 1);
        frames_add_window(&frames, 1, 1);
        ck_assert_int_eq(read_frames(&traffic, &frames, now), TRAFFIC_IN_BOUNDS);
        ck_assert_int_eq(read_pings(1, now), TRAFFIC_IN_BOUNDS);
    }
}
END_TEST

START_TEST(all_streams_may_be_reset_at_once)
{
    struct frames frames = {NULL, 0, 0};
    begin(0);
    ck_assert_int_eq(read_streams(&traffic, STREAMS, 0), TRAFFIC_IN_BOUNDS);
    for (int i = 0; i < STREAMS; i++) {
        frames_add_reset(&frames, (uint32_t)i * 2 + 1);
    }
    ck_assert_int_eq(read_frames(&traffic, &frames, 0), TRAFFIC_IN_BOUNDS);
}
END_TEST

static enum traffic_excess read_resets(int count, int64_t now)
{
    struct frames frames = {NULL, 0, 0};
    for (int i = 0; i < count; i++) {
        frames_add_reset(&frames, 1);
    }
    return read_frames(&traffic, &frames, now);
}

/* The stream's, which is new. */
START_TEST(each_message_allows_for_a_reset)
{
    begin(0);
    ck_assert_int_eq(read_streams(&traffic, 1, 0), TRAFFIC_IN_BOUNDS);
    for (int i = 0; i < 10 * STREAMS; i++) {
        traffic_take_message(&traffic);
    }
    ck_assert_int_eq(read_resets(STREAMS, 0), TRAFFIC_IN_BOUNDS); /* no more than the streams */
    ck_assert_int_eq(read_resets(TRAFFIC_RESETS, 0), TRAFFIC_IN_BOUNDS);
    ck_assert_int_eq(read_resets(1, 0), TRAFFIC_RESET);
}
END_TEST

/* What waits of its own is no reason: a client that ends resets all its streams. */
START_TEST(a_client_is_not_behind_itself)
{
    begin(0);
    ck_assert_int_eq(read_streams(&traffic, STREAMS, 0), TRAFFIC_IN_BOUNDS);
    atomic_store(&total.waiting, STREAMS + TRAFFIC_BEHIND - 1);
    ck_assert_int_eq(read_resets(TRAFFIC_RESETS, 0), TRAFFIC_IN_BOUNDS);
    begin(0);
    ck_assert_int_eq(read_streams(&traffic, STREAMS, 0), TRAFFIC_IN_BOUNDS);
    atomic_store(&total.waiting, STREAMS + TRAFFIC_BEHIND);
    ck_assert_int_eq(read_resets(TRAFFIC_RESETS, 0), TRAFFIC_RESET);
}
END_TEST

/* But streams that have waited for a while may be reset. */
START_TEST(fewer_rapid_resets_are_allowed_while_calls_wait)
{
    begin(0);
    ck_assert_int_eq(read_streams(&traffic, 1, 0), TRAFFIC_IN_BOUNDS);
    atomic_store(&total.waiting, 1 + TRAFFIC_BEHIND); /* its own, and others */
    ck_assert_int_eq(read_resets(TRAFFIC_RESETS_BEHIND, 0), TRAFFIC_IN_BOUNDS);
    ck_assert_int_eq(read_resets(1, 0), TRAFFIC_RESET);
    begin(0);
    ck_assert_int_eq(read_streams(&traffic, 1, 0), TRAFFIC_IN_BOUNDS);
    ck_assert_int_eq(read_resets(0, NS_PER_S), TRAFFIC_IN_BOUNDS);
    atomic_store(&total.waiting, 1 + TRAFFIC_BEHIND);
    ck_assert_int_eq(read_resets(2 * TRAFFIC_RESETS, 2 * NS_PER_S), TRAFFIC_IN_BOUNDS);
}
END_TEST

START_TEST(a_header_block_has_a_bound)
{
    struct frames frames = {NULL, 0, 0};
    begin(0);
    frames_add(&frames, FRAME_HEADERS, 0, 1, NULL, FRAME_PAYLOAD_MAX);
    frames_add(&frames, FRAME_CONTINUATION, 0, 1, NULL, FRAME_PAYLOAD_MAX);
    ck_assert_int_eq(read_frames(&traffic, &frames, 0), TRAFFIC_IN_BOUNDS);
    frames_add(&frames, FRAME_CONTINUATION, 0, 1, NULL, 1);
    ck_assert_int_eq(read_frames(&traffic, &frames, 0), TRAFFIC_HEADER_BLOCK);
}
END_TEST

/* ---- Calls that wait ------------------------------------------------------------------------- */

START_TEST(a_connection_may_have_its_streams_wait)
{
    begin(0);
    ck_assert_int_eq(read_streams(&traffic, STREAMS + TRAFFIC_WAITING_SPARE, 0), TRAFFIC_IN_BOUNDS);
    traffic_take_call(&traffic);
    ck_assert_int_eq(read_streams(&traffic, 1, 0), TRAFFIC_IN_BOUNDS);
    ck_assert_int_eq(read_streams(&traffic, 1, 0), TRAFFIC_WAITING);
}
END_TEST

START_TEST(streams_that_are_taken_have_no_bound)
{
    begin(0);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(read_streams(&traffic, STREAMS, 0), TRAFFIC_IN_BOUNDS);
        for (int j = 0; j < STREAMS; j++) {
            traffic_take_call(&traffic);
        }
    }
    ck_assert_int_eq(atomic_load(&total.waiting), 0);
}
END_TEST

/* C core refuses some streams without a call. If the acceptor has all calls, none waits. */
START_TEST(calls_that_never_come_are_forgotten)
{
    const int max = STREAMS + TRAFFIC_WAITING_SPARE;
    begin(0);
    ck_assert_int_eq(read_streams(&traffic, max, 0), TRAFFIC_IN_BOUNDS);
    atomic_store(&total.waiting, TRAFFIC_WAITING_ALL); /* others did it, too */
    atomic_store(&total.is_idle, true);
    ck_assert_int_eq(read_streams(&traffic, 1, 0), TRAFFIC_IN_BOUNDS);
    atomic_store(&total.is_idle, false);
    ck_assert_int_eq(read_streams(&traffic, max - 1, 0), TRAFFIC_IN_BOUNDS);
    ck_assert_int_eq(read_streams(&traffic, 1, 0), TRAFFIC_WAITING);
    atomic_store(&total.is_idle, true);
    ck_assert_int_eq(read_streams(&traffic, max + 1, 0), TRAFFIC_WAITING);
}
END_TEST

/* What is refused never waits: C core does not see it. */
START_TEST(all_connections_have_a_bound_together)
{
    enum { OTHERS = TRAFFIC_WAITING_ALL / STREAMS };
    struct traffic others[OTHERS];
    begin(0);
    for (int i = 0; i < OTHERS; i++) {
        begin_another(&others[i], 0);
        ck_assert_int_eq(read_streams(&others[i], STREAMS, 0), TRAFFIC_IN_BOUNDS);
    }
    ck_assert_int_eq(read_streams(&others[0], 1, 0), TRAFFIC_WAITING);
    ck_assert_int_eq(atomic_load(&total.waiting), TRAFFIC_WAITING_ALL);
    ck_assert_int_eq(read_streams(&traffic, TRAFFIC_WAITING_SHARE / 2, 0), TRAFFIC_IN_BOUNDS);
    ck_assert_int_eq(read_streams(&traffic, TRAFFIC_WAITING_SHARE, 0), TRAFFIC_WAITING);
    for (int i = 0; i <= TRAFFIC_WAITING_SHARE / 2; i++) {
        traffic_take_call(&others[1]);
    }
    ck_assert_int_eq(read_streams(&others[2], 1, 0), TRAFFIC_IN_BOUNDS);
    ck_assert_int_eq(read_streams(&others[2], 1, 0), TRAFFIC_WAITING);
}
END_TEST

Suite *traffic_suite(void)
{
    Suite *suite = suite_create("traffic");
    TCase *tcase = tcase_create("traffic");
    tcase_set_timeout(tcase, 30); /* megabytes byte by byte, beside other tests */
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_burst_may_come_at_once);
    tcase_add_test(tcase, more_may_come_with_time);
    tcase_add_test(tcase, silence_is_not_saved);
    tcase_add_test(tcase, calls_and_messages_give_credit);
    tcase_add_test(tcase, sent_bytes_give_credit);
    tcase_add_test(tcase, frames_have_a_bound_of_their_own);
    tcase_add_test(tcase, pings_have_a_bound_of_their_own);
    tcase_add_test(tcase, a_ping_each_few_seconds_is_welcome_for_ever);
    tcase_add_test(tcase, a_client_may_answer_each_number);
    tcase_add_test(tcase, all_streams_may_be_reset_at_once);
    tcase_add_test(tcase, each_message_allows_for_a_reset);
    tcase_add_test(tcase, a_client_is_not_behind_itself);
    tcase_add_test(tcase, fewer_rapid_resets_are_allowed_while_calls_wait);
    tcase_add_test(tcase, a_header_block_has_a_bound);
    tcase_add_test(tcase, a_connection_may_have_its_streams_wait);
    tcase_add_test(tcase, streams_that_are_taken_have_no_bound);
    tcase_add_test(tcase, calls_that_never_come_are_forgotten);
    tcase_add_test(tcase, all_connections_have_a_bound_together);
    return suite;
}
