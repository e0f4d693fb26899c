#include "test/durability/power_cut.h"

#include <check.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512 };

void disk_record_read(struct disk_record *record, const char *path, uint64_t inode)
{
    struct stat status;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fstat(fd, &status), 0);
    const size_t size = (size_t)status.st_size;
    *record = (struct disk_record){.bytes = malloc(size + 1)};
    ck_assert_ptr_nonnull(record->bytes);
    ck_assert_int_eq(read(fd, record->bytes, size), status.st_size);
    close(fd);
    record->operations = calloc(size / sizeof(struct disk_operation) + 1, sizeof(void *));
    ck_assert_ptr_nonnull(record->operations);
    for (size_t at = 0; at + sizeof(struct disk_operation) <= size;) {
        struct disk_operation *operation = malloc(sizeof *operation);
        ck_assert_ptr_nonnull(operation);
        memcpy(operation, record->bytes + at, sizeof *operation);
        at += sizeof *operation;
        const size_t written = operation->size;
        const bool is_meant = operation->inode == inode;
        operation->inode = at; /* from now on: where its bytes are */
        at += written;
        if (is_meant && at <= size) {
            record->operations[record->count++] = operation;
        } else {
            free(operation);
        }
    }
}

void disk_record_cleanup(struct disk_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        free(record->operations[i]);
    }
    free(record->operations);
    free(record->bytes);
}

/* Whether operation i is a write that is on the disk for certain at this moment. */
static bool is_durable(const struct disk_record *record, size_t i, int64_t moment)
{
    const struct disk_operation *write = record->operations[i];
    if (write->kind == DISK_WRITE_THROUGH && write->ended < moment) {
        return true;
    }
    for (size_t k = i + 1; k < record->count && record->operations[k]->ended < moment; k++) {
        if (record->operations[k]->kind == DISK_SYNC) {
            return true;
        }
    }
    return false;
}

static void put(int fd, const uint8_t *bytes, size_t size, int64_t offset)
{
    ck_assert_int_eq(pwrite(fd, bytes, size, offset), (ssize_t)size);
}

/* Writes none, all, or some sectors. */
static void put_perhaps(int fd, const uint8_t *bytes, size_t size, int64_t offset, unsigned *seed)
{
    const int fate = rand_r(seed) % 3;
    for (size_t at = 0; at < size; at += SECTOR) {
        const size_t part = size - at < SECTOR ? size - at : SECTOR;
        if (fate == 1 || (fate == 2 && rand_r(seed) % 2 == 0)) {
            put(fd, bytes + at, part, offset + (int64_t)at);
        }
    }
}

void power_cut(const struct disk_record *record, int64_t moment, unsigned *seed, const char *path)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    for (size_t i = 0; i < record->count && record->operations[i]->began < moment; i++) {
        const struct disk_operation *operation = record->operations[i];
        const uint8_t *bytes = record->bytes + operation->inode;
        if (operation->kind == DISK_SYNC) {
            continue;
        }
        if (is_durable(record, i, moment)) {
            put(fd, bytes, operation->size, operation->offset);
        } else {
            put_perhaps(fd, bytes, operation->size, operation->offset, seed);
        }
    }
    close(fd);
}
