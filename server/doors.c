#include "server/doors.h"

#include "server/net/passed_sockets.h"
#include "shared/base/clock.h"

#include <stdio.h>

/* So much later than the send time-out the kernel ends a connection of which it can deliver
 * nothing. By then the stream's worker has ended it, if a stream is left. A client that vanished is
 * gone before the keepalive finds out, which takes 80 s. */
#define UNTAKEN_MARGIN_NS (10 * NS_PER_S)

static int open_admin(struct doors *doors, const char *address, char *error)
{
    (void)admin_address_parse(address, &doors->admin_address); /* the options have checked it */
    const char *host = doors->admin_address.host;
    char why[SOCKETS_ERROR_SIZE];
    if (sockets_open(&doors->admin, &host, 1, doors->admin_address.port, why) != 0) {
        (void)snprintf(error, SOCKETS_ERROR_SIZE, "--admin: %.*s",
                       SOCKETS_ERROR_SIZE - (int)sizeof "--admin: ", why);
        return -1;
    }
    return 0;
}

int doors_open(struct doors *doors, const struct server_options *options,
               char error[static SOCKETS_ERROR_SIZE])
{
    *doors = (struct doors){.admin = {.count = 0}};
    if (passed_sockets_or_open(&doors->clients, options->listen.items, options->listen.count,
                               (uint16_t)options->port, error) != 0) {
        return -1;
    }
    sockets_set_user_timeout(&doors->clients,
                             clock_add(options->send_timeout_ns, UNTAKEN_MARGIN_NS));
    if (options->admin != NULL && open_admin(doors, options->admin, error) != 0) {
        sockets_close(&doors->clients);
        return -1;
    }
    return 0;
}

void doors_close(struct doors *doors)
{
    sockets_close(&doors->clients);
    sockets_close(&doors->admin);
}
