/*
 * The file of the store, kept by LMDB: opened and checked, locked against other servers, written in
 * transactions, each of which is on the disk as a whole when it is answered.
 *
 * The file is locked with flock(2) on itself, so LMDB needs no lock file (MDB_NOLOCK). A server
 * that was killed or stopped lets go of it in the same moment as the kernel does. A new file is
 * made under another name, and gets its own when it is complete and on the disk.
 *
 * LMDB's map begins small and is doubled when it is full, between two transactions: what is live is
 * bounded by --max-sessions, so no limit of its own is needed.
 *
 * For one thread at a time.
 */
#ifndef COMMS_SERVER_STORES_FILE_DATABASE_H
#define COMMS_SERVER_STORES_FILE_DATABASE_H

#include "server/sessions/sessions_durable.h"
#include "server/stores/file_record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_database;

/* What is told of each session in the file. Its is_exact says whether `sent` is final. */
struct file_reader {
    /* False: memory is missing, and the file is not opened. */
    bool (*read)(struct file_reader *reader, const struct session_record *record);
};

/* What becomes of one session. */
struct file_change {
    struct session_record record;
    bool is_deleted; /* only record.generation is used */
    bool is_new;     /* it is refused while the disk is full; others go on for a long time */
};

enum file_result {
    FILE_WRITTEN,
    FILE_FULL,  /* the disk, the quota, or a limit of the process; nothing has changed */
    FILE_FAILED /* another error; whether anything has changed is unknown */
};

enum { FILE_PROBLEM_SIZE = 384 };

/*
 * Opens the file, or makes it, and reads the sessions: from the newest to the oldest one. Records
 * on the disk that this run has begun. NULL: it cannot be opened, has not changed, and `problem`
 * says why, for the user.
 */
struct file_database *file_database_open(const char *path, struct file_reader *reader,
                                         char problem[static FILE_PROBLEM_SIZE]);

/* Whether the run before this one has ended in order. */
bool file_database_was_closed(const struct file_database *database);

/*
 * Writes all changes and waits until they are on the disk. `is_last`: this is the end of the run,
 * and all that is in the file is final. Without any change it writes that the run goes on. After an
 * error another try may succeed.
 */
enum file_result file_database_write(struct file_database *database,
                                     const struct file_change *changes, size_t count, bool is_last);

/* Finds out whether a new session could be written. */
enum file_result file_database_probe(struct file_database *database);

/* What went wrong in the last file_database_write. Valid until the next call. */
const char *file_database_problem(const struct file_database *database);

/* Whether the file is still at its path, with all that it had: the next start would find it. */
bool file_database_is_in_place(struct file_database *database);

/* Lets go of the file. NULL: does nothing. */
void file_database_close(struct file_database *database);

#endif
