#include "test/kit/vectors.h"

#include <check.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char file_name[] = "test/kit/vectors/go-rand-vectors.json";

enum { FILE_SIZE_MAX = 1 << 16, STRING_SIZE = 128 };

/* Reads JSON from front to back. The test fails where it is not as expected. */
struct reader {
    const char *text;
    const char *at;
};

/* Reads the value of one member, or one element (`key` is then NULL), into the caller's place. */
typedef void read_value(struct reader *reader, const char *key, void *into);

_Noreturn static void refuse(const struct reader *reader, const char *expected)
{
    ck_abort_msg("%s, byte %td: expected %s, not '%.16s'", file_name, reader->at - reader->text,
                 expected, reader->at);
}

static void skip_space(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t\r\n");
}

static bool accept(struct reader *reader, const char *token)
{
    skip_space(reader);
    size_t length = strlen(token);
    if (strncmp(reader->at, token, length) != 0) {
        return false;
    }
    reader->at += length;
    return true;
}

static void expect(struct reader *reader, const char *token)
{
    if (!accept(reader, token)) {
        refuse(reader, token);
    }
}

/* The file has no escapes but \" and \\. */
static void read_string(struct reader *reader, char string[static STRING_SIZE])
{
    expect(reader, "\"");
    size_t length = 0;
    while (*reader->at != '"') {
        if (*reader->at == '\\') {
            reader->at++;
            if (*reader->at != '"' && *reader->at != '\\') {
                refuse(reader, "a quote or a backslash");
            }
        }
        if (*reader->at == '\0' || length == STRING_SIZE - 1) {
            refuse(reader, "the string's end");
        }
        string[length++] = *reader->at++;
    }
    reader->at++;
    string[length] = '\0';
}

static int64_t read_integer(struct reader *reader, int64_t min, int64_t max)
{
    skip_space(reader);
    char *end;
    errno = 0;
    long long value = strtoll(reader->at, &end, 10);
    if (end == reader->at || errno != 0 || value < min || value > max ||
        strchr(".eE", *end) != NULL) {
        refuse(reader, "an integer of the right size");
    }
    reader->at = end;
    return value;
}

static uint32_t read_uint32(struct reader *reader)
{
    return (uint32_t)read_integer(reader, 0, UINT32_MAX);
}

static void read_object(struct reader *reader, read_value *read_member, void *into)
{
    expect(reader, "{");
    if (accept(reader, "}")) {
        return;
    }
    do {
        char key[STRING_SIZE];
        read_string(reader, key);
        expect(reader, ":");
        read_member(reader, key, into);
    } while (accept(reader, ","));
    expect(reader, "}");
}

static void read_array(struct reader *reader, read_value *read_element, void *into)
{
    expect(reader, "[");
    if (accept(reader, "]")) {
        return;
    }
    do {
        read_element(reader, NULL, into);
    } while (accept(reader, ","));
    expect(reader, "]");
}

struct numbers {
    uint32_t *items;
    size_t count;
};

static void read_first(struct reader *reader, const char *key, void *into)
{
    (void)key;
    struct numbers *numbers = into;
    if (numbers->count == VECTOR_FIRST) {
        refuse(reader, "no more numbers");
    }
    numbers->items[numbers->count++] = read_uint32(reader);
}

static void read_checksum(struct reader *reader, const char *key, void *into)
{
    struct vector *vector = into;
    if (vector->checksum_count == VECTOR_CHECKSUMS_MAX) {
        refuse(reader, "no more checksums");
    }
    size_t i = vector->checksum_count++;
    vector->checksums[i].count = (uint32_t)strtoul(key, NULL, 10);
    vector->checksums[i].checksum = read_uint32(reader);
}

static void read_repeat(struct reader *reader, const char *key, void *into)
{
    struct vector *vector = into;
    if (strcmp(key, "first") == 0) {
        vector->repeat_first = read_uint32(reader);
    } else if (strcmp(key, "second") == 0) {
        vector->repeat_second = read_uint32(reader);
    } else if (strcmp(key, "value") == 0) {
        vector->repeat_value = read_uint32(reader);
    } else {
        refuse(reader, "a known key before this");
    }
}

static void read_hash(struct reader *reader, uint64_t *ret_hash)
{
    char string[STRING_SIZE];
    char *end;
    read_string(reader, string);
    *ret_hash = strtoull(string, &end, 16);
    if (end != string + 16 || *end != '\0') {
        refuse(reader, "16 hex digits before this");
    }
}

static void read_member(struct reader *reader, const char *key, void *into)
{
    struct vector *vector = into;
    char string[STRING_SIZE];
    if (strcmp(key, "uuid") == 0) {
        read_string(reader, string);
        ck_assert_uint_eq(strlen(string), UUID_TEXT_SIZE - 1);
        memcpy(vector->text, string, UUID_TEXT_SIZE);
        ck_assert(uuid_parse(string, strlen(string), &vector->uuid));
    } else if (strcmp(key, "seed") == 0) {
        vector->seed = read_integer(reader, INT64_MIN, INT64_MAX);
    } else if (strcmp(key, "first10") == 0) {
        struct numbers numbers = {vector->first, 0};
        read_array(reader, read_first, &numbers);
        ck_assert_uint_eq(numbers.count, VECTOR_FIRST);
    } else if (strcmp(key, "n1000") == 0) {
        vector->number_1000 = read_uint32(reader);
    } else if (strcmp(key, "n65535") == 0) {
        vector->number_last = read_uint32(reader);
    } else if (strcmp(key, "checksum") == 0) {
        read_object(reader, read_checksum, vector);
    } else if (strcmp(key, "fnv1a64_of_65535_le_uint32") == 0) {
        read_hash(reader, &vector->fnv1a64);
    } else if (strcmp(key, "first_duplicate") == 0) {
        vector->has_repeat = !accept(reader, "null");
        if (vector->has_repeat) {
            read_object(reader, read_repeat, vector);
        }
    } else if (strcmp(key, "note") == 0) {
        read_string(reader, string);
    } else {
        (void)read_integer(reader, INT64_MIN, INT64_MAX); /* a member that no test uses */
    }
}

static void read_vector(struct reader *reader, const char *key, void *into)
{
    (void)key;
    struct vectors *vectors = into;
    if (vectors->count == VECTORS_MAX) {
        refuse(reader, "no more vectors");
    }
    read_object(reader, read_member, &vectors->items[vectors->count++]);
}

void vectors_read(struct vectors *ret_vectors)
{
    static char text[FILE_SIZE_MAX];
    FILE *file = fopen(file_name, "r");
    ck_assert_msg(file != NULL, "%s: %s", file_name, strerror(errno));
    size_t length = fread(text, 1, sizeof text - 1, file);
    ck_assert_int_eq(fclose(file), 0);
    text[length] = '\0';

    struct reader reader = {text, text};
    memset(ret_vectors, 0, sizeof *ret_vectors);
    read_array(&reader, read_vector, ret_vectors);
    skip_space(&reader);
    if (reader.at != text + length) {
        refuse(&reader, "the end");
    }
}

const struct vector *vectors_find(const struct vectors *vectors, const char *text)
{
    for (size_t v = 0; v < vectors->count; v++) {
        if (strcmp(vectors->items[v].text, text) == 0) {
            return &vectors->items[v];
        }
    }
    ck_abort_msg("no vector of %s", text);
}
