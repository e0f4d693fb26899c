/*
 * Makes JSON values with libjansson. A value that could not be made is NULL, and so is every value
 * that such a NULL was put into: the caller checks only the outermost value. For one thread.
 */
#ifndef COMMS_SHARED_PAGE_JSON_H
#define COMMS_SHARED_PAGE_JSON_H

#include <jansson.h>
#include <stdint.h>

/* Puts the value into the object and takes it over; frees the object if that fails. */
void page_json_set(json_t **object, const char *key, json_t *value);

/* Appends the value to the array and takes it over; frees the array if that fails. */
void page_json_append(json_t **array, json_t *value);

/* A string of any bytes; U+FFFD stands for each byte that is not of UTF-8. */
json_t *page_json_text(const char *text);

/* A name as one word: "wrong_checksum" for "wrong checksum". */
json_t *page_json_word(const char *name);

/* A number; INT64_MAX for what is larger. */
json_t *page_json_count(uint64_t count);

/* A number as a string of digits: a JSON number may lose what is beyond 53 bits. */
json_t *page_json_digits(uint64_t number);

#endif
