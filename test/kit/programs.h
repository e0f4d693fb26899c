/*
 * Programs under test: started with their output captured, watched line by line, never left behind.
 *
 * A test starts a program, and waits for lines of its output and for its end. Nothing sleeps: each
 * wait is for an event and has a deadline, after which the running Check test fails with all that
 * the program said. A program dies with the thread that started it (PR_SET_PDEATHSIG), so a test
 * that fails half-way leaves nothing running. For the test's own thread only.
 *
 *     program          one program, from its start to its end
 *     captured_output  what came from one of its output streams
 *     output_text      what a test reads out of a line
 *     spawn            the new process
 *     held_calls       system calls of a program that wait
 *     arguments        a list of strings, as execve wants it
 *     paths            where the programs are
 *     comms_programs   comms-server and comms-client, on ports of 127.0.0.1
 */
#ifndef COMMS_TEST_KIT_PROGRAMS_H
#define COMMS_TEST_KIT_PROGRAMS_H

#include "test/kit/programs/comms_programs.h"
#include "test/kit/programs/output_text.h"
#include "test/kit/programs/paths.h"
#include "test/kit/programs/program.h"

#endif
