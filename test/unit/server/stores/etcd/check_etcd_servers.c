/* The other servers, by their heartbeats; and the heartbeat of this one, with a clock by hand. */
#include "server/stores/etcd/etcd_heartbeat.h"
#include "server/stores/etcd/etcd_servers.h"
#include "test/kit/fake_clock.h"
#include "test/kit/fake_etcd.h"
#include "test/suites.h"

/* ---- Servers --------------------------------------------------------------------------------- */

static struct etcd_servers servers;

static void must_be(uint64_t id, int64_t now, enum etcd_server_state state, int64_t revision)
{
    int64_t found = -7;
    ck_assert_int_eq(etcd_servers_state(&servers, id, now, &found), state);
    ck_assert_int_eq(found, state == ETCD_SERVER_STRANGE ? -7 : revision);
}

static void forget_all(void)
{
    servers = (struct etcd_servers){.count = 0};
}

START_TEST(a_server_expires_when_its_heartbeat_stands_still)
{
    must_be(1, 0, ETCD_SERVER_STRANGE, 0);
    etcd_servers_see(&servers, 1, 10, 100);
    must_be(1, 100 + ETCD_SERVER_TIMEOUT - 1, ETCD_SERVER_ALIVE, 10);
    etcd_servers_see(&servers, 1, 10, 100 + ETCD_SERVER_TIMEOUT - 1); /* the same is no life */
    must_be(1, 100 + ETCD_SERVER_TIMEOUT, ETCD_SERVER_EXPIRED, 10);
    etcd_servers_see(&servers, 1, 9, 100 + ETCD_SERVER_TIMEOUT); /* an old read comes late */
    must_be(1, 100 + ETCD_SERVER_TIMEOUT, ETCD_SERVER_EXPIRED, 10);
    etcd_servers_see(&servers, 1, 11, 100 + ETCD_SERVER_TIMEOUT);
    must_be(1, 100 + ETCD_SERVER_TIMEOUT, ETCD_SERVER_ALIVE, 11);
}
END_TEST

START_TEST(a_server_without_a_heartbeat_expires_too)
{
    etcd_servers_see(&servers, 1, 0, 100);
    etcd_servers_miss(&servers, 1); /* that is known */
    etcd_servers_see(&servers, 1, 0, 200);
    must_be(1, 100 + ETCD_SERVER_TIMEOUT, ETCD_SERVER_EXPIRED, 0);
}
END_TEST

START_TEST(the_dead_stay_dead)
{
    etcd_servers_see(&servers, 1, 10, 100);
    etcd_servers_bury(&servers, 1, 200);
    etcd_servers_see(&servers, 1, 11, 300);
    etcd_servers_miss(&servers, 1);
    must_be(1, 300, ETCD_SERVER_DEAD, 10);
}
END_TEST

START_TEST(a_missing_heartbeat_makes_a_server_strange)
{
    etcd_servers_see(&servers, 1, 10, 100);
    etcd_servers_see(&servers, 2, 20, 100);
    etcd_servers_miss(&servers, 1);
    etcd_servers_miss(&servers, 3);
    must_be(1, 100, ETCD_SERVER_STRANGE, 0);
    must_be(2, 100, ETCD_SERVER_ALIVE, 20);
}
END_TEST

START_TEST(too_many_servers_push_out_the_first_one)
{
    for (uint64_t id = 1; id <= ETCD_SERVERS_MAX + 1; id++) {
        etcd_servers_see(&servers, id, 5, (int64_t)id);
    }
    must_be(1, 300, ETCD_SERVER_STRANGE, 0);
    must_be(2, 300, ETCD_SERVER_ALIVE, 5);
    must_be(ETCD_SERVERS_MAX + 1, 300, ETCD_SERVER_ALIVE, 5);
}
END_TEST

/* ---- The heartbeat --------------------------------------------------------------------------- */

enum { ME = 77 };

static struct fake_etcd etcd_model;
static struct fake_clock heart_clock;
static struct fake_link *heart_link;
static struct etcd_heartbeat heart;
static int births;
static int deaths;

static void born(struct etcd_heartbeat_events *events)
{
    (void)events;
    births++;
}

static void died(struct etcd_heartbeat_events *events)
{
    (void)events;
    deaths++;
}

static void read_nothing(struct etcd_heartbeat_events *events, const Etcd__RangeResponse *found,
                         const Etcd__RangeResponse *wishes, const Etcd__RangeResponse *answers)
{
    (void)events;
    (void)wishes;
    (void)answers;
    ck_assert_uint_ge(found->n_kvs, 1);
}

static void answered(struct etcd_heartbeat_events *events, bool has_answer)
{
    (void)events;
    (void)has_answer;
}

static struct etcd_heartbeat_events events = {
    .born = born, .died = died, .read = read_nothing, .answered = answered};

static void set_up(void)
{
    forget_all();
    fake_clock_init(&heart_clock, 1000 * NS_PER_S);
    fake_etcd_init(&etcd_model);
    heart_link = fake_etcd_link(&etcd_model);
    births = 0;
    deaths = 0;
    etcd_heartbeat_init(&heart, &heart_link->link, &heart_clock.clock, "t", &events);
    etcd_heartbeat_begin(&heart, ME, NULL, 0);
}

static void tear_down(void)
{
    heart_link->is_away = true;
    (void)fake_etcd_run(&etcd_model);
    fake_etcd_cleanup(&etcd_model);
    fake_clock_cleanup(&heart_clock);
}

static void beat(void)
{
    (void)etcd_heartbeat_run(&heart);
    (void)fake_etcd_run(&etcd_model);
}

