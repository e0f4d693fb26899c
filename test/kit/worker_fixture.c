#include "test/kit/worker_fixture.h"

#include "shared/base/thread.h"

#include <check.h>

struct fake_clock worker_clock;
struct fake_record worker_record;
struct fake_stream worker_stream;
struct worker worker;

static struct service service;
static struct inbox inbox;
static pthread_t thread;

void worker_set_up(void)
{
    fake_clock_init(&worker_clock, WORKER_START_TIME);
    worker_record = (struct fake_record){.clock = &worker_clock.clock};
    service = fake_service(&worker_record);
    fake_stream_init(&worker_stream, &service);
    inbox_init(&inbox);
    turn_init(&worker_stream.stream.turn, NULL, &worker_stream.line, NULL);
}

void worker_tear_down(void)
{
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(worker_record.begun, 1);
    ck_assert_int_eq(worker_record.left, 1);
    inbox_cleanup(&inbox);
    fake_stream_cleanup(&worker_stream);
    fake_clock_cleanup(&worker_clock);
}

static void *run(void *argument)
{
    (void)argument;
    inbox_own(&inbox);
    worker_run(&worker);
    (void)worker_finish(&worker);
    inbox_disown(&inbox);
    return NULL;
}

void worker_start(void)
{
    worker_init(&worker, &worker_stream.stream, &inbox, &worker_clock.clock, WORKER_SEND_TIMEOUT);
    ck_assert_int_eq(thread_start(&thread, 0, run, NULL), 0);
}

void worker_expect_opened(void)
{
    fake_stream_expect(&worker_stream, FAKE_OPEN);
    fake_stream_expect(&worker_stream, FAKE_RECEIVE);
}

void worker_say(const char *text)
{
    fake_stream_bring(&worker_stream, text);
    fake_stream_expect(&worker_stream, FAKE_RECEIVE);
}

void worker_expect_let_go(void)
{
    fake_stream_expect(&worker_stream, FAKE_CLOSE);
    fake_stream_expect(&worker_stream, FAKE_RELEASE);
}

void worker_lose_stream(void)
{
    fake_stream_bring_other(&worker_stream, STREAM_HALF_CLOSED);
    fake_stream_end(&worker_stream, INBOX_CLOSED | INBOX_BROKEN);
    worker_expect_let_go();
}

void worker_expect_end(enum error error)
{
    fake_stream_expect_finish(&worker_stream, error);
    fake_stream_end(&worker_stream, INBOX_FINISHED);
    worker_lose_stream();
}
