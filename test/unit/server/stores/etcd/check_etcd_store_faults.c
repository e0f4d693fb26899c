/* The store that servers share, when answers are lost, calls come late, and servers or etcd fail.
 */
#include "test/kit/etcd_peers.h"
#include "test/suites.h"

static const uint32_t one = 1;

static void start_one(struct ask *ask)
{
    ck_assert_int_eq(start_at(ask, &peers[0], one), ERROR_NONE);
    ck_assert(send_to(ask, 4));
}

/* ---- Lost answers ---------------------------------------------------------------------------- */

START_TEST(a_start_whose_answer_is_lost_is_known_by_its_nonce)
{
    struct ask ask;
    fake_link_fail(peers[0].link, FAKE_LOSE_ANSWER, "t/s/", 1);
    const uint64_t before = etcd.transactions;
    ck_assert_int_eq(start_at(&ask, &peers[0], one), ERROR_NONE);
    ck_assert_uint_eq(peers[0].link->faults_done, 1);
    ck_assert_uint_eq(etcd.transactions - before, 2); /* it is not written again */
    ck_assert(owns(&peers[0], one));
}
END_TEST

START_TEST(a_start_that_was_given_up_can_be_continued)
{
    struct ask ask;
    fake_link_fail(peers[0].link, FAKE_LOSE_ANSWER, "t/s/", 1000);
    ck_assert_int_eq(start_at(&ask, &peers[0], one), ERROR_STORE_AWAY);
    ck_assert(!owns(&peers[0], one));
    fake_link_fail(peers[0].link, FAKE_NO_FAULT, NULL, 0);
    etcd_peers_pass(3 * NS_PER_S);
    ck_assert_int_eq(continue_at(&ask, &peers[(int)_i], one, 2, 0), ERROR_NONE);
    ck_assert(owns(&peers[(int)_i], one));
    ck_assert(!owns(&peers[1 - (int)_i], one));
}
END_TEST

START_TEST(a_start_in_the_place_of_one_that_was_given_up_succeeds)
{
    struct ask ask;
    fake_link_fail(peers[0].link, FAKE_LOSE_ANSWER, "t/s/", 1000);
    ck_assert_int_eq(start_at(&ask, &peers[0], one), ERROR_STORE_AWAY);
    fake_link_fail(peers[0].link, FAKE_NO_FAULT, NULL, 0);
    etcd_peers_pass(3 * NS_PER_S);
    ck_assert_int_eq(start_at(&ask, &peers[0], one), ERROR_NONE);
}
END_TEST

START_TEST(a_wish_whose_answer_is_lost_is_made_again)
{
    struct ask ask;
    struct ask other;
    start_one(&ask);
    fake_link_fail(peers[1].link, FAKE_LOSE_ANSWER, "t/w/", 1);
    ck_assert_int_eq(continue_at(&other, &peers[1], one, 2, 4), ERROR_NONE);
    ck_assert_uint_eq(peers[1].link->faults_done, 1);
    ck_assert_uint_eq(session_sent(other.request.hold.session), 4);
}
END_TEST

START_TEST(a_hand_over_whose_answer_is_lost_is_not_made_twice)
{
    struct ask ask;
    struct ask other;
    start_one(&ask);
    const struct etcd_key answers = etcd_key_answers("t", peers[1].id);
    fake_link_fail(peers[0].link, FAKE_LOSE_ANSWER, answers.text, 2);
    ck_assert_int_eq(continue_at(&other, &peers[1], one, 2, 4), ERROR_NONE);
    ck_assert(peers[0].link->faults_done > 0);
    etcd_peers_pass(NS_PER_S);
    ck_assert(!owns(&peers[0], one));
    ck_assert(send_to(&other, 5));
    ck_assert_int_eq(other.lost, 0);
}
END_TEST

