/*
 * A conversation with a store that answers late, in another order, or with an error: what the
 * conversation does meanwhile, and what becomes of an answer that comes after its end.
 */
#include "test/kit/late_store.h"
#include "test/kit/talk.h"
#include "test/suites.h"

#define UUID "a17417a0-aa39-40b5-8675-247713cc4908"

static struct late_store late;
static struct talk_server server;
static struct talk talk;

static void set_up(void)
{
    talk_server_init(&server, MODE_STATEFUL, 0);
    server.settings.store = late_store_init(&late);
    talk_begin(&talk, &server);
}

static void tear_down(void)
{
    ck_assert_uint_eq(late.count, 0);
    talk_server_cleanup(&server);
}

/* The store calls `done`; then the worker, here the test, lets the conversation hear of it. */
static void tell_answer(struct talk *asking, struct store_request *question)
{
    int before = asking->answers;
    question->done(question);
    ck_assert_int_eq(asking->answers, before + 1);
    talk_hear(asking, SERVICE_ANSWERED);
}

static void answer_of(struct talk *asking, size_t i, enum store_operation operation)
{
    struct store_request *question = late_store_take(&late, i, operation);
    ck_assert(server.store.store.submit(&server.store.store, question));
    tell_answer(asking, question);
}

static void answer(struct talk *asking, enum store_operation operation)
{
    answer_of(asking, 0, operation);
}

static void expect_asking(struct talk *asking)
{
    ck_assert(asking->conversation.dialogue.is_asking);
    talk_expect_wait(asking, CLOCK_NEVER);
}

static void expect_left(struct talk *left)
{
    ck_assert(!left->conversation.dialogue.is_asking);
    ck_assert_int_eq(left->conversation.dialogue.state, DIALOGUE_OVER);
}

/* Leaves, and has the store answer the release. */
static void leave(struct talk *leaving)
{
    talk_leave(leaving);
    ck_assert(leaving->conversation.dialogue.is_asking);
    answer(leaving, STORE_RELEASE);
    expect_left(leaving);
}

static void start_two_numbers(void)
{
    talk_say(&talk, "START " UUID " 5");
    answer(&talk, STORE_CREATE);
    talk_expect_number(&talk, 3856042040);
    talk_take_number(&talk);
    leave(&talk);
    talk_begin(&talk, &server);
}

static void ignore_evicted(const struct session *session)
{
    (void)session;
}

START_TEST(it_waits_for_the_answer_and_goes_on)
{
    talk_say(&talk, "START " UUID " 5");
    expect_asking(&talk);
    fake_clock_advance(&server.clock, 2 * TALK_COMMAND_TIMEOUT); /* no silence: it is asking */
    expect_asking(&talk);
    answer(&talk, STORE_CREATE);
    ck_assert(!talk.conversation.dialogue.is_asking);
    talk_expect_number(&talk, 3856042040);
    leave(&talk);
    ck_assert_uint_eq(sessions_count(server.sessions), 1);
}
END_TEST

START_TEST(continue_asks_twice)
{
    start_two_numbers();
    talk_say_at(&talk, 1, "CONTINUE " UUID " 3856042040");
    expect_asking(&talk);
    answer(&talk, STORE_LOOK_UP);
    expect_asking(&talk);
    answer(&talk, STORE_CLAIM);
    talk_expect_number(&talk, 1);
    leave(&talk);
}
END_TEST

/* The session is evicted between the answers to STORE_LOOK_UP and STORE_CLAIM. */
START_TEST(a_session_that_went_meanwhile_is_looked_for_again)
{
    start_two_numbers();
    talk_say_at(&talk, 1, "CONTINUE " UUID " 3856042040");
    answer(&talk, STORE_LOOK_UP);
    fake_clock_advance(&server.clock, TALK_SESSION_TIMEOUT);
    ck_assert(sessions_reap(server.sessions, ignore_evicted));
    answer(&talk, STORE_CLAIM);
    expect_asking(&talk);
    answer(&talk, STORE_LOOK_UP);
    talk_expect_end(&talk, STATUS_NOT_FOUND, "uuid has no session");
}
END_TEST

