/* client/verify/verifier: many faults of all kinds in one stream, made at random and counted. */
#include "test/kit/verifier_fixture.h"
#include "test/suites.h"

#include <string.h>

enum { FAULT_GAP_MAX = 100, LOST_AT_ONCE_MAX = 60, ROUNDS = 200, FAULTS_MIN = 4000 };

/* A message of a stream that goes wrong, and what it is to be called. */
struct sent {
    uint64_t value;
    enum verdict verdict;
};

static struct sent sent[3 * STREAM_N_MAX];
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
        uint32_t n = 100 + random_below(STREAM_N_MAX - 100);
        begin_stream((enum mode)_i, &test_uuid, n);
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

Suite *verifier_random_suite(void)
{
    Suite *suite = suite_create("verifier-random");
    TCase *tcase = tcase_create("verifier-random");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, NULL, forget_verifier);
    tcase_add_loop_test(tcase, all_faults_of_a_stream_are_counted, 0, 2);
    return suite;
}
