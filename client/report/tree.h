/*
 * JSON values in the making, with libjansson. Whatever fails becomes NULL, and so does what it is
 * put into: whoever makes a tree asks once, at its root. For one thread.
 */
#ifndef COMMS_CLIENT_REPORT_TREE_H
#define COMMS_CLIENT_REPORT_TREE_H

#include <jansson.h>
#include <stdint.h>

/* Puts the value, which it takes over, into the object; frees the object where that fails. */
void tree_set(json_t **object, const char *key, json_t *value);

/* Puts the value, which it takes over, behind the array's last; frees the array where that fails.
 */
void tree_append(json_t **array, json_t *value);

/* A string; U+FFFD stands for each byte that is not of UTF-8. */
json_t *tree_text(const char *text);

/* A name as one word: "wrong_checksum" for "wrong checksum". */
json_t *tree_word(const char *name);

/* A number; INT64_MAX for what is larger. */
json_t *tree_count(uint64_t count);

/* A number as a string of digits: a JSON number may lose what is beyond 53 bits. */
json_t *tree_digits(uint64_t number);

#endif
