#include "server/net/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATH_SIZE = sizeof((struct sockaddr_un *)NULL)->sun_path, LOCK_NAME_SIZE = PATH_SIZE + 8 };

const char *unix_socket_path(const char *address)
{
    static const char prefix[] = "unix:";
    return strncmp(address, prefix, sizeof prefix - 1) == 0 ? address + sizeof prefix - 1 : NULL;
}

static void name_lock(const char *path, char name[static LOCK_NAME_SIZE])
{
    (void)snprintf(name, LOCK_NAME_SIZE, "%s.lock", path);
}

/* Locks PATH.lock. Returns its descriptor, or -1 with errno: EADDRINUSE if a server holds it. */
static int lock_path(const char *path)
{
    char name[LOCK_NAME_SIZE];
    name_lock(path, name);
    for (;;) {
        int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (lock < 0) {
            return -1;
        }
        if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
            int code = errno == EWOULDBLOCK ? EADDRINUSE : errno;
            (void)close(lock);
            errno = code;
            return -1;
        }
        /* The last holder may have removed the file between open and flock. Then the lock is on a
         * file without a name: open the new file. */
        struct stat locked;
        struct stat present;
        if (fstat(lock, &locked) == 0 && stat(name, &present) == 0 &&
            locked.st_ino == present.st_ino && locked.st_dev == present.st_dev) {
            return lock;
        }
        (void)close(lock);
    }
}

/* Removes PATH.lock before it releases the lock, so it cannot remove another server's file. */
static void unlock_path(const char *path, int lock)
{
    char name[LOCK_NAME_SIZE];
    name_lock(path, name);
    (void)unlink(name);
    (void)close(lock);
}

static int bind_path(const char *path, int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    struct stat present;
    if (lstat(path, &present) == 0) {
        if (!S_ISSOCK(present.st_mode)) {
            errno = EEXIST;
            return -1;
        }
        (void)unlink(path); /* a dead server left it: this server holds the lock */
    }
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        return -1;
    }
    if (bind(descriptor, (const struct sockaddr *)(const void *)&address, sizeof address) != 0 ||
        listen(descriptor, backlog) != 0) {
        int code = errno;
        (void)close(descriptor);
        errno = code;
        return -1;
    }
    return descriptor;
}

int unix_socket_open(const char *path, int backlog, int *ret_lock)
{
    int lock = lock_path(path);
    if (lock < 0) {
        return -1;
    }
    int descriptor = bind_path(path, backlog);
    if (descriptor < 0) {
        int code = errno;
        unlock_path(path, lock);
        errno = code;
        return -1;
    }
    *ret_lock = lock;
    return descriptor;
}

void unix_socket_close(const char *path, int descriptor, int lock)
{
    (void)unlink(path);
    unlock_path(path, lock);
    (void)close(descriptor);
}
