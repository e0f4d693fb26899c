/*
 * A witness of epochs. It has a stream of a session at server A, and stops A for longer than A may
 * own its sessions. Then it CONTINUEs the session at server B, takes some numbers, and lets A go
 * on. A must end the stream without another number: since B has answered, the session has a higher
 * epoch. Only a number that had passed A's check when A was stopped may still come, at most one of
 * a stream (server/stores/README.md); a machine that has much else to do shows a few.
 */
#ifndef COMMS_TEST_DURABILITY_WITNESS_TRIAL_H
#define COMMS_TEST_DURABILITY_WITNESS_TRIAL_H

/* Stops `servers` servers at once, each with some sessions, `rounds` times; each server that is
 * stopped is one case. */
void witness_trial(unsigned rounds, unsigned servers);

#endif
