#define _GNU_SOURCE /* memfd_create */
/*
 * The file of the file store: any bytes are a file that is read, or refused. Whatever passes, the
 * records in it are what the server trusts.
 */
#include "server/stores/file_pages.h"
#include "server/stores/file_record.h"
#include "shared/protocol/sequence.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition) {
        abort();
    }
}

static const char *visit(struct file_visitor *visitor, const uint8_t *key, size_t key_size,
                         const uint8_t *value, size_t value_size)
{
    struct session_record record;
    struct file_head head;
    uint64_t run;
    (void)visitor;
    (void)file_head_decode(value, value_size, &head);
    if (key_size == FILE_KEY_SIZE &&
        file_record_decode(file_key_decode(key), value, value_size, &record, &run)) {
        must(record.n >= 1 && record.n <= SEQUENCE_N_MAX && record.sent <= record.n + 1);
        must(record.generation != 0);
    }
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct file_visitor visitor = {.visit = visit};
    const int file = memfd_create("store", MFD_CLOEXEC);
    must(file >= 0 && write(file, data, size) == (ssize_t)size);
    (void)file_pages_walk(file, &visitor);
    must(close(file) == 0);
    return 0;
}
