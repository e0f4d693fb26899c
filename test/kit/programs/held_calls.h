/*
 * System calls of a program that wait as long as the test says so: fsync and fdatasync, as on a
 * disk that stands still. The kernel asks the test about each of them (seccomp's user
 * notification), and the answer is late. That takes no privilege, and Linux 5.5.
 */
#ifndef COMMS_TEST_KIT_PROGRAMS_HELD_CALLS_H
#define COMMS_TEST_KIT_PROGRAMS_HELD_CALLS_H

#include <stdbool.h>

struct held_calls;

/* Whether the kernel can do it. */
bool held_calls_are_possible(void);

/* For one program, which is started with it (program_spec). */
struct held_calls *held_calls_create(void);

/* The program has ended. NULL is allowed. */
void held_calls_destroy(struct held_calls *held);

/* Lets no call through until held_calls_release. */
void held_calls_hold(struct held_calls *held);
void held_calls_release(struct held_calls *held);

/* For program.c and spawn.c. The new process installs the filter, before it becomes the program, by
 * the socket that it has inherited; false: the kernel refuses. Then the test begins to answer. */
int held_calls_socket(const struct held_calls *held);
bool held_calls_install(int socket);
void held_calls_begin(struct held_calls *held);

#endif
