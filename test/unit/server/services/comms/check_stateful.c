/* A stream's part in a session, message by message, after START and after CONTINUE. */
#include "server/services/comms/stateful.h"
#include "server/sessions/store_memory.h"
#include "test/kit/fake_clock.h"
#include "test/suites.h"

#include <string.h>

enum { N = 6, LIMIT = 2 };

/* A uuid whose 1st and 5th number are equal. */
static const struct uuid uuid = {{0x24, 0xcb, 0x01, 0x69, 0x21, 0xd3, 0xa8, 0x88, 0x80}};
static const uint32_t messages[N + 1] = {3691886270, 1575716416, 363075172, 1055652335,
                                         3691886270, 88604676,   98003};
static const uint32_t checksums[N + 2] = {0,     58046, 105534, 96610,
                                          76689, 11279, 98003,  98003}; /* at N and at N + 1 */

struct test_owner {
    struct session_owner owner;
    int lost;
};

static struct fake_clock fake;
static struct sessions *sessions;
static struct store_memory store;
static struct service_host host; /* never told: the store in memory answers at once */
static struct test_owner owner;
static struct failure failure;

static void lose(struct session_owner *lost)
{
    ((struct test_owner *)lost)->lost++;
}

static void set_up(void)
{
    fake_clock_init(&fake, 0);
    const struct sessions_settings settings = {
        .max_sessions = LIMIT, .timeout_ns = NS_PER_S, .clock = &fake.clock};
    sessions = sessions_create(&settings);
    ck_assert_ptr_nonnull(sessions);
    store_memory_init(&store, sessions);
    owner = (struct test_owner){.owner = {.lose = lose}};
    failure = (struct failure){.error = ERROR_NONE};
}

static void tear_down(void)
{
    sessions_destroy(sessions);
    fake_clock_cleanup(&fake);
}

/* *ret_stateful is set only if the result is ERROR_NONE. */
static enum error begin(struct stateful **ret_stateful, const struct command *command,
                        const struct request *request, struct test_owner *by)
{
    struct stateful *stateful = stateful_create(&store.store, &by->owner, &host);
    ck_assert_ptr_nonnull(stateful);
    enum stateful_progress progress = stateful_begin(stateful, command, request, &failure);
    if (progress == STATEFUL_REFUSED) {
        ck_assert_int_eq(stateful_leave(stateful), STATEFUL_LEFT);
        ck_assert_int_ne(failure.error, ERROR_NONE);
        return failure.error;
    }
    ck_assert_int_eq(progress, STATEFUL_BEGUN);
    *ret_stateful = stateful;
    return ERROR_NONE;
}

static enum error start(struct stateful **ret_stateful)
{
    const struct command command = {.kind = COMMAND_START, .uuid = uuid, .n = N};
    const struct request request = {.has_position = false};
    return begin(ret_stateful, &command, &request, &owner);
}

/* CONTINUE by position; `position` -1: by value alone. */
static enum error go_on(struct stateful **ret_stateful, int position, uint32_t last,
                        struct test_owner *by)
{
    const struct command command = {.kind = COMMAND_CONTINUE, .uuid = uuid, .last = last};
    const struct request request = {.has_position = position >= 0,
                                    .position = position < 0 ? 0 : (uint32_t)position};
    return begin(ret_stateful, &command, &request, by);
}

static void leave(struct stateful *stateful)
{
    ck_assert_int_eq(stateful_leave(stateful), STATEFUL_LEFT);
}

/* Starts a session, sends its first `sent` messages, and leaves it. */
static void send_and_leave(uint32_t sent)
{
    struct stateful *stateful;
    uint32_t message;
    ck_assert_int_eq(start(&stateful), ERROR_NONE);
    for (uint32_t k = 1; k <= sent; k++) {
        ck_assert(stateful_take(stateful, &message));
    }
    leave(stateful);
}

static uint32_t sent(void)
{
    struct session *session = sessions_find(sessions, &uuid);
    ck_assert_ptr_nonnull(session);
    uint32_t count = session_sent(session);
    session_unref(session);
    return count;
}

