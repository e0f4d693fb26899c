#include "server/admin/admin_address.h"

#include "shared/base/number.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char expected[] = "expected ADDRESS:PORT, as 127.0.0.1:9464 or [::1]:9464";

/* The colon before the port; NULL: there is no port. An IPv6 address without brackets has none. */
static const char *find_port(const char *text)
{
    const char *colon = strrchr(text, ':');
    const char *bracket = strrchr(text, ']');
    if (bracket != NULL) {
        return colon != NULL && colon > bracket ? colon : NULL;
    }
    return colon != NULL && strchr(text, ':') == colon ? colon : NULL;
}

const char *admin_address_parse(const char *text, struct admin_address *ret_address)
{
    char host[TARGET_TEXT_SIZE];
    const char *colon = find_port(text);
    const size_t length = colon == NULL ? strlen(text) : (size_t)(colon - text);
    uint64_t port = ADMIN_PORT_DEFAULT;
    if (length == 0 || length >= sizeof host) {
        return expected;
    }
    if (colon != NULL) {
        switch (number_parse(colon + 1, strlen(colon + 1), TARGET_PORT_MAX, &port)) {
        case NUMBER_OK:
            break;
        case NUMBER_RANGE:
            return "expected a port from 0 to 65535 after the colon";
        case NUMBER_INVALID:
            return expected;
        }
    }
    (void)snprintf(host, sizeof host, "%.*s", (int)length, text);
    struct target target;
    const char *wrong = target_parse(host, TARGET_TO_LISTEN, &target);
    if (wrong != NULL) {
        return wrong;
    }
    if (target.kind == TARGET_UNIX || target.kind == TARGET_UNIX_ABSTRACT) {
        return expected;
    }
    (void)snprintf(ret_address->host, sizeof ret_address->host, "%s", target.host);
    ret_address->port = (uint16_t)port;
    return target_check_scope(&target);
}
