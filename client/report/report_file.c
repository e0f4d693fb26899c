#define _GNU_SOURCE /* O_CLOEXEC */

#include "client/report/report_file.h"

#include "client/report/output.h"

#include <sodium.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FLAGS = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, MODE = 0666 };

/* ---- Opening --------------------------------------------------------------------------------- */

/* Makes a FILE of the descriptor, or closes it. */
static FILE *open_descriptor(int descriptor)
{
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (file == NULL && descriptor >= 0) {
        int error = errno;
        (void)close(descriptor);
        errno = error;
    }
    return file;
}

/* As `3>&1 1>&2` does in a shell: what prints text need not know where it goes. */
static FILE *take_standard_output(void)
{
    FILE *file = open_descriptor(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (file != NULL && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        int error = errno;
        (void)fclose(file);
        errno = error;
        return NULL;
    }
    return file;
}

static FILE *open_path(const char *path, bool *ret_is_new)
{
    int descriptor = open(path, FLAGS | O_EXCL, MODE);
    *ret_is_new = descriptor >= 0;
    if (descriptor < 0 && errno == EEXIST) {
        descriptor = open(path, FLAGS, MODE);
    }
    return open_descriptor(descriptor);
}

bool report_file_open(struct report_file *file, const char *path)
{
    *file = (struct report_file){.path = path};
    if (path == NULL) {
        return true;
    }
    file->is_stdout = strcmp(path, "-") == 0;
    file->file = file->is_stdout ? take_standard_output() : open_path(path, &file->is_new);
    if (file->file == NULL) {
        output_complain(file->is_stdout ? "to standard output" : path, errno);
        return false;
    }
    return true;
}

/* ---- Replacing ------------------------------------------------------------------------------- */

/*
 * A new file beside the path; the caller frees its name. It ends in .tmp, which those who read a
 * folder of files pass over. Where the path is a symbolic link, the file beside its target.
 */
static FILE *open_beside(const char *path, char **ret_name)
{
    char *real = realpath(path, NULL);
    const char *target = real == NULL ? path : real;
    size_t size = strlen(target) + sizeof ".01234567.tmp";
    char *name = malloc(size);
    FILE *file = NULL;
    if (name != NULL) {
        (void)snprintf(name, size, "%s.%08x.tmp", target, (unsigned)randombytes_random());
        file = open_descriptor(open(name, FLAGS | O_EXCL, MODE));
    }
    int error = errno;
    free(real);
    if (file == NULL) {
        free(name);
        errno = error;
        return NULL;
    }
    *ret_name = name;
    return file;
}

/* Shows that it can be written: makes the file beside it, and removes it. */
static bool can_be_replaced(const char *path)
{
    char *name;
    FILE *file = open_beside(path, &name);
    if (file == NULL) {
        return false;
    }
    (void)unlink(name);
    (void)fclose(file);
    free(name);
    return true;
}

/* A regular file, or none yet. A symbolic link whose target is not there yet is written through. */
static bool names_a_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? S_ISREG(status.st_mode) : lstat(path, &status) != 0;
}

bool report_file_open_replaced(struct report_file *file, const char *path)
{
    if (path == NULL || strcmp(path, "-") == 0 || !names_a_file(path)) {
        return report_file_open(file, path);
    }
    *file = (struct report_file){.path = path, .is_replaced = true};
    if (!can_be_replaced(path)) {
        output_complain(path, errno);
        file->is_replaced = false;
        return false;
    }
    return true;
}

/* Gives the file its name if all was written, else removes it. */
static bool replace(const char *path, const char *name, bool good)
{
    int error = errno;
    char *real = realpath(path, NULL);
    if (good && rename(name, real == NULL ? path : real) != 0) {
        good = false;
        error = errno;
    }
    free(real);
    if (!good) {
        (void)unlink(name);
        errno = error;
    }
    return good;
}

/* ---- Which file it is ------------------------------------------------------------------------ */

bool report_file_is(const struct report_file *file, int descriptor)
{
    struct stat own;
    struct stat other;
    bool is_known = file->is_replaced    ? stat(file->path, &own) == 0
                    : file->file != NULL ? fstat(fileno(file->file), &own) == 0
                                         : false;
    return is_known && fstat(descriptor, &other) == 0 && S_ISREG(own.st_mode) &&
           own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* Standard output is the shell's to empty: what `>>` adds to stays. */
bool report_file_begin(struct report_file *file)
{
    struct stat status;
    if (file->file != NULL && !file->is_stdout && fstat(fileno(file->file), &status) == 0 &&
        S_ISREG(status.st_mode) && ftruncate(fileno(file->file), 0) != 0) {
        file->has_failed = true;
        output_complain(file->path, errno);
        return false;
    }
    return true;
}

static void fail(struct report_file *file, int error)
{
    if (file->has_failed) {
        return;
    }
    file->has_failed = true;
    file->is_closed_pipe = file->is_stdout && error == EPIPE;
    if (!file->is_closed_pipe) { /* `| head` has seen enough */
        output_complain(file->is_stdout ? "to standard output" : file->path, error);
    }
}

bool report_file_flush(struct report_file *file, bool good)
{
    if (file->file != NULL && !file->has_failed &&
        (!good || fflush(file->file) != 0 || ferror(file->file) != 0)) {
        fail(file, errno);
    }
    return !file->has_failed;
}

void report_file_discard(struct report_file *file)
{
    file->is_replaced = false;
    if (file->file == NULL) {
        return;
    }
    if (file->is_new) {
        (void)unlink(file->path);
    }
    (void)fclose(file->file);
    file->file = NULL;
}

/* Writes and closes it; errno says why it failed. */
static bool finish(FILE *file, const struct result *result,
                   bool (*write)(const struct result *, FILE *))
{
    bool good = write == NULL || write(result, file);
    int error = errno;
    if (fclose(file) != 0 && good) {
        good = false;
        error = errno;
    }
    errno = error;
    return good;
}

bool report_file_write(struct report_file *file, const struct result *result,
                       bool (*write)(const struct result *, FILE *))
{
    char *name = NULL;
    bool is_replaced = file->is_replaced;
    FILE *to = is_replaced ? open_beside(file->path, &name) : file->file;
    if (to == NULL && !is_replaced) {
        return true;
    }
    bool good = to != NULL && finish(to, result, file->has_failed ? NULL : write);
    if (to != NULL && is_replaced) {
        good = replace(file->path, name, good);
    }
    if (!good) {
        fail(file, errno);
    }
    free(name);
    file->file = NULL;
    file->is_replaced = false;
    return !file->has_failed;
}