/* Until it is known the session stays withdrawn: nobody continues it at the old server. */
START_TEST(a_hand_over_that_comes_late_is_fenced)
{
    struct ask ask;
    struct ask other = {.answers = 0};
    struct ask local = {.answers = 0};
    start_one(&ask);
    ask_look_up(&other, &peers[1], one);
    etcd_peers_await(&other, NS_PER_S);
    const struct etcd_key answers = etcd_key_answers("t", peers[1].id);
    fake_link_fail(peers[0].link, FAKE_DELAY, answers.text, 1000);
    ask_claim(&other, &peers[1], 2, 4);
    etcd_peers_pass(NS_PER_S);
    ck_assert_int_eq(ask.lost, 1);
    ck_assert(!owns(&peers[0], one));
    ask_look_up(&local, &peers[0], one);
    etcd_peers_pass(3 * NS_PER_S);
    ck_assert_int_eq(local.request.outcome, ERROR_STORE_AWAY);
    fake_link_fail(peers[0].link, FAKE_NO_FAULT, NULL, 0);
    fake_etcd_catch_up(&etcd);
    etcd_peers_await(&other, 5 * NS_PER_S);
    ask_drop_session(&other);
    ck_assert_int_eq(other.request.outcome, ERROR_NONE);
    ck_assert(owns(&peers[1], one));
    ck_assert(!owns(&peers[0], one));
}
END_TEST

START_TEST(a_session_that_comes_when_nobody_waits_is_found)
{
    struct ask ask;
    struct ask other = {.answers = 0};
    start_one(&ask);
    ask_look_up(&other, &peers[1], one);
    etcd_peers_await(&other, NS_PER_S);
    const struct etcd_key answers = etcd_key_answers("t", peers[1].id);
    fake_link_fail(peers[0].link, FAKE_LOSE_CALL, answers.text, 100000);
    ask_claim(&other, &peers[1], 2, 4);
    etcd_peers_await(&other, 10 * NS_PER_S);
    ask_drop_session(&other);
    ck_assert_int_eq(other.request.outcome, ERROR_STORE_AWAY);
    fake_link_fail(peers[0].link, FAKE_NO_FAULT, NULL, 0);
    etcd_peers_pass(3 * NS_PER_S);
    ck_assert_int_eq(continue_at(&other, &peers[2], one, 3, 4), ERROR_NONE);
    ck_assert_uint_eq(session_sent(other.request.hold.session), 4);
    ck_assert(owns(&peers[2], one));
}
END_TEST

/* ---- Servers that stop ----------------------------------------------------------------------- */

START_TEST(the_sessions_of_a_dead_server_are_claimed)
{
    struct ask ask;
    struct ask other = {.answers = 0};
    start_one(&ask);
    peers[0].is_stopped = true;
    ask_look_up(&other, &peers[1], one);
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
    ck_assert(owns(&peers[1], one));
    ck_assert(!owns(&peers[0], one)); /* its time was over before */

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
    start_one(&ask);
    peers[0].is_stopped = true;
    etcd_peers_pass(20 * NS_PER_S); /* nobody wants its session */
    ck_assert(!owns(&peers[0], one));
    peers[0].is_stopped = false;
    etcd_peers_pass(NS_PER_S);
    ck_assert(owns(&peers[0], one));
    ck_assert(send_to(&ask, 5));
    ck_assert_int_eq(ask.lost, 0);
}
END_TEST

START_TEST(a_predecessor_that_has_ended_is_not_waited_for)
{
    struct ask ask;
    struct ask other;
    start_one(&ask);
    peers[0].is_stopped = true;
    struct peer *next = etcd_peers_add(peers[0].id);
    etcd_peers_settle();
    ck_assert_int_eq(continue_at(&other, _i == 0 ? next : &peers[1], one, 2, 4), ERROR_NONE);
    ck_assert(owns(_i == 0 ? next : &peers[1], one));
}
END_TEST

