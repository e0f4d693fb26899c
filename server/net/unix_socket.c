#include "server/net/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATH_SIZE = sizeof((struct sockaddr_un *)NULL)->sun_path, LOCK_NAME_SIZE = PATH_SIZE + 8 };

/* Another program listens there, or another server is about to. */
static const char in_use[] = "another program listens there";

const char *unix_socket_path(const char *address)
{
    static const char prefix[] = "unix:";
    return strncmp(address, prefix, sizeof prefix - 1) == 0 ? address + sizeof prefix - 1 : NULL;
}

static int fail(char *error, const char *what)
{
    (void)snprintf(error, UNIX_SOCKET_ERROR_SIZE, "%s", what);
    return -1;
}

/* Says what errno means, behind `what`. */
static int fail_errno(char *error, const char *what)
{
    int code = errno;
    char text[UNIX_SOCKET_ERROR_SIZE / 4];
    if (strerror_r(code, text, sizeof text) != 0) {
        (void)snprintf(text, sizeof text, "error %d", code);
    }
    (void)snprintf(error, UNIX_SOCKET_ERROR_SIZE, "%s%s", what, text);
    return -1;
}

static bool is_same_file(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

/* ---- The lock -------------------------------------------------------------------------------- */

static void name_lock(const char *path, char name[static LOCK_NAME_SIZE])
{
    (void)snprintf(name, LOCK_NAME_SIZE, "%s.lock", path);
}

static int fail_lock(char *error, const char *name)
{
    char what[LOCK_NAME_SIZE + 16];
    (void)snprintf(what, sizeof what, "cannot lock %s: ", name);
    return fail_errno(error, what);
}

/* A server's lock file is empty. What somebody has written into is another file, of this name. */
static int fail_other_file(char *error, const char *name)
{
    char what[LOCK_NAME_SIZE + 48];
    (void)snprintf(what, sizeof what, "%s exists, and is no server's lock", name);
    return fail(error, what);
}

/* Locks PATH.lock. Returns its descriptor, or -1. */
static int lock_path(const char *path, char *error)
{
    char name[LOCK_NAME_SIZE];
    name_lock(path, name);
    for (;;) {
        int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (lock < 0) {
            return fail_lock(error, name);
        }
        struct stat locked;
        struct stat present;
        if (fstat(lock, &locked) != 0 || !S_ISREG(locked.st_mode) || locked.st_size != 0) {
            (void)close(lock);
            return fail_other_file(error, name);
        }
        if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
            int result = errno == EWOULDBLOCK ? fail(error, in_use) : fail_lock(error, name);
            (void)close(lock);
            return result;
        }
        /* The last holder may have removed the file between open and flock. Then the lock is on a
         * file without a name: open the new file. */
        if (lstat(name, &present) == 0 && is_same_file(&locked, &present)) {
            return lock;
        }
        (void)close(lock);
    }
}

/* Removes PATH.lock before it releases the lock. The file of another server stays: it can be there
 * if somebody has removed ours. */
static void unlock_path(const char *path, int lock)
{
    char name[LOCK_NAME_SIZE];
    struct stat locked;
    struct stat present;
    name_lock(path, name);
    if (fstat(lock, &locked) == 0 && lstat(name, &present) == 0 &&
        is_same_file(&locked, &present)) {
        (void)unlink(name);
    }
    (void)close(lock);
}

/* ---- The socket ------------------------------------------------------------------------------ */

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    return address;
}

static int open_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/*
 * Makes sure that nobody listens on a socket that is there. A live one takes the connection, or has
 * a full backlog (EAGAIN), or is of another type (EPROTOTYPE).
 */
static int expect_dead(const char *path, char *error)
{
    const struct sockaddr_un address = address_of(path);
    int probe = open_socket();
    if (probe < 0) {
        return fail_errno(error, "");
    }
    int result =
        connect(probe, (const struct sockaddr *)(const void *)&address, sizeof address) == 0
            ? 0
            : errno;
    (void)close(probe);
    switch (result) {
    case ECONNREFUSED: /* nobody has it open */
    case ENOENT:       /* it has gone meanwhile */
        return 0;
    case 0:
    case EAGAIN:
    case EPROTOTYPE:
        return fail(error, in_use);
    default:
        errno = result;
        return fail_errno(error, "cannot find out whether another program listens there: ");
    }
}

/* Removes the socket that a dead server left. */
static int make_room(const char *path, char *error)
{
    struct stat present;
    if (lstat(path, &present) != 0) {
        return errno == ENOENT ? 0 : fail_errno(error, "");
    }
    if (!S_ISSOCK(present.st_mode)) {
        return fail(error, "the file exists, and is no socket");
    }
    if (expect_dead(path, error) != 0) {
        return -1;
    }
    struct stat still;
    if (lstat(path, &still) == 0 && is_same_file(&present, &still) && unlink(path) != 0) {
        return fail_errno(error, "cannot remove the socket of a dead server: ");
    }
    return 0;
}

static int bind_and_listen(const char *path, int backlog, struct unix_socket *socket)
{
    const struct sockaddr_un address = address_of(path);
    struct stat present;
    if (bind(socket->descriptor, (const struct sockaddr *)(const void *)&address, sizeof address) !=
        0) {
        return -1;
    }
    if (lstat(path, &present) != 0 || listen(socket->descriptor, backlog) != 0) {
        int code = errno;
        (void)unlink(path);
        errno = code;
        return -1;
    }
    socket->device = present.st_dev;
    socket->inode = present.st_ino;
    return 0;
}

static int open_locked(const char *path, int backlog, struct unix_socket *socket, char *error)
{
    if (make_room(path, error) != 0) {
        return -1;
    }
    socket->descriptor = open_socket();
    if (socket->descriptor < 0) {
        return fail_errno(error, "");
    }
    if (bind_and_listen(path, backlog, socket) != 0) {
        int result = errno == EADDRINUSE ? fail(error, in_use) : fail_errno(error, "");
        (void)close(socket->descriptor);
        return result;
    }
    return 0;
}

int unix_socket_open(const char *path, int backlog, struct unix_socket *ret_socket,
                     char error[static UNIX_SOCKET_ERROR_SIZE])
{
    struct unix_socket socket = {.lock = lock_path(path, error)};
    if (socket.lock < 0) {
        return -1;
    }
    if (open_locked(path, backlog, &socket, error) != 0) {
        unlock_path(path, socket.lock);
        return -1;
    }
    *ret_socket = socket;
    return 0;
}

void unix_socket_close(const char *path, const struct unix_socket *socket)
{
    struct stat present;
    if (lstat(path, &present) == 0 && present.st_dev == socket->device &&
        present.st_ino == socket->inode) {
        (void)unlink(path);
    }
    unlock_path(path, socket->lock);
    (void)close(socket->descriptor);
}
