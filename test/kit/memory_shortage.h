/* Takes the address space from this process. In a forked test, without a sanitizer: these reserve
 * far more. */
#ifndef COMMS_TEST_KIT_MEMORY_SHORTAGE_H
#define COMMS_TEST_KIT_MEMORY_SHORTAGE_H

#include <stddef.h>

/* Leaves the process this many bytes. */
void memory_shortage_begin(size_t left);

/* From now on there is as much as before. */
void memory_shortage_end(void);

#endif
