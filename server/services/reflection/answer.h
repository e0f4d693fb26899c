/*
 * Answers of server reflection: from a request's bytes to a reply's. v1 and v1alpha have the same
 * messages. From any thread.
 */
#ifndef COMMS_SERVER_SERVICES_REFLECTION_ANSWER_H
#define COMMS_SERVER_SERVICES_REFLECTION_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum answer_result {
    ANSWER_MADE,
    ANSWER_MALFORMED, /* the bytes are no ServerReflectionRequest, or ask nothing */
    ANSWER_NO_MEMORY
};

/*
 * Answers a request. What is not there is an answer, too: an error_response. ANSWER_MADE: the
 * caller frees *ret_bytes.
 */
enum answer_result reflection_answer(const uint8_t *bytes, size_t length, uint8_t **ret_bytes,
                                     size_t *ret_length);

#endif
