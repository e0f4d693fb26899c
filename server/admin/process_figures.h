/* What the kernel says of this process, out of /proc. From any thread. */
#ifndef COMMS_SERVER_ADMIN_PROCESS_FIGURES_H
#define COMMS_SERVER_ADMIN_PROCESS_FIGURES_H

#include <stdint.h>

/* What could not be read is 0. */
struct process_figures {
    uint64_t threads;
    uint64_t descriptors;     /* open */
    uint64_t max_descriptors; /* ulimit -n */
    uint64_t resident_bytes;
    double cpu_s;   /* seconds, of user and system */
    double start_s; /* seconds since 1970 */
};

struct process_figures process_figures_read(void);

#endif
