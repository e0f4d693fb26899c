/* How --header is read: a name, a colon, a value. For the main thread. */
#ifndef COMMS_CLIENT_OPTIONS_HEADER_OPTION_H
#define COMMS_CLIENT_OPTIONS_HEADER_OPTION_H

#include "client/plan.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Returns NULL if the text is a header that may go with a call of gRPC, or a static text that says
 * what would be right. The value of a name that ends in -bin is base64.
 */
const char *header_option_check(const char *text);

/*
 * The bytes that the headers of a call have together, as a limit of HTTP/2 counts them: each name
 * and value, and 32 more (RFC 9113, section 6.5.2); a value of -bin as base64.
 */
size_t header_option_size(const struct header_list *list);

/*
 * Most of these bytes, with --authority and --user-agent: a server takes 16 KiB
 * (proto/PROTOCOL.md), of which gRPC's own headers have less than 512 bytes.
 */
enum { HEADER_OPTION_SIZE_MAX = (16 * 1024) - 512 };

/* Adds a text that was checked. False: memory is missing, and the list is as before. */
bool header_option_add(struct header_list *list, const char *text);

#endif
