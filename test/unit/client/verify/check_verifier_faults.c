/*
 * What the client's judgement calls lost, repeated, reordered and corrupt: each fault by itself, at
 * the edges of how far it is looked for, and many of them in one stream.
 */
#include "client/verify/verifier.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>

enum { LONG = 4000, FAULT_GAP_MAX = 100, LOST_AT_ONCE_MAX = 60, ROUNDS = 200, FAULTS_MIN = 4000 };

static const struct uuid uuid = {{0xa1, 0x74, 0x17, 0xa0, 0xaa, 0x39, 0x40, 0xb5, 0x86, 0x75, 0x24,
                                  0x77, 0x13, 0xcc, 0x49, 0x08}};
/* Its 1st and its 5th number are equal. */
static const struct uuid repeating_uuid = {{0x24, 0xcb, 0x01, 0x69, 0x21, 0xd3, 0xa8, 0x88, 0x80}};

static struct verifier verifier;
static uint64_t messages[LONG + 2]; /* message k is [k]; without [0] */
static uint32_t message_count;

static void forget(void)
{
    verifier_cleanup(&verifier);
}

/* A stream of n numbers from its beginning, and what is right in it. */
static void begin(enum mode mode, const struct uuid *session, uint32_t n)
{
    verifier_cleanup(&verifier);
    if (mode == MODE_STATEFUL) {
        struct sequence sequence;
        sequence_init(&sequence, session, n);
        message_count = n + 1;
        for (uint32_t k = 1; k <= message_count; k++) {
            messages[k] = sequence_next(&sequence);
        }
        ck_assert(verifier_init_stateful(&verifier, session, n));
    } else {
        message_count = n;
        messages[1] = 1;
        for (uint32_t k = 2; k <= n + 1; k++) {
            messages[k] = 3 * messages[k - 1];
        }
        verifier_init_stateless(&verifier, n);
    }
    verifier_begin_stream(&verifier, false);
}

static void take(uint64_t message, enum verdict wanted)
{
    enum verdict verdict = verifier_take(&verifier, message);
    if (verdict != wanted) { /* an assertion of Check costs a system call */
        ck_abort_msg("verdict %d instead of %d on message %u", verdict, wanted,
                     verifier_position(&verifier));
    }
}

/* Messages `first` to `last`, which must be right. */
static void take_right(uint32_t first, uint32_t last)
{
    for (uint32_t k = first; k <= last; k++) {
        take(messages[k], k > verifier.n ? VERDICT_CHECKSUM : VERDICT_NUMBER);
    }
}

static void take_wrong(uint64_t message, enum verdict wanted, uint64_t wrong_at, const char *text)
{
    char said[VERIFIER_ERROR_SIZE];
    take(message, wanted);
    verifier_describe(&verifier, wanted, message, said);
    ck_assert_str_eq(said, text);
    ck_assert_uint_eq(verifier.wrong_at, wrong_at);
    ck_assert(verdict_is_wrong(wanted));
}

static void expect_counters(uint32_t lost, uint32_t repeated, uint32_t reordered, uint32_t corrupt)
{
    ck_assert_uint_eq(verifier.lost, lost);
    ck_assert_uint_eq(verifier.repeated, repeated);
    ck_assert_uint_eq(verifier.reordered, reordered);
    ck_assert_uint_eq(verifier.corrupt, corrupt);
}

START_TEST(a_loss_is_named_and_may_come_after_all)
{
    begin(MODE_STATELESS, NULL, 20);
    take_right(1, 4);
    take_wrong(729, VERDICT_LOST, 5,
               "lost 2 numbers after 4 right ones: expected 81, received 729");
    ck_assert_uint_eq(verifier.amount, 2);
    ck_assert_uint_eq(verifier_position(&verifier), 7);
    ck_assert_uint_eq(verifier.last, 729);
    ck_assert_uint_eq(verifier.count, 5);
    expect_counters(2, 0, 0, 0);
    take_right(8, 8);
    take_wrong(81, VERDICT_REORDERED, 5,
               "number 5 came out of order after 6 right numbers: expected 6561, received 81");
    expect_counters(1, 0, 1, 0);
    take_wrong(81, VERDICT_REPEATED, 5,
               "number 5 came again after 7 right numbers: expected 6561, received 81");
    expect_counters(1, 1, 1, 0);
    take_right(9, 20);
    ck_assert_uint_eq(verifier.count, 19);
    ck_assert(verifier_is_complete(&verifier));
}
END_TEST

START_TEST(a_session_loses_repeats_and_swaps)
{
    begin(MODE_STATEFUL, &uuid, 5);
    take_right(1, 1);
    take_wrong(messages[1], VERDICT_REPEATED, 1,
               "number 1 came again after 1 right numbers: expected 2229533162, "
               "received 3856042040");
    take_wrong(messages[3], VERDICT_LOST, 2,
               "lost 1 number after 1 right ones: expected 2229533162, received 2921788346");
    take_wrong(messages[2], VERDICT_REORDERED, 2,
               "number 2 came out of order after 2 right numbers: expected 3326752945, "
               "received 2229533162");
    take_right(4, 6);
    expect_counters(0, 1, 1, 0);
    ck_assert_uint_eq(verifier.count, 5);
}
END_TEST

