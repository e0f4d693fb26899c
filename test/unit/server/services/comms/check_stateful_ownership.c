/* A stream whose server can no longer say that it owns the session, with a store that is shared. */
#include "server/services/comms/stateful.h"
#include "server/sessions/sessions_shared.h"
#include "server/sessions/store_memory.h"
#include "test/kit/fake_clock.h"
#include "test/suites.h"

enum { N = 6 };

static const struct uuid uuid = {{0x24, 0xcb, 0x01, 0x69}};

static struct fake_clock fake;
static struct sessions *sessions;
static struct store_memory store;
static atomic_int_fast64_t owned_until;
static struct service_host host; /* never told: the store in memory answers at once */
static struct session_owner owner;
static struct stateful *stateful;
static uint32_t message;

static void lose(struct session_owner *lost)
{
    (void)lost;
}

static void own_for(int64_t time_ns)
{
    atomic_store(&owned_until, clock_boottime.now(&clock_boottime) + time_ns);
}

/* A stream that has sent one message. */
static void set_up(void)
{
    const struct command command = {.kind = COMMAND_START, .uuid = uuid, .n = N};
    const struct request request = {.has_position = false};
    struct failure failure;
    fake_clock_init(&fake, 0);
    const struct sessions_settings settings = {
        .max_sessions = 2, .timeout_ns = NS_PER_S, .clock = &fake.clock};
    sessions = sessions_create(&settings);
    ck_assert_ptr_nonnull(sessions);
    store_memory_init(&store, sessions);
    store.store.owned_until = &owned_until;
    owner = (struct session_owner){.lose = lose};
    own_for(60 * NS_PER_S);
    stateful = stateful_create(&store.store, &owner, &host);
    ck_assert_ptr_nonnull(stateful);
    ck_assert_int_eq(stateful_begin(stateful, &command, &request, &failure), STATEFUL_BEGUN);
    ck_assert(stateful_take(stateful, &message));
}

static void tear_down(void)
{
    ck_assert_int_eq(stateful_leave(stateful), STATEFUL_LEFT);
    sessions_destroy(sessions);
    fake_clock_cleanup(&fake);
}

START_TEST(nothing_is_sent_after_its_time)
{
    const struct session *session = stateful->hold.session;
    own_for(-1);
    ck_assert(!stateful_take(stateful, &message));
    ck_assert_int_eq(stateful_why_lost(stateful), ERROR_STORE_AWAY);
    ck_assert_uint_eq(session_sent(session), 1);
    own_for(60 * NS_PER_S); /* the heartbeat has come through after all */
    ck_assert(stateful_take(stateful, &message));
    ck_assert_uint_eq(session_sent(session), 2);
}
END_TEST

START_TEST(a_session_that_is_abandoned_was_not_taken_over)
{
    sessions_abandon_all(sessions);
    ck_assert(!stateful_take(stateful, &message));
    ck_assert_int_eq(stateful_why_lost(stateful), ERROR_STORE_AWAY);
}
END_TEST

START_TEST(a_session_that_another_stream_has_was_taken_over)
{
    struct session_owner other = {.lose = lose};
    struct session_hold hold;
    struct session_before before;
    ck_assert_int_eq(sessions_take(sessions, stateful->hold.session, 0, &other, &hold, &before),
                     SESSION_CLAIMED);
    ck_assert(!stateful_take(stateful, &message));
    ck_assert_int_eq(stateful_why_lost(stateful), ERROR_TAKEN_OVER);
    sessions_leave(sessions, &hold);
}
END_TEST

Suite *stateful_ownership_suite(void)
{
    Suite *suite = suite_create("stateful-ownership");
    TCase *test_case = tcase_create("all");
    tcase_add_checked_fixture(test_case, set_up, tear_down);
    tcase_add_test(test_case, nothing_is_sent_after_its_time);
    tcase_add_test(test_case, a_session_that_is_abandoned_was_not_taken_over);
    tcase_add_test(test_case, a_session_that_another_stream_has_was_taken_over);
    suite_add_tcase(suite, test_case);
    return suite;
}
