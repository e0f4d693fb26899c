/*
 * Makes the file of the store, and says what is wrong with one. A new file is made under another
 * name, and gets its own when it is complete and on the disk: whenever the server dies meanwhile,
 * there is no file, or a whole one. For file_database.c; for the main thread.
 */
#ifndef COMMS_SERVER_STORES_FILE_NEW_H
#define COMMS_SERVER_STORES_FILE_NEW_H

#include "server/stores/file_database.h"

#include <stdbool.h>

/* Says what is wrong with the file: the end of a sentence that begins with "it". */
__attribute__((format(printf, 3, 4))) void file_complain(char problem[static FILE_PROBLEM_SIZE],
                                                         const char *path, const char *format, ...);

/* The same for what the system refuses, an errno. */
void file_complain_of_error(char problem[static FILE_PROBLEM_SIZE], const char *path,
                            const char *what, int error);

/* Makes a file without sessions, unless another server makes one meanwhile. False: `problem`. */
bool file_new_make(const char *path, char problem[static FILE_PROBLEM_SIZE]);

#endif