static int64_t owned_for(void)
{
    return atomic_load(&heart.owned_until) - fake_clock_now(&heart_clock);
}

START_TEST(it_owns_from_the_time_at_which_it_was_sent)
{
    ck_assert_int_le(owned_for(), 0);
    (void)etcd_heartbeat_run(&heart);
    fake_clock_advance(&heart_clock, 400 * NS_PER_MS); /* etcd takes its time */
    (void)fake_etcd_run(&etcd_model);
    ck_assert_int_eq(births, 1);
    ck_assert_int_eq(owned_for(), ETCD_OWNED_TIME - 400 * NS_PER_MS);
    beat();
    ck_assert_int_eq(owned_for(), ETCD_OWNED_TIME);
    ck_assert_int_eq(etcd_heartbeat_run(&heart),
                     fake_clock_now(&heart_clock) + ETCD_HEARTBEAT_INTERVAL);
    fake_clock_advance(&heart_clock, ETCD_HEARTBEAT_INTERVAL);
    beat();
    ck_assert_int_eq(owned_for(), ETCD_OWNED_TIME);
}
END_TEST

START_TEST(what_is_not_acknowledged_counts_nothing)
{
    beat();
    beat();
    const int64_t until = atomic_load(&heart.owned_until);
    fake_link_fail(heart_link, FAKE_LOSE_ANSWER, NULL, 30);
    for (int i = 0; i < 30; i++) {
        fake_clock_advance(&heart_clock, 200 * NS_PER_MS);
        beat();
    }
    ck_assert_uint_gt(heart_link->faults_done, 10);
    ck_assert_int_eq(atomic_load(&heart.owned_until), until);
    fake_link_fail(heart_link, FAKE_NO_FAULT, NULL, 0);
    fake_clock_advance(&heart_clock, 200 * NS_PER_MS);
    beat();
    ck_assert_int_eq(owned_for(), ETCD_OWNED_TIME);
    ck_assert_int_eq(deaths, 0);
}
END_TEST

START_TEST(a_birth_whose_answer_is_lost_is_found)
{
    fake_link_fail(heart_link, FAKE_LOSE_ANSWER, NULL, 1);
    beat();
    ck_assert_int_eq(births, 0);
    fake_clock_advance(&heart_clock, NS_PER_S);
    beat();
    ck_assert_int_eq(births, 1);
    ck_assert_int_le(owned_for(), 0); /* nobody knows when it was born */
    beat();
    ck_assert_int_eq(owned_for(), ETCD_OWNED_TIME);
}
END_TEST

START_TEST(without_its_key_it_is_dead)
{
    beat();
    beat();
    fake_etcd_empty(&etcd_model);
    fake_clock_advance(&heart_clock, ETCD_HEARTBEAT_INTERVAL);
    beat();
    ck_assert_int_eq(deaths, 1);
    ck_assert_int_le(owned_for(), 0);
    ck_assert_int_eq(etcd_heartbeat_run(&heart), CLOCK_NEVER);
    etcd_heartbeat_begin(&heart, ME + 1, NULL, 0);
    beat();
    beat();
    ck_assert_int_eq(births, 2);
    ck_assert_int_eq(owned_for(), ETCD_OWNED_TIME);
}
END_TEST

START_TEST(predecessors_are_buried_with_the_birth)
{
    const uint64_t old[] = {5, 6};
    beat();
    etcd_heartbeat_begin(&heart, ME + 1, old, 2);
    beat();
    ck_assert_uint_eq(fake_etcd_keys(&etcd_model, "t/d/"), 2);
    ck_assert_uint_eq(fake_etcd_keys(&etcd_model, "t/v/"), 2);
}
END_TEST

START_TEST(a_farewell_is_the_last_word)
{
    beat();
    etcd_heartbeat_say_farewell(&heart);
    fake_link_fail(heart_link, FAKE_LOSE_CALL, NULL, 1);
    beat();
    ck_assert(!heart.has_ended);
    fake_clock_advance(&heart_clock, NS_PER_S);
    beat();
    ck_assert(heart.has_ended);
    ck_assert_int_eq(deaths, 0);
    ck_assert_uint_eq(fake_etcd_keys(&etcd_model, "t/v/"), 0);
    ck_assert_uint_eq(fake_etcd_keys(&etcd_model, "t/d/"), 1);
    ck_assert_int_le(owned_for(), 0);
}
END_TEST

Suite *etcd_servers_suite(void)
{
    Suite *suite = suite_create("etcd-servers");
    TCase *test_case = tcase_create("all");
    tcase_add_checked_fixture(test_case, set_up, tear_down);
    tcase_add_test(test_case, a_server_expires_when_its_heartbeat_stands_still);
    tcase_add_test(test_case, a_server_without_a_heartbeat_expires_too);
    tcase_add_test(test_case, the_dead_stay_dead);
    tcase_add_test(test_case, a_missing_heartbeat_makes_a_server_strange);
    tcase_add_test(test_case, too_many_servers_push_out_the_first_one);
    tcase_add_test(test_case, it_owns_from_the_time_at_which_it_was_sent);
    tcase_add_test(test_case, what_is_not_acknowledged_counts_nothing);
    tcase_add_test(test_case, a_birth_whose_answer_is_lost_is_found);
    tcase_add_test(test_case, without_its_key_it_is_dead);
    tcase_add_test(test_case, predecessors_are_buried_with_the_birth);
    tcase_add_test(test_case, a_farewell_is_the_last_word);
    suite_add_tcase(suite, test_case);
    return suite;
}
