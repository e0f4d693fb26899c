/*
 * client/verify/verifier on sessions: right messages, wrong ones that have no other place, and what
 * is said of them. Stateless streams, and what was lost, repeated or reordered, have their own
 * files.
 */
#include "client/verify/verifier_text.h"
#include "test/kit/verifier_fixture.h"
#include "test/suites.h"

#include <string.h>

enum { N = KNOWN_N, CHECKSUM = KNOWN_CHECKSUM };

static void join(const struct uuid *session, uint64_t last)
{
    verifier_cleanup(&verifier);
    ck_assert(verifier_init_joining(&verifier, session, N, (uint32_t)last));
}

/* A session of which this many messages have come. */
static void receive(uint32_t count)
{
    verifier_cleanup(&verifier);
    ck_assert(verifier_init_stateful(&verifier, &test_uuid, N));
    verifier_begin_stream(&verifier, false);
    for (uint32_t k = 0; k < count; k++) {
        take_right(known_messages[k], k < N ? VERDICT_NUMBER : VERDICT_CHECKSUM);
    }
}

START_TEST(a_whole_session_is_right)
{
    receive(0);
    for (uint32_t k = 0; k <= N; k++) {
        ck_assert(!verifier_is_complete(&verifier));
        ck_assert_uint_eq(verifier_position(&verifier), k);
        take_right(known_messages[k], k < N ? VERDICT_NUMBER : VERDICT_CHECKSUM);
        ck_assert_uint_eq(verifier.last, known_messages[k]);
        ck_assert_uint_eq(verifier.count, k < N ? k + 1 : N);
    }
    ck_assert_uint_eq(verifier_position(&verifier), N + 1);
    ck_assert(verifier_is_complete(&verifier));
}
END_TEST

/* At every place, after every break. */
START_TEST(a_resumed_session_is_right)
{
    for (uint32_t broken_at = 0; broken_at <= N + 1; broken_at++) {
        receive(broken_at);
        for (int again = 0; again < 2; again++) { /* the second time it breaks within the answers */
            verifier_begin_stream(&verifier, true);
            ck_assert_uint_eq(verifier_position(&verifier), broken_at);
            ck_assert(!verifier_is_complete(&verifier));
            take_right(broken_at, VERDICT_POSITION);
            ck_assert(!verifier_is_complete(&verifier));
        }
        take_right(known_checksums[broken_at], VERDICT_CHECKSUM_SO_FAR);
        for (uint32_t k = broken_at; k <= N; k++) {
            ck_assert(!verifier_is_complete(&verifier));
            take_right(known_messages[k], k < N ? VERDICT_NUMBER : VERDICT_CHECKSUM);
        }
        ck_assert(verifier_is_complete(&verifier));
    }
}
END_TEST

START_TEST(a_wrong_number_is_found)
{
    receive(0);
    take_corrupt(3856042041, VERDICT_CORRUPT,
                 "wrong number after 0 right numbers: expected 3856042040, received 3856042041");
    ck_assert_uint_eq(verifier.wrong_at, 1);
    receive(2); /* right in its low 32 bits */
    take_corrupt(known_messages[2] + (UINT64_C(1) << 32), VERDICT_CORRUPT,
                 "wrong number after 2 right numbers: expected 2921788346, received 7216755642");
    ck_assert_uint_eq(verifier.wrong_at, 3);
    receive(2); /* the later one too */
    take_corrupt(known_messages[3] + (UINT64_C(1) << 32), VERDICT_CORRUPT,
                 "wrong number after 2 right numbers: expected 2921788346, received 7621720241");
    receive(2); /* and the earlier one */
    take_corrupt(known_messages[1] + (UINT64_C(1) << 32), VERDICT_CORRUPT,
                 "wrong number after 2 right numbers: expected 2921788346, received 6524500458");
}
END_TEST

