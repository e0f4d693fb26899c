/*
 * A hundred clients that CONTINUE one session at the same moment, while another one owns it: one of
 * them goes on, and all others get their status within a second. For the test's own thread, with C
 * core set up (guests_set_up).
 */
#ifndef COMMS_TEST_FAULTS_TAKE_OVER_TRIAL_H
#define COMMS_TEST_FAULTS_TAKE_OVER_TRIAL_H

#include <stddef.h>
#include <stdint.h>

/* So many rounds on a paced session; the owner reads. Prints what it counted. */
void take_over_trial(unsigned rounds);

/*
 * The same at servers that run already, on these ports, and share the session: the clients are
 * spread over them. Each loser has its status within `status_ns`.
 */
void take_over_rounds(const uint16_t *ports, size_t count, unsigned rounds, int64_t status_ns);

#endif
