/*
 * What is wrong with the padding of a message: its length, or its first wrong byte. Plain data, and
 * pure functions for any thread.
 */
#ifndef COMMS_CLIENT_VERIFY_PADDING_FAULT_H
#define COMMS_CLIENT_VERIFY_PADDING_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum padding_fault_kind {
    PADDING_RIGHT,
    PADDING_LENGTH, /* it is shorter or longer than was asked for */
    PADDING_BYTE    /* the length is right, and a byte is wrong */
};

struct padding_fault {
    enum padding_fault_kind kind;
    uint64_t position; /* of the message in its session, 1, 2, …; the subscription sets it */
    uint32_t wanted;   /* bytes */
    uint64_t length;   /* bytes that came */
    uint64_t at;       /* the first byte that is wrong, missing or too much: 1, 2, … */
    uint8_t expected;  /* PADDING_BYTE */
    uint8_t received;
};

/* Judges the length. False: it is wrong, and the fault says so. */
bool padding_fault_begin(struct padding_fault *fault, uint32_t wanted, uint64_t length);

/*
 * Judges `length` bytes of the padding of this number, which are its bytes from `at` on, 0, 1, ….
 * False: one is wrong, and the fault says so. padding_prepare must have been called.
 */
bool padding_fault_find(struct padding_fault *fault, uint64_t number, size_t at,
                        const uint8_t *bytes, size_t length);

#endif
