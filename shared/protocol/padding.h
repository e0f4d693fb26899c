/*
 * The padding of messages (proto/PROTOCOL.md, "Padding"): as many bytes as the client wants, which
 * both sides know from the number. The bytes are a part of one table, so that a server sends them
 * and a client compares them without computing or copying any. Every function may be called from
 * any thread.
 */
#ifndef COMMS_SHARED_PROTOCOL_PADDING_H
#define COMMS_SHARED_PROTOCOL_PADDING_H

#include <stddef.h>
#include <stdint.h>

enum { PADDING_MAX = 1024 * 1024 }; /* bytes */

/* Fills the table, if nobody has done so yet: 1.1 MiB, in two milliseconds. Before the others. */
void padding_prepare(void);

/* The padding of this number: PADDING_MAX bytes, of which a shorter one is the beginning. Valid for
 * ever. */
const uint8_t *padding_of(uint64_t number);

/* Compares bytes with the padding of the number from byte `at` on, 0, 1, …; at + length is at most
 * PADDING_MAX. Returns how many are right before the first wrong one; `length`: all. */
size_t padding_compare(uint64_t number, size_t at, const uint8_t *bytes, size_t length);

#endif
