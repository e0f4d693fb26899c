/*
 * TCP with send buffers of at most 64 KiB, as on a small machine: on loopback the kernel lets them
 * grow to 4 MiB, which a test could fill only with much work of both sides.
 */
#ifndef COMMS_TEST_KIT_SMALL_BUFFERS_H
#define COMMS_TEST_KIT_SMALL_BUFFERS_H

/*
 * Moves this process, with its later children, into a network of its own, where buffers are small
 * and only loopback exists. If this cannot be had (it needs root), a line on stderr says so, and
 * everything stays as it is. For the test's own thread, before it opens sockets.
 */
void small_buffers_begin(void);

#endif
