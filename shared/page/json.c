#include "shared/page/json.h"

#include "shared/base/text.h"

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

json_t *page_json_text(const char *text)
{
    static const char replacement[] = TEXT_REPLACEMENT;
    char *clean = malloc(strlen(text) * (sizeof replacement - 1) + 1);
    if (clean == NULL) {
        return NULL;
    }
    size_t size = 0;
    while (*text != '\0') {
        enum text_class class;
        size_t length = text_read(text, &class);
        bool good = class != TEXT_INVALID;
        memcpy(&clean[size], good ? text : replacement, good ? length : sizeof replacement - 1);
        size += good ? length : sizeof replacement - 1;
        text += length;
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
