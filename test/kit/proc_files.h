/* Files of /proc (proc(5)). For any thread. */
#ifndef COMMS_TEST_KIT_PROC_FILES_H
#define COMMS_TEST_KIT_PROC_FILES_H

#include <stddef.h>
#include <stdint.h>

/* The first bytes of a file, as a string; an empty one if it cannot be read. */
void proc_read_text(const char *path, char *text, size_t size);

/* The number behind the line's beginning `name:` in a status file; 0: there is none. */
uint64_t proc_status_number(const char *path, const char *name);

#endif
