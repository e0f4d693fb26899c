#include "server/stores/file_database.h"

#include "server/stores/file_environment.h"
#include "server/stores/file_guard.h"
#include "server/stores/file_meta.h"
#include "server/stores/file_new.h"
#include "server/stores/file_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_database {
    char *path;
    int file; /* holds the lock; -1: none */
    struct file_head head;
    bool was_closed;
    struct file_environment environment;
};

/* ---- Opening --------------------------------------------------------------------------------- */

/* Opens and locks the file. False: `problem` says why, or errno is ENOENT and there is none. */
static bool lock_file(struct file_database *database, char problem[static FILE_PROBLEM_SIZE])
{
    struct stat status;
    const char *path = database->path;
    problem[0] = '\0';
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        file_complain(problem, path, "%s",
                      S_ISDIR(status.st_mode) ? "is a directory; name a file in it"
                                              : "is not a regular file; choose another one");
        return false;
    }
    database->file = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (database->file < 0) {
        const int error = errno;
        if (error != ENOENT) {
            file_complain_of_error(problem, path, "cannot be opened", error);
        }
        return false;
    }
    if (flock(database->file, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        if (error == EWOULDBLOCK) {
            file_complain(problem, path,
                          "is in use by another server; stop it, or choose another file");
        } else {
            file_complain_of_error(problem, path, "cannot be locked", error);
        }
        return false;
    }
    if (fstat(database->file, &status) == 0 && status.st_size == 0) {
        file_complain(problem, path, "is empty; remove it to begin without sessions");
        return false;
    }
    return true;
}

struct loader {
    struct file_visitor visitor; /* first: a pointer to one is a pointer to the other */
    struct file_reader *reader;
    struct file_head head;
    bool has_head;
};

/*
 * Two passes read the file: the head has the lowest key and so comes last, and the sessions cannot
 * be judged without it.
 */
static const char *visit_head(struct file_visitor *visitor, const uint8_t *key, size_t key_size,
                              const uint8_t *value, size_t value_size)
{
    struct loader *loader = (struct loader *)(void *)visitor;
    if (key_size != FILE_KEY_SIZE) {
        return file_pages_foreign;
    }
    if (file_key_decode(key) != 0) {
        return NULL;
    }
    switch (file_head_decode(value, value_size, &loader->head)) {
    case FILE_HEAD_FOREIGN:
        return file_pages_foreign;
    case FILE_HEAD_NEWER:
        return "was written by a newer comms-server; start that one, or choose another file";
    case FILE_HEAD_DAMAGED:
        return file_pages_damaged;
    case FILE_HEAD_GOOD:
        break;
    }
    loader->has_head = true;
    return NULL;
}

static const char *visit_session(struct file_visitor *visitor, const uint8_t *key, size_t key_size,
                                 const uint8_t *value, size_t value_size)
{
    struct loader *loader = (struct loader *)(void *)visitor;
    const uint64_t generation = key_size == FILE_KEY_SIZE ? file_key_decode(key) : 0;
    struct session_record record;
    uint64_t run;
    if (generation == 0) {
        return NULL; /* the head */
    }
    if (!file_record_decode(generation, value, value_size, &record, &run)) {
        return file_pages_damaged;
    }
    record.is_exact = record.is_exact && run > loader->head.crashed_run;
    return loader->reader->read(loader->reader, &record) ? NULL : "cannot be read: out of memory";
}

/* Checks all of the file and reads the sessions. Returns NULL or what is wrong. */
static const char *load(struct file_database *database, struct file_reader *reader)
{
    struct loader loader = {.visitor = {.visit = visit_head}, .reader = reader};
    const char *what = file_pages_walk(database->file, &loader.visitor);
    if (what == NULL && !loader.has_head) {
        what = file_pages_foreign;
    }
    if (what != NULL) {
        return what;
    }
    database->was_closed = loader.head.is_closed;
    if (!loader.head.is_closed) {
        loader.head.crashed_run = loader.head.run;
    }
    database->head = loader.head;
    loader.visitor.visit = visit_session;
    return file_pages_walk(database->file, &loader.visitor);
}

