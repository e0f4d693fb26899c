/* The store that servers share, when etcd loses leases or grants none: no record may stay for ever.
 */
#include "test/kit/etcd_peers.h"
#include "test/suites.h"

enum { SECOND = 2, THIRD = 3 };

static void must_have_leases(size_t sessions)
{
    ck_assert_uint_eq(fake_etcd_keys(&etcd, "t/s/"), sessions);
    ck_assert_uint_eq(fake_etcd_keys_for_ever(&etcd, "t/s/"), 0);
    ck_assert_uint_eq(fake_etcd_keys_for_ever(&etcd, "t/d/"), 0);
}

START_TEST(a_start_whose_lease_is_lost_gets_another_one)
{
    struct ask ask;
    fake_link_fail(peers[0].link, FAKE_LOSE_LEASE, "t/s/", 1);
    ck_assert_int_eq(start_at(&ask, &peers[0], FIRST), ERROR_NONE);
    ck_assert_uint_eq(peers[0].link->faults_done, 1);
    must_have_leases(1);
}
END_TEST

START_TEST(until_a_lease_comes_starts_wait_and_streams_go_on)
{
    struct ask ask;
    struct ask second;
    struct ask third;
    start_first(&ask);
    etcd.withholds_leases = true;
    fake_link_fail(peers[0].link, FAKE_LOSE_LEASE, "t/s/", 1);
    ask_start(&second, &peers[0], SECOND);
    etcd_peers_await(&second, ETCD_ANSWER_TIME);
    ck_assert_int_eq(second.request.outcome, ERROR_STORE_AWAY);
    etcd_peers_pass(10 * NS_PER_S); /* longer than a server lives without a heartbeat */
    ck_assert(owns(&peers[0], FIRST));
    ck_assert(send_to(&ask, 5));
    ask_start(&third, &peers[0], THIRD);
    etcd_peers_pass(NS_PER_S);
    ck_assert_int_eq(third.answers, 0);
    must_have_leases(1);
    etcd.withholds_leases = false;
    etcd_peers_await(&third, NS_PER_S / 2);
    ck_assert_int_eq(third.request.outcome, ERROR_NONE);
    ck_assert_int_eq(start_at(&second, &peers[0], SECOND), ERROR_NONE);
    must_have_leases(3);
    ck_assert_int_eq(ask.lost, 0);
}
END_TEST

START_TEST(the_first_lease_comes_before_the_server)
{
    struct ask ask;
    etcd.withholds_leases = true;
    struct peer *peer = etcd_peers_add(12);
    ask_start(&ask, peer, FIRST);
    etcd_peers_await(&ask, ETCD_ANSWER_TIME);
    ck_assert_int_eq(ask.request.outcome, ERROR_STORE_AWAY);
    ck_assert_uint_eq(fake_etcd_keys(&etcd, "t/v/"), 3);
    etcd.withholds_leases = false;
    etcd_peers_pass(NS_PER_S);
    ck_assert_int_eq(start_at(&ask, peer, FIRST), ERROR_NONE);
    ck_assert_uint_eq(fake_etcd_keys(&etcd, "t/d/"), 1);
    must_have_leases(1);
}
END_TEST

/* Else the server would come to nothing until the lease is renewed, minutes later. */
START_TEST(a_server_whose_first_lease_is_lost_takes_another_one)
{
    struct ask ask;
    struct peer *peer = etcd_peers_add(12);
    const int64_t before = etcd.lease;
    fake_link_fail(peer->link, FAKE_LOSE_LEASE, "t/d/", 1);
    etcd_peers_pass(NS_PER_S);
    ck_assert_uint_eq(peer->link->faults_done, 1);
    ck_assert_int_eq(etcd.lease, before + 2);
    ck_assert_int_eq(start_at(&ask, peer, FIRST), ERROR_NONE);
    must_have_leases(1);
}
END_TEST

/* A server that joins a full etcd has no lease. As soon as etcd has room again, but before it has
 * granted one, no session may begin. */
START_TEST(a_start_waits_for_the_lease_that_a_full_etcd_refused)
{
    struct ask ask;
    etcd.is_full = true;
    struct peer *peer = etcd_peers_add(0);
    ck_assert_int_eq(start_at(&ask, peer, FIRST), ERROR_STORE_FULL);
    etcd.is_full = false;
    ck_assert_int_eq(start_at(&ask, peer, FIRST), ERROR_STORE_FULL);
    must_have_leases(0);
    etcd_peers_pass(NS_PER_S / 2);
    ck_assert_int_eq(start_at(&ask, peer, FIRST), ERROR_NONE);
    must_have_leases(1);
}
END_TEST

START_TEST(what_a_full_etcd_took_without_a_lease_is_written_again)
{
    struct ask ask;
    struct ask other;
    start_first(&ask);
    ask_release(&ask, &peers[0]);
    peers[0].store.store.drain(&peers[0].store.store);
    etcd_peers_pass(NS_PER_S);
    etcd.is_full = true;
    struct peer *peer = etcd_peers_add(0);
    ck_assert_int_eq(continue_at(&other, peer, FIRST, 2, 4), ERROR_NONE);
    ck_assert_uint_eq(fake_etcd_keys_for_ever(&etcd, "t/s/"), 1);
    etcd.is_full = false;
    etcd_peers_pass(NS_PER_S);
    must_have_leases(1);
    ck_assert_int_eq(other.lost, 0);
}
END_TEST

Suite *etcd_store_leases_suite(void)
{
    Suite *suite = suite_create("etcd-store-leases");
    TCase *test_case = tcase_create("all");
    tcase_add_checked_fixture(test_case, etcd_peers_set_up, etcd_peers_tear_down);
    tcase_add_test(test_case, a_start_whose_lease_is_lost_gets_another_one);
    tcase_add_test(test_case, until_a_lease_comes_starts_wait_and_streams_go_on);
    tcase_add_test(test_case, the_first_lease_comes_before_the_server);
    tcase_add_test(test_case, a_server_whose_first_lease_is_lost_takes_another_one);
    tcase_add_test(test_case, a_start_waits_for_the_lease_that_a_full_etcd_refused);
    tcase_add_test(test_case, what_a_full_etcd_took_without_a_lease_is_written_again);
    suite_add_tcase(suite, test_case);
    return suite;
}
