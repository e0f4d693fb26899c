#define _GNU_SOURCE /* O_CLOEXEC */

#include "client/report/report_file.h"

#include "client/report/output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FLAGS = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, MODE = 0666 };

bool report_file_open(struct report_file *file, const char *path)
{
    *file = (struct report_file){.path = path};
    if (path == NULL) {
        return true;
    }
    int descriptor = open(path, FLAGS | O_EXCL, MODE);
    file->is_new = descriptor >= 0;
    if (descriptor < 0 && errno == EEXIST) {
        descriptor = open(path, FLAGS, MODE);
    }
    file->file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (file->file == NULL) {
        output_complain(path, errno);
        if (descriptor >= 0) {
            (void)close(descriptor);
        }
        return false;
    }
    return true;
}

bool report_file_is(const struct report_file *file, int descriptor)
{
    struct stat own;
    struct stat other;
    return file->file != NULL && fstat(fileno(file->file), &own) == 0 &&
           fstat(descriptor, &other) == 0 && S_ISREG(own.st_mode) && own.st_dev == other.st_dev &&
           own.st_ino == other.st_ino;
}

bool report_file_begin(struct report_file *file)
{
    struct stat status;
    if (file->file != NULL && fstat(fileno(file->file), &status) == 0 && S_ISREG(status.st_mode) &&
        ftruncate(fileno(file->file), 0) != 0) {
        output_complain(file->path, errno);
        return false;
    }
    return true;
}

void report_file_discard(struct report_file *file)
{
    if (file->file == NULL) {
        return;
    }
    if (file->is_new) {
        (void)unlink(file->path);
    }
    (void)fclose(file->file);
    file->file = NULL;
}

bool report_file_write(struct report_file *file, const struct result *result,
                       bool (*write)(const struct result *, FILE *))
{
    if (file->file == NULL) {
        return true;
    }
    bool good = write(result, file->file);
    int error = errno;
    if (fclose(file->file) != 0 && good) {
        good = false;
        error = errno;
    }
    file->file = NULL;
    if (!good) {
        output_complain(file->path, error);
    }
    return good;
}