static bool is_link(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

/* Opens a file that is there, or makes one. */
static bool open_file(struct file_database *database, char problem[static FILE_PROBLEM_SIZE])
{
    if (lock_file(database, problem)) {
        return true;
    }
    if (problem[0] != '\0') {
        return false;
    }
    if (!file_new_make(database->path, problem)) {
        return false;
    }
    const bool is_open = lock_file(database, problem);
    if (!is_open && problem[0] == '\0') {
        file_complain(problem, database->path,
                      is_link(database->path) ? "is a symbolic link to a file that is not there"
                                              : "was removed just now; try again");
    }
    return is_open;
}

struct file_database *file_database_open(const char *path, struct file_reader *reader,
                                         char problem[static FILE_PROBLEM_SIZE])
{
    struct file_database *database = calloc(1, sizeof *database);
    char *copy = strdup(path);
    if (database == NULL || copy == NULL || !file_guard_prepare()) {
        file_complain(problem, path, "cannot be opened: out of memory");
        free(copy);
        free(database);
        return NULL;
    }
    database->path = copy;
    database->file = -1;
    if (!open_file(database, problem)) {
        file_database_close(database);
        return NULL;
    }
    const char *what = load(database, reader);
    if (what != NULL) {
        file_complain(problem, path, "%s", what);
        file_database_close(database);
        return NULL;
    }
    database->head.run++;
    file_environment_init(&database->environment, database->path, database->file);
    if (file_database_write(database, NULL, 0, false) != FILE_WRITTEN) {
        file_complain(problem, path, "%s", file_database_problem(database));
        file_database_close(database);
        return NULL;
    }
    return database;
}

/* ---- Using it -------------------------------------------------------------------------------- */

bool file_database_was_closed(const struct file_database *database)
{
    return database->was_closed;
}

static void encode_change(const struct file_database *database, const struct file_change *change,
                          struct file_entry *entry)
{
    file_key_encode(change->record.generation, entry->key);
    entry->size = 0;
    if (!change->is_deleted) {
        file_record_encode(&change->record, database->head.run, entry->value);
        entry->size = FILE_RECORD_SIZE;
    }
}

static void encode_head(const struct file_database *database, struct file_entry *entry)
{
    file_key_encode(0, entry->key);
    file_head_encode(&database->head, entry->value);
    entry->size = FILE_HEAD_SIZE;
}

enum file_result file_database_write(struct file_database *database,
                                     const struct file_change *changes, size_t count, bool is_last)
{
    struct file_entry *entries = malloc((count + 1) * sizeof *entries);
    if (entries == NULL) {
        (void)snprintf(database->environment.problem, sizeof database->environment.problem,
                       "cannot be written: out of memory");
        return FILE_FAILED;
    }
    bool has_new = false;
    for (size_t i = 0; i < count; i++) {
        encode_change(database, &changes[i], &entries[i]);
        has_new = has_new || changes[i].is_new;
    }
    const bool has_head = count == 0 || is_last;
    if (has_head) {
        database->head.is_closed = is_last;
        encode_head(database, &entries[count]);
    }
    const enum file_result result =
        file_environment_write(&database->environment, entries, count + has_head, has_new);
    free(entries);
    return result;
}

enum file_result file_database_probe(struct file_database *database)
{
    struct file_entry entry;
    encode_head(database, &entry);
    return file_environment_write(&database->environment, &entry, 1, true);
}

const char *file_database_problem(const struct file_database *database)
{
    return database->environment.problem;
}

bool file_database_is_in_place(struct file_database *database)
{
    return !database->environment.is_broken && file_environment_is_in_place(&database->environment);
}

void file_database_close(struct file_database *database)
{
    if (database == NULL) {
        return;
    }
    file_environment_close(&database->environment);
    if (database->file >= 0) {
        (void)close(database->file);
    }
    free(database->path);
    free(database);
}
