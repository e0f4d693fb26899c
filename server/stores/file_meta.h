/*
 * The two meta pages at the beginning of a file of LMDB 0.9: which snapshot of the file is the
 * newest, and where it begins. For file_pages.c; from any thread.
 */
#ifndef COMMS_SERVER_STORES_FILE_META_H
#define COMMS_SERVER_STORES_FILE_META_H

#include <stddef.h>
#include <stdint.h>

/* What may be wrong with a file, as the end of a sentence about it that says what to do. */
extern const char file_pages_foreign[];
extern const char file_pages_damaged[];
extern const char file_pages_truncated[];

enum { FILE_META_COUNT = 2, FILE_META_DATABASE_SIZE = 48 };

/* The newest snapshot. */
struct file_meta {
    size_t page_size; /* bytes; between FILE_PAGE_MIN and FILE_PAGE_MAX */
    uint64_t last_page;
    uint64_t transaction;
    uint8_t free[FILE_META_DATABASE_SIZE]; /* LMDB's description of the database of free pages */
    uint8_t main[FILE_META_DATABASE_SIZE]; /* and of that of the entries */
};

/* Reads both pages. Returns NULL, or a text as above. */
const char *file_meta_read(int file, struct file_meta *ret_meta);

#endif
