#include "server/stores/file_pages.h"

#include "server/stores/file_meta.h"
#include "server/stores/file_page.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    DEPTH_MAX = 32,       /* LMDB follows no deeper tree */
    BEYOND_MAX = 1 << 20, /* pages that may have numbers, and were freed before they were written */

    /* Where a database's description has what. */
    DATABASE_FLAGS = 4,
    DATABASE_DEPTH = 6,
    DATABASE_BRANCHES = 8,
    DATABASE_LEAVES = 16,
    DATABASE_OVERFLOWS = 24,
    DATABASE_ENTRIES = 32,
    DATABASE_ROOT = 40,

    /* Where the header of an overflow page has what. */
    OVERFLOW_FLAGS = 10,
    OVERFLOW_COUNT = 12,

    FREE_FLAGS = 0x4008 /* the keys are integers of the machine; the path is no folder */
};

static const char no_memory[] = "cannot be read: out of memory";

/* A branch or leaf on the way from the root, and the limits of its keys. */
struct level {
    struct file_page page;
    unsigned index;           /* nodes that are still to be visited: those below it */
    struct file_node lowest;  /* no key is lower; key NULL: no limit */
    struct file_node highest; /* every key is lower; key NULL: no limit */
};

struct tree {
    bool has_integer_keys;
    uint64_t branches;
    uint64_t leaves;
    uint64_t overflows;
    uint64_t entries;
};

struct walk {
    int file;
    size_t page_size;
    uint64_t last_page;
    uint64_t
        file_pages; /* whole ones in the file; later ones were freed before they were written */
    uint64_t transaction;
    uint8_t *seen; /* a bit for each page: it is in use, or free */
    struct level *levels;
    uint8_t *big;                 /* a value on an overflow page */
    struct file_visitor *visitor; /* NULL: the tree is that of free pages */
};

/* ---- Pages ----------------------------------------------------------------------------------- */

/* Takes a page into account. False: there is no such page, or it was there before. */
static bool mark(struct walk *walk, uint64_t page)
{
    if (page < FILE_META_COUNT || page > walk->last_page ||
        (walk->seen[page / 8] & 1U << page % 8) != 0) {
        return false;
    }
    walk->seen[page / 8] |= (uint8_t)(1U << page % 8);
    return true;
}

