/* Conversations of one client that come in another order than it sent them: its newest attempt
 * keeps the session. */
#include "test/kit/conversation_fixture.h"
#include "test/suites.h"

#include <inttypes.h>

#define CONTINUE_AFTER_2 "CONTINUE " UUID " %" PRIu64, known_messages[1]

/* START is attempt 1; it sends the first two messages and is lost. */
static void start_and_lose(void)
{
    struct talk talk;
    talk_begin(&talk, &stateful_server);
    talk_try(&talk, 1, 0, "START " UUID " %d", N);
    expect_messages(&talk, 1, 2);
    talk_leave(&talk);
}

/* A path held attempt 2 back, until attempt 3 streams. */
START_TEST(an_older_attempt_disturbs_no_owner)
{
    struct talk owner;
    struct talk late;
    start_and_lose();
    talk_begin(&owner, &stateful_server);
    talk_try(&owner, 3, 2, CONTINUE_AFTER_2);
    expect_answers(&owner, 2, known_checksums[2]);
    expect_messages(&owner, 3, 3);

    talk_begin(&late, &stateful_server);
    talk_try(&late, 2, 2, CONTINUE_AFTER_2);
    talk_expect_end(&late, STATUS_ABORTED, "an older attempt");
    ck_assert_str_eq(
        late.host.outcome.text,
        "an older attempt: attempt 2 came after attempt 3; CONTINUE with a higher one");
    ck_assert_int_eq(owner.lost, 0);
    ck_assert_uint_eq(sent_of(UUID), 3);
    expect_messages(&owner, 4, N + 1);
    talk_expect_ok(&owner);
}
END_TEST

/* The same attempt twice, as a proxy may send it again. */
START_TEST(an_attempt_counts_once)
{
    struct talk owner;
    struct talk again;
    start_and_lose();
    talk_begin(&again, &stateful_server);
    talk_try(&again, 1, 2, CONTINUE_AFTER_2); /* START had this one */
    talk_expect_end(&again, STATUS_ABORTED, "an older attempt");
    talk_begin(&owner, &stateful_server);
    talk_try(&owner, 2, 2, CONTINUE_AFTER_2);
    talk_begin(&again, &stateful_server);
    talk_try(&again, 2, 2, CONTINUE_AFTER_2);
    talk_expect_end(&again, STATUS_ABORTED, "an older attempt");
    ck_assert_int_eq(owner.lost, 0);

    /* The client tries again, with the next attempt. */
    talk_begin(&again, &stateful_server);
    talk_try(&again, 3, 2, CONTINUE_AFTER_2);
    ck_assert_int_eq(owner.lost, 1);
    talk_expect_lost(&owner);
    expect_answers(&again, 2, known_checksums[2]);
    expect_messages(&again, 3, N + 1);
    talk_expect_ok(&again);
}
END_TEST

/* Without an attempt, as an original client: in any case, and what was the highest stays so. */
START_TEST(a_client_without_attempts_takes_over)
{
    struct talk owner;
    struct talk original;
    struct talk late;
    start_and_lose();
    talk_begin(&owner, &stateful_server);
    talk_try(&owner, 5, 2, CONTINUE_AFTER_2);
    talk_begin(&original, &stateful_server);
    talk_say(&original, CONTINUE_AFTER_2);
    ck_assert_int_eq(owner.lost, 1);
    talk_expect_lost(&owner);
    expect_answers(&original, 2, known_checksums[2]);
    expect_messages(&original, 3, 3);

    talk_begin(&late, &stateful_server);
    talk_try(&late, 5, 2, CONTINUE_AFTER_2);
    talk_expect_end(&late, STATUS_ABORTED, "an older attempt");
    ck_assert_int_eq(original.lost, 0);
    expect_messages(&original, 4, N + 1);
    talk_expect_ok(&original);
}
END_TEST

/* START again, because CONTINUE found no session: the first START comes late, and then CONTINUE. */
START_TEST(an_older_start_takes_nothing_either)
{
    struct talk owner;
    struct talk late;
    talk_begin(&owner, &stateful_server);
    talk_try(&owner, 3, 0, "START " UUID " %d", N);
    expect_messages(&owner, 1, 2);
    talk_begin(&late, &stateful_server);
    talk_try(&late, 1, 0, "START " UUID " %d", N);
    talk_expect_end(&late, STATUS_ALREADY_EXISTS, "uuid already taken");
    talk_begin(&late, &stateful_server);
    talk_try(&late, 2, 0, "CONTINUE " UUID " 0");
    talk_expect_end(&late, STATUS_ABORTED, "an older attempt");
    ck_assert_int_eq(owner.lost, 0);
    expect_messages(&owner, 3, N + 1);
    talk_expect_ok(&owner);
}
END_TEST

START_TEST(a_stateless_stream_has_no_attempts)
{
    struct talk talk;
    for (uint32_t attempt = 2; attempt > 0; attempt--) {
        talk_begin(&talk, &stateless_server);
        talk_try(&talk, attempt, 0, "CONTINUE 5");
        talk_expect_number(&talk, 15);
        talk_leave(&talk);
    }
}
END_TEST

Suite *conversation_attempts_suite(void)
{
    Suite *suite = suite_create("conversation-attempts");
    TCase *attempts = tcase_create("attempts");
    suite_add_tcase(suite, attempts);
    tcase_add_checked_fixture(attempts, conversation_set_up, conversation_tear_down);
    tcase_add_test(attempts, an_older_attempt_disturbs_no_owner);
    tcase_add_test(attempts, an_attempt_counts_once);
    tcase_add_test(attempts, a_client_without_attempts_takes_over);
    tcase_add_test(attempts, an_older_start_takes_nothing_either);
    tcase_add_test(attempts, a_stateless_stream_has_no_attempts);
    return suite;
}
