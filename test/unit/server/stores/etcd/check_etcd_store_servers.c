/* The store that servers share, when servers stop: dead ones, and those that drain. */
#include "test/kit/etcd_peers.h"
#include "test/suites.h"

/* ---- Servers that stop ----------------------------------------------------------------------- */

START_TEST(the_sessions_of_a_dead_server_are_claimed)
{
    struct ask ask;
    struct ask other = {.answers = 0};
    start_first(&ask);
    peers[0].is_stopped = true;
    ask_look_up(&other, &peers[1], FIRST);
    etcd_peers_await(&other, NS_PER_S);
    ck_assert(!session_is_exact(other.request.session));
    if (_i == 1) {
        fake_link_fail(peers[1].link, FAKE_LOSE_ANSWER, "t/d/", 1);
    } else if (_i == 2) {
        fake_link_fail(peers[1].link, FAKE_LOSE_ANSWER, "t/s/", 3);
    }
    ask_claim(&other, &peers[1], 2, 7);
    etcd_peers_pass(4 * NS_PER_S);
    ck_assert_int_eq(other.answers, 0);
    etcd_peers_await(&other, 6 * NS_PER_S);
    ask_drop_session(&other);
    ck_assert_int_eq(other.request.outcome, ERROR_NONE);
    ck_assert(!session_is_exact(other.request.hold.session));
    ck_assert(owns(&peers[1], FIRST));
    ck_assert(!owns(&peers[0], FIRST)); /* its time was over before */

    peers[0].is_stopped = false;
    const uint64_t id = peers[0].id;
    etcd_peers_pass(NS_PER_S);
    ck_assert_uint_ne(peers[0].id, id);
    ck_assert_int_eq(ask.lost, 1);
    ck_assert(session_is_abandoned(ask.request.hold.session));
    ck_assert(!send_to(&ask, 5));
    ask_release(&ask, &peers[0]);
    ck_assert_uint_eq(sessions_count(peers[0].sessions), 0);
    ck_assert_int_eq(start_at(&ask, &peers[0], 2), ERROR_NONE);
}
END_TEST

START_TEST(a_server_that_is_back_in_time_keeps_its_sessions)
{
    struct ask ask;
    start_first(&ask);
    peers[0].is_stopped = true;
    etcd_peers_pass(20 * NS_PER_S); /* nobody wants its session */
    ck_assert(!owns(&peers[0], FIRST));
    peers[0].is_stopped = false;
    etcd_peers_pass(NS_PER_S);
    ck_assert(owns(&peers[0], FIRST));
    ck_assert(send_to(&ask, 5));
    ck_assert_int_eq(ask.lost, 0);
}
END_TEST

START_TEST(a_predecessor_that_has_ended_is_not_waited_for)
{
    struct ask ask;
    struct ask other;
    start_first(&ask);
    peers[0].is_stopped = true;
    struct peer *next = etcd_peers_add(peers[0].id);
    etcd_peers_settle();
    ck_assert_int_eq(continue_at(&other, _i == 0 ? next : &peers[1], FIRST, 2, 4), ERROR_NONE);
    ck_assert(owns(_i == 0 ? next : &peers[1], FIRST));
}
END_TEST

START_TEST(a_claim_that_waits_goes_on_when_a_predecessor_is_buried)
{
    struct ask ask;
    struct ask other = {.answers = 0};
    start_first(&ask);
    peers[0].is_stopped = true;
    ask_look_up(&other, &peers[1], FIRST);
    etcd_peers_await(&other, NS_PER_S);
    ask_claim(&other, &peers[1], 2, 4);
    etcd_peers_pass(NS_PER_S);
    ck_assert_int_eq(other.answers, 0);
    (void)etcd_peers_add(peers[0].id);
    etcd_peers_await(&other, PEER_STEP);
    ask_drop_session(&other);
    ck_assert_int_eq(other.request.outcome, ERROR_NONE);
}
END_TEST

/* ---- Draining -------------------------------------------------------------------------------- */

START_TEST(a_server_that_drains_gives_its_sessions_to_nobody)
{
    enum { COUNT = 250 };
    static struct ask asks[COUNT];
    struct ask other;
    struct etcd_session record;
    for (uint32_t i = 0; i < COUNT; i++) {
        ck_assert_int_eq(start_at(&asks[i], &peers[0], i), ERROR_NONE);
        ck_assert(send_to(&asks[i], i % PEER_N + 1));
        if (i > 0) {
            ask_release(&asks[i], &peers[0]);
        }
    }
    if (_i == 1) {
        fake_link_fail(peers[0].link, FAKE_LOSE_ANSWER, "t/s/", 3);
    }
    const uint64_t transactions = etcd.transactions;
    peers[0].store.store.drain(&peers[0].store.store);
    etcd_peers_pass(NS_PER_S);
    ck_assert_uint_le(etcd.transactions - transactions, 20);
    for (uint32_t i = 1; i < COUNT; i++) {
        ck_assert(read_record(i, &record));
        ck_assert_uint_eq(record.owner, ETCD_NOBODY);
        ck_assert(record.record.is_exact);
        ck_assert_uint_eq(record.record.sent, i % PEER_N + 1);
    }
    ck_assert_int_eq(continue_at(&other, &peers[1], 7, 2, 8), ERROR_NONE);
    ck_assert_int_eq(continue_at(&other, &peers[1], 8, 2, PEER_N + 1), ERROR_WRONG_LAST_NUMBER);
    ask_release(&asks[0], &peers[0]);
    etcd_peers_settle();
    ck_assert(read_record(0, &record));
    ck_assert_uint_eq(record.owner, ETCD_NOBODY);
    etcd_store_end(&peers[0].store);
    etcd_peers_pass(NS_PER_S);
    ck_assert(peers[0].has_ended);
    ck_assert_uint_eq(fake_etcd_keys(&etcd, "t/v/"), 2);
    ck_assert_uint_eq(fake_etcd_keys(&etcd, "t/d/"), 1);
}
END_TEST

START_TEST(a_server_whose_etcd_is_away_ends_all_the_same)
{
    struct ask ask;
    start_first(&ask);
    ask_release(&ask, &peers[0]);
    peers[0].link->is_away = true;
    peers[0].store.store.drain(&peers[0].store.store);
    etcd_store_end(&peers[0].store);
    etcd_peers_pass(3 * NS_PER_S);
    ck_assert(peers[0].has_ended);
}
END_TEST

Suite *etcd_store_servers_suite(void)
{
    Suite *suite = suite_create("etcd-store-servers");
    TCase *test_case = tcase_create("all");
    tcase_add_checked_fixture(test_case, etcd_peers_set_up, etcd_peers_tear_down);
    tcase_add_loop_test(test_case, the_sessions_of_a_dead_server_are_claimed, 0, 3);
    tcase_add_test(test_case, a_server_that_is_back_in_time_keeps_its_sessions);
    tcase_add_loop_test(test_case, a_predecessor_that_has_ended_is_not_waited_for, 0, 2);
    tcase_add_test(test_case, a_claim_that_waits_goes_on_when_a_predecessor_is_buried);
    tcase_add_loop_test(test_case, a_server_that_drains_gives_its_sessions_to_nobody, 0, 2);
    tcase_add_test(test_case, a_server_whose_etcd_is_away_ends_all_the_same);
    suite_add_tcase(suite, test_case);
    return suite;
}
