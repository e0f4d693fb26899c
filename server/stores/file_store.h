/*
 * --store file:PATH: the sessions live in the map of this process, and a file has a copy, so that
 * they outlive it.
 *
 *     START ──▶ sessions_start: pending ──▶ queue ──▶ writer: fsync ──▶ confirmed, answered
 *     leave, eviction, once a second the streams that sent on ──▶ queue ──▶ writer
 *
 * What is promised: a session whose START was answered is there after a crash of the process or of
 * the machine, at any moment. How many of its messages were sent is exact after an ordered stop;
 * after a crash nobody knows it, and the client's position decides (session_is_exact). CONTINUE and
 * numbers never wait for the disk.
 *
 * START waits, less than 5 seconds for the write that is under way and at most 5 seconds for its
 * own. While nothing can be written it is refused, the sessions that exist go on, and what has
 * changed is written as soon as that is possible.
 */
#ifndef COMMS_SERVER_STORES_FILE_STORE_H
#define COMMS_SERVER_STORES_FILE_STORE_H

#include "server/sessions/sessions.h"
#include "server/sessions/store.h"
#include "server/stores/file_database.h"
#include "shared/base/clock.h"

/*
 * Opens the file and restores its sessions, which are idle from now on; `sessions` must start them
 * pending, and outlive the store. NULL: `problem` says why, for the user. For the main thread.
 */
struct store *file_store_open(const char *path, const struct clock *clock,
                              struct sessions *sessions, char problem[static FILE_PROBLEM_SIZE]);

#endif