/* It stands for the number that was due: all that follow are right, so is a CONTINUE. */
START_TEST(after_a_wrong_number_all_goes_on)
{
    receive(2);
    take_corrupt(7, VERDICT_CORRUPT,
                 "wrong number after 2 right numbers: expected 2921788346, received 7");
    ck_assert_uint_eq(verifier_position(&verifier), 3);
    ck_assert_uint_eq(verifier.last, known_messages[2]);
    ck_assert_uint_eq(verifier.count, 2);
    take_right(known_messages[3], VERDICT_NUMBER);
    verifier_begin_stream(&verifier, true);
    take_right(4, VERDICT_POSITION);
    take_right(known_checksums[4], VERDICT_CHECKSUM_SO_FAR);
    take_right(known_messages[4], VERDICT_NUMBER);
    take_right(CHECKSUM, VERDICT_CHECKSUM);
    ck_assert_uint_eq(verifier.count, 4);
    ck_assert_uint_eq(verifier.corrupt, 1);
    ck_assert_uint_eq(verifier.lost + verifier.repeated + verifier.reordered, 0);
    ck_assert(verifier_is_complete(&verifier));
}
END_TEST

/* Corrupt numbers that were sent besides the right ones: those are found right nevertheless. */
START_TEST(what_is_too_much_hides_nothing)
{
    receive(2);
    take_corrupt(7, VERDICT_CORRUPT,
                 "wrong number after 2 right numbers: expected 2921788346, received 7");
    for (uint32_t k = 2; k <= N; k++) {
        take_right(known_messages[k], k < N ? VERDICT_NUMBER : VERDICT_CHECKSUM);
    }
    ck_assert_uint_eq(verifier.count, N);
    ck_assert_uint_eq(verifier.corrupt, 1);
    ck_assert_uint_eq(verifier.lost + verifier.repeated + verifier.reordered, 0);
}
END_TEST

START_TEST(a_wrong_checksum_is_found)
{
    receive(N);
    take_corrupt(CHECKSUM + 1, VERDICT_WRONG_CHECKSUM,
                 "wrong checksum after 5 right numbers: expected 121722, received 121723");
    ck_assert_uint_eq(verifier.wrong_at, N + 1);
    ck_assert_uint_eq(verifier.last, CHECKSUM);
    ck_assert(verifier_is_complete(&verifier));
    receive(N); /* another number */
    take_corrupt(4233458634, VERDICT_WRONG_CHECKSUM,
                 "wrong checksum after 5 right numbers: expected 121722, received 4233458634");
    receive(N);
    take_corrupt(CHECKSUM + (UINT64_C(1) << 32), VERDICT_WRONG_CHECKSUM,
                 "wrong checksum after 5 right numbers: expected 121722, received 4295089018");
}
END_TEST

START_TEST(a_message_after_the_end_is_found)
{
    receive(N + 1);
    for (int again = 0; again < 2; again++) {
        take_corrupt(
            7, VERDICT_CORRUPT,
            "wrong number after 5 right numbers: expected the end of the stream, received 7");
        ck_assert_uint_eq(verifier_position(&verifier), N + 1);
        ck_assert_uint_eq(verifier.wrong_at, N + 2);
        ck_assert_uint_eq(verifier.last, CHECKSUM);
        ck_assert(verifier_is_complete(&verifier));
    }
    receive(N + 1);
    take_corrupt(0, VERDICT_CORRUPT,
                 "wrong number after 5 right numbers: expected the end of the stream, received 0");
}
END_TEST

START_TEST(a_wrong_position_is_found)
{
    receive(3);
    verifier_begin_stream(&verifier, true);
    take_corrupt(2, VERDICT_WRONG_POSITION,
                 "wrong position of the resume after 3 right numbers: expected 3, received 2");
    ck_assert_uint_eq(verifier.wrong_at, 4);
    take_right(known_checksums[3], VERDICT_CHECKSUM_SO_FAR);
    take_right(known_messages[3], VERDICT_NUMBER);
    receive(0);
    verifier_begin_stream(&verifier, true);
    take_corrupt(1, VERDICT_WRONG_POSITION,
                 "wrong position of the resume after 0 right numbers: expected 0, received 1");
    receive(N + 1);
    verifier_begin_stream(&verifier, true);
    take_corrupt(N, VERDICT_WRONG_POSITION,
                 "wrong position of the resume after 5 right numbers: expected 6, received 5");
}
END_TEST

START_TEST(a_wrong_checksum_so_far_is_found)
{
    receive(2);
    verifier_begin_stream(&verifier, true);
    take_right(2, VERDICT_POSITION);
    take_corrupt(
        known_checksums[1], VERDICT_WRONG_CHECKSUM_SO_FAR,
        "wrong checksum of the resume after 2 right numbers: expected 58594, received 17336");
    ck_assert_uint_eq(verifier.wrong_at, 3);
    take_right(known_messages[2], VERDICT_NUMBER);
}
END_TEST

