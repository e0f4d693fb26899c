#include "shared/tls/certificate_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes of a path that a reason shows. */
#define PATH_SHOWN "%.200s"

static void refuse(char *reason, const char *path, const char *why)
{
    (void)snprintf(reason, CERTIFICATE_REASON_SIZE, "cannot read " PATH_SHOWN ": %s", path, why);
}

static void refuse_errno(char *reason, const char *path)
{
    int code = errno;
    char why[CERTIFICATE_REASON_SIZE / 4];
    if (strerror_r(code, why, sizeof why) != 0) {
        (void)snprintf(why, sizeof why, "error %d", code);
    }
    refuse(reason, path, why);
}

/* Why a file of this kind and size cannot be what is looked for; NULL: it may be. */
static const char *check_status(const struct stat *status)
{
    if (S_ISDIR(status->st_mode)) {
        return "it is a directory";
    }
    if (!S_ISREG(status->st_mode)) {
        return "it is no regular file";
    }
    return status->st_size > CERTIFICATE_FILE_MAX ? "it is larger than 1 MiB" : NULL;
}

/* Reads up to `size` bytes; -1 with errno, or the count, which is less at the end of the file. */
static ssize_t read_all(int descriptor, char *bytes, size_t size)
{
    size_t used = 0;
    while (used < size) {
        ssize_t count = read(descriptor, bytes + used, size - used);
        if (count < 0 && errno != EINTR) {
            return -1;
        }
        if (count == 0) {
            break;
        }
        used += count < 0 ? 0 : (size_t)count;
    }
    return (ssize_t)used;
}

static char *read_text(int descriptor, const char *path, size_t size, char *reason)
{
    char *text = malloc(size + 1);
    if (text == NULL) {
        refuse(reason, path, "out of memory");
        return NULL;
    }
    ssize_t length = read_all(descriptor, text, size);
    if (length < 0) {
        refuse_errno(reason, path);
    } else if (length == 0) {
        refuse(reason, path, "it is empty");
    } else if (memchr(text, '\0', (size_t)length) != NULL) {
        refuse(reason, path, "it is no text");
    } else {
        text[length] = '\0';
        return text;
    }
    OPENSSL_cleanse(text, size); /* it may be a key */
    free(text);
    return NULL;
}

char *certificate_file_read(const char *path, char reason[static CERTIFICATE_REASON_SIZE])
{
    struct stat status;
    char *text = NULL;
    /* To open a FIFO would wait for its writer, if not for O_NONBLOCK. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        refuse_errno(reason, path);
    } else {
        const char *wrong = check_status(&status);
        if (wrong != NULL) {
            refuse(reason, path, wrong);
        } else {
            text = read_text(descriptor, path, (size_t)status.st_size, reason);
        }
    }
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return text;
}

bool certificate_file_is_exposed(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && (status.st_mode & S_IROTH) != 0;
}
