/*
 * The status page: what the server does now and has done in the last minutes, for people. One HTML
 * page that loads nothing from elsewhere. A script of ours in it fetches the page again and
 * replaces what has changed; without scripts it is a snapshot, which the browser loads again every
 * ten seconds. The page's policy lets a browser use this script and this style sheet only, by their
 * hashes.
 *
 * What comes from clients, their addresses, is written by html_put_text only.
 */
#ifndef COMMS_SERVER_ADMIN_STATUS_PAGE_H
#define COMMS_SERVER_ADMIN_STATUS_PAGE_H

#include "server/admin/sampler.h"
#include "server/admin/sources.h"

#include <stdbool.h>
#include <stdio.h>

struct status_page;

/* What the arguments point to must outlive it. NULL if memory is missing. */
struct status_page *status_page_create(const struct admin_sources *sources,
                                       struct sampler *sampler);

/* NULL: does nothing. */
void status_page_destroy(struct status_page *page);

/* The Content-Security-Policy to send with it. */
const char *status_page_policy(const struct status_page *page);

/*
 * Writes the page. Takes the locks of the sources and of the sampler, one after the other. False if
 * memory is missing or the file fails. From any thread.
 */
bool status_page_write(const struct status_page *page, FILE *file);

#endif
