/* Transactions in groups: how many, with whom, and what becomes of those without an answer. */
#include "server/stores/etcd/etcd_batch.h"
#include "test/kit/fake_clock.h"
#include "test/kit/fake_etcd.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 1000 };

static struct fake_etcd model;
static struct fake_clock batch_clock;
static struct fake_link *batch_link;
static struct etcd_batch batch;
static int deaths;
static int leases_lost;

static struct test_item {
    struct etcd_item item; /* first: a pointer to one is a pointer to the other */
    bool deletes;
    int made;
    int ends;
    enum etcd_item_outcome outcome;
    bool found_itself;
} items[ITEMS_MAX];

static void declared_dead(struct etcd_batch_events *events)
{
    (void)events;
    deaths++;
    etcd_batch_end_all(&batch);
}

static void lost_lease(struct etcd_batch_events *events)
{
    (void)events;
    leases_lost++;
}

static void answered(struct etcd_batch_events *events, int64_t latency_ns, size_t count)
{
    (void)events;
    (void)latency_ns;
    ck_assert_uint_gt(count, 0);
}

static void unanswered(struct etcd_batch_events *events)
{
    (void)events;
}

static struct etcd_batch_events events = {.declared_dead = declared_dead,
                                          .lost_lease = lost_lease,
                                          .answered = answered,
                                          .unanswered = unanswered};

static void make(struct etcd_item *item)
{
    struct test_item *test = (struct test_item *)(void *)item;
    const struct etcd_key key = etcd_key_session("t", &item->uuid);
    struct etcd_txn txn;
    etcd_txn_init(&txn);
    if (test->deletes) {
        etcd_txn_delete(&txn, &key);
    } else {
        etcd_txn_if_created(&txn, &key, 0);
        etcd_txn_put(&txn, &key, (const uint8_t *)"value", 5, 0);
        etcd_txn_get(&txn, ETCD_IF_FALSE, &key);
    }
    test->made++;
    item->operation = etcd_txn_write_operation(&txn);
}

static void done(struct etcd_item *item, enum etcd_item_outcome outcome,
                 const Etcd__TxnResponse *answer, int64_t revision)
{
    struct test_item *test = (struct test_item *)(void *)item;
    (void)revision;
    test->ends++;
    test->outcome = outcome;
    if (outcome == ETCD_ITEM_FALSE) {
        const Etcd__KeyValue *found = etcd_txn_found(answer, 0);
        ck_assert_ptr_nonnull(found);
        const struct etcd_key key = etcd_key_session("t", &item->uuid);
        test->found_itself = found->key.len == strlen(key.text) &&
                             memcmp(found->key.data, key.text, found->key.len) == 0;
    }
}

static void add(uint32_t i, uint32_t uuid, bool deletes)
{
    struct test_item *test = &items[i];
    *test = (struct test_item){.deletes = deletes};
    test->item.give_up_at = fake_clock_now(&batch_clock) + NS_PER_S;
    test->item.is_limited = !deletes;
    test->item.make = make;
    test->item.done = done;
    memcpy(test->item.uuid.bytes, &uuid, sizeof uuid);
    etcd_batch_add(&batch, &test->item);
}

static void run(void)
{
    bool goes_on = true;
    while (goes_on) {
        (void)etcd_batch_run(&batch);
        goes_on = fake_etcd_run(&model);
    }
}

static void must_end(uint32_t i, enum etcd_item_outcome outcome)
{
    ck_assert_int_eq(items[i].ends, 1);
    ck_assert_int_eq(items[i].outcome, outcome);
}

static void ignore(struct etcd_call *call, enum etcd_status status, const uint8_t *bytes,
                   size_t length)
{
    (void)bytes;
    (void)length;
    ck_assert_int_eq(status, ETCD_OK);
    free(call->request.data);
}

