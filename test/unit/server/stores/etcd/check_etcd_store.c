/* The store that servers share: each step of the protocol, with three servers on a model of etcd.
 */
#include "test/kit/etcd_peers.h"
#include "test/suites.h"

static const uint32_t one = 1;

/* The session `one`, of which peer 0 has sent 4 messages. */
static void start_one(struct ask *ask)
{
    ck_assert_int_eq(start_at(ask, &peers[0], one), ERROR_NONE);
    ck_assert(send_to(ask, 4));
}

START_TEST(a_session_is_written_before_it_is_found)
{
    struct ask ask;
    struct etcd_session record;
    const struct uuid uuid = peer_uuid(one);
    ask_start(&ask, &peers[0], one);
    ck_assert_int_eq(ask.answers, 0);
    ck_assert_ptr_null(sessions_find(peers[0].sessions, &uuid));
    etcd_peers_await(&ask, NS_PER_S);
    ck_assert_int_eq(ask.request.outcome, ERROR_NONE);
    ck_assert(owns(&peers[0], one));
    ck_assert(read_record(one, &record));
    ck_assert_uint_eq(record.owner, peers[0].id);
    ck_assert_uint_eq(record.record.n, PEER_N);
    ck_assert(!record.record.is_exact);
}
END_TEST

START_TEST(a_uuid_starts_once_among_all_servers)
{
    struct ask asks[3];
    for (int i = 0; i < 3; i++) {
        ask_start(&asks[i], &peers[i], one);
    }
    int started = 0;
    for (int i = 0; i < 3; i++) {
        etcd_peers_await(&asks[i], NS_PER_S);
        started += asks[i].request.outcome == ERROR_NONE ? 1 : 0;
        ck_assert(asks[i].request.outcome == ERROR_NONE ||
                  asks[i].request.outcome == ERROR_UUID_TAKEN);
    }
    ck_assert_int_eq(started, 1);
}
END_TEST

START_TEST(another_server_gets_the_exact_position)
{
    struct ask ask;
    struct ask other;
    start_one(&ask);
    ck_assert_int_eq(continue_at(&other, &peers[1], one, 2, 3), ERROR_NONE);
    ck_assert_int_eq(ask.lost, 1);
    ck_assert(!send_to(&ask, 5));
    ck_assert(other.request.before.was_owned);
    ck_assert_uint_eq(session_sent(other.request.hold.session), 4);
    ck_assert(session_is_exact(other.request.hold.session));
    ck_assert(!owns(&peers[0], one));
    ck_assert(owns(&peers[1], one));
    ck_assert_uint_eq(fake_etcd_keys(&etcd, "t/w/"), 0);
    etcd_peers_settle();
    ck_assert_uint_eq(fake_etcd_keys(&etcd, "t/h/"), 0);
    ask_release(&ask, &peers[0]);
    ask_release(&other, &peers[1]);
}
END_TEST

START_TEST(a_hand_over_needs_no_watch)
{
    struct ask ask;
    struct ask other;
    start_one(&ask);
    peers[0].link->loses_events = true;
    peers[1].link->loses_events = true;
    ck_assert_int_eq(continue_at(&other, &peers[1], one, 2, 4), ERROR_NONE);
    ck_assert_uint_eq(session_sent(other.request.hold.session), 4);
}
END_TEST

START_TEST(a_position_that_was_not_sent_changes_nothing)
{
    struct ask ask;
    struct ask other;
    start_one(&ask);
    ck_assert_int_eq(continue_at(&other, &peers[1], one, 2, 5), ERROR_WRONG_LAST_NUMBER);
    ck_assert_uint_eq(other.request.before.sent, 4);
    ck_assert_int_eq(ask.lost, 0);
    ck_assert(send_to(&ask, 5));
    ck_assert(owns(&peers[0], one));
}
END_TEST

START_TEST(an_older_attempt_changes_nothing)
{
    struct ask ask;
    struct ask again;
    struct ask other;
    start_one(&ask);
    ck_assert_int_eq(continue_at(&again, &peers[0], one, 5, 4), ERROR_NONE);
    ck_assert_int_eq(continue_at(&other, &peers[1], one, 5, 4), ERROR_OLDER_ATTEMPT);
    ck_assert_uint_eq(other.request.before.attempt, 5);
    ck_assert_int_eq(again.lost, 0);
    ck_assert(send_to(&again, 5));
    ck_assert_int_eq(continue_at(&other, &peers[1], one, 6, 4), ERROR_NONE);
    ck_assert_int_eq(again.lost, 1);
}
END_TEST

