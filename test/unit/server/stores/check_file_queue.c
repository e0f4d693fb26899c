/* The sessions that wait to be written, also while memory is missing and after that. */
#include "server/sessions/session.h"
#include "server/stores/file_queue.h"
#include "test/kit/fake_clock.h"
#include "test/kit/memory_shortage.h"
#include "test/suites.h"

#include <stdlib.h>

static struct fake_clock queue_clock;
static struct file_queue queue;
static struct file_batch batch;
static struct session *session;

static void set_up(void)
{
    static const struct uuid uuid = {{7}};
    fake_clock_init(&queue_clock, NS_PER_S);
    queue = (struct file_queue){.lost = 0};
    ck_assert(file_queue_init(&queue, &queue_clock.clock));
    session = session_create(&uuid, 9);
    ck_assert_ptr_nonnull(session);
}

static void tear_down(void)
{
    file_queue_cleanup(&queue);
    session_unref(session);
    fake_clock_cleanup(&queue_clock);
}

static void take_batch(size_t count)
{
    file_queue_take(&queue, &batch);
    ck_assert_uint_eq(batch.count, count);
    for (size_t i = 0; i < count; i++) {
        file_item_free(batch.items[i]);
    }
    queue.status.queue -= count;
}

START_TEST(changes_of_a_session_are_one_until_they_are_taken)
{
    for (int i = 0; i < 3; i++) {
        file_queue_add_change(&queue, session);
    }
    ck_assert_uint_eq(file_queue_unwritten(&queue), 1);
    fake_clock_advance(&queue_clock, NS_PER_S);
    take_batch(1);
    ck_assert_uint_eq(file_queue_unwritten(&queue), 0);
    file_queue_add_change(&queue, session);
    ck_assert_uint_eq(file_queue_unwritten(&queue), 1);
    fake_clock_advance(&queue_clock, NS_PER_S);
    take_batch(1);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/* Blocks of an item's size, until there is none. */
struct block {
    struct block *next;
    char rest[sizeof(struct file_item) - sizeof(struct block *)];
};

static struct block *take_all_memory(void)
{
    struct block *blocks = NULL;
    struct block *block;
    memory_shortage_begin(0);
    while ((block = malloc(sizeof *block)) != NULL) {
        block->next = blocks;
        blocks = block;
    }
    return blocks;
}

static void give_back(struct block *blocks)
{
    while (blocks != NULL) {
        struct block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
    memory_shortage_end();
}

START_TEST(a_session_whose_change_was_lost_is_written_at_the_next_one)
{
    struct block *blocks = take_all_memory();
    file_queue_add_change(&queue, session);
    file_queue_add_end(&queue, 1);
    give_back(blocks);
    ck_assert_uint_eq(queue.status.queue, 0);
    ck_assert_uint_eq(file_queue_unwritten(&queue), 2);
    file_queue_add_change(&queue, session);
    ck_assert_uint_eq(queue.status.queue, 1);
    file_queue_close(&queue);
    take_batch(1);
    take_batch(0);
    ck_assert(batch.is_last);
    ck_assert(!batch.is_final);
    ck_assert_uint_eq(file_queue_unwritten(&queue), 2);
}
END_TEST

/* Nothing is lost: the stream is looked at each second. */
START_TEST(a_live_session_is_found_again_a_second_later)
{
    struct store_request request = {.hold = {.session = session}, .attempt = 1};
    file_queue_add_live(&queue, &request);
    session_set_sent(session, 3);
    file_queue_close(&queue); /* so that nobody waits */
    fake_clock_advance(&queue_clock, NS_PER_S);
    struct block *blocks = take_all_memory();
    file_queue_take(&queue, &batch);
    give_back(blocks);
    ck_assert_uint_eq(batch.count, 0);
    ck_assert_uint_eq(file_queue_unwritten(&queue), 0);
    fake_clock_advance(&queue_clock, NS_PER_S);
    take_batch(1);
    fake_clock_advance(&queue_clock, NS_PER_S);
    take_batch(0);
    ck_assert(batch.is_final);
}
END_TEST

#endif

Suite *file_queue_suite(void)
{
    Suite *suite = suite_create("file-queue");
    TCase *shortage = tcase_create("file-queue");
    suite_add_tcase(suite, shortage);
    tcase_add_checked_fixture(shortage, set_up, tear_down);
    tcase_add_test(shortage, changes_of_a_session_are_one_until_they_are_taken);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    tcase_add_test(shortage, a_session_whose_change_was_lost_is_written_at_the_next_one);
    tcase_add_test(shortage, a_live_session_is_found_again_a_second_later);
#endif
    return suite;
}
