/* A process that can have no more threads, and one that can again. For a test's own process. */
#ifndef COMMS_TEST_KIT_THREAD_SHORTAGE_H
#define COMMS_TEST_KIT_THREAD_SHORTAGE_H

/* From now on no thread can be started. For good the test runs as nobody: root has no such limit.
 */
void thread_shortage_begin(void);

/* Threads can be started again. */
void thread_shortage_end(void);

#endif
