#include "test/kit/stateful_fixture.h"

#include "server/sessions/store_memory.h"
#include "test/kit/fake_clock.h"

#include <check.h>

const struct uuid stateful_uuid = {{0x24, 0xcb, 0x01, 0x69, 0x21, 0xd3, 0xa8, 0x88, 0x80}};
const uint32_t stateful_messages[N + 1] = {3691886270, 1575716416, 363075172, 1055652335,
                                           3691886270, 88604676,   98003};
const uint32_t stateful_checksums[N + 2] = {0, 58046, 105534, 96610, 76689, 11279, 98003, 98003};

struct sessions *stateful_sessions;
struct stateful_test_owner stateful_owner;
struct failure stateful_failure;

static struct fake_clock fake;
static struct store_memory store;
static struct service_host host; /* never told: the store in memory answers at once */

static void lose(struct session_owner *lost)
{
    ((struct stateful_test_owner *)lost)->lost++;
}

struct stateful_test_owner new_stateful_owner(void)
{
    return (struct stateful_test_owner){.owner = {.lose = lose}};
}

void stateful_set_up(void)
{
    fake_clock_init(&fake, 0);
    const struct sessions_settings settings = {
        .max_sessions = LIMIT, .timeout_ns = NS_PER_S, .clock = &fake.clock};
    stateful_sessions = sessions_create(&settings);
    ck_assert_ptr_nonnull(stateful_sessions);
    store_memory_init(&store, stateful_sessions);
    stateful_owner = new_stateful_owner();
    stateful_failure = (struct failure){.error = ERROR_NONE};
}

void stateful_tear_down(void)
{
    sessions_destroy(stateful_sessions);
    fake_clock_cleanup(&fake);
}

static enum error begin(struct stateful **ret_stateful, const struct command *command,
                        const struct request *request, struct stateful_test_owner *by)
{
    struct stateful *stateful = stateful_create(&store.store, &by->owner, &host);
    ck_assert_ptr_nonnull(stateful);
    enum stateful_progress progress = stateful_begin(stateful, command, request, &stateful_failure);
    if (progress == STATEFUL_REFUSED) {
        leave_stateful(stateful);
        ck_assert_int_ne(stateful_failure.error, ERROR_NONE);
        return stateful_failure.error;
    }
    ck_assert_int_eq(progress, STATEFUL_BEGUN);
    *ret_stateful = stateful;
    return ERROR_NONE;
}

enum error start_stateful(struct stateful **ret_stateful)
{
    const struct command command = {.kind = COMMAND_START, .uuid = stateful_uuid, .n = N};
    const struct request request = {.has_position = false};
    return begin(ret_stateful, &command, &request, &stateful_owner);
}

enum error continue_stateful(struct stateful **ret_stateful, int position, uint32_t last,
                             struct stateful_test_owner *by)
{
    const struct command command = {.kind = COMMAND_CONTINUE, .uuid = stateful_uuid, .last = last};
    const struct request request = {.has_position = position >= 0,
                                    .position = position < 0 ? 0 : (uint32_t)position};
    return begin(ret_stateful, &command, &request, by);
}

void leave_stateful(struct stateful *stateful)
{
    ck_assert_int_eq(stateful_leave(stateful), STATEFUL_LEFT);
}

void send_and_leave_stateful(uint32_t sent)
{
    struct stateful *stateful;
    uint32_t message;
    ck_assert_int_eq(start_stateful(&stateful), ERROR_NONE);
    for (uint32_t k = 1; k <= sent; k++) {
        ck_assert(stateful_take(stateful, &message));
    }
    leave_stateful(stateful);
}

uint32_t stateful_sent(void)
{
    struct session *session = sessions_find(stateful_sessions, &stateful_uuid);
    ck_assert_ptr_nonnull(session);
    uint32_t count = session_sent(session);
    session_unref(session);
    return count;
}

void expect_stateful_message(struct stateful *stateful, uint32_t wanted)
{
    uint32_t message = 0;
    ck_assert(!stateful_is_finished(stateful));
    ck_assert(stateful_take(stateful, &message));
    ck_assert_uint_eq(message, wanted);
}

void expect_stateful_rest(struct stateful *stateful, uint32_t position)
{
    for (uint32_t k = position; k <= N; k++) {
        ck_assert_uint_eq(stateful_remaining(stateful), N - k);
        ck_assert(stateful_is_prompt(stateful) == (k == N)); /* message N + 1 is the checksum */
        expect_stateful_message(stateful, stateful_messages[k]);
        ck_assert_uint_ge(stateful_sent(), k + 1);
    }
    ck_assert_uint_eq(stateful_remaining(stateful), 0);
    ck_assert(stateful_is_finished(stateful));
    ck_assert_uint_eq(stateful_sent(), N + 1);
}
