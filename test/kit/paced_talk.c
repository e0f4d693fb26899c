#include "test/kit/paced_talk.h"

#include "shared/base/log.h"

#include <check.h>
#include <sodium.h>

struct talk_server paced_server;
struct talk paced_talk;

void paced_talk_set_up(enum mode mode, int64_t interval_ns)
{
    ck_assert_int_ge(sodium_init(), 0);
    log_set_level(LOG_LEVEL_ERROR);
    talk_server_init(&paced_server, mode, interval_ns);
    talk_begin(&paced_talk, &paced_server);
}

void paced_talk_tear_down(void)
{
    talk_leave(&paced_talk);
    talk_server_cleanup(&paced_server);
}

void advance_to(int64_t time)
{
    fake_clock_advance(&paced_server.clock, time - fake_clock_now(&paced_server.clock));
}
