/* The threads of this process. */
#ifndef COMMS_TEST_KIT_THREADS_H
#define COMMS_TEST_KIT_THREADS_H

/* The number of threads of this name now. */
int threads_count(const char *name);

#endif