START_TEST(a_session_that_came_back_keeps_its_highest_attempt)
{
    struct ask ask;
    struct ask other;
    start_one(&ask);
    ck_assert_int_eq(continue_at(&other, &peers[1], one, 7, 4), ERROR_NONE);
    ck_assert_int_eq(continue_at(&ask, &peers[0], one, 0, 4), ERROR_NONE);
    ck_assert_int_eq(continue_at(&other, &peers[2], one, 7, 4), ERROR_OLDER_ATTEMPT);
    ck_assert_int_eq(continue_at(&other, &peers[2], one, 8, 4), ERROR_NONE);
}
END_TEST

START_TEST(another_client_gets_nothing)
{
    const struct client_key client = {{7}};
    struct ask ask;
    struct ask other = {.answers = 0};
    start_one(&ask);
    other.owner.client = &client;
    ask_look_up(&other, &peers[1], one);
    etcd_peers_await(&other, NS_PER_S);
    ck_assert_int_eq(other.request.outcome, ERROR_OTHER_CLIENT);
    ck_assert_int_eq(ask.lost, 0);
}
END_TEST

START_TEST(a_session_that_nobody_started_is_not_found)
{
    struct ask ask;
    ck_assert_int_eq(continue_at(&ask, &peers[1], 77, 1, 0), ERROR_NO_SESSION);
}
END_TEST

START_TEST(an_evicted_session_is_deleted)
{
    struct ask ask;
    struct ask other;
    start_one(&ask);
    const struct uuid uuid = peer_uuid(one);
    struct session *session = sessions_find(peers[0].sessions, &uuid);
    ask_release(&ask, &peers[0]);
    fake_link_fail(peers[0].link, FAKE_LOSE_ANSWER, "t/s/", 1);
    peers[0].store.listener.forgotten(&peers[0].store.listener, session);
    session_unref(session);
    etcd_peers_pass(NS_PER_S);
    ck_assert_uint_eq(peers[0].link->faults_done, 1);
    ck_assert_uint_eq(fake_etcd_keys(&etcd, "t/s/"), 0);
    ck_assert_int_eq(continue_at(&other, &peers[1], one, 2, 4), ERROR_NO_SESSION);
}
END_TEST

START_TEST(a_hundred_ask_at_once_and_one_has_it)
{
    enum { COUNT = 100 };
    static struct ask asks[COUNT];
    struct ask ask;
    start_one(&ask);
    int holders = 0;
    for (int i = 0; i < COUNT; i++) {
        asks[i] = (struct ask){.answers = 0};
        ask_look_up(&asks[i], &peers[i % 3], one);
    }
    etcd_peers_settle();
    for (int i = 0; i < COUNT; i++) {
        ck_assert_int_eq(asks[i].request.outcome, ERROR_NONE);
        ask_claim(&asks[i], &peers[i % 3], 0, 4);
    }
    for (int i = 0; i < COUNT; i++) {
        etcd_peers_await(&asks[i], 12 * NS_PER_S);
        ask_drop_session(&asks[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        const enum error outcome = asks[i].request.outcome;
        ck_assert(outcome == ERROR_NONE || outcome == ERROR_NO_SESSION ||
                  outcome == ERROR_STORE_AWAY);
        holders += outcome == ERROR_NONE && send_to(&asks[i], 5) ? 1 : 0;
    }
    ck_assert_int_le(holders, 1);
    ck_assert_int_eq(owns(&peers[0], one) + owns(&peers[1], one) + owns(&peers[2], one), 1);
}
END_TEST

Suite *etcd_store_suite(void)
{
    Suite *suite = suite_create("etcd-store");
    TCase *test_case = tcase_create("all");
    tcase_add_checked_fixture(test_case, etcd_peers_set_up, etcd_peers_tear_down);
    tcase_add_test(test_case, a_session_is_written_before_it_is_found);
    tcase_add_test(test_case, a_uuid_starts_once_among_all_servers);
    tcase_add_test(test_case, another_server_gets_the_exact_position);
    tcase_add_test(test_case, a_hand_over_needs_no_watch);
    tcase_add_test(test_case, a_position_that_was_not_sent_changes_nothing);
    tcase_add_test(test_case, an_older_attempt_changes_nothing);
    tcase_add_test(test_case, a_session_that_came_back_keeps_its_highest_attempt);
    tcase_add_test(test_case, another_client_gets_nothing);
    tcase_add_test(test_case, a_session_that_nobody_started_is_not_found);
    tcase_add_test(test_case, an_evicted_session_is_deleted);
    tcase_add_test(test_case, a_hundred_ask_at_once_and_one_has_it);
    suite_add_tcase(suite, test_case);
    return suite;
}
