/* The store that servers share, when answers are lost, calls come late, and etcd fails. */
#include "test/kit/etcd_peers.h"
#include "test/suites.h"

/* ---- Lost answers ---------------------------------------------------------------------------- */

START_TEST(a_start_whose_answer_is_lost_is_known_by_its_nonce)
{
    struct ask ask;
    fake_link_fail(peers[0].link, FAKE_LOSE_ANSWER, "t/s/", 1);
    const uint64_t before = etcd.transactions;
    ck_assert_int_eq(start_at(&ask, &peers[0], FIRST), ERROR_NONE);
    ck_assert_uint_eq(peers[0].link->faults_done, 1);
    ck_assert_uint_eq(etcd.transactions - before, 2); /* it is not written again */
    ck_assert(owns(&peers[0], FIRST));
}
END_TEST

START_TEST(a_start_that_was_given_up_can_be_continued)
{
    struct ask ask;
    fake_link_fail(peers[0].link, FAKE_LOSE_ANSWER, "t/s/", 1000);
    ck_assert_int_eq(start_at(&ask, &peers[0], FIRST), ERROR_STORE_AWAY);
    ck_assert(!owns(&peers[0], FIRST));
    fake_link_fail(peers[0].link, FAKE_NO_FAULT, NULL, 0);
    etcd_peers_pass(3 * NS_PER_S);
    ck_assert_int_eq(continue_at(&ask, &peers[(int)_i], FIRST, 2, 0), ERROR_NONE);
    ck_assert(owns(&peers[(int)_i], FIRST));
    ck_assert(!owns(&peers[1 - (int)_i], FIRST));
}
END_TEST

START_TEST(a_start_in_the_place_of_one_that_was_given_up_succeeds)
{
    struct ask ask;
    fake_link_fail(peers[0].link, FAKE_LOSE_ANSWER, "t/s/", 1000);
    ck_assert_int_eq(start_at(&ask, &peers[0], FIRST), ERROR_STORE_AWAY);
    fake_link_fail(peers[0].link, FAKE_NO_FAULT, NULL, 0);
    etcd_peers_pass(3 * NS_PER_S);
    ck_assert_int_eq(start_at(&ask, &peers[0], FIRST), ERROR_NONE);
}
END_TEST

START_TEST(a_wish_whose_answer_is_lost_is_made_again)
{
    struct ask ask;
    struct ask other;
    start_first(&ask);
    fake_link_fail(peers[1].link, FAKE_LOSE_ANSWER, "t/w/", 1);
    ck_assert_int_eq(continue_at(&other, &peers[1], FIRST, 2, 4), ERROR_NONE);
    ck_assert_uint_eq(peers[1].link->faults_done, 1);
    ck_assert_uint_eq(session_sent(other.request.hold.session), 4);
}
END_TEST

START_TEST(a_hand_over_whose_answer_is_lost_is_not_made_twice)
{
    struct ask ask;
    struct ask other;
    start_first(&ask);
    const struct etcd_key answers = etcd_key_answers("t", peers[1].id);
    fake_link_fail(peers[0].link, FAKE_LOSE_ANSWER, answers.text, 2);
    ck_assert_int_eq(continue_at(&other, &peers[1], FIRST, 2, 4), ERROR_NONE);
    ck_assert(peers[0].link->faults_done > 0);
    etcd_peers_pass(NS_PER_S);
    ck_assert(!owns(&peers[0], FIRST));
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
    start_first(&ask);
    ask_look_up(&other, &peers[1], FIRST);
    etcd_peers_await(&other, NS_PER_S);
    const struct etcd_key answers = etcd_key_answers("t", peers[1].id);
    fake_link_fail(peers[0].link, FAKE_DELAY, answers.text, 1000);
    ask_claim(&other, &peers[1], 2, 4);
    etcd_peers_pass(NS_PER_S);
    ck_assert_int_eq(ask.lost, 1);
    ck_assert(!owns(&peers[0], FIRST));
    ask_look_up(&local, &peers[0], FIRST);
    etcd_peers_pass(3 * NS_PER_S);
    ck_assert_int_eq(local.request.outcome, ERROR_STORE_AWAY);
    fake_link_fail(peers[0].link, FAKE_NO_FAULT, NULL, 0);
    fake_etcd_catch_up(&etcd);
    etcd_peers_await(&other, 5 * NS_PER_S);
    ask_drop_session(&other);
    ck_assert_int_eq(other.request.outcome, ERROR_NONE);
    ck_assert(owns(&peers[1], FIRST));
    ck_assert(!owns(&peers[0], FIRST));
}
END_TEST

