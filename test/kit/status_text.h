/* What a part of the status page writes of a snapshot, as text. */
#ifndef COMMS_TEST_KIT_STATUS_TEXT_H
#define COMMS_TEST_KIT_STATUS_TEXT_H

#include "server/admin/status_parts.h"

/* Fails the test if it cannot be written. To be freed. */
char *status_text_of(void (*put)(struct html *html, const struct snapshot *snapshot),
                     const struct snapshot *snapshot);

#endif
