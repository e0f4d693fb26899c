#include "server/stores/file_page.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    /* Where the header of a page has what. */
    FLAGS = 10,
    LOWER = 12,
    UPPER = 14,

    /* Where a node has what. */
    NODE_LOW = 0, /* a leaf: low half of the value's size; a branch: of the child */
    NODE_HIGH = 2,
    NODE_FLAGS = 4, /* a leaf: flags; a branch: the child's highest part */
    NODE_KEY_SIZE = 6,
    NODE_HEADER = 8,

    BIG_VALUE_SIZE = 8 /* what stands in the node for a value on an overflow page */
};

uint16_t file_page_u16(const uint8_t *bytes)
{
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

uint32_t file_page_u32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

uint64_t file_page_u64(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

bool file_page_read(int file, uint64_t number, size_t size, uint8_t *bytes)
{
    size_t got = 0;
    while (got < size) {
        ssize_t part = pread(file, bytes + got, size - got, (off_t)(number * size + got));
        if (part > 0) {
            got += (size_t)part;
        } else if (part == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

struct file_node file_page_node(const struct file_page *page, unsigned index)
{
    const uint8_t *node =
        page->bytes + file_page_u16(page->bytes + FILE_PAGE_HEADER + sizeof(uint16_t) * index);
    const uint32_t low = file_page_u16(node + NODE_LOW) | (uint32_t)file_page_u16(node + NODE_HIGH)
                                                              << 16;
    const unsigned flags = file_page_u16(node + NODE_FLAGS);
    struct file_node result = {.key = node + NODE_HEADER,
                               .key_size = file_page_u16(node + NODE_KEY_SIZE)};
    if (page->is_leaf) {
        result.flags = flags;
        result.value = result.key + result.key_size;
        result.value_size = low;
    } else {
        result.child = low | (uint64_t)flags << 32;
    }
    return result;
}

/* The bytes that a node takes on its page; they are even. */
static size_t node_size(const struct file_page *page, unsigned index)
{
    const struct file_node node = file_page_node(page, index);
    size_t value_size = 0;
    if (page->is_leaf) {
        value_size = (node.flags & FILE_NODE_BIG) != 0 ? BIG_VALUE_SIZE : node.value_size;
    }
    const size_t size = NODE_HEADER + node.key_size + value_size;
    return size + (size & 1);
}

/* Marks the bytes of a node in `used`. False: they are not its own, or not all on the page. */
static bool mark_node(const struct file_page *page, unsigned index, size_t upper, uint8_t *used)
{
    const size_t at = file_page_u16(page->bytes + FILE_PAGE_HEADER + sizeof(uint16_t) * index);
    if (at % 2 != 0 || at < upper || at + NODE_HEADER > page->size) {
        return false;
    }
    const size_t size = node_size(page, index);
    if (size > page->size - at || memchr(used + at, 1, size) != NULL) {
        return false;
    }
    memset(used + at, 1, size);
    return true;
}

bool file_page_check(struct file_page *page, uint64_t number)
{
    const unsigned flags = file_page_u16(page->bytes + FLAGS);
    const size_t lower = file_page_u16(page->bytes + LOWER);
    const size_t upper = file_page_u16(page->bytes + UPPER);
    page->is_leaf = flags == FILE_PAGE_LEAF;
    if (file_page_u64(page->bytes) != number || (!page->is_leaf && flags != FILE_PAGE_BRANCH) ||
        lower % 2 != 0 || lower < FILE_PAGE_HEADER || lower > upper || upper > page->size) {
        return false;
    }
    page->count = (unsigned)(lower - FILE_PAGE_HEADER) / (unsigned)sizeof(uint16_t);
    if (page->count < (page->is_leaf ? 1 : 2)) {
        return false;
    }
    uint8_t used[FILE_PAGE_MAX];
    memset(used, 0, page->size);
    for (unsigned i = 0; i < page->count; i++) {
        if (!mark_node(page, i, upper, used)) {
            return false;
        }
    }
    return memchr(used + upper, 0, page->size - upper) == NULL;
}
