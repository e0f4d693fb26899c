/*
 * A disk that can be watched, and that fails: LD_PRELOAD, for one program and one file of it. The
 * test maps the file that DISK_CONTROL names, says there which file it means, and what is to happen
 * to it (struct disk_control of test/durability/disk.h). DISK_RECORD names a file that gets each
 * write and each sync of every file, with its time: struct disk_operation, and the bytes. For one
 * writing thread.
 */
#define _GNU_SOURCE
#include "test/durability/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static struct disk_control *control; /* NULL: nothing fails */
static int record = -1;              /* -1: nothing is recorded */

static long long now(void)
{
    struct timespec time;
    (void)syscall(SYS_clock_gettime, CLOCK_REALTIME, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

__attribute__((constructor)) static void open_files(void)
{
    const char *path = getenv("DISK_CONTROL");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
        void *page = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        control = page == MAP_FAILED ? NULL : page;
        (void)close(fd);
    }
    path = getenv("DISK_RECORD");
    record = path == NULL ? -1 : open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

/* Whether the file fails now; waits while it hangs. */
static int fails(int fd)
{
    struct stat status;
    if (control == NULL || atomic_load(&control->inode) == 0 || fstat(fd, &status) != 0 ||
        status.st_ino != atomic_load(&control->inode)) {
        return 0;
    }
    while (atomic_load(&control->hangs) != 0) {
        const struct timespec time = {.tv_nsec = 1000000};
        (void)nanosleep(&time, NULL);
    }
    errno = atomic_load(&control->error);
    return errno != 0;
}

static void note(int fd, enum disk_kind kind, off_t offset, void *bytes, size_t size,
                 long long began)
{
    struct stat status;
    if (record < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return;
    }
    const int error = errno;
    if (kind == DISK_WRITE && (fcntl(fd, F_GETFL) & O_DSYNC) != 0) {
        kind = DISK_WRITE_THROUGH;
    }
    struct disk_operation operation = {.kind = kind,
                                       .inode = status.st_ino,
                                       .offset = offset,
                                       .size = size,
                                       .began = began,
                                       .ended = now()};
    const struct iovec parts[] = {{&operation, sizeof operation}, {bytes, size}};
    (void)syscall(SYS_writev, record, parts, size == 0 ? 1 : 2);
    errno = error;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the system has odd ones */

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    if (fails(fd)) {
        return -1;
    }
    const long long began = now();
    const ssize_t result = syscall(SYS_pwrite64, fd, bytes, size, offset);
    if (result > 0) {
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): writev wants it not const, and reads it */
        note(fd, DISK_WRITE, offset, (void *)(uintptr_t)bytes, (size_t)result, began);
    }
    return result;
}

/* Not atomic, but the file has one writer. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
    ssize_t sum = 0;
    if (fails(fd)) {
        return -1;
    }
    for (int i = 0; i < count; i++) {
        const long long began = now();
        const off_t offset = lseek(fd, 0, SEEK_CUR);
        const ssize_t result = syscall(SYS_write, fd, parts[i].iov_base, parts[i].iov_len);
        if (result < 0) {
            return sum > 0 ? sum : result;
        }
        if (offset >= 0) {
            note(fd, DISK_WRITE, offset, parts[i].iov_base, (size_t)result, began);
        }
        sum += result;
        if ((size_t)result < parts[i].iov_len) {
            break;
        }
    }
    return sum;
}

static int sync_with(long number, int fd)
{
    if (fails(fd)) {
        return -1;
    }
    const long long began = now();
    const int result = (int)syscall(number, fd);
    if (result == 0) {
        note(fd, DISK_SYNC, 0, NULL, 0, began);
    }
    return result;
}

int fdatasync(int fd)
{
    return sync_with(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    return sync_with(SYS_fsync, fd);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
