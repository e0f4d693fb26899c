/*
 * What the tests of a stream's part in a session share: a map of sessions whose store is in memory
 * and whose clock stands still, one session of N numbers, and what is expected of its messages.
 */
#ifndef COMMS_TEST_KIT_STATEFUL_FIXTURE_H
#define COMMS_TEST_KIT_STATEFUL_FIXTURE_H

#include "server/services/comms/stateful.h"

#include <stdint.h>

/* The numbers of the session, and how many sessions the map takes. */
enum { N = 6, LIMIT = 2 };

/* The uuid of the session: its 1st and 5th number are equal. */
extern const struct uuid stateful_uuid;
extern const uint32_t stateful_messages[N + 1];
extern const uint32_t stateful_checksums[N + 2]; /* by position; at N and at N + 1 the same */

struct stateful_test_owner {
    struct session_owner owner;
    int lost; /* how often it was told that it lost its session */
};

extern struct sessions *stateful_sessions;
extern struct stateful_test_owner stateful_owner;
extern struct failure stateful_failure; /* of the latest stream that was refused */

/* A test's checked fixture: an empty map, and an owner that has lost nothing. */
void stateful_set_up(void);
void stateful_tear_down(void);

/* Another owner. */
struct stateful_test_owner new_stateful_owner(void);

/* START of the session by stateful_owner. *ret_stateful is set only if the result is ERROR_NONE;
 * leave_stateful frees it. */
enum error start_stateful(struct stateful **ret_stateful);

/* The same with CONTINUE by position; `position` -1: by value alone. */
enum error continue_stateful(struct stateful **ret_stateful, int position, uint32_t last,
                             struct stateful_test_owner *by);

/* Leaves the session, which the store takes at once. */
void leave_stateful(struct stateful *stateful);

/* Starts the session, sends its first `sent` messages, and leaves it. */
void send_and_leave_stateful(uint32_t sent);

/* How many messages of the session were sent, by the map. */
uint32_t stateful_sent(void);

/* Takes the next message, or all messages after `position`, and checks what the stream says of
 * itself meanwhile. */
void expect_stateful_message(struct stateful *stateful, uint32_t wanted);
void expect_stateful_rest(struct stateful *stateful, uint32_t position);

#endif
