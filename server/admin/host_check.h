/*
 * Whom a request may take the admin port for. A page of a browser can have its own name resolved to
 * our address, and then read what we answer (DNS rebinding); but it cannot choose the Host header,
 * which has its name. So we answer only to names that we know: loopback, the address that we listen
 * on, and the names that the user gives. Whoever sends no Host header is no browser.
 *
 * Pure functions, for any thread.
 */
#ifndef COMMS_SERVER_ADMIN_HOST_CHECK_H
#define COMMS_SERVER_ADMIN_HOST_CHECK_H

#include <stdbool.h>
#include <stddef.h>

struct host_check {
    const char *listened;     /* the host of --admin, without brackets */
    const char *const *names; /* --admin-host */
    size_t name_count;
};

/* Whether the value of a Host header, which may have a port, is one of our names. */
bool host_check_admits(const struct host_check *check, const char *header);

/* Whether the text is one that --admin-host takes: a host name or an address, without a port.
 * Returns NULL, or a static text that says what would be right. */
const char *host_check_name(const char *text);

#endif
