#include "test/kit/turnstile_fixture.h"

#include <check.h>

struct fake_clock turnstile_clock;
struct turnstile turnstile;
struct inbox inboxes[STREAMS];
struct turn_line turn_lines[STREAMS];
struct turn turns[STREAMS];

void turnstile_set_up(void)
{
    fake_clock_init(&turnstile_clock, TURNSTILE_START_TIME);
    for (size_t i = 0; i < STREAMS; i++) {
        inbox_init(&inboxes[i]);
        turn_lines[i] = (struct turn_line){.holder = NULL};
    }
}

void turnstile_tear_down(void)
{
    turnstile_cleanup(&turnstile);
    for (size_t i = 0; i < STREAMS; i++) {
        inbox_cleanup(&inboxes[i]);
    }
    fake_clock_cleanup(&turnstile_clock);
}

void begin_turns(unsigned processors, size_t connections)
{
    ck_assert_int_eq(turnstile_init(&turnstile, processors, &turnstile_clock.clock), 0);
    for (size_t i = 0; i < STREAMS; i++) {
        turn_init(&turns[i], &turnstile, &turn_lines[i % connections], &inboxes[i]);
        turns[i].had_first = true;
    }
}

bool enter(size_t i)
{
    return turn_ask(&turns[i]);
}

void leave(size_t i)
{
    turn_end(&turns[i]);
}

void expect_called(size_t i)
{
    ck_assert_uint_eq(inbox_take(&inboxes[i]), INBOX_TURN);
    turn_came(&turns[i]);
    ck_assert(enter(i));
}

void expect_not_called(size_t i)
{
    ck_assert_uint_eq(inbox_take(&inboxes[i]), 0);
    ck_assert(!enter(i));
}
