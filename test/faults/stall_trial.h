/* Connections that begin to speak HTTP/2, and never finish. For the test's own thread. */
#ifndef COMMS_TEST_FAULTS_STALL_TRIAL_H
#define COMMS_TEST_FAULTS_STALL_TRIAL_H

/*
 * Opens this many connections to a server whose time-outs are short, in turn of each kind, and
 * fails the test unless all are closed within five seconds and a half, in one of three tries, while
 * others are served.
 */
void stall_trial(unsigned connections);

/*
 * The same with TLS: half a ClientHello, silence after the handshake, half a preface and no
 * SETTINGS behind it. All must be closed a second after --handshake-timeout.
 */
void stall_trial_tls(unsigned connections);

#endif
