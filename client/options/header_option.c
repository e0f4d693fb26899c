#include "client/options/header_option.h"

#include <sodium.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A header in its text. */
struct parts {
    const char *name;
    size_t name_length;
    const char *value; /* without the blanks around it */
    size_t value_length;
};

static struct parts split(const char *text, const char *colon)
{
    const char *value = colon + 1 + strspn(colon + 1, " \t");
    size_t length = strlen(value);
    while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t')) {
        length--;
    }
    return (struct parts){text, (size_t)(colon - text), value, length};
}

static bool is_named(const struct parts *parts, const char *name)
{
    return strlen(name) == parts->name_length &&
           strncasecmp(parts->name, name, parts->name_length) == 0;
}

static bool is_binary(const struct parts *parts)
{
    static const char ending[] = "-bin";
    const size_t length = sizeof ending - 1;
    return parts->name_length >= length &&
           strncasecmp(parts->name + parts->name_length - length, ending, length) == 0;
}

static const char *check_name(const struct parts *parts)
{
    /* HTTP/2 forbids them (RFC 9113, section 8.2.2), or gRPC sets them itself. */
    static const char *const reserved[] = {
        "connection", "content-length", "content-type", "http2-settings",    "keep-alive",
        "te",         "trailer",        "upgrade",      "transfer-encoding", "proxy-connection"};
    for (size_t i = 0; i < parts->name_length; i++) {
        if (!isalnum((unsigned char)parts->name[i]) && strchr("-_.", parts->name[i]) == NULL) {
            return "expected letters, digits, '-', '_' and '.' before the colon";
        }
    }
    if (parts->name_length >= 5 && strncasecmp(parts->name, "grpc-", 5) == 0) {
        return "expected a name that does not begin with grpc-, which gRPC keeps for itself";
    }
    if (is_named(parts, "user-agent")) {
        return "expected another name: --user-agent sets it";
    }
    if (is_named(parts, "host")) {
        return "expected another name: --authority is what HTTP/2 has in its place";
    }
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (is_named(parts, reserved[i])) {
            return "expected another name: HTTP/2 or gRPC itself says what this one is";
        }
    }
    return NULL;
}

/* Decodes base64, with or without its padding. `bytes` has room for the text's length. */
static bool decode(const struct parts *parts, unsigned char *bytes, size_t *ret_length)
{
    bool is_padded = parts->value_length > 0 && parts->value[parts->value_length - 1] == '=';
    const char *end = NULL;
    return sodium_base642bin(bytes, parts->value_length, parts->value, parts->value_length, NULL,
                             ret_length, &end,
                             is_padded ? sodium_base64_VARIANT_ORIGINAL
                                       : sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
           end == parts->value + parts->value_length;
}

static const char *check_base64(const struct parts *parts)
{
    unsigned char *bytes = malloc(parts->value_length + 1);
    size_t length = 0;
    bool good = bytes != NULL && decode(parts, bytes, &length);
    free(bytes);
    return good ? NULL : "expected base64 after the colon, as the name ends in -bin";
}

const char *header_option_check(const char *text)
{
    const char *colon = strchr(text, ':');
    if (colon == text) {
        return "expected no ':' before the name: --authority is the only pseudo-header that can be "
               "set";
    }
    if (colon == NULL) {
        return "expected 'name: value'";
    }
    const struct parts parts = split(text, colon);
    const char *wrong = check_name(&parts);
    if (wrong != NULL) {
        return wrong;
    }
    if (is_binary(&parts)) {
        return check_base64(&parts);
    }
    for (size_t i = 0; i < parts.value_length; i++) {
        if (parts.value[i] < ' ' || parts.value[i] > '~') {
            return "expected printable ASCII in one line after the colon; other bytes go as base64 "
                   "with a name that ends in -bin";
        }
    }
    return NULL;
}

size_t header_option_size(const struct header_list *list)
{
    enum { OVERHEAD = 32 };
    size_t size = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct plan_header *header = &list->items[i];
        const struct parts name = {.name = header->name, .name_length = strlen(header->name)};
        const size_t length =
            is_binary(&name)
                ? sodium_base64_encoded_len(header->length, sodium_base64_VARIANT_ORIGINAL)
                : header->length;
        size += name.name_length + length + OVERHEAD;
    }
    return size;
}

static bool fill(struct plan_header *header, const struct parts *parts)
{
    header->name = malloc(parts->name_length + 1);
    header->value = malloc(parts->value_length + 1);
    if (header->name == NULL || header->value == NULL) {
        return false;
    }
    for (size_t i = 0; i < parts->name_length; i++) {
        header->name[i] = (char)tolower((unsigned char)parts->name[i]);
    }
    header->name[parts->name_length] = '\0';
    if (is_binary(parts)) {
        return decode(parts, header->value, &header->length);
    }
    memcpy(header->value, parts->value, parts->value_length);
    header->length = parts->value_length;
    return true;
}

bool header_option_add(struct header_list *list, const char *text)
{
    const struct parts parts = split(text, strchr(text, ':'));
    struct plan_header header = {.name = NULL};
    struct plan_header *items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (items == NULL) {
        return false;
    }
    list->items = items;
    if (!fill(&header, &parts)) {
        free(header.name);
        free(header.value);
        return false;
    }
    items[list->count++] = header;
    return true;
}