/* A claim that is refused is not asked again. */
static const struct {
    enum error error;
    enum status status;
    const char *text;
} claim_errors[] = {
    {ERROR_OLDER_ATTEMPT, STATUS_ABORTED,
     "an older attempt: attempt 2 came after attempt 7; CONTINUE with a higher one"},
    {ERROR_TOO_MANY_SESSIONS, STATUS_RESOURCE_EXHAUSTED, "too many sessions: try again later"},
};

START_TEST(a_claim_that_is_refused_ends_the_stream)
{
    start_two_numbers();
    talk_try(&talk, 2, 1, "CONTINUE " UUID " 3856042040");
    answer(&talk, STORE_LOOK_UP);
    struct store_request *question = late_store_take(&late, 0, STORE_CLAIM);
    ck_assert_uint_eq(question->attempt, 2);
    question->before.attempt = 7;
    question->outcome = claim_errors[_i].error;
    tell_answer(&talk, question);
    ck_assert_str_eq(talk.host.outcome.text, claim_errors[_i].text);
    talk_expect_end(&talk, claim_errors[_i].status, error_text(claim_errors[_i].error));
    expect_left(&talk);
}
END_TEST

START_TEST(a_refusal_that_comes_too_late_changes_nothing)
{
    start_two_numbers();
    talk_try(&talk, 2, 1, "CONTINUE " UUID " 3856042040");
    answer(&talk, STORE_LOOK_UP);
    talk_leave(&talk);
    struct store_request *question = late_store_take(&late, 0, STORE_CLAIM);
    question->outcome = ERROR_OLDER_ATTEMPT;
    tell_answer(&talk, question); /* drops the reference of the look-up, and releases nothing */
    expect_left(&talk);
    talk_expect_ok(&talk);
}
END_TEST

START_TEST(an_error_ends_the_stream)
{
    talk_say(&talk, "START " UUID " 5");
    struct store_request *question = late_store_take(&late, 0, STORE_CREATE);
    question->outcome = ERROR_TOO_MANY_SESSIONS;
    tell_answer(&talk, question);
    talk_expect_end(&talk, STATUS_RESOURCE_EXHAUSTED, "too many sessions");
    expect_left(&talk);
}
END_TEST

/* Two streams ask for the same uuid; the store answers the later question first. */
START_TEST(answers_in_another_order_are_as_good)
{
    struct talk other;
    talk_begin(&other, &server);
    talk_say(&talk, "START " UUID " 5");
    talk_say(&other, "START " UUID " 5");
    answer_of(&other, 1, STORE_CREATE);
    talk_expect_number(&other, 3856042040);
    answer(&talk, STORE_CREATE);
    talk_expect_end(&talk, STATUS_ALREADY_EXISTS, "uuid already taken");
    leave(&other);
}
END_TEST

/* What happens while the conversation waits for an answer. `text` NULL: the stream is lost. */
static const struct {
    void (*happen)(struct talk *talk);
    enum status status;
    const char *text;
} meanwhile[] = {
    {talk_leave, STATUS_OK, NULL},
    {talk_shut_down, STATUS_UNAVAILABLE, "server is shutting down"},
};

static void expect_over(struct talk *over, int i)
{
    if (meanwhile[i].text != NULL) {
        talk_expect_end(over, meanwhile[i].status, meanwhile[i].text);
    } else {
        talk_expect_ok(over);
    }
}

/* The conversation releases what a late answer gave, so the session can be continued. */
START_TEST(an_answer_that_comes_too_late_is_given_back)
{
    talk_say(&talk, "START " UUID " 5");
    meanwhile[_i].happen(&talk);
    ck_assert(talk.conversation.dialogue.is_asking);
    expect_over(&talk, _i);
    answer(&talk, STORE_CREATE);
    ck_assert(talk.conversation.dialogue.is_asking);
    answer(&talk, STORE_RELEASE);
    expect_left(&talk);
    expect_over(&talk, _i);

    talk_begin(&talk, &server);
    talk_say_at(&talk, 0, "CONTINUE " UUID " 0");
    meanwhile[_i].happen(&talk);
    answer(&talk, STORE_LOOK_UP); /* gives a reference, which must not leak */
    expect_left(&talk);

    talk_begin(&talk, &server);
    talk_say_at(&talk, 0, "CONTINUE " UUID " 0");
    answer(&talk, STORE_LOOK_UP);
    meanwhile[_i].happen(&talk);
    answer(&talk, STORE_CLAIM);
    answer(&talk, STORE_RELEASE);
    expect_left(&talk);

    talk_begin(&talk, &server);
    talk_say_at(&talk, 0, "CONTINUE " UUID " 0");
    answer(&talk, STORE_LOOK_UP);
    answer(&talk, STORE_CLAIM);
    talk_expect_number(&talk, 0);
    leave(&talk);
}
END_TEST

