#include "server/stores/etcd/etcd_password.h"

#include <sodium.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool complain(const char *path, const char *what, char *problem, size_t size)
{
    (void)snprintf(problem, size, "cannot use --store-password-file %s: %s", path, what);
    return false;
}

bool etcd_password_read(struct etcd_password *password, const char *path, char *problem,
                        size_t size)
{
    if (path == NULL) {
        return true;
    }
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0) {
        return complain(path, strerror(errno), problem, size); /* NOLINT(concurrency-mt-unsafe) */
    }
    const ssize_t length = read(descriptor, password->text, sizeof password->text - 1);
    const int error = errno;
    (void)close(descriptor);
    if (length < 0) {
        return complain(path, strerror(error), problem, size); /* NOLINT(concurrency-mt-unsafe) */
    }
    password->text[length] = '\0';
    const size_t line = strcspn(password->text, "\r\n");
    if (line == 0) {
        return complain(path, "its first line is empty", problem, size);
    }
    if (line == sizeof password->text - 1 || strlen(password->text) != (size_t)length) {
        return complain(path, "its first line is no password of at most 1023 characters", problem,
                        size);
    }
    password->text[line] = '\0';
    return true;
}

void etcd_password_cleanup(struct etcd_password *password)
{
    sodium_memzero(password->text, sizeof password->text);
}