START_TEST(a_claim_that_waits_goes_on_when_a_predecessor_is_buried)
{
    struct ask ask;
    struct ask other = {.answers = 0};
    start_one(&ask);
    peers[0].is_stopped = true;
    ask_look_up(&other, &peers[1], one);
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
    start_one(&ask);
    ask_release(&ask, &peers[0]);
    peers[0].link->is_away = true;
    peers[0].store.store.drain(&peers[0].store.store);
    etcd_store_end(&peers[0].store);
    etcd_peers_pass(3 * NS_PER_S);
    ck_assert(peers[0].has_ended);
}
END_TEST

/* ---- etcd fails ------------------------------------------------------------------------------ */

START_TEST(while_etcd_is_away_sessions_go_on_for_their_time)
{
    struct ask ask;
    struct ask other;
    struct store_status status;
    start_one(&ask);
    peers[0].link->is_away = true;
    ck_assert_int_eq(start_at(&other, &peers[0], 2), ERROR_STORE_AWAY); /* within two seconds */
    ck_assert(owns(&peers[0], one));
    etcd_peers_pass(NS_PER_S);
    peers[0].store.store.status(&peers[0].store.store, &status);
    ck_assert_int_eq(status.state, STORE_STATE_FAILING);
    ask_start(&other, &peers[0], 2); /* at once by now */
    ck_assert_int_eq(other.answers, 1);
    ck_assert_int_eq(other.request.outcome, ERROR_STORE_AWAY);
    etcd_peers_pass(6 * NS_PER_S);
    ck_assert(!owns(&peers[0], one));
    peers[0].link->is_away = false;
    etcd_peers_pass(NS_PER_S);
    ck_assert(owns(&peers[0], one));
    ck_assert_int_eq(ask.lost, 0);
    ck_assert_int_eq(start_at(&other, &peers[0], 2), ERROR_NONE);
    peers[0].store.store.status(&peers[0].store.store, &status);
    ck_assert_int_eq(status.state, STORE_STATE_OK);
    ck_assert_uint_eq(status.refusals, 2);
}
END_TEST

START_TEST(when_etcd_is_emptied_all_sessions_end)
{
    struct ask ask;
    struct ask other;
    start_one(&ask);
    fake_etcd_empty(&etcd);
    etcd_peers_pass(3 * NS_PER_S);
    ck_assert_int_eq(ask.lost, 1);
    ck_assert(session_is_abandoned(ask.request.hold.session));
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(continue_at(&other, &peers[i], one, 2, 4), ERROR_NO_SESSION);
    }
    ck_assert_int_eq(start_at(&other, &peers[1], one), ERROR_NONE);
}
END_TEST

START_TEST(a_full_etcd_refuses_starts_and_takes_deletes)
{
    struct ask ask;
    struct ask other;
    struct store_status status;
    start_one(&ask);
    const struct uuid uuid = peer_uuid(one);
    etcd.is_full = true;
    ck_assert_int_eq(start_at(&other, &peers[0], 2), ERROR_STORE_FULL);
    peers[0].store.store.status(&peers[0].store.store, &status);
    ck_assert_int_eq(status.state, STORE_STATE_FULL);
    etcd_peers_pass(20 * NS_PER_S);
    ck_assert(owns(&peers[0], one)); /* what exists goes on */
    ck_assert_int_eq(continue_at(&other, &peers[1], one, 2, 4), ERROR_NONE);
    ck_assert_int_eq(continue_at(&ask, &peers[0], one, 3, 4), ERROR_NONE);
    ask_release(&ask, &peers[0]);
    struct session *session = sessions_find(peers[0].sessions, &uuid);
    peers[0].store.listener.forgotten(&peers[0].store.listener, session);
    session_unref(session);
    etcd_peers_settle();
    ck_assert_uint_eq(fake_etcd_keys(&etcd, "t/s/"), 0);
    etcd.is_full = false;
    etcd_peers_pass(NS_PER_S);
    ck_assert_int_eq(start_at(&other, &peers[0], 2), ERROR_NONE);
}
END_TEST

