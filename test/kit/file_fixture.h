/*
 * What the tests of the file store share: a folder with the file, its bytes, and the sessions that
 * an opening of it finds. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_FILE_FIXTURE_H
#define COMMS_TEST_KIT_FILE_FIXTURE_H

#include "server/stores/file_database.h"
#include "test/kit/scratch_folder.h"

#include <stddef.h>
#include <stdint.h>

enum { FILE_PATH_SIZE = SCRATCH_FOLDER_SIZE + 48 };

extern char file_folder[SCRATCH_FOLDER_SIZE];
extern char file_path[FILE_PATH_SIZE]; /* there is no such file at first */

/* A test's checked fixture. */
void file_set_up(void);
void file_tear_down(void);

/* The bytes of a file, on the heap. */
struct file_bytes {
    uint8_t *bytes;
    size_t size;
};
struct file_bytes file_bytes_read(const char *path);
void file_bytes_write(const char *path, const struct file_bytes *bytes);

/* What was found in the file, from the newest to the oldest session. */
enum { FILE_FOUND_MAX = 20000 };
struct file_found {
    struct file_reader reader; /* first: a pointer to one is a pointer to the other */
    size_t count;
    struct session_record records[FILE_FOUND_MAX];
};
extern struct file_found file_found;
extern char file_problem[FILE_PROBLEM_SIZE];

/* Opens the file and fills file_found; NULL and a problem where it cannot. */
struct file_database *file_try_open(void);
/* The same where it must open. */
struct file_database *file_open(void);

/* A record of this generation, of a session of 9 numbers. */
struct session_record file_record_of(uint64_t generation, uint32_t sent);

/* Writes a session, and ends the run in order or as a crash does. */
void file_put(struct file_database *database, uint64_t generation, uint32_t sent);
void file_delete(struct file_database *database, uint64_t generation);
void file_close(struct file_database *database);

#endif
