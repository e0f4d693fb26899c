#include "server/stores/file_new.h"

#include "server/stores/file_environment.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SHOWN = 200 }; /* characters of the path in a problem */

void file_complain(char problem[static FILE_PROBLEM_SIZE], const char *path, const char *format,
                   ...)
{
    const size_t length = strlen(path);
    const bool is_long = length > PATH_SHOWN;
    const int begun = snprintf(problem, FILE_PROBLEM_SIZE, "cannot use the session store %s%s: it ",
                               is_long ? "..." : "", is_long ? path + length - PATH_SHOWN : path);
    va_list values;
    va_start(values, format);
    (void)vsnprintf(problem + begun, FILE_PROBLEM_SIZE - (size_t)begun, format, values);
    va_end(values);
}

void file_complain_of_error(char problem[static FILE_PROBLEM_SIZE], const char *path,
                            const char *what, int error)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread calls it */
    file_complain(problem, path, "%s: %s", what, strerror(error));
}

/* Makes the names in the file's folder durable. */
static bool sync_folder(const char *path)
{
    char *copy = strdup(path);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread calls it */
    const char *name = copy == NULL ? NULL : dirname(copy);
    const int folder = name == NULL ? -1 : open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool is_synced = folder >= 0 && fsync(folder) == 0;
    const int error = errno;
    if (folder >= 0) {
        (void)close(folder);
    }
    free(copy);
    errno = error;
    return is_synced;
}

/* Writes a whole file without sessions, and makes it durable. */
static bool fill_file(const char *path, const char *name, int file,
                      char problem[static FILE_PROBLEM_SIZE])
{
    const struct file_head head = {.is_closed = true};
    struct file_entry entry = {.size = FILE_HEAD_SIZE};
    struct file_environment environment;
    file_key_encode(0, entry.key);
    file_head_encode(&head, entry.value);
    file_environment_init(&environment, name, -1);
    const bool is_written = file_environment_write(&environment, &entry, 1, false) == FILE_WRITTEN;
    file_environment_close(&environment);
    if (!is_written) {
        file_complain(problem, path, "cannot be made: %s", environment.problem);
        return false;
    }
    if (fsync(file) != 0) {
        file_complain_of_error(problem, path, "cannot be made", errno);
        return false;
    }
    return true;
}

/* Gives the new file its name, unless another server has just made one. */
static bool name_file(const char *path, const char *name, char problem[static FILE_PROBLEM_SIZE])
{
    if ((link(name, path) != 0 && errno != EEXIST) || unlink(name) != 0 || !sync_folder(path)) {
        file_complain_of_error(problem, path, "cannot be made", errno);
        return false;
    }
    return true;
}

bool file_new_make(const char *path, char problem[static FILE_PROBLEM_SIZE])
{
    const size_t size = strlen(path) + sizeof ".XXXXXX";
    char *name = malloc(size);
    if (name == NULL) {
        file_complain(problem, path, "cannot be made: out of memory");
        return false;
    }
    (void)snprintf(name, size, "%s.XXXXXX", path);
    const int file = mkstemp(name);
    if (file < 0) {
        file_complain_of_error(problem, path, "cannot be made", errno);
        free(name);
        return false;
    }
    const bool is_made = fill_file(path, name, file, problem) && name_file(path, name, problem);
    (void)unlink(name);
    (void)close(file);
    free(name);
    return is_made;
}
