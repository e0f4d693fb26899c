#include "shared/page/json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void page_json_set(json_t **object, const char *key, json_t *value)
{
    if (json_object_set_new(*object, key, value) != 0) {
        json_decref(*object);
        *object = NULL;
    }
}

void page_json_append(json_t **array, json_t *value)
{
    if (json_array_append_new(*array, value) != 0) {
        json_decref(*array);
        *array = NULL;
    }
}

/* The forms of UTF-8 (RFC 3629): neither surrogates nor what could be written in fewer bytes. */
static const struct {
    unsigned char first_min, first_max;
    unsigned char second_min, second_max;
    size_t length;
} forms[] = {
    {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* The length in bytes of the character at the beginning of the string; 0: no UTF-8. */
static size_t character_length(const char *text)
{
    unsigned char bytes[4] = {0};
    memcpy(bytes, text, strnlen(text, sizeof bytes));
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (bytes[0] < forms[i].first_min || bytes[0] > forms[i].first_max) {
            continue;
        }
        bool good = forms[i].length == 1 ||
                    (bytes[1] >= forms[i].second_min && bytes[1] <= forms[i].second_max);
        for (size_t at = 2; at < forms[i].length; at++) {
            good = good && bytes[at] >= 0x80 && bytes[at] <= 0xbf;
        }
        return good ? forms[i].length : 0;
    }
    return 0;
}

json_t *page_json_text(const char *text)
{
    static const char replacement[] = {'\xef', '\xbf', '\xbd'};
    char *clean = malloc(strlen(text) * sizeof replacement + 1);
    if (clean == NULL) {
        return NULL;
    }
    size_t size = 0;
    while (*text != '\0') {
        size_t length = character_length(text);
        memcpy(&clean[size], length == 0 ? replacement : text,
               length == 0 ? sizeof replacement : length);
        size += length == 0 ? sizeof replacement : length;
        text += length == 0 ? 1 : length;
    }
    json_t *value = json_stringn(clean, size);
    free(clean);
    return value;
}

json_t *page_json_word(const char *name)
{
    char word[32];
    (void)snprintf(word, sizeof word, "%s", name);
    for (char *blank = strchr(word, ' '); blank != NULL; blank = strchr(blank, ' ')) {
        *blank = '_';
    }
    return json_string(word);
}

json_t *page_json_count(uint64_t count)
{
    return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

json_t *page_json_digits(uint64_t number)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, number);
    return json_string(digits);
}