START_TEST(the_end_of_a_session_is_followed)
{
    begin(MODE_STATEFUL, &uuid, 5);
    take_right(1, 3);
    take_wrong(messages[6], VERDICT_LOST, 4,
               "lost 2 numbers after 3 right ones: expected 3326752945, received 121722");
    ck_assert(verifier_is_complete(&verifier));
    ck_assert_uint_eq(verifier.count, 3);
    take_wrong(messages[5], VERDICT_REORDERED, 5,
               "number 5 came out of order after 3 right numbers: expected the end of the stream, "
               "received 1636162733");
    take_wrong(messages[6], VERDICT_REPEATED, 6,
               "the checksum came again after 4 right numbers: expected the end of the stream, "
               "received 121722");
    take_wrong(messages[5], VERDICT_REPEATED, 5,
               "number 5 came again after 4 right numbers: expected the end of the stream, "
               "received 1636162733");
    ck_assert_uint_eq(verifier_position(&verifier), 6);
    expect_counters(1, 2, 1, 0);
}
END_TEST

START_TEST(a_number_again_is_no_checksum)
{
    begin(MODE_STATEFUL, &uuid, 5);
    take_right(1, 5);
    take_wrong(messages[5], VERDICT_REPEATED, 5,
               "number 5 came again after 5 right numbers: expected 121722, received 1636162733");
    take_right(6, 6);
    ck_assert(verifier_is_complete(&verifier));
}
END_TEST

/* Its last number lost, a stateless stream goes on behind what was wanted. */
START_TEST(the_end_of_a_stateless_stream_is_followed)
{
    begin(MODE_STATELESS, NULL, 5);
    take_right(1, 4);
    take_wrong(243, VERDICT_LOST, 5, "lost 1 number after 4 right ones: expected 81, received 243");
    ck_assert(verifier_is_complete(&verifier));
    ck_assert_uint_eq(verifier_position(&verifier), 5);
    ck_assert_uint_eq(verifier.count, 4);
    ck_assert_uint_eq(verifier.sum, 40);
    take(729, VERDICT_SURPLUS);
    take_wrong(81, VERDICT_REORDERED, 5,
               "number 5 came out of order after 4 right numbers: expected the end of the stream, "
               "received 81");
    ck_assert_uint_eq(verifier.sum, 121);
    take(81, VERDICT_SURPLUS);
    expect_counters(0, 0, 1, 0);

    begin(MODE_STATELESS, NULL, 5); /* what nobody wanted is not lost */
    take_right(1, 4);
    take(2187, VERDICT_LOST);
    ck_assert_uint_eq(verifier.amount, 1);
    ck_assert_uint_eq(verifier_position(&verifier), 5);
    expect_counters(1, 0, 0, 0);
}
END_TEST

/* In both modes; _i is the mode. */
START_TEST(a_loss_is_found_as_far_as_is_said)
{
    const uint32_t reach = VERIFIER_LOOK_AHEAD;
    begin((enum mode)_i, &uuid, LONG);
    take_right(1, 10);
    take(messages[11 + reach], VERDICT_LOST);
    ck_assert_uint_eq(verifier.amount, reach);
    take_right(12 + reach, LONG);
    for (uint32_t k = 11; k < 11 + reach; k++) { /* all are remembered, for how long ever */
        take(messages[k], VERDICT_REORDERED);
    }
    expect_counters(0, 0, reach, 0);
    ck_assert_uint_eq(verifier.count, LONG);

    begin((enum mode)_i, &uuid, LONG);
    take_right(1, 10);
    take(messages[12 + reach], VERDICT_CORRUPT);
    take_right(12, LONG);
}
END_TEST

START_TEST(a_repetition_is_found_as_far_as_is_said)
{
    const uint32_t reach = VERIFIER_LOOK_BACK;
    for (uint32_t position = 1; position <= 3 * reach; position += reach - 1) {
        uint32_t earliest = position > reach ? position - reach + 1 : 1;
        begin((enum mode)_i, &uuid, LONG);
        take_right(1, position);
        take(messages[earliest], VERDICT_REPEATED);
        ck_assert_uint_eq(verifier.wrong_at, earliest);
        take(messages[position], VERDICT_REPEATED);
        ck_assert_uint_eq(verifier.wrong_at, position);
        uint32_t due = position + 1;
        if (earliest > 1) {
            take(messages[earliest - 1], VERDICT_CORRUPT);
            due++;
        }
        take_right(due, LONG);
    }
}
END_TEST

/* More than are remembered: the first of them are forgotten. */
START_TEST(missing_ones_are_remembered_in_bounds)
{
    begin((enum mode)_i, &uuid, LONG);
    take_right(1, 1);
    take(messages[1002], VERDICT_LOST);
    take(messages[2003], VERDICT_LOST);
    expect_counters(2000, 0, 0, 0);
    take(messages[2], VERDICT_CORRUPT);
    take_right(2005, 2005);
    for (uint32_t k = 1100; k < 2003; k++) {
        take(messages[k], VERDICT_REORDERED);
    }
    take_right(2006, LONG);
    expect_counters(1097, 0, 903, 1);
}
END_TEST

