#define _GNU_SOURCE /* unshare */
#include "test/kit/small_buffers.h"

#include "test/kit/loopback.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>

static bool shrink_buffers(void)
{
    FILE *file = fopen("/proc/sys/net/ipv4/tcp_wmem", "w");
    if (file == NULL) {
        return false;
    }
    const bool is_written = fputs("4096 16384 65536\n", file) >= 0;
    return fclose(file) == 0 && is_written;
}

void small_buffers_begin(void)
{
    if (unshare(CLONE_NEWNET) != 0) {
        fprintf(stderr, "small_buffers: no network of its own: the kernel's buffers are used\n");
        return;
    }
    if (!loopback_bring_up() || !shrink_buffers()) {
        fprintf(stderr, "small_buffers: this network cannot be set up: loopback may be missing\n");
    }
}
