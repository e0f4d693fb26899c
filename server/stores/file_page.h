/*
 * One page of a file of LMDB 0.9, as it lies on the disk: its header, its nodes. For file_pages.c;
 * from any thread.
 */
#ifndef COMMS_SERVER_STORES_FILE_PAGE_H
#define COMMS_SERVER_STORES_FILE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FILE_PAGE_MIN = 512, /* bytes, a power of two */
    FILE_PAGE_MAX = 65536,
    FILE_PAGE_HEADER = 16,

    /* flags of a page */
    FILE_PAGE_BRANCH = 0x01,
    FILE_PAGE_LEAF = 0x02,
    FILE_PAGE_OVERFLOW = 0x04,
    FILE_PAGE_META = 0x08,

    /* flags of a node of a leaf */
    FILE_NODE_BIG = 0x01 /* its value is the number of an overflow page */
};

#define FILE_PAGE_NONE UINT64_MAX

struct file_page {
    uint8_t *bytes; /* FILE_PAGE_MAX bytes, owned by the caller */
    size_t size;
    unsigned count; /* of nodes */
    bool is_leaf;
};

struct file_node {
    const uint8_t *key;
    size_t key_size;
    uint64_t child; /* of a branch: a page number */
    unsigned flags; /* of a leaf */
    const uint8_t *value;
    size_t value_size; /* of a leaf; with FILE_NODE_BIG it lies on the overflow page */
};

/* Numbers of 2, 4 and 8 bytes, as the machine has them. */
uint16_t file_page_u16(const uint8_t *bytes);
uint32_t file_page_u32(const uint8_t *bytes);
uint64_t file_page_u64(const uint8_t *bytes);

/* Reads page `number`, whole. False: the file ends before, or cannot be read. */
bool file_page_read(int file, uint64_t number, size_t size, uint8_t *bytes);

/*
 * Checks a page of nodes that was read into page->bytes: its number, its kind, and that its nodes
 * fill the used part without a gap or an overlap. Sets page->count and page->is_leaf.
 */
bool file_page_check(struct file_page *page, uint64_t number);

/* Node `index`, below page->count, of a page that was checked. */
struct file_node file_page_node(const struct file_page *page, unsigned index);

#endif