START_TEST(an_error_that_comes_too_late_changes_nothing)
{
    talk_say(&talk, "CONTINUE " UUID " 5");
    talk_shut_down(&talk);
    answer(&talk, STORE_LOOK_UP); /* finds no session */
    expect_left(&talk);
    talk_expect_end(&talk, STATUS_UNAVAILABLE, "server is shutting down");
}
END_TEST

START_TEST(a_second_command_meanwhile_is_an_error)
{
    talk_say(&talk, "START " UUID " 5");
    talk_say(&talk, "START " UUID " 5");
    talk_expect_end(&talk, STATUS_FAILED_PRECONDITION, "server was already running");
    answer(&talk, STORE_CREATE);
    answer(&talk, STORE_RELEASE);
    expect_left(&talk);
}
END_TEST

START_TEST(a_client_that_half_closes_meanwhile_gets_its_numbers)
{
    talk_say(&talk, "START " UUID " 1");
    talk_half_close(&talk);
    expect_asking(&talk);
    answer(&talk, STORE_CREATE);
    talk_take_number(&talk);
    talk_take_number(&talk);
    int64_t due;
    uint64_t number;
    ck_assert_int_eq(talk_next(&talk, &number, &due), DIALOGUE_END);
    answer(&talk, STORE_RELEASE);
    expect_left(&talk);
}
END_TEST

/* Another stream takes the session over before this stream has heard that it owns it. */
START_TEST(one_that_is_taken_over_before_it_has_begun_ends)
{
    struct talk other;
    start_two_numbers();
    talk_say_at(&talk, 1, "CONTINUE " UUID " 3856042040");
    answer(&talk, STORE_LOOK_UP);
    struct store_request *claim = late_store_take(&late, 0, STORE_CLAIM);
    ck_assert(server.store.store.submit(&server.store.store, claim));

    talk_begin(&other, &server);
    talk_say_at(&other, 1, "CONTINUE " UUID " 3856042040");
    answer(&other, STORE_LOOK_UP);
    answer(&other, STORE_CLAIM);
    ck_assert_int_eq(talk.lost, 1);
    talk_hear(&talk, SERVICE_TAKEN_OVER);
    tell_answer(&talk, claim);
    answer(&talk, STORE_RELEASE);
    expect_left(&talk);
    talk_expect_lost(&talk);

    talk_expect_number(&other, 1);
    leave(&other);
    ck_assert_int_eq(other.lost, 0);
}
END_TEST

Suite *conversation_store_suite(void)
{
    Suite *suite = suite_create("conversation-store");
    TCase *store = tcase_create("conversation-store");
    suite_add_tcase(suite, store);
    tcase_add_checked_fixture(store, set_up, tear_down);
    tcase_add_test(store, it_waits_for_the_answer_and_goes_on);
    tcase_add_test(store, continue_asks_twice);
    tcase_add_test(store, a_session_that_went_meanwhile_is_looked_for_again);
    tcase_add_loop_test(store, a_claim_that_is_refused_ends_the_stream, 0,
                        sizeof claim_errors / sizeof *claim_errors);
    tcase_add_test(store, a_refusal_that_comes_too_late_changes_nothing);
    tcase_add_test(store, an_error_ends_the_stream);
    tcase_add_test(store, answers_in_another_order_are_as_good);
    tcase_add_loop_test(store, an_answer_that_comes_too_late_is_given_back, 0,
                        sizeof meanwhile / sizeof *meanwhile);
    tcase_add_test(store, an_error_that_comes_too_late_changes_nothing);
    tcase_add_test(store, a_second_command_meanwhile_is_an_error);
    tcase_add_test(store, a_client_that_half_closes_meanwhile_gets_its_numbers);
    tcase_add_test(store, one_that_is_taken_over_before_it_has_begun_ends);
    return suite;
}