START_TEST(a_start_whose_lease_is_lost_gets_another_one)
{
    struct ask ask;
    fake_link_fail(peers[0].link, FAKE_LOSE_LEASE, "t/s/", 1);
    ck_assert_int_eq(start_at(&ask, &peers[0], one), ERROR_NONE);
    ck_assert_uint_eq(peers[0].link->faults_done, 1);
}
END_TEST

START_TEST(records_that_went_with_their_lease_come_back)
{
    struct ask ask;
    struct ask other;
    start_one(&ask);
    fake_etcd_revoke(&etcd, "t/s/");
    if (_i == 1) {
        ck_assert_int_eq(start_at(&other, &peers[1], one), ERROR_NONE);
    }
    etcd_peers_pass(3 * ETCD_REFRESH);
    struct etcd_session record;
    ck_assert(read_record(one, &record));
    ck_assert_uint_eq(record.owner, peers[_i].id); /* it is not taken from who has begun anew */
    if (_i == 0) {
        ck_assert_int_eq(continue_at(&other, &peers[1], one, 2, 4), ERROR_NONE);
        ck_assert_uint_eq(session_sent(other.request.hold.session), 4);
    }
}
END_TEST

START_TEST(records_of_live_sessions_are_written_again)
{
    struct ask ask;
    struct etcd_session before;
    start_one(&ask);
    const struct uuid uuid = peer_uuid(one);
    struct session *session = sessions_find(peers[0].sessions, &uuid);
    struct session_record first;
    struct session_record later;
    sessions_describe(peers[0].sessions, session, &first);
    etcd_peers_pass(3 * ETCD_REFRESH);
    sessions_describe(peers[0].sessions, session, &later);
    session_unref(session);
    ck_assert_uint_gt(later.generation, first.generation);
    ck_assert(read_record(one, &before));
    ck_assert_int_eq(ask.lost, 0);
}
END_TEST

Suite *etcd_store_faults_suite(void)
{
    Suite *suite = suite_create("etcd-store-faults");
    TCase *test_case = tcase_create("all");
    tcase_add_checked_fixture(test_case, etcd_peers_set_up, etcd_peers_tear_down);
    tcase_add_test(test_case, a_start_whose_answer_is_lost_is_known_by_its_nonce);
    tcase_add_loop_test(test_case, a_start_that_was_given_up_can_be_continued, 0, 2);
    tcase_add_test(test_case, a_start_in_the_place_of_one_that_was_given_up_succeeds);
    tcase_add_test(test_case, a_wish_whose_answer_is_lost_is_made_again);
    tcase_add_test(test_case, a_hand_over_whose_answer_is_lost_is_not_made_twice);
    tcase_add_test(test_case, a_hand_over_that_comes_late_is_fenced);
    tcase_add_test(test_case, a_session_that_comes_when_nobody_waits_is_found);
    tcase_add_loop_test(test_case, the_sessions_of_a_dead_server_are_claimed, 0, 3);
    tcase_add_test(test_case, a_server_that_is_back_in_time_keeps_its_sessions);
    tcase_add_loop_test(test_case, a_predecessor_that_has_ended_is_not_waited_for, 0, 2);
    tcase_add_test(test_case, a_claim_that_waits_goes_on_when_a_predecessor_is_buried);
    tcase_add_loop_test(test_case, a_server_that_drains_gives_its_sessions_to_nobody, 0, 2);
    tcase_add_test(test_case, a_server_whose_etcd_is_away_ends_all_the_same);
    tcase_add_test(test_case, while_etcd_is_away_sessions_go_on_for_their_time);
    tcase_add_test(test_case, when_etcd_is_emptied_all_sessions_end);
    tcase_add_test(test_case, a_full_etcd_refuses_starts_and_takes_deletes);
    tcase_add_test(test_case, a_start_whose_lease_is_lost_gets_another_one);
    tcase_add_loop_test(test_case, records_that_went_with_their_lease_come_back, 0, 2);
    tcase_add_test(test_case, records_of_live_sessions_are_written_again);
    suite_add_tcase(suite, test_case);
    return suite;
}
