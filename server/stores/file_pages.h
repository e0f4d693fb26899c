/*
 * Reads a file of LMDB 0.9 page by page, with read(2), and checks all that LMDB takes for granted.
 * LMDB maps the file, follows every number in it and checks next to nothing: a file that was cut or
 * damaged kills the process, at once or later (SIGBUS, SIGSEGV, an endless loop). So the store
 * reads its file here first, and lets LMDB have it only when all of it is right.
 *
 * A file may end early, as long as no page that is in use is missing.
 */
#ifndef COMMS_SERVER_STORES_FILE_PAGES_H
#define COMMS_SERVER_STORES_FILE_PAGES_H

#include <stddef.h>
#include <stdint.h>

/*
 * What is called for each entry of the main database. Returns NULL to go on, or a static text, with
 * which the walk ends.
 */
struct file_visitor {
    const char *(*visit)(struct file_visitor *visitor, const uint8_t *key, size_t key_size,
                         const uint8_t *value, size_t value_size);
};

/*
 * Visits the entries of the newest snapshot, from the highest key to the lowest. Returns NULL, or a
 * static text of file_meta.h or its like. From any thread; nobody may write the file meanwhile.
 */
const char *file_pages_walk(int file, struct file_visitor *visitor);

#endif
