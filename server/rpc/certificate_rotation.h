/*
 * The certificate that the server shows, its key and the authorities of its clients, as they are on
 * disk: files that are replaced are served without a restart. While a file is missing, empty or
 * broken, or the files do not belong together, the set that was served last serves on.
 *
 * The files are read when a connection asks for the set, at most once a second, and compared with
 * what is served: times of files do not tell of every change. For one thread at a time.
 */
#ifndef COMMS_SERVER_RPC_CERTIFICATE_ROTATION_H
#define COMMS_SERVER_RPC_CERTIFICATE_ROTATION_H

#include "shared/base/clock.h"
#include "shared/tls/certificate_set.h"

#include <stdbool.h>
#include <stdint.h>

struct certificate_rotation {
    struct certificate_paths paths; /* the texts are the caller's, and outlive the rotation */
    const struct clock *clock;
    struct certificate_set served;
    int64_t looked_at;   /* time on the clock */
    bool is_taken;       /* certificate_rotation_take has returned what is served now */
    bool is_complaining; /* the log has a warning about the files on disk */
};

/*
 * Reads the files, and logs their flaws. False: they cannot be served; `reason` is a sentence that
 * names the file, and there is nothing to clean up.
 */
bool certificate_rotation_init(struct certificate_rotation *rotation,
                               const struct certificate_paths *paths, const struct clock *clock,
                               char reason[static CERTIFICATE_REASON_SIZE]);

/* The set to be served, if it is a new one since the last call; else NULL. */
const struct certificate_set *certificate_rotation_take(struct certificate_rotation *rotation);

void certificate_rotation_cleanup(struct certificate_rotation *rotation);

#endif
