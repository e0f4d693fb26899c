#include "client/report/violation_text.h"

#include "shared/base/clock.h"
#include "shared/page/format.h"

#include <inttypes.h>
#include <stdio.h>

const char *violation_kind_name(enum violation_kind kind)
{
    static const char *const names[] = {[VIOLATION_LOST] = "lost",
                                        [VIOLATION_REPEATED] = "repeated",
                                        [VIOLATION_REORDERED] = "reordered",
                                        [VIOLATION_CORRUPT] = "corrupt",
                                        [VIOLATION_CHECKSUM] = "wrong checksum",
                                        [VIOLATION_POSITION] = "wrong position",
                                        [VIOLATION_PADDING] = "wrong padding",
                                        [VIOLATION_ENDED_EARLY] = "ended early",
                                        [VIOLATION_ATTEMPT] = "wrong attempt",
                                        [VIOLATION_MALFORMED] = "malformed",
                                        [VIOLATION_LATE] = "late"};
    return names[kind];
}

enum { PART_SIZE = 64, VALUES_SIZE = 80 };

static void describe_kind(const struct violation *violation, char text[static PART_SIZE])
{
    const char *name = violation_kind_name(violation->kind);
    char late[FORMAT_SIZE];
    switch (violation->kind) {
    case VIOLATION_LOST:
        (void)snprintf(text, PART_SIZE, "%s %" PRIu64, name, violation->amount);
        break;
    case VIOLATION_ENDED_EARLY:
        (void)snprintf(text, PART_SIZE, "%s, %" PRIu64 " number%s before the end", name,
                       violation->amount, violation->amount == 1 ? "" : "s");
        break;
    case VIOLATION_PADDING:
        (void)snprintf(text, PART_SIZE, "%s from byte %" PRIu64 " on", name, violation->amount);
        break;
    case VIOLATION_LATE:
        (void)snprintf(text, PART_SIZE, "%s by %s", name,
                       format_duration((int64_t)violation->amount, late));
        break;
    case VIOLATION_REPEATED:
    case VIOLATION_REORDERED:
    case VIOLATION_CORRUPT:
    case VIOLATION_CHECKSUM:
    case VIOLATION_POSITION:
    case VIOLATION_ATTEMPT:
    case VIOLATION_MALFORMED:
    case VIOLATION_KINDS:
        (void)snprintf(text, PART_SIZE, "%s", name);
        break;
    }
}

static void describe_values(const struct violation *violation, char text[static VALUES_SIZE])
{
    const char *unit = violation->kind == VIOLATION_PADDING ? " bytes" : "";
    if (violation->has_expected && violation->has_received) {
        (void)snprintf(text, VALUES_SIZE, ": expected %" PRIu64 "%s, received %" PRIu64,
                       violation->expected, unit, violation->received);
    } else if (violation->has_received) {
        (void)snprintf(text, VALUES_SIZE, ": received %" PRIu64, violation->received);
    } else {
        text[0] = '\0';
    }
}

void violation_describe(const struct violation *violation, char text[static VIOLATION_TEXT_SIZE])
{
    char uuid[UUID_TEXT_SIZE] = "";
    char kind[PART_SIZE];
    char values[VALUES_SIZE];
    bool has_address = violation->address[0] != '\0';
    if (violation->has_uuid) {
        uuid_format(&violation->uuid, uuid);
    }
    describe_kind(violation, kind);
    describe_values(violation, values);
    (void)snprintf(text, VIOLATION_TEXT_SIZE,
                   "stream %u%s%s%s position %" PRIu64 ": %s%s, on connection %u%s%s%s at %.3f s%s",
                   violation->stream, violation->has_uuid ? " (" : "", uuid,
                   violation->has_uuid ? ")" : "", violation->position, kind, values,
                   violation->connection, has_address ? " (" : "", violation->address,
                   has_address ? ")" : "", (double)violation->at_ns / (double)NS_PER_S,
                   violation->after_resume ? ", right after a resume" : "");
}