static void set_up(void)
{
    fake_clock_init(&batch_clock, NS_PER_S);
    fake_etcd_init(&model);
    batch_link = fake_etcd_link(&model);
    deaths = 0;
    leases_lost = 0;
    etcd_batch_init(&batch, &batch_link->link, &batch_clock.clock, &events);
    batch.server = etcd_key_server("t", 1);
    batch.quota = etcd_key_quota("t");
    struct etcd_txn txn;
    etcd_txn_init(&txn);
    etcd_txn_put(&txn, &batch.server, (const uint8_t *)"1", 1, 0);
    const struct etcd_bytes operation = etcd_txn_write_operation(&txn);
    static struct etcd_call call;
    call = (struct etcd_call){.request = etcd_txn_write_nested(&operation, NULL), .done = ignore};
    batch_link->link.call(&batch_link->link, &call);
    (void)fake_etcd_run(&model);
    batch.created = model.revision;
    free(operation.data);
}

static void tear_down(void)
{
    etcd_batch_end_all(&batch);
    fake_etcd_cleanup(&model);
    fake_clock_cleanup(&batch_clock);
}

START_TEST(what_has_gathered_goes_together)
{
    for (uint32_t i = 0; i < 350; i++) {
        add(i, i, false);
    }
    const uint64_t before = model.transactions;
    run();
    ck_assert_uint_eq(model.transactions - before, 4);
    for (uint32_t i = 0; i < 350; i++) {
        must_end(i, ETCD_ITEM_TRUE);
    }
    ck_assert_uint_eq(fake_etcd_keys(&model, "t/s/"), 350);
    ck_assert(etcd_batch_is_idle(&batch));
}
END_TEST

START_TEST(few_groups_are_under_way)
{
    for (uint32_t i = 0; i < 900; i++) {
        add(i, i, false);
    }
    (void)etcd_batch_run(&batch);
    ck_assert_uint_eq(batch.groups, ETCD_GROUPS_UNDER_WAY);
    ck_assert_uint_eq(batch.limited.count, 900 - ETCD_GROUPS_UNDER_WAY * ETCD_GROUP_MAX);
    ck_assert_uint_eq(etcd_batch_count(&batch), 900);
    run();
    ck_assert_uint_eq(fake_etcd_keys(&model, "t/s/"), 900);
    ck_assert_uint_eq(etcd_batch_count(&batch), 0);
}
END_TEST

START_TEST(each_item_gets_its_own_answer)
{
    add(0, 5, false);
    run();
    for (uint32_t i = 1; i < 10; i++) {
        add(i, i, false);
    }
    run();
    for (uint32_t i = 1; i < 10; i++) {
        must_end(i, i == 5 ? ETCD_ITEM_FALSE : ETCD_ITEM_TRUE);
    }
    ck_assert(items[5].found_itself);
}
END_TEST

START_TEST(two_of_one_uuid_go_one_after_the_other)
{
    add(0, 1, false);
    add(1, 1, false);
    add(2, 2, false);
    run(); /* the model refuses a key that is put twice */
    must_end(0, ETCD_ITEM_TRUE);
    must_end(1, ETCD_ITEM_FALSE);
    must_end(2, ETCD_ITEM_TRUE);
}
END_TEST

START_TEST(a_full_store_takes_deletes)
{
    add(0, 1, false);
    run();
    model.is_full = true;
    add(1, 2, false);
    add(2, 1, true);
    run();
    must_end(1, ETCD_ITEM_FULL);
    must_end(2, ETCD_ITEM_TRUE);
    ck_assert(batch.is_full);
    ck_assert_uint_eq(fake_etcd_keys(&model, "t/s/"), 0);
}
END_TEST

START_TEST(a_lost_group_is_tried_again_until_its_time_is_over)
{
    fake_link_fail(batch_link, FAKE_LOSE_ANSWER, "t/s/", 1);
    add(0, 1, false);
    run();
    ck_assert_int_eq(items[0].ends, 0);
    fake_clock_advance(&batch_clock, 100 * NS_PER_MS);
    run();
    must_end(0, ETCD_ITEM_FALSE);
    fake_link_fail(batch_link, FAKE_LOSE_CALL, "t/s/", 1000);
    add(1, 2, false);
    for (int i = 0; i < 9; i++) {
        run();
        ck_assert_int_eq(items[1].ends, 0);
        fake_clock_advance(&batch_clock, 100 * NS_PER_MS);
    }
    fake_clock_advance(&batch_clock, 100 * NS_PER_MS);
    run();
    must_end(1, ETCD_ITEM_UNKNOWN);
}
END_TEST

