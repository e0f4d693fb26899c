#include "test/kit/sessions_fixture.h"

#include <check.h>

#include <string.h>

struct fake_clock sessions_clock;
struct sessions *sessions;

void sessions_set_up(void)
{
    fake_clock_init(&sessions_clock, NS_PER_S);
    const struct sessions_settings settings = {.max_sessions = SESSIONS_LIMIT,
                                               .timeout_ns = SESSIONS_TIMEOUT,
                                               .clock = &sessions_clock.clock};
    sessions = sessions_create(&settings);
    ck_assert_ptr_nonnull(sessions);
}

void sessions_tear_down(void)
{
    sessions_stop_reaping(sessions);
    sessions_destroy(sessions);
    fake_clock_cleanup(&sessions_clock);
}

static void lose(struct session_owner *owner)
{
    ((struct test_owner *)owner)->lost++;
}

struct test_owner new_owner(void)
{
    return (struct test_owner){.owner = {.lose = lose}};
}

struct uuid uuid_of(uint32_t number)
{
    struct uuid uuid = {{0x42}};
    memcpy(uuid.bytes + 12, &number, sizeof number);
    return uuid;
}

enum error start_session(uint32_t number, uint32_t n, struct test_owner *owner,
                         struct session_hold *hold)
{
    const struct uuid uuid = uuid_of(number);
    return sessions_start(sessions, &uuid, n, 0, &owner->owner, hold);
}

struct session_hold started_session(uint32_t number, struct test_owner *owner)
{
    struct session_hold hold = {0};
    ck_assert_int_eq(start_session(number, N, owner, &hold), ERROR_NONE);
    ck_assert_ptr_nonnull(hold.session);
    return hold;
}

struct session *find_session(uint32_t number)
{
    const struct uuid uuid = uuid_of(number);
    return sessions_find(sessions, &uuid);
}

bool exists(uint32_t number)
{
    struct session *session = find_session(number);
    if (session == NULL) {
        return false;
    }
    session_unref(session);
    return true;
}

enum session_claim claim_session(uint32_t number, uint32_t attempt, struct test_owner *owner,
                                 struct session_hold *hold, struct session_before *before)
{
    struct session *session = find_session(number);
    ck_assert_ptr_nonnull(session);
    enum session_claim claim =
        sessions_take(sessions, session, attempt, &owner->owner, hold, before);
    session_unref(session);
    return claim;
}

bool take_session(uint32_t number, struct test_owner *owner, struct session_hold *hold)
{
    struct session_before before = {.was_owned = false};
    ck_assert_int_eq(claim_session(number, 0, owner, hold, &before), SESSION_CLAIMED);
    return before.was_owned;
}

void count_all(const struct session_hold *hold)
{
    for (uint32_t position = 1; position <= session_n(hold->session) + 1; position++) {
        ck_assert(session_count(hold, position));
    }
}

void start_and_leave(uint32_t number)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = started_session(number, &owner);
    sessions_leave(sessions, &hold);
}

void finish_and_leave(uint32_t number)
{
    struct test_owner owner = new_owner();
    struct session_hold hold = started_session(number, &owner);
    count_all(&hold);
    sessions_leave(sessions, &hold);
}