START_TEST(joining_learns_the_position)
{
    for (uint32_t position = 1; position <= N + 1; position++) {
        join(&test_uuid, known_messages[position - 1]);
        ck_assert(!verifier.position_is_known);
        for (int again = 0; again < 2; again++) { /* the second time it is known */
            verifier_begin_stream(&verifier, true);
            take_right(position, VERDICT_POSITION);
            ck_assert(verifier.position_is_known);
            ck_assert_uint_eq(verifier_position(&verifier), position);
            ck_assert_uint_eq(verifier.count, position < N ? position : N);
        }
        take_right(known_checksums[position], VERDICT_CHECKSUM_SO_FAR);
        for (uint32_t k = position; k <= N; k++) {
            ck_assert(!verifier_is_complete(&verifier));
            take_right(known_messages[k], k < N ? VERDICT_NUMBER : VERDICT_CHECKSUM);
        }
        ck_assert(verifier_is_complete(&verifier));
    }
}
END_TEST

/* Either place of a repeated value will do, as the server says. */
START_TEST(joining_at_a_repeated_value_believes_the_server)
{
    static const uint32_t places[] = {1, 5};
    for (size_t i = 0; i < 2; i++) {
        join(&repeating_uuid, repeated_number);
        verifier_begin_stream(&verifier, true);
        take_right(places[i], VERDICT_POSITION);
        take_right(i == 0 ? 58046 : 11279, VERDICT_CHECKSUM_SO_FAR);
        ck_assert_uint_eq(verifier.count, places[i]);
    }
}
END_TEST

START_TEST(joining_finds_a_position_where_the_message_is_not)
{
    static const struct {
        uint64_t position;
        const char *text;
    } wrong[] = {
        {0, "expected the position of message 2229533162, received 0"},
        {1, "expected the position of message 2229533162, received 1"},
        {3, "expected the position of message 2229533162, received 3"},
        {N + 2, "expected the position of message 2229533162, received 7"},
        {UINT64_C(4294967298), "expected the position of message 2229533162, received 4294967298"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[VERIFIER_ERROR_SIZE] = "wrong position of the resume after 0 right numbers: ";
        strncat(text, wrong[i].text, sizeof text - strlen(text) - 1);
        join(&test_uuid, known_messages[1]);
        verifier_begin_stream(&verifier, true);
        take_corrupt(wrong[i].position, VERDICT_WRONG_POSITION, text);
        /* Nothing can be said of what follows, but that it is not known to be right. */
        take_corrupt(
            known_checksums[2], VERDICT_WRONG_CHECKSUM_SO_FAR,
            "wrong checksum of the resume after 0 right numbers: expected a right position "
            "first, received 58594");
        take_corrupt(
            known_messages[2], VERDICT_CORRUPT,
            "wrong number after 0 right numbers: expected a right position first, received "
            "2921788346");
        ck_assert(!verifier_is_complete(&verifier));
        verifier_begin_stream(&verifier, true); /* another try */
        take_right(2, VERDICT_POSITION);
        take_right(known_checksums[2], VERDICT_CHECKSUM_SO_FAR);
        take_right(known_messages[2], VERDICT_NUMBER);
    }
}
END_TEST

Suite *verifier_suite(void)
{
    Suite *suite = suite_create("verifier");
    TCase *stateful = tcase_create("stateful");
    suite_add_tcase(suite, stateful);
    tcase_add_test(stateful, a_whole_session_is_right);
    tcase_add_test(stateful, a_resumed_session_is_right);
    tcase_add_checked_fixture(stateful, NULL, forget_verifier);
    tcase_add_test(stateful, a_wrong_number_is_found);
    tcase_add_test(stateful, after_a_wrong_number_all_goes_on);
    tcase_add_test(stateful, what_is_too_much_hides_nothing);
    tcase_add_test(stateful, a_wrong_checksum_is_found);
    tcase_add_test(stateful, a_message_after_the_end_is_found);
    tcase_add_test(stateful, a_wrong_position_is_found);
    tcase_add_test(stateful, a_wrong_checksum_so_far_is_found);
    tcase_add_test(stateful, joining_learns_the_position);
    tcase_add_test(stateful, joining_at_a_repeated_value_believes_the_server);
    tcase_add_test(stateful, joining_finds_a_position_where_the_message_is_not);
    return suite;
}
