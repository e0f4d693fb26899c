#include "shared/base/uuid.h"

#include <sodium.h>

#include <string.h>
#include <strings.h>

enum { PLAIN_LENGTH = 36, HEX_LENGTH = 32 };

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

static bool is_dash_place(size_t place)
{
    return place == 8 || place == 13 || place == 18 || place == 23;
}

static bool parse_digits(const char *text, bool dashed, struct uuid *ret_uuid)
{
    struct uuid uuid;
    size_t at = 0;
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        if (dashed && is_dash_place(at) && text[at++] != '-') {
            return false;
        }
        int high = hex_value(text[at]);
        int low = hex_value(text[at + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        uuid.bytes[i] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    *ret_uuid = uuid;
    return true;
}

bool uuid_parse(const char *text, size_t length, struct uuid *ret_uuid)
{
    static const char urn[] = "urn:uuid:";
    enum { URN_LENGTH = sizeof urn - 1 };

    switch (length) {
    case HEX_LENGTH:
        return parse_digits(text, false, ret_uuid);
    case PLAIN_LENGTH:
        return parse_digits(text, true, ret_uuid);
    case PLAIN_LENGTH + 2: {
        char last = text[length - 1];
        bool enclosed = (text[0] == '{' && last == '}') || (text[0] == '"' && last == '"');
        return enclosed && parse_digits(text + 1, true, ret_uuid);
    }
    case PLAIN_LENGTH + URN_LENGTH:
        return strncasecmp(text, urn, URN_LENGTH) == 0 &&
               parse_digits(text + URN_LENGTH, true, ret_uuid);
    default:
        return false;
    }
}

void uuid_format(const struct uuid *uuid, char text[static UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t i = 0; i < sizeof uuid->bytes; i++) {
        if (is_dash_place(at)) {
            text[at++] = '-';
        }
        text[at++] = digits[uuid->bytes[i] >> 4];
        text[at++] = digits[uuid->bytes[i] & 15];
    }
    text[at] = '\0';
}

struct uuid uuid_random(void)
{
    struct uuid uuid;
    randombytes_buf(uuid.bytes, sizeof uuid.bytes);
    uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0f) | 0x40);
    uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3f) | 0x80);
    return uuid;
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

int64_t uuid_seed(const struct uuid *uuid)
{
    uint64_t seed = 0;
    for (size_t i = 0; i < sizeof seed; i++) {
        seed = seed << 8 | uuid->bytes[i];
    }
    int64_t value;
    memcpy(&value, &seed, sizeof value);
    return value;
}