static void expect_message(struct stateful *stateful, uint32_t wanted)
{
    uint32_t message = 0;
    ck_assert(!stateful_is_finished(stateful));
    ck_assert(stateful_take(stateful, &message));
    ck_assert_uint_eq(message, wanted);
}

/* Expects all messages after `position`, and checks every question about them. */
static void expect_rest(struct stateful *stateful, uint32_t position)
{
    for (uint32_t k = position; k <= N; k++) {
        ck_assert_uint_eq(stateful_remaining(stateful), N - k);
        ck_assert(stateful_is_prompt(stateful) == (k == N)); /* message N + 1 is the checksum */
        expect_message(stateful, messages[k]);
        ck_assert_uint_ge(sent(), k + 1);
    }
    ck_assert_uint_eq(stateful_remaining(stateful), 0);
    ck_assert(stateful_is_finished(stateful));
    ck_assert_uint_eq(sent(), N + 1);
}

START_TEST(start_begins_with_the_first_number)
{
    struct stateful *stateful;
    ck_assert_int_eq(start(&stateful), ERROR_NONE);
    ck_assert(!stateful->took_over);
    ck_assert_uint_eq(sent(), 0);
    expect_rest(stateful, 0);
    leave(stateful);
    ck_assert_int_eq(failure.error, ERROR_NONE);
}
END_TEST

START_TEST(start_of_a_taken_uuid_says_what_to_do)
{
    struct stateful *stateful;
    send_and_leave(2);
    ck_assert_int_eq(start(&stateful), ERROR_UUID_TAKEN);
    ck_assert_int_eq(failure.error, ERROR_UUID_TAKEN);
    ck_assert_str_eq(failure.text, "uuid already taken: CONTINUE goes on with its session");
    ck_assert_uint_eq(sent(), 2);
}
END_TEST

START_TEST(start_of_too_many_sessions_says_so)
{
    struct stateful *stateful;
    struct session_hold holds[LIMIT];
    for (int i = 0; i < LIMIT; i++) {
        const struct uuid other = {{(uint8_t)i}};
        ck_assert_int_eq(sessions_start(sessions, &other, N, 0, &owner.owner, &holds[i]),
                         ERROR_NONE);
    }
    ck_assert_int_eq(start(&stateful), ERROR_TOO_MANY_SESSIONS);
    ck_assert_str_eq(failure.text, "too many sessions: try again later");
    for (int i = 0; i < LIMIT; i++) {
        sessions_leave(sessions, &holds[i]);
    }
}
END_TEST

START_TEST(continue_answers_and_goes_on)
{
    uint32_t had = (uint32_t)_i;
    for (uint32_t position = 0; position <= had; position++) {
        struct stateful *stateful;
        send_and_leave(had);
        ck_assert_int_eq(
            go_on(&stateful, (int)position, position == 0 ? 1 : messages[position - 1], &owner),
            ERROR_NONE);
        ck_assert(!stateful->took_over);
        ck_assert(stateful_is_prompt(stateful));
        expect_message(stateful, position);
        ck_assert(stateful_is_prompt(stateful));
        expect_message(stateful, checksums[position]);
        ck_assert_uint_eq(sent(), had); /* an answer is no message of the session */
        if (position > N) {
            ck_assert(stateful_is_finished(stateful));
        } else {
            expect_rest(stateful, position);
        }
        leave(stateful);
    }
}
END_TEST

static const struct {
    uint32_t sent;
    uint32_t last;
    uint32_t found; /* 0: refused */
} values[] = {
    {0, 3691886270, 0},   {1, 3691886270, 1}, {4, 3691886270, 1},    {5, 3691886270, 5},
    {N, 3691886270, 5},   {2, 1575716416, 2}, {1, 1575716416, 0},    {N, 88604676, N},
    {N + 1, 88604676, N}, {N, 98003, 0},      {N + 1, 98003, N + 1}, {N + 1, 11279, 0},
    {N + 1, 0, 0},
};