START_TEST(a_session_that_comes_when_nobody_waits_is_found)
{
    struct ask ask;
    struct ask other = {.answers = 0};
    start_first(&ask);
    ask_look_up(&other, &peers[1], FIRST);
    etcd_peers_await(&other, NS_PER_S);
    const struct etcd_key answers = etcd_key_answers("t", peers[1].id);
    fake_link_fail(peers[0].link, FAKE_LOSE_CALL, answers.text, 100000);
    ask_claim(&other, &peers[1], 2, 4);
    etcd_peers_await(&other, 10 * NS_PER_S);
    ask_drop_session(&other);
    ck_assert_int_eq(other.request.outcome, ERROR_STORE_AWAY);
    fake_link_fail(peers[0].link, FAKE_NO_FAULT, NULL, 0);
    etcd_peers_pass(3 * NS_PER_S);
    ck_assert_int_eq(continue_at(&other, &peers[2], FIRST, 3, 4), ERROR_NONE);
    ck_assert_uint_eq(session_sent(other.request.hold.session), 4);
    ck_assert(owns(&peers[2], FIRST));
}
END_TEST

/* By a server with a bug, or by an attacker. */
START_TEST(an_answer_that_cannot_be_is_not_believed)
{
    struct ask ask;
    struct ask other = {.answers = 0};
    start_first(&ask);
    ask_look_up(&other, &peers[1], FIRST);
    etcd_peers_await(&other, NS_PER_S);
    peers[0].is_stopped = true;
    ask_claim(&other, &peers[1], 2, 4);
    etcd_peers_settle();
    const struct etcd_answer forged = {.uuid = peer_uuid(FIRST),
                                       .nonce = peers[1].store.core.nonce,
                                       .outcome = ETCD_GIVEN,
                                       .sent = PEER_N + 2,
                                       .is_exact = true};
    etcd_core_hear_answer(&peers[1].store.core, &forged, etcd.revision);
    ck_assert_int_eq(other.answers, 0);
    peers[0].is_stopped = false;
    etcd_peers_await(&other, 3 * NS_PER_S);
    ask_drop_session(&other);
    ck_assert_int_eq(other.request.outcome, ERROR_NONE);
    ck_assert_uint_eq(session_sent(other.request.hold.session), 4);
}
END_TEST

/* ---- etcd fails ------------------------------------------------------------------------------ */

START_TEST(while_etcd_is_away_sessions_go_on_for_their_time)
{
    struct ask ask;
    struct ask other;
    struct store_status status;
    start_first(&ask);
    peers[0].link->is_away = true;
    ck_assert_int_eq(start_at(&other, &peers[0], 2), ERROR_STORE_AWAY); /* within two seconds */
    ck_assert(owns(&peers[0], FIRST));
    etcd_peers_pass(NS_PER_S);
    peers[0].store.store.status(&peers[0].store.store, &status);
    ck_assert_int_eq(status.state, STORE_STATE_FAILING);
    ask_start(&other, &peers[0], 2); /* at once by now */
    ck_assert_int_eq(other.answers, 1);
    ck_assert_int_eq(other.request.outcome, ERROR_STORE_AWAY);
    etcd_peers_pass(6 * NS_PER_S);
    ck_assert(!owns(&peers[0], FIRST));
    peers[0].link->is_away = false;
    etcd_peers_pass(NS_PER_S);
    ck_assert(owns(&peers[0], FIRST));
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
    start_first(&ask);
    fake_etcd_empty(&etcd);
    etcd_peers_pass(3 * NS_PER_S);
    ck_assert_int_eq(ask.lost, 1);
    ck_assert(session_is_abandoned(ask.request.hold.session));
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(continue_at(&other, &peers[i], FIRST, 2, 4), ERROR_NO_SESSION);
    }
    ck_assert_int_eq(start_at(&other, &peers[1], FIRST), ERROR_NONE);
}
END_TEST

