#include "shared/protocol/announcement.h"

#include "shared/base/number.h"
#include "shared/base/text.h"
#include "shared/protocol/padding.h"
#include "shared/protocol/sequence.h"

#include <stdio.h>
#include <string.h>

static const char *const names[ANNOUNCED_FIELDS] = {
    [ANNOUNCED_VERSION] = "comms-version",
    [ANNOUNCED_MODE] = "comms-mode",
    [ANNOUNCED_INTERVAL] = "comms-interval",
    [ANNOUNCED_MIN_INTERVAL] = "comms-min-interval",
    [ANNOUNCED_MAX_NUMBERS] = "comms-max-numbers",
    [ANNOUNCED_SESSION_TIMEOUT] = "comms-session-timeout",
    [ANNOUNCED_MAX_SIZE] = "comms-max-size",
};

const char *announced_name(enum announced field)
{
    return names[field];
}

bool announcement_has(const struct announcement *announcement, enum announced field)
{
    return (announcement->has & 1U << field) != 0;
}

bool announcement_equal(const struct announcement *a, const struct announcement *b)
{
    return a->has == b->has && a->garbled == b->garbled && a->mode == b->mode &&
           a->max_numbers == b->max_numbers && a->max_size == b->max_size &&
           a->interval_ns == b->interval_ns && a->min_interval_ns == b->min_interval_ns &&
           a->session_timeout_ns == b->session_timeout_ns && strcmp(a->version, b->version) == 0 &&
           strcmp(a->garbled_text, b->garbled_text) == 0;
}

static bool read_version(struct announcement *announcement, const char *value, size_t length)
{
    bool good = length > 0 && length < sizeof announcement->version;
    for (size_t i = 0; good && i < length; i++) {
        good = value[i] > ' ' && value[i] <= '~';
    }
    if (good) {
        memcpy(announcement->version, value, length);
    }
    return good;
}

static bool read_mode(struct announcement *announcement, const char *value, size_t length)
{
    for (int mode = MODE_STATELESS; mode <= MODE_STATEFUL; mode++) {
        const char *name = mode_name((enum mode)mode);
        if (strlen(name) == length && memcmp(name, value, length) == 0) {
            announcement->mode = (enum mode)mode;
            return true;
        }
    }
    return false;
}

static bool read_duration(const char *value, size_t length, int64_t *ret_ns)
{
    return duration_parse(value, length, ret_ns) == NUMBER_OK;
}

static bool read_count(const char *value, size_t length, uint32_t min, uint32_t max,
                       uint32_t *ret_count)
{
    uint64_t number = 0;
    bool good = number_parse(value, length, max, &number) == NUMBER_OK && number >= min;
    if (good) {
        *ret_count = (uint32_t)number;
    }
    return good;
}

static bool read_field(struct announcement *announcement, enum announced field, const char *value,
                       size_t length)
{
    switch (field) {
    case ANNOUNCED_VERSION:
        return read_version(announcement, value, length);
    case ANNOUNCED_MODE:
        return read_mode(announcement, value, length);
    case ANNOUNCED_INTERVAL:
        return read_duration(value, length, &announcement->interval_ns);
    case ANNOUNCED_MIN_INTERVAL:
        return read_duration(value, length, &announcement->min_interval_ns);
    case ANNOUNCED_MAX_NUMBERS:
        return read_count(value, length, 1, SEQUENCE_N_MAX, &announcement->max_numbers);
    case ANNOUNCED_MAX_SIZE:
        return read_count(value, length, 0, PADDING_MAX, &announcement->max_size);
    case ANNOUNCED_SESSION_TIMEOUT:
        return read_duration(value, length, &announcement->session_timeout_ns);
    case ANNOUNCED_FIELDS:
        break;
    }
    return false;
}

static void note_garbled(struct announcement *announcement, enum announced field, const char *value,
                         size_t length)
{
    if (announcement->garbled == 0) {
        char quoted[TEXT_QUOTE_SIZE];
        (void)snprintf(announcement->garbled_text, sizeof announcement->garbled_text, "%s: %s",
                       names[field], text_quote(value, length, quoted));
    }
    announcement->garbled |= 1U << field;
    announcement->has &= ~(1U << field);
}

void announcement_read(struct announcement *announcement, const char *name, size_t name_length,
                       const char *value, size_t value_length)
{
    for (int i = 0; i < ANNOUNCED_FIELDS; i++) {
        const enum announced field = (enum announced)i;
        const unsigned bit = 1U << field;
        if (strlen(names[i]) != name_length || memcmp(names[i], name, name_length) != 0) {
            continue;
        }
        const bool came_before = ((announcement->has | announcement->garbled) & bit) != 0;
        if (!came_before && read_field(announcement, field, value, value_length)) {
            announcement->has |= bit;
        } else {
            note_garbled(announcement, field, value, value_length);
        }
        return;
    }
}
