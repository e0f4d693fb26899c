/*
 * LMDB on a file that was checked and is locked: one transaction after the other, each on the disk
 * when it is answered. After an error LMDB begins anew with what the file holds. For one thread at
 * a time.
 */
#ifndef COMMS_SERVER_STORES_FILE_ENVIRONMENT_H
#define COMMS_SERVER_STORES_FILE_ENVIRONMENT_H

#include "server/stores/file_database.h"
#include "server/stores/file_record.h"

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { FILE_VALUE_MAX = FILE_RECORD_SIZE };

/* What is put into the file or, with size 0, deleted from it. */
struct file_entry {
    uint8_t key[FILE_KEY_SIZE];
    uint8_t value[FILE_VALUE_MAX];
    size_t size; /* of the value, bytes */
};

enum {
    /*
     * Bytes that are allocated on the disk, beyond the file's last page or in free pages of it,
     * before something new is written. So a full disk refuses new sessions, and what is there can
     * still be changed and deleted: LMDB writes both to other pages first.
     */
    FILE_RESERVE = 1024 * 1024
};

struct file_environment {
    const char *path; /* not owned */
    int file;         /* the locked file; not owned; -1: a new file, which nobody else knows */
    off_t size;       /* that the file has had at least, bytes */
    off_t reserved;   /* bytes that are allocated on the disk */
    MDB_env *env;     /* NULL: not open */
    bool is_broken;   /* LMDB was broken off, or the file was cut: only a new start helps */
    char problem[FILE_PROBLEM_SIZE];
};

/* Prepares it; the next write opens the file. The process must have called file_guard_prepare. */
void file_environment_init(struct file_environment *environment, const char *path, int file);

/*
 * Writes all entries in one transaction; environment->problem says what went wrong. `has_new`: some
 * are new, and may be written only if FILE_RESERVE stays.
 */
enum file_result file_environment_write(struct file_environment *environment,
                                        const struct file_entry *entries, size_t count,
                                        bool has_new);

/* Whether the path still names the locked file, with all that it had; else environment->problem
 * says what has become of it. */
bool file_environment_is_in_place(struct file_environment *environment);

void file_environment_close(struct file_environment *environment);

#endif
