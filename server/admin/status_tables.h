/* The tables of the status page. For one thread. */
#ifndef COMMS_SERVER_ADMIN_STATUS_TABLES_H
#define COMMS_SERVER_ADMIN_STATUS_TABLES_H

#include "server/admin/status_parts.h"

/* What was refused or ended with an error, by reason. */
void status_put_refusals(struct html *html, const struct snapshot *snapshot);

/* The sessions that have been the longest in their state. */
void status_put_oldest(struct html *html, const struct snapshot *snapshot);

#endif
