/* How --header is read: a name, a colon, a value. For the main thread. */
#ifndef COMMS_CLIENT_OPTIONS_HEADER_OPTION_H
#define COMMS_CLIENT_OPTIONS_HEADER_OPTION_H

#include "client/plan.h"

#include <stdbool.h>

/*
 * Returns NULL if the text is a header that may go with a call of gRPC, or a static text that says
 * what would be right. The value of a name that ends in -bin is base64.
 */
const char *header_option_check(const char *text);

/* Adds a text that was checked. False: memory is missing, and the list is as before. */
bool header_option_add(struct header_list *list, const char *text);

#endif
