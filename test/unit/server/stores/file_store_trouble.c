/* The file store while its file cannot be written, and after that. */
#include "test/unit/server/stores/file_store_trouble.h"

#include "server/sessions/session.h"
#include "test/kit/capture.h"
#include "test/kit/store_fixture.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void limit_file(rlim_t size)
{
    const struct rlimit limit = {size, RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_full_disk_refuses_starts_and_nothing_else)
{
    struct stream stream;
    struct stream late;
    limit_file(256L * 1024); /* so that nothing can be reserved */
    ck_assert_int_eq(stream_try_start(&stream, 1), ERROR_STORE_FULL);
    ck_assert_int_eq(store_status_now().state, STORE_STATE_FULL);
    ck_assert_uint_eq(store_status_now().refusals, 1);
    limit_file(RLIM_INFINITY);
    stream_start(&stream, 1); /* it left nothing behind */
    ck_assert_int_eq(store_status_now().state, STORE_STATE_OK);
    limit_file(1024L * 1024);
    stream_send_up_to(&stream, 2);
    stream_leave(&stream);
    fake_clock_advance(&store_clock, CHANGES_NS);
    store_await_writes(2);
    limit_file(RLIM_INFINITY);
    store_crash();
    ck_assert_uint_eq(file_found.count, 1);
    ck_assert_uint_eq(file_found.records[0].sent, 2);
    stream_start(&late, 2);
    stream_leave(&late);
    store_end();
}
END_TEST

/* The state is well again without a START that tries it. */
START_TEST(a_full_disk_is_noticed_to_be_over)
{
    struct stream stream;
    limit_file(256L * 1024);
    ck_assert_int_eq(stream_try_start(&stream, 1), ERROR_STORE_FULL);
    limit_file(RLIM_INFINITY);
    while (store_status_now().state != STORE_STATE_OK) {
        fake_clock_advance(&store_clock, RETRY_NS);
        (void)sched_yield();
    }
    store_end();
}
END_TEST

/* The end of the run is written without a room for new sessions. */
START_TEST(a_full_disk_is_not_over_at_the_end)
{
    struct stream stream;
    struct capture capture;
    static char said[CAPTURE_SIZE];
    limit_file(256L * 1024);
    ck_assert_int_eq(stream_try_start(&stream, 1), ERROR_STORE_FULL);
    capture_begin(&capture, STDERR_FILENO);
    store_end();
    capture_end(&capture, said);
    ck_assert_msg(strstr(said, "store closed") != NULL, "%s", said);
    ck_assert_msg(strstr(said, "works again") == NULL, "%s", said);
}
END_TEST

/* What was left, evicted and refused while nothing could be written is written as soon as it can.
 */
START_TEST(what_changes_meanwhile_is_written_later)
{
    struct stream streams[3];
    struct stream refused;
    char aside[FILE_PATH_SIZE + 8];
    for (uint32_t i = 0; i < 3; i++) {
        stream_start(&streams[i], i);
    }
    snprintf(aside, sizeof aside, "%s.aside", file_path);
    ck_assert_int_eq(rename(file_path, aside), 0);
    stream_send_up_to(&streams[1], 2);
    for (int times = 0; times < 5; times++) {
        stream_leave(&streams[1]);
        stream_leave(&streams[2]);
        ck_assert_int_eq(stream_try_start(&refused, 9), ERROR_STORE_AWAY);
        ck_assert_uint_le(store_status_now().queue,
                          2 + 5); /* one for each session, and the refused ones */
        ck_assert_int_eq(store_status_now().state, STORE_STATE_FAILING);
        stream_resume(&streams[1], 1, 0, 2);
        stream_resume(&streams[2], 2, 0, 0);
    }
    stream_leave(&streams[1]);
    stream_leave(&streams[2]);
    fake_clock_advance(&store_clock, RETRY_NS); /* all of it is tried once more, in vain */
    ck_assert_int_eq(stream_try_start(&refused, 9), ERROR_STORE_AWAY);
    const struct uuid uuid = uuid_of(9);
    ck_assert_ptr_null(sessions_find(store_sessions, &uuid));
    ck_assert_int_eq(rename(aside, file_path), 0);
    while (store_status_now().queue > 0) {
        fake_clock_advance(&store_clock, RETRY_NS);
        (void)sched_yield();
    }
    store_await_state(STORE_STATE_OK);
    store_crash();
    ck_assert_uint_eq(file_found.count, 3);
    ck_assert_uint_eq(file_found.records[1].sent, 2);
    stream_leave(&streams[0]);
    store_end();
}
END_TEST

/* Then a stop ends in time, and the file does not say that it is final. */
START_TEST(a_stop_without_the_file_ends)
{
    struct stream stream;
    char aside[FILE_PATH_SIZE + 8];
    stream_start(&stream, 1);
    stream_send_up_to(&stream, 2);
    snprintf(aside, sizeof aside, "%s.aside", file_path);
    ck_assert_int_eq(rename(file_path, aside), 0);
    stream_leave(&stream);
    store_end();
    ck_assert_int_eq(rename(aside, file_path), 0);
    file_database_close(file_open());
    ck_assert_uint_eq(file_found.count, 1);
    ck_assert(!file_found.records[0].is_exact);
}
END_TEST

TCase *file_store_trouble_case(void)
{
    TCase *tcase = tcase_create("file-store-trouble");
    tcase_add_checked_fixture(tcase, store_set_up, store_tear_down);
    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, a_full_disk_refuses_starts_and_nothing_else);
    tcase_add_test(tcase, a_full_disk_is_noticed_to_be_over);
    tcase_add_test(tcase, a_full_disk_is_not_over_at_the_end);
    tcase_add_test(tcase, what_changes_meanwhile_is_written_later);
    tcase_add_test(tcase, a_stop_without_the_file_ends);
    return tcase;
}