START_TEST(a_full_etcd_refuses_starts_and_takes_deletes)
{
    struct ask ask;
    struct ask other;
    struct store_status status;
    start_first(&ask);
    const struct uuid uuid = peer_uuid(FIRST);
    etcd.is_full = true;
    ck_assert_int_eq(start_at(&other, &peers[0], 2), ERROR_STORE_FULL);
    peers[0].store.store.status(&peers[0].store.store, &status);
    ck_assert_int_eq(status.state, STORE_STATE_FULL);
    etcd_peers_pass(20 * NS_PER_S);
    ck_assert(owns(&peers[0], FIRST)); /* what exists goes on */
    ck_assert_int_eq(continue_at(&other, &peers[1], FIRST, 2, 4), ERROR_NONE);
    ck_assert_int_eq(continue_at(&ask, &peers[0], FIRST, 3, 4), ERROR_NONE);
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

START_TEST(records_that_went_with_their_lease_come_back)
{
    struct ask ask;
    struct ask other;
    start_first(&ask);
    fake_etcd_revoke(&etcd, "t/s/");
    if (_i == 1) {
        ck_assert_int_eq(start_at(&other, &peers[1], FIRST), ERROR_NONE);
    }
    etcd_peers_pass(3 * ETCD_REFRESH);
    struct etcd_session record;
    ck_assert(read_record(FIRST, &record));
    ck_assert_uint_eq(record.owner, peers[_i].id); /* it is not taken from who has begun anew */
    if (_i == 0) {
        ck_assert_int_eq(continue_at(&other, &peers[1], FIRST, 2, 4), ERROR_NONE);
        ck_assert_uint_eq(session_sent(other.request.hold.session), 4);
    }
}
END_TEST

START_TEST(records_of_live_sessions_are_written_again)
{
    struct ask ask;
    struct etcd_session before;
    start_first(&ask);
    const struct uuid uuid = peer_uuid(FIRST);
    struct session *session = sessions_find(peers[0].sessions, &uuid);
    struct session_record first;
    struct session_record later;
    sessions_describe(peers[0].sessions, session, &first);
    etcd_peers_pass(3 * ETCD_REFRESH);
    sessions_describe(peers[0].sessions, session, &later);
    session_unref(session);
    ck_assert_uint_gt(later.generation, first.generation);
    ck_assert(read_record(FIRST, &before));
    ck_assert_int_eq(ask.lost, 0);
}
END_TEST

/* `unwritten` at the end. */
START_TEST(what_is_under_way_is_not_written_yet)
{
    struct ask ask;
    struct store_status status;
    ask_start(&ask, &peers[0], FIRST);
    (void)etcd_store_run(&peers[0].store); /* sends it, and etcd does not answer yet */
    peers[0].store.store.status(&peers[0].store.store, &status);
    ck_assert_uint_eq(status.queue, 1);
    etcd_peers_settle();
    peers[0].store.store.status(&peers[0].store.store, &status);
    ck_assert_uint_eq(status.queue, 0);
}
END_TEST

/* A claim that waits for its owner has a wish to delete, and a session was evicted just now. */
START_TEST(a_store_that_ends_leaves_nothing)
{
    struct ask ask;
    struct ask other = {.answers = 0};
    start_first(&ask);
    ask_look_up(&other, &peers[1], FIRST);
    etcd_peers_await(&other, NS_PER_S);
    peers[0].is_stopped = true;
    ask_claim(&other, &peers[1], 2, 4);
    etcd_peers_settle();
    ck_assert_int_eq(other.answers, 0);
    peers[1].store.listener.forgotten(&peers[1].store.listener, other.request.session);
    etcd_peers_end(&peers[1]);
    ask_drop_session(&other);
    ck_assert_int_eq(other.answers, 1);
    ck_assert_int_eq(other.request.outcome, ERROR_STORE_AWAY);
    ck_assert_uint_eq(etcd_batch_count(&peers[1].store.core.batch), 0);
    ck_assert_ptr_null(peers[1].store.core.forgets);
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
    tcase_add_test(test_case, an_answer_that_cannot_be_is_not_believed);
    tcase_add_test(test_case, while_etcd_is_away_sessions_go_on_for_their_time);
    tcase_add_test(test_case, when_etcd_is_emptied_all_sessions_end);
    tcase_add_test(test_case, a_full_etcd_refuses_starts_and_takes_deletes);
    tcase_add_loop_test(test_case, records_that_went_with_their_lease_come_back, 0, 2);
    tcase_add_test(test_case, records_of_live_sessions_are_written_again);
    tcase_add_test(test_case, what_is_under_way_is_not_written_yet);
    tcase_add_test(test_case, a_store_that_ends_leaves_nothing);
    suite_add_tcase(suite, test_case);
    return suite;
}
