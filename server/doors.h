/* All sockets that the server listens on. For the main thread. */
#ifndef COMMS_SERVER_DOORS_H
#define COMMS_SERVER_DOORS_H

#include "server/admin/admin_address.h"
#include "server/net/sockets.h"
#include "server/options.h"

struct doors {
    struct sockets clients;
    struct sockets admin; /* none: no admin port */
    struct admin_address admin_address;
};

/* Opens them. Returns 0, or -1 with nothing open and a sentence in `error`. */
int doors_open(struct doors *doors, const struct server_options *options,
               char error[static SOCKETS_ERROR_SIZE]);

void doors_close(struct doors *doors);

#endif
