/* --max-client-sessions: which sessions of a client count, and until when. */
#include "server/sessions/session.h"
#include "server/sessions/sessions_durable.h"
#include "test/kit/sessions_fixture.h"
#include "test/suites.h"

enum { CLIENT_LIMIT = 2, MAP_LIMIT = 100 };

static void create(uint64_t client_limit)
{
    const struct sessions_settings settings = {.max_sessions = MAP_LIMIT,
                                               .max_client_sessions = client_limit,
                                               .timeout_ns = SESSIONS_TIMEOUT,
                                               .clock = &sessions_clock.clock};
    fake_clock_init(&sessions_clock, NS_PER_S);
    sessions = sessions_create(&settings);
    ck_assert_ptr_nonnull(sessions);
}

static void set_up(void)
{
    create(CLIENT_LIMIT);
}

static struct test_owner owner_at(const char *address)
{
    struct test_owner owner = new_owner();
    owner.owner.address = address;
    return owner;
}

static void must_refuse(uint32_t number, struct test_owner *owner)
{
    struct session_hold hold = {0};
    ck_assert_int_eq(start_session(number, N, owner, &hold), ERROR_TOO_MANY_CLIENT_SESSIONS);
    ck_assert_ptr_null(hold.session);
    ck_assert(!exists(number));
}

static void ignore(const struct session *session)
{
    (void)session;
}

/* Each row is one client, by two of its connections; no row is the client of another one. */
static const char *const clients[][2] = {
    {"10.0.0.1:1000", "10.0.0.1:2000"},   {"10.0.0.2:1000", "10.0.0.2:1000"},
    {"[fe80::1]:1000", "[fe80::1]:2000"}, {"[fe80::2]:1000", "[fe80::2]:2000"},
    {"unix:", "unix:/run/a:b"},           {"unknown", "unknown"}};

enum { CLIENTS = sizeof clients / sizeof *clients };

START_TEST(each_client_has_its_own_limit)
{
    struct test_owner owners[CLIENTS][CLIENT_LIMIT];
    struct session_hold holds[CLIENTS][CLIENT_LIMIT];
    for (uint32_t client = 0; client < CLIENTS; client++) {
        for (uint32_t i = 0; i < CLIENT_LIMIT; i++) {
            owners[client][i] = owner_at(clients[client][i]);
            holds[client][i] = started_session(10 * client + i, &owners[client][i]);
        }
        must_refuse(10 * client + CLIENT_LIMIT, &owners[client][0]);
        must_refuse(10 * client + CLIENT_LIMIT, &owners[client][1]);
    }
    for (uint32_t client = 0; client < CLIENTS; client++) {
        for (uint32_t i = 0; i < CLIENT_LIMIT; i++) {
            sessions_leave(sessions, &holds[client][i]);
        }
    }
}
END_TEST

/* A certificate names the client, wherever it comes from. */
START_TEST(an_identity_is_the_client)
{
    struct client_key keys[2];
    client_key_make(&keys[0], CLIENT_DNS, "a", 1);
    client_key_make(&keys[1], CLIENT_DNS, "10.0.0.1", 8);
    struct test_owner owners[] = {owner_at("10.0.0.1:1"), owner_at("10.0.0.2:1"),
                                  owner_at("10.0.0.1:1"), owner_at("10.0.0.1:1")};
    owners[0].owner.client = &keys[0];
    owners[1].owner.client = &keys[0];
    owners[2].owner.client = &keys[1];
    struct session_hold holds[4];
    holds[0] = started_session(0, &owners[0]);
    holds[1] = started_session(1, &owners[1]);
    must_refuse(2, &owners[0]);
    holds[2] = started_session(2, &owners[2]);
    holds[3] =
        started_session(3, &owners[3]); /* without a certificate: the address is the client */
    for (int i = 0; i < 4; i++) {
        sessions_leave(sessions, &holds[i]);
    }
}
END_TEST

START_TEST(idle_sessions_count_until_they_are_evicted)
{
    struct test_owner owner = owner_at("10.0.0.1:1000");
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < CLIENT_LIMIT; i++) {
            struct session_hold hold = started_session(10 * round + i, &owner);
            sessions_leave(sessions, &hold);
        }
        must_refuse(99, &owner);
        fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT);
        ck_assert(sessions_reap(sessions, ignore));
        ck_assert_uint_eq(sessions_count(sessions), 0);
    }
}
END_TEST