/* What is due is right, even where the same value is missing or came before. */
START_TEST(a_value_that_comes_twice_is_right_twice)
{
    begin(MODE_STATEFUL, &repeating_uuid, 6);
    ck_assert_uint_eq(messages[1], messages[5]);
    take_right(1, 7);
    begin(MODE_STATEFUL, &repeating_uuid, 6);
    take(messages[2], VERDICT_LOST);
    take_right(3, 7);
    expect_counters(1, 0, 0, 0);
}
END_TEST

/* A message of a stream that goes wrong, and what it is to be called. */
struct sent {
    uint64_t value;
    enum verdict verdict;
};

static struct sent sent[3 * LONG];
static size_t sent_count;
static struct verifier injected; /* its counters are those of the faults that were made */
static uint64_t random_state;

static uint64_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint32_t random_below(uint32_t bound)
{
    return (uint32_t)(random_next() >> 16) % bound;
}

static void send(uint64_t value, enum verdict verdict)
{
    sent[sent_count++] = (struct sent){value, verdict};
}

/* Makes one fault where message k is due, `gap` messages after the last; what is due then? */
static uint32_t inject(uint32_t k, uint32_t gap)
{
    uint32_t run = 1 + random_below(LOST_AT_ONCE_MAX);
    switch (random_below(4)) {
    case 0:
        injected.lost += run;
        send(messages[k + run], VERDICT_LOST);
        return k + run + 1;
    case 1:
        injected.repeated++;
        send(messages[k - 1 - random_below(gap)], VERDICT_REPEATED);
        return k;
    case 2:
        injected.reordered++;
        send(messages[k + 1], VERDICT_LOST);
        send(messages[k], VERDICT_REORDERED);
        return k + 2;
    default:
        injected.corrupt++;
        send(messages[k] ^ (1 + random_below(UINT32_MAX)), VERDICT_CORRUPT);
        return k + 1;
    }
}

/* Writes a stream with faults here and there. */
static void go_wrong(uint32_t n)
{
    memset(&injected, 0, sizeof injected);
    sent_count = 0;
    uint32_t gap = 0;
    for (uint32_t k = 1; k <= message_count;) {
        if (gap > 1 && k + LOST_AT_ONCE_MAX < n && random_below(FAULT_GAP_MAX / 2) == 0) {
            k = inject(k, gap);
            gap = 0;
        } else {
            send(messages[k], k > n ? VERDICT_CHECKSUM : VERDICT_NUMBER);
            k++;
            gap++;
        }
    }
}

/* The stream breaks where it was right, and is resumed. */
static void resume(void)
{
    verifier_begin_stream(&verifier, true);
    if (verifier.mode == MODE_STATEFUL) {
        take(verifier_position(&verifier), VERDICT_POSITION);
        take(verifier_checksum(&verifier), VERDICT_CHECKSUM_SO_FAR);
    }
    ck_assert_uint_eq(verifier.last, messages[verifier_position(&verifier)]);
}

START_TEST(all_faults_of_a_stream_are_counted)
{
    uint32_t faults = 0;
    random_state = 88172645463325252u + (uint64_t)_i;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t n = 100 + random_below(LONG - 100);
        begin((enum mode)_i, &uuid, n);
        go_wrong(n);
        for (size_t i = 0; i < sent_count; i++) {
            take(sent[i].value, sent[i].verdict);
            if (sent[i].verdict == VERDICT_NUMBER && random_below(200) == 0) {
                resume();
            }
        }
        expect_counters(injected.lost, injected.repeated, injected.reordered, injected.corrupt);
        ck_assert_uint_eq(verifier.count, n - injected.lost - injected.corrupt);
        ck_assert_uint_eq(verifier_position(&verifier), message_count);
        ck_assert(verifier_is_complete(&verifier));
        faults += injected.lost + injected.repeated + injected.reordered + injected.corrupt;
    }
    ck_assert_uint_gt(faults, FAULTS_MIN);
}
END_TEST

Suite *verifier_faults_suite(void)
{
    Suite *suite = suite_create("verifier-faults");
    TCase *tcase = tcase_create("faults");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, NULL, forget);
    tcase_add_test(tcase, a_loss_is_named_and_may_come_after_all);
    tcase_add_test(tcase, a_session_loses_repeats_and_swaps);
    tcase_add_test(tcase, the_end_of_a_session_is_followed);
    tcase_add_test(tcase, a_number_again_is_no_checksum);
    tcase_add_test(tcase, the_end_of_a_stateless_stream_is_followed);
    tcase_add_test(tcase, a_value_that_comes_twice_is_right_twice);
    tcase_add_loop_test(tcase, a_loss_is_found_as_far_as_is_said, 0, 2);
    tcase_add_loop_test(tcase, a_repetition_is_found_as_far_as_is_said, 0, 2);
    tcase_add_loop_test(tcase, missing_ones_are_remembered_in_bounds, 0, 2);
    tcase_add_loop_test(tcase, all_faults_of_a_stream_are_counted, 0, 2);
    return suite;
}