START_TEST(continue_by_value_finds_the_latest_that_was_sent)
{
    struct stateful *stateful;
    send_and_leave(values[_i].sent);
    enum error error = go_on(&stateful, -1, values[_i].last, &owner);
    if (values[_i].found == 0) {
        ck_assert_int_eq(error, ERROR_WRONG_LAST_NUMBER);
        ck_assert_uint_eq(sent(), values[_i].sent);
        return;
    }
    ck_assert_int_eq(error, ERROR_NONE);
    expect_message(stateful, values[_i].found);
    expect_message(stateful, checksums[values[_i].found]);
    leave(stateful);
}
END_TEST

static const struct {
    int position;
    uint32_t last;
    const char *text;
} refusals[] = {
    {-1, 5, "wrong last number: 5 is none of the 4 messages sent"},
    {-1, 88604676, "wrong last number: 88604676 is none of the 4 messages sent"},
    {5, 3691886270, "wrong last number: position 5 but only 4 messages were sent"},
    {N + 2, 98003, "wrong last number: position 8 but only 4 messages were sent"},
    {2, 3691886270, "wrong last number: message 2 is not 3691886270"},
    {4, 5, "wrong last number: message 4 is not 5"},
};

/* A refused CONTINUE leaves the session to its owner, which goes on. */
START_TEST(what_does_not_fit_is_refused_and_changes_nothing)
{
    struct stateful *stateful;
    struct stateful *other;
    struct test_owner other_owner = {.owner = {.lose = lose}};
    ck_assert_int_eq(start(&stateful), ERROR_NONE);
    for (uint32_t k = 0; k < 4; k++) {
        expect_message(stateful, messages[k]);
    }
    ck_assert_int_eq(go_on(&other, refusals[_i].position, refusals[_i].last, &other_owner),
                     ERROR_WRONG_LAST_NUMBER);
    ck_assert_int_eq(failure.error, ERROR_WRONG_LAST_NUMBER);
    ck_assert_str_eq(failure.text, refusals[_i].text);
    ck_assert_int_eq(owner.lost, 0);
    expect_rest(stateful, 4);
    leave(stateful);
}
END_TEST

START_TEST(continue_without_a_session_says_so)
{
    struct stateful *stateful;
    ck_assert_int_eq(go_on(&stateful, 0, 0, &owner), ERROR_NO_SESSION);
    ck_assert_str_eq(failure.text, "uuid has no session: never started, or evicted");
}
END_TEST

START_TEST(continue_takes_over_from_another_stream)
{
    struct stateful *old;
    struct stateful *new;
    struct test_owner new_owner = {.owner = {.lose = lose}};
    uint32_t message = 77;
    ck_assert_int_eq(start(&old), ERROR_NONE);
    expect_message(old, messages[0]);
    expect_message(old, messages[1]);
    ck_assert_int_eq(go_on(&new, 1, messages[0], &new_owner), ERROR_NONE);
    ck_assert(new->took_over);
    ck_assert_int_eq(owner.lost, 1);
    ck_assert(!stateful_take(old, &message));
    ck_assert_uint_eq(message, 77);
    ck_assert_uint_eq(sent(), 2);

    expect_message(new, 1);
    leave(old); /* between the two answers of the new stream */
    expect_message(new, checksums[1]);
    expect_rest(new, 1);
    leave(new);
    ck_assert_int_eq(new_owner.lost, 0);
}
END_TEST

START_TEST(a_stream_that_was_taken_over_gives_no_answers)
{
    struct stateful *old;
    struct stateful *new;
    struct test_owner new_owner = {.owner = {.lose = lose}};
    uint32_t message = 77;
    send_and_leave(3);
    ck_assert_int_eq(go_on(&old, 3, messages[2], &owner), ERROR_NONE);
    ck_assert_int_eq(go_on(&new, 3, messages[2], &new_owner), ERROR_NONE);
    ck_assert(!stateful_take(old, &message));
    ck_assert_uint_eq(message, 77);
    leave(old);
    leave(new);
}
END_TEST

