/* server/net/frame_meter: frame headers are read, wherever the bytes are cut. */
#include "server/net/frame_meter.h"
#include "test/kit/raw_http2/frames.h"
#include "test/suites.h"

#include <string.h>

enum { TYPE_PRIORITY = 2, TYPE_UNKNOWN = 0x42, COST = FRAME_METER_COST };

static struct frames frames;
static struct frame_meter meter;
static struct frame_counts counts;

static void set_up(void)
{
    frames = (struct frames){NULL, 0, 0};
    counts = (struct frame_counts){.is_block_too_long = false};
    frame_meter_init(&meter);
}

static void tear_down(void)
{
    frames_cleanup(&frames);
}

static void read_all(void)
{
    frame_meter_read(&meter, frames.bytes, frames.length, &counts);
    frames.length = 0;
}

static void expect(uint64_t streams, uint64_t points)
{
    ck_assert_uint_eq(counts.streams, streams);
    ck_assert_uint_eq(counts.points, points);
    counts = (struct frame_counts){.is_block_too_long = counts.is_block_too_long};
}

static void add_preface(void)
{
    frames_add_bytes(&frames, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
}

START_TEST(frames_are_counted_wherever_they_are_cut)
{
    frames_add_hello(&frames, 65535);
    frames_add_call(&frames, 1, FRAME_METHOD);
    frames_add_command(&frames, 1, "STOP");
    frames_add(&frames, FRAME_DATA, 0, 1, NULL, 0);
    frames_add(&frames, FRAME_PING, 0, 0, NULL, 8);
    frames_add_call(&frames, 3, FRAME_METHOD);
    for (size_t first = 0; first <= frames.length; first++) {
        for (size_t second = first; second <= frames.length; second++) {
            frame_meter_init(&meter);
            frame_meter_read(&meter, frames.bytes, first, &counts);
            frame_meter_read(&meter, frames.bytes + first, second - first, &counts);
            frame_meter_read(&meter, frames.bytes + second, frames.length - second, &counts);
            expect(2, 6 * COST + 9 + 6 + 17);
        }
    }
}
END_TEST

START_TEST(each_byte_may_come_alone)
{
    frames_add_hello(&frames, 65535);
    frames_add_call(&frames, 1, FRAME_METHOD);
    frames_add_command(&frames, 1, "STOP");
    for (size_t i = 0; i < frames.length; i++) {
        frame_meter_read(&meter, frames.bytes + i, 1, &counts);
    }
    expect(1, 3 * COST + 9 + 6);
}
END_TEST

START_TEST(only_higher_odd_streams_are_opened)
{
    static const struct {
        uint32_t id;
        bool opens;
    } streams[] = {{5, true},  {5, false}, {3, false},        {6, false},
                   {0, false}, {7, true},  {INT32_MAX, true}, {UINT32_MAX, false}};
    add_preface();
    read_all();
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        frames_add_call(&frames, streams[i].id, FRAME_METHOD);
        read_all();
        expect(streams[i].opens, COST);
    }
}
END_TEST

START_TEST(what_is_answered_costs_more)
{
    add_preface();
    read_all();
    frames_add(&frames, FRAME_PING, 0, 0, NULL, 8);
    read_all();
    ck_assert_uint_eq(counts.pings, 1);
    expect(0, COST + 17);
    frames_add(&frames, FRAME_SETTINGS, 0, 0, NULL, 600);
    read_all();
    expect(0, COST + 9 + 600);
    frames_add(&frames, FRAME_PING, FRAME_ACK, 0, NULL, 8);
    frames_add(&frames, FRAME_SETTINGS, FRAME_ACK, 0, NULL, 0);
    frames_add(&frames, (enum frame_type)TYPE_PRIORITY, 0, 1, NULL, 5);
    frames_add_window(&frames, 0, 1);
    frames_add_reset(&frames, 1);
    meter.old_stream = 1;
    frames_add_reset(&frames, 3);
    read_all();
    ck_assert_uint_eq(counts.resets, 1); /* of the new stream */
    ck_assert_uint_eq(counts.pings, 0);
    expect(0, (uint64_t)6 * COST);
    frames_add(&frames, (enum frame_type)TYPE_UNKNOWN, 0, 0, NULL, 100);
    read_all();
    expect(0, COST + 100);
}
END_TEST

/* A TLS hello, for instance: C core has an answer to it. */
START_TEST(what_is_no_http2_has_no_frames)
{
    frames_add_bytes(&frames, "\x16\x03\x01", 3);
    frames_add_bytes(&frames, NULL, 1000);
    read_all();
    expect(0, 0);
}
END_TEST

/* The preface is no frame, and neither is a payload, whatever is in it. */
START_TEST(payloads_are_skipped)
{
    static uint8_t payload[FRAME_PAYLOAD_MAX];
    memset(payload, 1, sizeof payload);
    add_preface();
    frames_add(&frames, FRAME_DATA, 0, 1, payload, sizeof payload);
    read_all();
    expect(0, COST);
}
END_TEST

START_TEST(a_block_is_bounded_in_bytes)
{
    add_preface();
    frames_add(&frames, FRAME_HEADERS, 0, 1, NULL, FRAME_PAYLOAD_MAX);
    frames_add(&frames, FRAME_CONTINUATION, 0, 1, NULL, FRAME_PAYLOAD_MAX);
    frames_add(&frames, FRAME_CONTINUATION, FRAME_END_HEADERS, 1, NULL, 0);
    read_all();
    ck_assert(!counts.is_block_too_long);
    frames_add(&frames, FRAME_HEADERS, 0, 3, NULL, FRAME_PAYLOAD_MAX); /* begins anew */
    frames_add(&frames, FRAME_CONTINUATION, 0, 3, NULL, FRAME_PAYLOAD_MAX);
    read_all();
    ck_assert(!counts.is_block_too_long);
    frames_add(&frames, FRAME_CONTINUATION, 0, 3, NULL, 1);
    frames.length = FRAME_HEADER_SIZE; /* the header says it */
    read_all();
    ck_assert(counts.is_block_too_long);
}
END_TEST

START_TEST(a_block_is_bounded_in_frames)
{
    add_preface();
    frames_add(&frames, FRAME_HEADERS, 0, 1, NULL, 1);
    for (int i = 0; i < FRAME_METER_CONTINUATIONS_MAX; i++) {
        frames_add(&frames, FRAME_CONTINUATION, 0, 1, NULL, 0);
    }
    read_all();
    ck_assert(!counts.is_block_too_long);
    frames_add(&frames, FRAME_CONTINUATION, 0, 1, NULL, 0);
    read_all();
    ck_assert(counts.is_block_too_long);
}
END_TEST

Suite *frame_meter_suite(void)
{
    Suite *suite = suite_create("frame-meter");
    TCase *tcase = tcase_create("frame-meter");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, frames_are_counted_wherever_they_are_cut);
    tcase_add_test(tcase, each_byte_may_come_alone);
    tcase_add_test(tcase, only_higher_odd_streams_are_opened);
    tcase_add_test(tcase, what_is_answered_costs_more);
    tcase_add_test(tcase, what_is_no_http2_has_no_frames);
    tcase_add_test(tcase, payloads_are_skipped);
    tcase_add_test(tcase, a_block_is_bounded_in_bytes);
    tcase_add_test(tcase, a_block_is_bounded_in_frames);
    return suite;
}