START_TEST(a_lost_lease_makes_the_items_anew)
{
    fake_link_fail(batch_link, FAKE_LOSE_LEASE, "t/s/", 1);
    add(0, 1, false);
    run();
    fake_clock_advance(&batch_clock, 100 * NS_PER_MS);
    run();
    must_end(0, ETCD_ITEM_TRUE);
    ck_assert_int_eq(items[0].made, 2);
    ck_assert_int_eq(leases_lost, 1);
}
END_TEST

START_TEST(nothing_is_sent_until_there_is_a_lease)
{
    const uint64_t before = model.transactions;
    batch.lease_state = ETCD_LEASE_AWAITED;
    add(0, 1, false);
    add(1, 2, true);
    run();
    ck_assert_uint_eq(model.transactions, before);
    ck_assert_int_eq(items[0].made, 0); /* it gets the lease that comes */
    fake_clock_advance(&batch_clock, NS_PER_S / 2);
    add(2, 3, false);
    fake_clock_advance(&batch_clock, NS_PER_S / 2);
    run();
    must_end(0, ETCD_ITEM_UNKNOWN);
    must_end(1, ETCD_ITEM_UNKNOWN);
    ck_assert_int_eq(items[2].ends, 0);
    batch.lease_state = ETCD_LEASE_THERE;
    run();
    must_end(2, ETCD_ITEM_TRUE);
    ck_assert_int_eq(items[2].made, 1);
}
END_TEST

START_TEST(a_full_store_without_a_lease_takes_what_exists)
{
    batch.lease_state = ETCD_LEASE_REFUSED;
    add(0, 1, false);
    add(1, 2, true);
    run();
    must_end(0, ETCD_ITEM_FULL);
    must_end(1, ETCD_ITEM_TRUE);
    ck_assert_int_eq(items[0].made, 0);
}
END_TEST

START_TEST(a_refused_group_is_split)
{
    fake_link_fail(batch_link, FAKE_REFUSE, "05000000-", 100);
    for (uint32_t i = 0; i < 20; i++) {
        add(i, i, false);
    }
    run();
    for (uint32_t i = 0; i < 20; i++) {
        must_end(i, i == 5 ? ETCD_ITEM_REFUSED : ETCD_ITEM_TRUE);
    }
}
END_TEST

START_TEST(of_a_dead_server_nothing_is_done)
{
    add(0, 1, false);
    (void)etcd_batch_run(&batch);
    run();
    must_end(0, ETCD_ITEM_TRUE);
    fake_etcd_revoke(&model, "t/v/");
    add(1, 2, false);
    add(2, 3, true);
    run();
    must_end(1, ETCD_ITEM_DEAD);
    must_end(2, ETCD_ITEM_DEAD);
    ck_assert_int_ge(deaths, 1);
    ck_assert_uint_eq(fake_etcd_keys(&model, "t/s/"), 1);
    add(3, 4, false);
    run(); /* waits for the next server */
    ck_assert_int_eq(items[3].ends, 0);
}
END_TEST

Suite *etcd_batch_suite(void)
{
    Suite *suite = suite_create("etcd-batch");
    TCase *test_case = tcase_create("all");
    tcase_add_checked_fixture(test_case, set_up, tear_down);
    tcase_add_test(test_case, what_has_gathered_goes_together);
    tcase_add_test(test_case, few_groups_are_under_way);
    tcase_add_test(test_case, each_item_gets_its_own_answer);
    tcase_add_test(test_case, two_of_one_uuid_go_one_after_the_other);
    tcase_add_test(test_case, a_full_store_takes_deletes);
    tcase_add_test(test_case, a_lost_group_is_tried_again_until_its_time_is_over);
    tcase_add_test(test_case, a_lost_lease_makes_the_items_anew);
    tcase_add_test(test_case, nothing_is_sent_until_there_is_a_lease);
    tcase_add_test(test_case, a_full_store_without_a_lease_takes_what_exists);
    tcase_add_test(test_case, a_refused_group_is_split);
    tcase_add_test(test_case, of_a_dead_server_nothing_is_done);
    suite_add_tcase(suite, test_case);
    return suite;
}
