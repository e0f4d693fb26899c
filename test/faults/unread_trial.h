/*
 * Clients that stop reading, a third of each kind: the TCP window is closed; the buffer of a unix
 * socket is full; the HTTP/2 window is zero. For the test's own thread.
 */
#ifndef COMMS_TEST_FAULTS_UNREAD_TRIAL_H
#define COMMS_TEST_FAULTS_UNREAD_TRIAL_H

/*
 * Connects this many clients to a server with these time-outs in milliseconds, beside a bystander;
 * each starts a session, and stops reading. The server lets go of all clients by the send deadline
 * and a second after it took the last byte. The p99 of others' gaps is at most twice what it was
 * before these clients came, or is when they have gone, and 20 ms.
 */
void unread_trial_of_ends(unsigned clients, unsigned send_timeout_ms, unsigned drain_timeout_ms);

/* The same clients; SIGTERM ends the server within the drain time-out and two seconds. */
void unread_trial_of_stop(unsigned clients, unsigned send_timeout_ms, unsigned drain_timeout_ms);

/* Both measure once, and once more where a busy machine was too slow: it must be in time within
 * three tries. */

#endif
