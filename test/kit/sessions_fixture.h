/*
 * What the tests of the session map in one thread share: a map with a clock that the test moves,
 * sessions that are named by a number, and owners that count how often they lost theirs.
 */
#ifndef COMMS_TEST_KIT_SESSIONS_FIXTURE_H
#define COMMS_TEST_KIT_SESSIONS_FIXTURE_H

#include "server/sessions/sessions.h"
#include "test/kit/fake_clock.h"

#include <stdbool.h>
#include <stdint.h>

#define SESSIONS_TIMEOUT (30 * NS_PER_S)

/* The most sessions of the map, and the numbers of a started session. */
enum { SESSIONS_LIMIT = 1000, N = 3 };

struct test_owner {
    struct session_owner owner;
    int lost; /* how often it was told that it lost its session */
};

extern struct fake_clock sessions_clock;
extern struct sessions *sessions;

/* A test's checked fixture: an empty map. */
void sessions_set_up(void);
void sessions_tear_down(void);

/* An owner that has lost nothing. */
struct test_owner new_owner(void);

/* The uuid of the session that the functions below call `number`. */
struct uuid uuid_of(uint32_t number);

/* Starts a session, as sessions_start does. */
enum error start_session(uint32_t number, uint32_t n, struct test_owner *owner,
                         struct session_hold *hold);

/* Starts a session, which must succeed. */
struct session_hold started_session(uint32_t number, struct test_owner *owner);

/* As sessions_find: the caller owns a reference; NULL if there is none. */
struct session *find_session(uint32_t number);

bool exists(uint32_t number);

/* Finds a session, which must be there, and claims it as sessions_take does. */
enum session_claim claim_session(uint32_t number, uint32_t attempt, struct test_owner *owner,
                                 struct session_hold *hold, struct session_before *before);

/* Finds and takes a session, which must be there, without an attempt. Returns whether it was owned.
 */
bool take_session(uint32_t number, struct test_owner *owner, struct session_hold *hold);

/* Counts all messages of a session: it is finished. */
void count_all(const struct session_hold *hold);

/* Start a session and leave it, before its first message or after its last. */
void start_and_leave(uint32_t number);
void finish_and_leave(uint32_t number);

#endif
