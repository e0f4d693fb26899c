#include "server/stores/file_meta.h"

#include "server/stores/file_page.h"

#include <stdbool.h>
#include <string.h>

enum {
    SIZE = FILE_PAGE_HEADER + 136, /* bytes of a meta page that are used */
    APART_MAX = 3,                 /* transactions from one meta page to the other */

    /* Where a meta page has what. */
    FLAGS = 10,
    MAGIC = 16,
    VERSION = 20,
    FREE = 40, /* begins with the size of a page */
    MAIN = 88,
    LAST = 136,
    TRANSACTION = 144,

    LMDB_VERSION = 1
};

#define LMDB_MAGIC UINT32_C(0xBEEFC0DE)

const char file_pages_foreign[] = "is not a session store of comms-server; choose another file";
const char file_pages_damaged[] =
    "is damaged; put a copy of it back, or move it away to begin without its sessions";
const char file_pages_truncated[] =
    "is truncated; put a copy of it back, or move it away to begin without its sessions";
static const char newer[] = "was written by another version of LMDB; use a server with that one";

/* Checks what two meta pages have in common. */
static const char *check_meta(const uint8_t *meta)
{
    const size_t page_size = file_page_u32(meta + FREE);
    if ((file_page_u16(meta + FLAGS) & FILE_PAGE_META) == 0 ||
        file_page_u32(meta + MAGIC) != LMDB_MAGIC) {
        return file_pages_foreign;
    }
    if (file_page_u32(meta + VERSION) != LMDB_VERSION) {
        return newer;
    }
    const bool is_size = page_size >= FILE_PAGE_MIN && page_size <= FILE_PAGE_MAX &&
                         (page_size & (page_size - 1)) == 0;
    return is_size ? NULL : file_pages_damaged;
}

/*
 * Reads both meta pages; *ret_newest: the one that LMDB will take. Transaction k writes page k % 2,
 * so the other one has k - 1, or k - 3 after a write error. Where it has not, a number was damaged,
 * and LMDB would go back in time.
 */
static const char *read_both(int file, uint8_t metas[FILE_META_COUNT][SIZE], size_t *ret_newest)
{
    if (!file_page_read(file, 0, SIZE, metas[0])) {
        return file_pages_truncated;
    }
    const char *problem = check_meta(metas[0]);
    if (problem != NULL) {
        return problem;
    }
    const size_t page_size = file_page_u32(metas[0] + FREE);
    uint8_t page[FILE_PAGE_MAX];
    if (!file_page_read(file, 1, page_size, page)) {
        return file_pages_truncated;
    }
    memcpy(metas[1], page, SIZE);
    if (check_meta(metas[1]) != NULL || file_page_u32(metas[1] + FREE) != page_size) {
        return file_pages_damaged;
    }
    const uint64_t even = file_page_u64(metas[0] + TRANSACTION);
    const uint64_t odd = file_page_u64(metas[1] + TRANSACTION);
    const uint64_t apart = odd > even ? odd - even : even - odd;
    *ret_newest = odd > even;
    return even % 2 == 0 && odd % 2 == 1 && apart <= APART_MAX ? NULL : file_pages_damaged;
}

const char *file_meta_read(int file, struct file_meta *ret_meta)
{
    uint8_t metas[FILE_META_COUNT][SIZE];
    size_t newest = 0;
    const char *problem = read_both(file, metas, &newest);
    if (problem == NULL) {
        const uint8_t *meta = metas[newest];
        ret_meta->page_size = file_page_u32(meta + FREE);
        ret_meta->last_page = file_page_u64(meta + LAST);
        ret_meta->transaction = file_page_u64(meta + TRANSACTION);
        memcpy(ret_meta->free, meta + FREE, sizeof ret_meta->free);
        memcpy(ret_meta->main, meta + MAIN, sizeof ret_meta->main);
    }
    return problem;
}
