/*
 * What the tests of a worker share: one worker in a thread of its own, between a fake stream and a
 * fake service, with a clock that the test moves.
 */
#ifndef COMMS_TEST_KIT_WORKER_FIXTURE_H
#define COMMS_TEST_KIT_WORKER_FIXTURE_H

#include "server/work/worker.h"
#include "test/kit/fake_clock.h"
#include "test/kit/fake_service.h"
#include "test/kit/fake_stream.h"

#define WORKER_START_TIME   (100 * NS_PER_S)
#define WORKER_SEND_TIMEOUT (30 * NS_PER_S)

extern struct fake_clock worker_clock; /* stands at WORKER_START_TIME at first */
extern struct fake_record worker_record;
extern struct fake_stream worker_stream;
extern struct worker worker;

/* A test's checked fixture. The stream is paced. A worker must have been started, and be over. */
void worker_set_up(void);
void worker_tear_down(void);

void worker_start(void);

/* It opens the stream and starts to receive. */
void worker_expect_opened(void);

/* The client says this, and the worker receives on. */
void worker_say(const char *text);

/* The worker closes and releases its stream. */
void worker_expect_let_go(void);

/* The call ends, and with it every operation; the worker lets its stream go. */
void worker_lose_stream(void);

/* The stream ends with this, and the client takes it. */
void worker_expect_end(enum error error);

#endif
