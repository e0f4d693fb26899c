/*
 * Allocations of ours fail in turn, one in each run of a program (test/shims). The server
 * says why it cannot start, or refuses one client and serves the next; the client says why it
 * cannot start, or proves its numbers. Nothing crashes; with the address sanitizer nothing leaks.
 * For the test's own thread, with C core set up (guests_set_up).
 */
#ifndef COMMS_TEST_FAULTS_ALLOCATION_TRIAL_H
#define COMMS_TEST_FAULTS_ALLOCATION_TRIAL_H

enum allocation_choice {
    EACH_PLACE,     /* the first allocation at each place of the code */
    EACH_ALLOCATION /* each one, which is many at the same place */
};

void allocation_trial_of_server(enum allocation_choice choice);
void allocation_trial_of_client(enum allocation_choice choice);

#endif