/* They stay for a client that lost its last messages, and keep it from nothing. */
START_TEST(finished_sessions_count_no_more)
{
    struct test_owner owner = owner_at("10.0.0.1:1000");
    struct session_hold hold;
    for (uint32_t number = 0; number < 10; number++) {
        hold = started_session(number, &owner);
        count_all(&hold);
        sessions_leave(sessions, &hold);
    }
    ck_assert_uint_eq(sessions_count(sessions), 10);
    (void)take_session(3, &owner, &hold); /* nor when it is resumed and left once more */
    sessions_leave(sessions, &hold);
    struct session_hold holds[CLIENT_LIMIT];
    for (uint32_t i = 0; i < CLIENT_LIMIT; i++) {
        holds[i] = started_session(20 + i, &owner);
    }
    must_refuse(30, &owner);
    count_all(&holds[0]);
    must_refuse(30, &owner); /* a stream owns it still */
    sessions_leave(sessions, &holds[0]);
    holds[0] = started_session(30, &owner);
    for (uint32_t i = 0; i < CLIENT_LIMIT; i++) {
        sessions_leave(sessions, &holds[i]);
    }
}
END_TEST

/* It counts for the client that began it, whoever resumes it. */
START_TEST(a_session_that_is_taken_over_counts_once)
{
    struct test_owner first = owner_at("10.0.0.1:1000");
    struct test_owner other = owner_at("10.0.0.2:1000");
    struct session_hold old = started_session(0, &first);
    struct session_hold hold;
    ck_assert(take_session(0, &other, &hold));
    sessions_leave(sessions, &old);
    struct session_hold holds[] = {started_session(1, &other), started_session(2, &other),
                                   started_session(3, &first)};
    must_refuse(4, &other);
    must_refuse(4, &first);
    sessions_leave(sessions, &hold);
    must_refuse(4, &first);
    for (int i = 0; i < 3; i++) {
        sessions_leave(sessions, &holds[i]);
    }
}
END_TEST

START_TEST(a_start_that_is_refused_counts_nothing)
{
    struct test_owner owner = owner_at("10.0.0.1:1000");
    struct session_hold hold = started_session(0, &owner);
    struct session_hold none = {0};
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(start_session(0, N, &owner, &none), ERROR_UUID_TAKEN);
    }
    struct session_hold other = started_session(1, &owner);
    sessions_leave(sessions, &other);
    sessions_leave(sessions, &hold);
}
END_TEST

static void restore(uint32_t number, uint32_t sent)
{
    const struct session_record record = {
        .uuid = uuid_of(number), .n = N, .sent = sent, .generation = number + 1};
    ck_assert(sessions_restore(sessions, &record));
}

/* After a restart a session counts for the client that goes on with it, which is never refused. */
START_TEST(a_restored_session_counts_when_its_client_is_back)
{
    struct test_owner owner = owner_at("10.0.0.1:1000");
    struct session_hold holds[CLIENT_LIMIT + 2];
    struct session_hold hold;
    for (uint32_t i = 0; i < CLIENT_LIMIT + 2; i++) {
        restore(i, 1);
    }
    restore(20, N + 1);
    hold = started_session(21, &owner); /* nobody has come back yet */
    for (uint32_t i = 0; i < CLIENT_LIMIT + 2; i++) {
        ck_assert(!take_session(i, &owner, &holds[i]));
    }
    must_refuse(30, &owner);
    for (uint32_t i = 0; i < CLIENT_LIMIT + 2; i++) {
        count_all(&holds[i]);
        sessions_leave(sessions, &holds[i]);
    }
    struct session_hold finished;
    ck_assert(!take_session(20, &owner, &finished)); /* counts no more */
    struct session_hold last = started_session(30, &owner);
    must_refuse(31, &owner);
    sessions_leave(sessions, &finished);
    sessions_leave(sessions, &last);
    sessions_leave(sessions, &hold);
}
END_TEST

START_TEST(without_a_limit_nothing_is_counted)
{
    sessions_tear_down();
    create(0);
    struct test_owner owner = owner_at("10.0.0.1:1000");
    for (uint32_t number = 0; number < MAP_LIMIT; number++) {
        struct session_hold hold = started_session(number, &owner);
        ck_assert_ptr_null(hold.session->counted);
        sessions_leave(sessions, &hold);
    }
}
END_TEST

Suite *client_counts_suite(void)
{
    Suite *suite = suite_create("client-counts");
    TCase *counting = tcase_create("counting");
    suite_add_tcase(suite, counting);
    tcase_add_checked_fixture(counting, set_up, sessions_tear_down);
    tcase_add_test(counting, each_client_has_its_own_limit);
    tcase_add_test(counting, an_identity_is_the_client);
    tcase_add_test(counting, idle_sessions_count_until_they_are_evicted);
    tcase_add_test(counting, finished_sessions_count_no_more);
    tcase_add_test(counting, a_session_that_is_taken_over_counts_once);
    tcase_add_test(counting, a_start_that_is_refused_counts_nothing);
    tcase_add_test(counting, a_restored_session_counts_when_its_client_is_back);
    tcase_add_test(counting, without_a_limit_nothing_is_counted);
    return suite;
}