static int compare_keys(const struct tree *tree, const struct file_node *a,
                        const struct file_node *b)
{
    if (tree->has_integer_keys) {
        const uint64_t one = file_page_u64(a->key);
        const uint64_t other = file_page_u64(b->key);
        return (one > other) - (one < other);
    }
    const size_t size = a->key_size < b->key_size ? a->key_size : b->key_size;
    const int order = memcmp(a->key, b->key, size);
    return order != 0 ? order : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

/* Checks that the keys of a page rise, and stay within its limits. A branch's first key is void. */
static bool has_ordered_keys(const struct tree *tree, const struct level *level)
{
    struct file_node before = level->lowest;
    for (unsigned i = level->page.is_leaf ? 0 : 1; i < level->page.count; i++) {
        const struct file_node node = file_page_node(&level->page, i);
        if (tree->has_integer_keys && node.key_size != sizeof(uint64_t)) {
            return false;
        }
        const bool may_equal = i == 0; /* the first key of a leaf may be its branch's */
        const int order = before.key == NULL ? -1 : compare_keys(tree, &before, &node);
        if (may_equal ? order > 0 : order >= 0) {
            return false;
        }
        before = node;
    }
    return level->highest.key == NULL || before.key == NULL ||
           compare_keys(tree, &before, &level->highest) < 0;
}

/* Reads a page and puts it on top of the levels. */
static const char *push(struct walk *walk, struct tree *tree, unsigned depth, uint64_t number,
                        bool is_leaf)
{
    struct level *level = &walk->levels[depth];
    if (!mark(walk, number)) {
        return file_pages_damaged;
    }
    if (!file_page_read(walk->file, number, walk->page_size, level->page.bytes)) {
        return file_pages_truncated;
    }
    level->page.size = walk->page_size;
    if (!file_page_check(&level->page, number) || level->page.is_leaf != is_leaf ||
        !has_ordered_keys(tree, level)) {
        return file_pages_damaged;
    }
    level->index = level->page.count;
    *(is_leaf ? &tree->leaves : &tree->branches) += 1;
    return NULL;
}

/* ---- Free pages ------------------------------------------------------------------------------ */

/* Reads a value that lies on overflow pages into walk->big. */
static const char *read_big(struct walk *walk, struct tree *tree, struct file_node *node)
{
    const uint64_t first = file_page_u64(node->value);
    const uint64_t pages =
        (FILE_PAGE_HEADER - 1 + (uint64_t)node->value_size) / walk->page_size + 1;
    if (first > walk->last_page || pages > walk->last_page - first + 1) {
        return file_pages_damaged;
    }
    if (first + pages > walk->file_pages) {
        return file_pages_truncated;
    }
    uint8_t *big = realloc(walk->big, pages * walk->page_size);
    if (big == NULL) {
        return no_memory;
    }
    walk->big = big;
    for (uint64_t i = 0; i < pages; i++) {
        if (!mark(walk, first + i)) {
            return file_pages_damaged;
        }
        if (!file_page_read(walk->file, first + i, walk->page_size, big + i * walk->page_size)) {
            return file_pages_truncated;
        }
    }
    if (file_page_u64(big) != first || file_page_u16(big + OVERFLOW_FLAGS) != FILE_PAGE_OVERFLOW ||
        file_page_u32(big + OVERFLOW_COUNT) != pages) {
        return file_pages_damaged;
    }
    tree->overflows += pages;
    node->value = big + FILE_PAGE_HEADER;
    return NULL;
}

/* An entry of the free pages: the transaction that freed them, how many, and which, downwards. */
static const char *visit_free(struct walk *walk, struct tree *tree, struct file_node *node)
{
    if ((node->flags & FILE_NODE_BIG) != 0) {
        const char *problem = read_big(walk, tree, node);
        if (problem != NULL) {
            return problem;
        }
    }
    const uint64_t count = node->value_size < sizeof count ? 0 : file_page_u64(node->value);
    if (node->value_size < sizeof count || count > node->value_size / sizeof count - 1 ||
        file_page_u64(node->key) > walk->transaction) {
        return file_pages_damaged;
    }
    uint64_t before = FILE_PAGE_NONE;
    for (uint64_t i = 1; i <= count; i++) {
        const uint64_t page = file_page_u64(node->value + i * sizeof page);
        if (page >= before || !mark(walk, page)) {
            return file_pages_damaged;
        }
        before = page;
    }
    return NULL;
}

/* ---- Trees ----------------------------------------------------------------------------------- */

static const char *visit(struct walk *walk, struct tree *tree, struct file_node *node)
{
    tree->entries++;
    if (walk->visitor == NULL) {
        return (node->flags & ~(unsigned)FILE_NODE_BIG) == 0 ? visit_free(walk, tree, node)
                                                             : file_pages_damaged;
    }
    return node->flags == 0 ? walk->visitor->visit(walk->visitor, node->key, node->key_size,
                                                   node->value, node->value_size)
                            : file_pages_foreign;
}

/* Goes down to a child of the branch at level `at`, whose keys lie between its own and the next. */
static const char *descend(struct walk *walk, struct tree *tree, unsigned at, unsigned depth)
{
    const struct level *parent = &walk->levels[at];
    struct level *child = &walk->levels[at + 1];
    const unsigned index = parent->index;
    const struct file_node node = file_page_node(&parent->page, index);
    child->lowest = index == 0 ? parent->lowest : node;
    child->highest = index + 1 == parent->page.count ? parent->highest
                                                     : file_page_node(&parent->page, index + 1);
    return push(walk, tree, at + 1, node.child, at + 2 == depth);
}

static const char *walk_pages(struct walk *walk, struct tree *tree, uint64_t root, unsigned depth)
{
    walk->levels[0].lowest = walk->levels[0].highest = (struct file_node){.key = NULL};
    const char *problem = push(walk, tree, 0, root, depth == 1);
    unsigned used = 1; /* levels */
    while (problem == NULL && used > 0) {
        struct level *level = &walk->levels[used - 1];
        if (level->index == 0) {
            used--;
            continue;
        }
        level->index--;
        if (level->page.is_leaf) {
            struct file_node node = file_page_node(&level->page, level->index);
            problem = visit(walk, tree, &node);
        } else {
            problem = descend(walk, tree, used - 1, depth);
            used++;
        }
    }
    return problem;
}

static const char *walk_tree(struct walk *walk, const uint8_t *database)
{
    struct tree tree = {.has_integer_keys = walk->visitor == NULL};
    const unsigned depth = file_page_u16(database + DATABASE_DEPTH);
    const uint64_t root = file_page_u64(database + DATABASE_ROOT);
    const unsigned flags = walk->visitor == NULL ? FREE_FLAGS : 0;
    if (file_page_u16(database + DATABASE_FLAGS) != flags) {
        return walk->visitor == NULL ? file_pages_damaged : file_pages_foreign;
    }
    if (depth > DEPTH_MAX || (depth == 0) != (root == FILE_PAGE_NONE)) {
        return file_pages_damaged;
    }
    const char *problem = depth == 0 ? NULL : walk_pages(walk, &tree, root, depth);
    if (problem != NULL) {
        return problem;
    }
    const bool is_counted = tree.branches == file_page_u64(database + DATABASE_BRANCHES) &&
                            tree.leaves == file_page_u64(database + DATABASE_LEAVES) &&
                            tree.overflows == file_page_u64(database + DATABASE_OVERFLOWS) &&
                            tree.entries == file_page_u64(database + DATABASE_ENTRIES);
    return is_counted ? NULL : file_pages_damaged;
}

/* ---- The file -------------------------------------------------------------------------------- */

const char *file_pages_walk(int file, struct file_visitor *visitor)
{
    struct file_meta meta;
    const char *problem = file_meta_read(file, &meta);
    if (problem != NULL) {
        return problem;
    }
    struct walk walk = {.file = file,
                        .page_size = meta.page_size,
                        .last_page = meta.last_page,
                        .transaction = meta.transaction};
    const off_t size = lseek(file, 0, SEEK_END);
    walk.file_pages = size < 0 ? 0 : (uint64_t)size / walk.page_size;
    if (walk.last_page > walk.file_pages + BEYOND_MAX) {
        return file_pages_truncated;
    }
    uint8_t *pages = malloc((size_t)DEPTH_MAX * FILE_PAGE_MAX);
    walk.levels = calloc(DEPTH_MAX, sizeof *walk.levels);
    walk.seen = calloc(walk.last_page / 8 + 1, 1);
    if (pages == NULL || walk.levels == NULL || walk.seen == NULL) {
        problem = no_memory;
    } else {
        for (size_t i = 0; i < DEPTH_MAX; i++) {
            walk.levels[i].page.bytes = pages + i * FILE_PAGE_MAX;
        }
        walk.visitor = visitor;
        problem = walk_tree(&walk, meta.main);
        walk.visitor = NULL;
        problem = problem == NULL ? walk_tree(&walk, meta.free) : problem;
    }
    free(walk.seen);
    free(walk.levels);
    free(pages);
    free(walk.big);
    return problem;
}
