/* The words for a message that the verifier found wrong. For the verifier's thread. */
#ifndef COMMS_CLIENT_VERIFY_VERIFIER_TEXT_H
#define COMMS_CLIENT_VERIFY_VERIFIER_TEXT_H

#include "client/verify/padding_fault.h"
#include "client/verify/verifier.h"

#include <stdint.h>

enum { VERIFIER_ERROR_SIZE = 224 };

/* Writes what was wrong with the message just judged: where, what was expected, what came. */
void verifier_describe(const struct verifier *verifier, enum verdict verdict, uint64_t message,
                       char text[static VERIFIER_ERROR_SIZE]);

/* Writes what is wrong with the padding of a message, whose number is right and which came after
 * this many right numbers. */
void verifier_describe_padding(const struct padding_fault *fault, uint64_t right_before,
                               char text[static VERIFIER_ERROR_SIZE]);

#endif