/* ---- A session of a server that has died ----------------------------------------------------- */

/* Nobody knows how many messages were sent, but that it were at least `written`. */
static void restore_inexact(uint32_t written)
{
    const struct session_record record = {
        .uuid = uuid, .n = N, .sent = written, .is_exact = false, .generation = 1};
    ck_assert(sessions_restore(sessions, &record));
}

static const struct {
    int position;
    uint32_t last;
    uint32_t found; /* UINT32_MAX: refused */
    const char *text;
} inexact[] = {
    {0, 1, 0, NULL},
    {1, 3691886270, 1, NULL},
    {5, 3691886270, 5, NULL}, /* more than was written */
    {N, 88604676, N, NULL},
    {N + 1, 98003, N + 1, NULL},
    {N + 2, 98003, UINT32_MAX, "wrong last number: position 8 but only 7 messages were sent"},
    {5, 88604676, UINT32_MAX, "wrong last number: message 5 is not 88604676"},
    {-1, 1055652335, 4, NULL},
    {-1, 98003, N + 1, NULL},
    {-1, 3691886270, UINT32_MAX, /* it occurs twice */
     "wrong last number: 3691886270 is not one of the 7 messages, or several"},
    {-1, 5, UINT32_MAX, "wrong last number: 5 is not one of the 7 messages, or several"},
};

START_TEST(after_a_crash_the_position_of_the_client_decides)
{
    struct stateful *stateful;
    restore_inexact(2);
    const enum error error = go_on(&stateful, inexact[_i].position, inexact[_i].last, &owner);
    if (inexact[_i].found == UINT32_MAX) {
        ck_assert_int_eq(error, ERROR_WRONG_LAST_NUMBER);
        ck_assert_str_eq(failure.text, inexact[_i].text);
        ck_assert_uint_eq(sent(), 2);
        return;
    }
    ck_assert_int_eq(error, ERROR_NONE);
    ck_assert_uint_eq(sent(), inexact[_i].found > 2 ? inexact[_i].found : 2);
    expect_message(stateful, inexact[_i].found);
    expect_message(stateful, checksums[inexact[_i].found]);
    leave(stateful);
}
END_TEST

/* What a client has proved is the limit for the next one. */
START_TEST(a_proof_makes_the_session_exact)
{
    struct stateful *stateful;
    restore_inexact(0);
    ck_assert_int_eq(go_on(&stateful, 2, messages[1], &owner), ERROR_NONE);
    leave(stateful);
    ck_assert_int_eq(go_on(&stateful, 3, messages[2], &owner), ERROR_WRONG_LAST_NUMBER);
    ck_assert_str_eq(failure.text, "wrong last number: position 3 but only 2 messages were sent");
}
END_TEST

Suite *stateful_suite(void)
{
    Suite *suite = suite_create("stateful");
    TCase *stateful = tcase_create("stateful");
    suite_add_tcase(suite, stateful);
    tcase_add_checked_fixture(stateful, set_up, tear_down);
    tcase_add_test(stateful, start_begins_with_the_first_number);
    tcase_add_test(stateful, start_of_a_taken_uuid_says_what_to_do);
    tcase_add_test(stateful, start_of_too_many_sessions_says_so);
    tcase_add_loop_test(stateful, continue_answers_and_goes_on, 0, N + 2);
    tcase_add_loop_test(stateful, continue_by_value_finds_the_latest_that_was_sent, 0,
                        sizeof values / sizeof *values);
    tcase_add_loop_test(stateful, what_does_not_fit_is_refused_and_changes_nothing, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_add_test(stateful, continue_without_a_session_says_so);
    tcase_add_test(stateful, continue_takes_over_from_another_stream);
    tcase_add_test(stateful, a_stream_that_was_taken_over_gives_no_answers);
    tcase_add_loop_test(stateful, after_a_crash_the_position_of_the_client_decides, 0,
                        sizeof inexact / sizeof *inexact);
    tcase_add_test(stateful, a_proof_makes_the_session_exact);
    return suite;
}
