/*
 * Clients that stop reading, a third of each kind: the TCP window is closed; the buffer of a unix
 * socket is full; the HTTP/2 window is zero. For the test's own thread.
 */
#ifndef COMMS_TEST_FAULTS_UNREAD_TRIAL_H
#define COMMS_TEST_FAULTS_UNREAD_TRIAL_H

#include "test/faults/bystander.h"

#include <stddef.h>
#include <stdint.h>

struct unread_trial;

/* Starts a server, with these time-outs in milliseconds. */
struct unread_trial *unread_trial_create(unsigned clients, unsigned send_timeout_ms,
                                         unsigned drain_timeout_ms);

/* The server's port, for a bystander. */
uint16_t unread_trial_port(const struct unread_trial *trial);

/* Connects all clients; each starts a session, and stops reading. */
void unread_trial_begin(struct unread_trial *trial);

/* The server lets go of all clients by the send deadline and a second after it took the last byte.
 */
void unread_trial_expect_ends(struct unread_trial *trial);

/* The p99 of others' gaps is at most twice what it was before these clients came, or is when they
 * have gone. */
void unread_trial_expect_service(const struct unread_trial *trial, struct bystander_delays alone,
                                 struct bystander_delays beside);

/* SIGTERM ends the server within the drain time-out and two seconds. */
void unread_trial_expect_stop(struct unread_trial *trial);

/* Kills the server if it still runs. */
void unread_trial_destroy(struct unread_trial *trial);

#endif
